"""How fast the receiver is beside two others of the same stack: `python tests/benchmarks/receiver.py`.

`bare` reads the body and answers, `receiver` is ours (checks the signature, commits in groups), `alone`
is ours with a transaction for each delivery. They take turns, so that whatever else the machine does falls on
all of them; only the ratios mean anything. The ratio of the processor's time is steadier than that of the
rates where the machine is busy; it counts what the receiver's second thread does beside the first.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from aiohttp import web

from devhook.receiver import commit
from devhook.receiver.__main__ import main as receive
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.protocol import config_line
from devhook.webhook.signature import Secret, sign

SECRET = Secret(name="app", value="hush")
KINDS = ("bare", "receiver", "alone")


def request():
    items = [
        {"id": item, "title": f"T-shirt {item}", "sku": f"TEE-{item}", "price": "19.00"}
        for item in range(110)
    ]
    body = json.dumps({"id": 820982911946154508, "name": "#1001", "line_items": items}).encode()
    headers = {
        "Host": "example.com",
        "User-Agent": "Shopify-Captain-Hook",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Shopify-Topic": "orders/updated",
        "X-Shopify-Shop-Domain": "lavender.myshopify.com",
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "X-Shopify-Hmac-Sha256": sign(SECRET.value.get_secret_value(), body),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + body


async def bare():
    """Be the bare server until stdin ends."""

    async def answer(request):
        await request.read()
        return web.Response()

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def serve(kind):
    """Be one of the three until stdin ends."""
    if kind == "bare":
        return asyncio.run(bare())
    if kind == "alone":
        commit._MOST = 1
    return receive()


class Turn(NamedTuple):
    """Answers a second, microseconds of the processor for each, the 99th percentile in milliseconds."""

    rate: float
    processor: float
    p99: float


class Server:
    """A running server: where it listens, and how it did in its turns."""

    def __init__(self, process, port):
        self._process = process
        self._port = port
        self.turns = []

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, kind, folder):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            __file__,
            "--serve",
            kind,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        if kind != "bare":
            process.stdin.write(config_line(ReceiverConfig(inbox=folder / kind, secrets=(SECRET,))))
        port = json.loads(await process.stdout.readline())["port"]
        # The receiver reports its latency.
        reports = asyncio.ensure_future(process.stdout.read())
        try:
            yield cls(process, port)
        finally:
            process.stdin.close()
            await reports
            await process.wait()

    async def take_turn(self, connections, seconds):
        """Send on so many connections, the next request after each answer."""
        load = Load(connections, seconds)
        loop = asyncio.get_running_loop()
        spent = self._spent()
        for _ in range(connections):
            await loop.create_connection(lambda: Sender(load), "127.0.0.1", self._port)
        await load.done
        took = sorted(load.took)
        self.turns.append(
            Turn(
                rate=len(took) / (time.perf_counter() - load.began),
                processor=(self._spent() - spent) / len(took) * 1e6,
                p99=took[len(took) * 99 // 100] * 1e3,
            )
        )

    def median(self):
        return Turn(*map(statistics.median, zip(*self.turns, strict=True)))

    def _spent(self):
        """The seconds of the processor that its process has used (Linux; elsewhere 0)."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Load:
    """What the connections of a turn share."""

    def __init__(self, connections, seconds):
        self.message = request()
        self.took = []
        self.open = connections
        self.done = asyncio.get_running_loop().create_future()
        self.began = time.perf_counter()
        self.end = self.began + seconds


class Sender(asyncio.Protocol):
    """A connection. asyncio's streams would take as long for a request as the bare server."""

    def __init__(self, load):
        self._load = load
        self._answer = b""

    def connection_made(self, transport):
        self._transport = transport
        self._send()

    def data_received(self, data):
        self._answer += data
        if b"\r\n\r\n" not in self._answer:
            return
        assert self._answer.startswith(b"HTTP/1.1 200 "), self._answer
        self._answer = b""
        now = time.perf_counter()
        self._load.took.append(now - self._sent_at)
        if now < self._load.end:
            self._send()
            return
        self._transport.close()
        self._load.open -= 1
        if not self._load.open:
            self._load.done.set_result(None)

    def _send(self):
        self._sent_at = time.perf_counter()
        self._transport.write(self._load.message)


async def compare(rounds, connections, seconds):
    """Let the three take turns, and print what each did beside the others."""
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers = {kind: await stack.enter_async_context(Server.start(kind, folder)) for kind in KINDS}
        for number in range(rounds):
            for kind in KINDS if number % 2 else KINDS[::-1]:
                await servers[kind].take_turn(connections, seconds)
    medians = {kind: server.median() for kind, server in servers.items()}
    for kind, turn in medians.items():
        rates = ", ".join(f"{each.rate:.0f}" for each in servers[kind].turns)
        print(f"{kind:9} {turn.rate:7.0f}/s {turn.processor:5.0f} us  p99 {turn.p99:5.1f} ms   ({rates})")
    ours = medians["receiver"]
    for kind in ("bare", "alone"):
        beside = medians[kind]
        rate, processor = ours.rate / beside.rate, beside.processor / (ours.processor or 1)
        print(f"receiver / {kind:5}  {rate:.2f}   of the processor's time {processor:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.serve)
    return asyncio.run(compare(given.rounds, given.connections, given.seconds))


if __name__ == "__main__":
    main()
