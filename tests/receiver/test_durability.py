"""What was answered 200 is in the inbox, whatever happens to the receiver at whatever moment."""

import asyncio
import os
import signal

import aiohttp
import pytest

from devhook.inbox.database import Inbox
from devhook.receiver.process import ReceiverProcess

CONNECTIONS = 32


@pytest.mark.parametrize("acknowledged_at_least", [1, 333])
async def test_after_kill_9_under_load_every_acknowledged_delivery_is_in_the_inbox(
    path, config, signed, acknowledged_at_least
):
    acknowledged = []
    enough = asyncio.Event()

    async def deliver(client, url, connection):
        for number in range(100_000):
            body = b'{"id":%d,"note":"%s"}' % (connection * 100_000 + number, os.urandom(400).hex().encode())
            try:
                async with client.post(url, data=body, headers=signed(body)) as response:
                    assert response.status == 200
            except aiohttp.ClientError:
                return
            acknowledged.append(body)
            if len(acknowledged) >= acknowledged_at_least:
                enough.set()

    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with (
        ReceiverProcess.start(config()) as receiver,
        aiohttp.ClientSession(connector=connector) as client,
    ):
        async with asyncio.TaskGroup() as load:
            for connection in range(CONNECTIONS):
                load.create_task(deliver(client, receiver.url, connection))
            await enough.wait()
            os.kill(receiver._process.pid, signal.SIGKILL)
        await receiver.ended()

    with Inbox.open(path) as inbox:
        kept = {inbox.delivery(row.id).body for row in inbox.rows(limit=1_000_000)}
    assert len(acknowledged) >= acknowledged_at_least
    assert set(acknowledged) <= kept
