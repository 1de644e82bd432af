"""A run that is stopped (SIGSTOP, a debugger, a shut lid) stops no acknowledgement and misses no delivery."""

import asyncio
import contextlib
import json
import os
import random
import signal
import statistics
import sys

import pytest

# A run without a face: it starts the receiver, reads what comes as fast as it can, and says what it has read.
RUN = """
import asyncio, contextlib, signal, sys
from pathlib import Path
from devhook.inbox.readings import Reader
from devhook.inbox.database import Inbox
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.process import ReceiverProcess

async def main():
    path = Path(sys.argv[1])
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    async with ReceiverProcess.start(ReceiverConfig(inbox=path)) as receiver:
        print(receiver.port, flush=True)
        with Inbox.open(path) as inbox:
            face = Reader(inbox)
            while True:
                for row in face.read_new():
                    print(row.id, row.verdict.value, flush=True)
                await asyncio.sleep(0)

with contextlib.suppress(asyncio.CancelledError):
    asyncio.run(main())
"""


class Run:
    """The run in its process, and the deliveries that are sent to its receiver."""

    def __init__(self, process, client, port):
        self._process = process
        self._client = client
        self._url = f"http://127.0.0.1:{port}"
        self.sent = 0

    async def deliver(self):
        """Send the next version of an order; returns the seconds until it was answered 200."""
        self.sent += 1
        items = [
            {"id": item, "title": "T-shirt", "price": "19.00", "quantity": self.sent} for item in range(80)
        ]
        body = json.dumps({"id": 7, "name": "#1007", "line_items": items}).encode()
        loop = asyncio.get_running_loop()
        before = loop.time()
        async with self._client.post(
            self._url, data=body, headers={"X-Shopify-Topic": "orders/updated"}
        ) as response:
            assert response.status == 200
        return loop.time() - before

    @contextlib.contextmanager
    def frozen(self):
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    async def read_everything(self):
        """Wait until the run has said of every delivery that it is read; returns their verdicts."""
        verdicts = {}
        async with asyncio.timeout(60):
            while len(verdicts) < self.sent:
                delivery_id, verdict = (await self._process.stdout.readline()).split()
                verdicts[int(delivery_id)] = verdict.decode()
        assert sorted(verdicts) == list(range(1, self.sent + 1))
        return list(verdicts.values())


@pytest.fixture
async def run(path, client):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, str(path), stdout=asyncio.subprocess.PIPE, limit=2**20
    )
    try:
        yield Run(process, client, int(await process.stdout.readline()))
    finally:
        process.terminate()
        await process.communicate()


@pytest.mark.thorough
async def test_while_the_run_is_frozen_for_10_s_deliveries_are_answered_in_100_ms_and_all_in_time(run):
    await run.deliver()
    loop = asyncio.get_running_loop()

    took = []
    with run.frozen():
        end = loop.time() + 10
        while loop.time() < end:
            took += await asyncio.gather(run.deliver(), run.deliver())
            await asyncio.sleep(0.05)

    # A machine that does much else may hold up one of them, but not half, and none beyond Shopify's patience.
    assert statistics.median(took) < 0.1
    assert max(took) < 5
    verdicts = await run.read_everything()
    assert verdicts == ["first", *["changed"] * (run.sent - 1)]


@pytest.mark.thorough
async def test_whatever_the_run_was_doing_when_it_froze_deliveries_are_answered(run):
    chance = random.Random(7)

    for _ in range(15):
        async with asyncio.TaskGroup() as burst, asyncio.timeout(60):
            for _ in range(6):
                burst.create_task(run.deliver())
            await asyncio.sleep(chance.random() * 0.02)
            with run.frozen():
                for _ in range(3):
                    await run.deliver()

    await run.read_everything()
