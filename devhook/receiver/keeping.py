"""When the receiver removes what is beyond the inbox's bounds: at its start, then every minute."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Final

from devhook.errors import InboxError
from devhook.inbox.retention import beyond, remove_oldest
from devhook.receiver.commit import GroupCommit
from devhook.receiver.config import ReceiverConfig

# Seconds. A step takes a few milliseconds: nine tenths of the writer's time are left to deliveries.
_EVERY: Final = 60.0
_PAUSE: Final = 0.03


@asynccontextmanager
async def keeping_bounds(commit: GroupCommit, config: ReceiverConfig) -> AsyncIterator[None]:
    """Keep the inbox within the bounds that the configuration sets, as long as the block lasts."""
    work = asyncio.get_running_loop().create_task(_keep(commit, config))
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait({work})


async def _keep(commit: GroupCommit, config: ReceiverConfig) -> None:
    while True:
        # Whoever delivers next is told what is wrong with the inbox; this waits until it is right again.
        with suppress(InboxError):
            found = await asyncio.to_thread(beyond, config.inbox, config.keep, datetime.now(UTC))
            for _ in range(found.count):
                if not await commit.between(partial(remove_oldest, before=found.before)):
                    break
                await asyncio.sleep(_PAUSE)
        await asyncio.sleep(_EVERY)
