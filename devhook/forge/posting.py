"""Forged requests sent, and each written down with its answer."""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Final

from devhook.forge.forge import Forged
from devhook.inbox.database import Inbox
from devhook.inbox.journal import Send, add_sends
from devhook.sender.client import Sender
from devhook.webhook.answer import Failure
from devhook.webhook.delivery import Origin

UNREACHED: Final = frozenset(
    {Failure.UNREACHABLE, Failure.REFUSED, Failure.NO_CONNECTION, Failure.TLS, Failure.UNSENDABLE}
)
"""What an answer says where no endpoint ever got the request."""


async def post(
    requests: Sequence[Forged], url: str, sender: Sender, inbox: Inbox, *, made_of: int | None = None
) -> AsyncGenerator[Send]:
    """Send the requests to `url` one after the other, and yield each as it is written down.

    `made_of` is the id of the delivery that they were made of. The time allowed is Shopify's.
    """
    for request in requests:
        sent_at = datetime.now(UTC)
        answer = await sender.send(url, request.headers, request.body)
        send = Send(
            sent_at=sent_at,
            origin=Origin.FORGED,
            url=url,
            delivery_id=made_of,
            topic=request.heading.topic,
            headers=request.headers,
            body=request.body,
            answer=answer,
        )
        add_sends(inbox, [send])
        yield send
