"""Whether strangers can shut real deliveries out: `python tests/benchmarks/connections.py`.

They keep 2,000 connections of one kind open: silent, dripping headers, dripping body, or idle after a
request. Each that is closed is opened anew. Meanwhile 50 deliveries are sent, one after the other, each on a
connection of its own. Shopify waits 5 s for an answer. `--files 256` is the limit of open files that macOS
gives the receiver, and `--hard` forbids it to raise that limit.
"""

import argparse
import asyncio
import contextlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from devhook.receiver.config import ReceiverConfig
from devhook.receiver.protocol import Ready, config_line, event_of
from devhook.webhook.signature import Secret, sign

SECRET = Secret(name="app", value="hush")
BODY = json.dumps({"id": 820982911946154508, "name": "#1001"}).encode()
HEAD = "POST / HTTP/1.1\r\nHost: example.com\r\n"
BEGINNINGS = {
    "silent": b"",
    "dripping headers": HEAD.encode(),
    "dripping body": f"{HEAD}Content-Length: 1000000\r\n\r\n".encode(),
    "idle": f"{HEAD}Content-Length: 2\r\n\r\n{{}}".encode(),
}
# Seconds between two bytes of a connection that drips.
DRIP = 3.0
PATIENCE = 5.0


def delivery():
    signature = sign(SECRET.value.get_secret_value(), BODY)
    headers = f"X-Shopify-Topic: orders/updated\r\nX-Shopify-Hmac-Sha256: {signature}\r\n"
    return f"{HEAD}{headers}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY


async def keep_open(port, kind):
    """Be a stranger's connection, and the one after it, until it is cancelled."""
    drips = kind.startswith("dripping")
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(BEGINNINGS[kind])
                while not reader.at_eof():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(DRIP):
                            await reader.read(4096)
                    if drips:
                        writer.write(b"x")
            finally:
                writer.close()
        await asyncio.sleep(0.5)


async def deliver(port):
    """Send one delivery; return its status, None for none within Shopify's patience, and the seconds."""
    begun = time.monotonic()
    status = None
    with contextlib.suppress(TimeoutError, OSError, asyncio.IncompleteReadError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(delivery())
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split()[1])
            writer.close()
    return status, time.monotonic() - begun


@contextlib.contextmanager
def receiving(folder, files, *, hard):
    """Run a receiver that may have so many files open; yield its port."""

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files if hard else most))

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "devhook.receiver"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=limit,  # noqa: PLW1509 - no thread runs
    ) as process:  # fmt: skip
        process.stdin.write(config_line(ReceiverConfig(inbox=folder / "inbox", secrets=(SECRET,))))
        process.stdin.flush()
        ready = event_of(process.stdout.readline())
        assert isinstance(ready, Ready), ready
        yield ready.port
        process.stdin.close()


async def be_strangers(port, kind, count):
    """Keep so many connections open until stdin ends."""
    async with asyncio.TaskGroup() as tasks:
        kept = [tasks.create_task(keep_open(port, kind)) for _ in range(count)]
        await asyncio.to_thread(sys.stdin.read)
        for each in kept:
            each.cancel()


async def measure(port, kind, strangers, deliveries):
    """Return how many deliveries were answered 200, and the times of all."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--kind", kind, "--strangers", str(strangers), "--port", str(port),
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await asyncio.sleep(DRIP)
    found = []
    for _ in range(deliveries):
        found.append(await deliver(port))
        await asyncio.sleep(0.1)
    await process.communicate(b"")
    return [status for status, _ in found].count(200), [seconds for _, seconds in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strangers", type=int, default=2000)
    parser.add_argument("--deliveries", type=int, default=50)
    parser.add_argument("--files", type=int, default=1024)
    parser.add_argument("--kind", choices=BEGINNINGS, action="append")
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, given.strangers + 1000), most))
    if given.port:
        asyncio.run(be_strangers(given.port, given.kind[0], given.strangers))
        return
    failed = False
    for kind in given.kind or BEGINNINGS:
        with (
            tempfile.TemporaryDirectory() as folder,
            receiving(Path(folder), given.files, hard=given.hard) as port,
        ):
            answered, times = asyncio.run(measure(port, kind, given.strangers, given.deliveries))
        failed = failed or answered < given.deliveries
        print(
            f"{kind:17} {answered} of {given.deliveries} answered,"
            f" median {statistics.median(times):.3f} s, slowest {max(times):.3f} s",
            flush=True,
        )
    sys.exit(failed)


if __name__ == "__main__":
    main()
