"""Whether something listens at an endpoint: asked by connecting, without sending a byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

# Seconds between two looks. A connection that sends nothing costs a development server as good as nothing.
_EVERY: Final = 3.0
_PATIENCE: Final = 2.0


async def listens(host: str, port: int) -> bool:
    """Whether a connection to `host` and `port` is taken within two seconds."""
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:
        # A timeout is one too.
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def watched(host: str, port: int, every: float = _EVERY) -> AsyncIterator[bool]:
    """Yield whether something listens there, at once and then whenever it has changed."""
    known: bool | None = None
    while True:
        found = await listens(host, port)
        if found is not known:
            known = found
            yield found
        await asyncio.sleep(every)
