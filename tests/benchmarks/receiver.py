"""How fast the receiver is beside two others of the same stack: `python tests/benchmarks/receiver.py`.

`bare` reads the body and answers, `receiver` is ours (checks the signature, commits in groups), `alone`
is ours with a transaction for each delivery. They take turns, so that whatever else the machine does falls on
all of them; only the ratios mean anything.
"""

import argparse
import asyncio
import contextlib
import json
import statistics
import sys
import tempfile
from pathlib import Path

from aiohttp import web

from devhook.receiver import commit
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.server import Receiver, serving
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


@contextlib.asynccontextmanager
async def bare():
    async def answer(request):
        await request.read()
        return web.Response()

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@contextlib.asynccontextmanager
async def ours(inbox):
    config = ReceiverConfig(inbox=inbox, secrets=(SECRET,))
    async with Receiver.open(config, print) as receiver, serving(receiver, config) as port:
        yield port


async def serve(kind):
    """Be one of the three until stdin ends."""
    if kind == "alone":
        commit._MOST = 1
    with tempfile.TemporaryDirectory() as folder:
        async with bare() if kind == "bare" else ours(Path(folder) / "inbox") as port:
            print(port, flush=True)
            await asyncio.to_thread(sys.stdin.read)


async def answered(port, connections, seconds):
    """The requests a second that are answered 200 on so many connections."""
    message = request()
    loop = asyncio.get_running_loop()
    count = 0
    end = loop.time() + seconds

    async def send():
        nonlocal count
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while loop.time() < end:
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 "), head
            count += 1
        writer.close()
        await writer.wait_closed()

    async with asyncio.TaskGroup() as load:
        for _ in range(connections):
            load.create_task(send())
    return count / seconds


async def compare(rounds, connections, seconds):
    """Let the three take turns, and print what each did beside the others."""
    async with contextlib.AsyncExitStack() as stack:
        ports = {}
        for kind in KINDS:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                __file__,
                "--serve",
                kind,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            stack.push_async_callback(process.communicate, b"")
            ports[kind] = int(await process.stdout.readline())
        rates = {kind: [] for kind in KINDS}
        for _ in range(rounds):
            for kind, port in ports.items():
                rates[kind].append(await answered(port, connections, seconds))
    medians = {kind: statistics.median(found) for kind, found in rates.items()}
    for kind, rate in medians.items():
        print(f"{kind:9} {rate:7.0f}/s   ({', '.join(f'{each:.0f}' for each in rates[kind])})")
    print(f"receiver / bare   {medians['receiver'] / medians['bare']:.2f}")
    print(f"receiver / alone  {medians['receiver'] / medians['alone']:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(given.serve))
    else:
        asyncio.run(compare(given.rounds, given.connections, given.seconds))


if __name__ == "__main__":
    main()
