"""How fast a replay is beside a shared httpx client: `python tests/benchmarks/replay.py`.

Both send the same deliveries, so many at a time, to one endpoint in a process of its own, which answers at
once and keeps a hash of each body. The replay reads its deliveries from the inbox and writes every send down;
httpx has them in memory. They take turns; only the ratio means anything. At the end the hashes of what
arrived are compared with those of what was recorded.
"""

import argparse
import asyncio
import hashlib
import json
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from devhook.filter.selection import Selection
from devhook.inbox.database import Inbox
from devhook.replay.deliveries import select_deliveries
from devhook.replay.plan import Pace, Rewriting
from devhook.replay.replay import Replay
from devhook.webhook.delivery import Arrival, Delivery, Signature


def deliveries(count):
    for number in range(count):
        items = [
            {"id": number * 100 + item, "title": f"T-shirt {item}", "price": "19.00"} for item in range(90)
        ]
        yield Delivery(
            received_at=datetime.now(UTC),
            path="/webhooks",
            headers=(
                ("User-Agent", "Shopify-Captain-Hook"),
                ("Accept", "*/*"),
                ("Content-Type", "application/json"),
                ("X-Shopify-API-Version", "2026-10"),
                ("X-Shopify-Event-Id", f"e-{number}"),
                ("X-Shopify-Hmac-Sha256", "JQmZ0O1vY0TQ0B1UvYf7G1l2w5qgV8e0o5Qx3c7p3mE="),
                ("X-Shopify-Shop-Domain", "lavender.myshopify.com"),
                ("X-Shopify-Topic", "orders/updated"),
                ("X-Shopify-Webhook-Id", f"w-{number}"),
            ),
            body=json.dumps({"id": number, "line_items": items}).encode(),
        )


class Endpoint(asyncio.Protocol):
    """Answers every request with 200 and keeps the hash of its body."""

    def __init__(self, hashes):
        self._hashes = hashes
        self._left = b""

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._left += data
        while (end := self._left.find(b"\r\n\r\n")) >= 0:
            head = self._left[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
            body = self._left[end + 4 : end + 4 + length]
            if len(body) < length:
                return
            self._left = self._left[end + 4 + length :]
            self._hashes.append(hashlib.sha256(body).hexdigest())
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def serve():
    """Be the endpoint: each line on stdin asks for the hashes since the last one; its end ends it."""
    hashes = []
    server = await asyncio.get_running_loop().create_server(lambda: Endpoint(hashes), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(sorted(hashes)), flush=True)
        hashes.clear()


@asynccontextmanager
async def endpoint():
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        "--serve",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )

    async def line():
        return json.loads(await process.stdout.readline())

    async def hashes():
        process.stdin.write(b"\n")
        return await line()

    yield f"http://127.0.0.1:{await line()}", hashes
    await process.communicate(b"")


async def by_httpx(client, url, some, concurrency):
    left = iter(some)

    async def work():
        for each in left:
            answer = await client.post(f"{url}{each.path}", headers=list(each.headers), content=each.body)
            assert answer.status_code == 200

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())


async def compare(count, beside, rounds, concurrency):
    with tempfile.TemporaryDirectory() as folder, Inbox.open(Path(folder) / "inbox") as inbox:
        recorded = list(deliveries(count))
        inbox.add([Arrival(delivery=each, signature=Signature.UNCHECKED) for each in recorded])
        rates = {"replay": [], "httpx": []}
        async with endpoint() as (url, hashes), httpx.AsyncClient() as client:
            for _ in range(rounds):
                begun = time.perf_counter()
                replay = Replay(inbox, url, Rewriting())
                await replay.run(
                    select_deliveries(inbox, Selection().resolve(inbox)), Pace(concurrency=concurrency)
                )
                rates["replay"].append(count / (time.perf_counter() - begun))
                assert replay.summary.accepted == count
                arrived = await hashes()
                assert arrived == sorted(hashlib.sha256(each.body).hexdigest() for each in recorded)

                begun = time.perf_counter()
                await by_httpx(client, url, recorded[:beside], concurrency)
                rates["httpx"].append(beside / (time.perf_counter() - begun))
                await hashes()
    medians = {kind: statistics.median(found) for kind, found in rates.items()}
    for kind, rate in medians.items():
        print(f"{kind:7} {rate:7.0f}/s   ({', '.join(f'{each:.0f}' for each in rates[kind])})")
    print(f"replay / httpx  {medians['replay'] / medians['httpx']:.1f}")
    print(f"{count:,} deliveries arrived complete and unchanged, {rounds} times.")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--beside", type=int, default=1_000, help="How many of them httpx sends.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve())
    else:
        asyncio.run(compare(given.deliveries, given.beside, given.rounds, given.concurrency))


if __name__ == "__main__":
    main()
