"""A session that renews its temporary subscriptions, as the screen's page of subscriptions does.

Reads `look`, `renew` or `end` from stdin, a line for each, and prints the sentence of a failure, or `done`.
"""

import asyncio
import sys
from pathlib import Path

from devhook.cli.credentials import credentials
from devhook.cli.shop import admin_client
from devhook.errors import DevhookError
from devhook.receiver.config import ReceiverConfig
from devhook.session.listen import ListenOptions, listening
from devhook.tunnel.providers import selected
from devhook.webhook.topics import topic


async def run(inbox, shop, origin, version, address, *topics):
    options = ListenOptions(
        receiver=ReceiverConfig(inbox=Path(inbox), secrets=credentials(shop).secrets()),
        topics=tuple(map(topic, topics)),
        public=selected(None, None, address, shop),
    )
    loop = asyncio.get_running_loop()
    async with listening(options, admin_client(shop, version, origin), _tell) as session:
        print("ready", flush=True)
        while (asked := (await loop.run_in_executor(None, sys.stdin.readline)).strip()) in {"look", "renew"}:
            registrations = session.registrations
            try:
                await (registrations.fetch() if asked == "look" else registrations.renew())
            except DevhookError as error:
                print(error.message, flush=True)
            else:
                print("done", flush=True)


def _tell(sentence):
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    asyncio.run(run(*sys.argv[1:]))
