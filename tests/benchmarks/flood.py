"""What a flood does to an open screen, and the screen to the flood: `python tests/benchmarks/flood.py`.

Deliveries of 7 KB are sent at a rate, whatever the receiver does (an open model), from a process of its own;
first with JSON lines on a pseudo-terminal, then with the screen on one. Meanwhile a key marks a delivery: it
is answered when the list's title has the mark. Then, without a flood: how many bytes a step in the list
writes, and how long the payload tab of a large order takes.
"""

import argparse
import asyncio
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from pseudo_terminal import PseudoTerminal

from devhook.webhook.signature import sign

SECRET = "hush"
ORDERS = 200
CONNECTIONS = 32
LARGE = 350_000
# Space marks a delivery, which the list's title tells; Escape clears the marks. `]` turns to the payload.
MARK, MARKED, CLEAR = " ", "marked", "\x1b"
TURN, TURNED, BACK = "]", "taxable", "["
KEYS_EVERY = 0.5


def request(number, lines=30):
    """One delivery: the next version of one of the orders."""
    items = [
        {"id": item, "title": f"T-shirt {item}", "sku": f"TEE-{item}", "price": "19.00", "grams": 200,
         "properties": [{"name": "engraving", "value": "for Ada"}], "vendor": "Lavender", "taxable": True,
         "fulfillable_quantity": 1, "requires_shipping": True}
        for item in range(lines)
    ]  # fmt: skip
    order = number % ORDERS
    document = {"id": 10**15 + order, "name": f"#{1000 + order}", "note": f"{number}", "line_items": items}
    body = json.dumps(document).encode()
    headers = {
        "Host": "example.com",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Shopify-Topic": "orders/updated",
        "X-Shopify-Shop-Domain": "lavender.myshopify.com",
        "X-Shopify-Webhook-Id": secrets.token_hex(16),
        "X-Shopify-Hmac-Sha256": sign(SECRET, body),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + body


async def send(port, rate, seconds):
    """Send at the rate; print the times of the answers from when each delivery was due."""
    free = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    took, statuses = [], {}

    async def deliver(due, message):
        reader, writer = await free.get()
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        took.append(time.perf_counter() - due)
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        status = head[9:12].decode()
        statuses[status] = statuses.get(status, 0) + 1
        free.put_nowait((reader, writer))

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            message = request(number)
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            group.create_task(deliver(due, message))
    elapsed = time.perf_counter() - began
    took.sort()
    print(
        json.dumps(
            {
                "rate": len(took) / elapsed,
                "statuses": statuses,
                "median": took[len(took) // 2] * 1000,
                "p99": took[len(took) * 99 // 100] * 1000,
                "slowest": took[-1] * 1000,
            }
        )
    )


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Flood:
    """A devhook that listens on a terminal, and what is sent to it."""

    def __init__(self, folder, *options):
        self.port = free_port()
        os.environ["DEVHOOK_CLIENT_SECRET"] = SECRET
        self.terminal = PseudoTerminal(
            "--inbox", f"{folder}/inbox", "listen", "--port", self.port, *options,
            cwd=folder, env={"XDG_STATE_HOME": folder}, columns=140, lines=40,
        )  # fmt: skip
        self._accepted(within=30)
        if not options:
            self.terminal.seconds_until("Deliveries")
            self.terminal.until_quiet(1)

    def _accepted(self, within):
        deadline = time.perf_counter() + within
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert time.perf_counter() < deadline
                time.sleep(0.05)
            else:
                return

    def sender(self, rate, seconds):
        arguments = ("--send", self.port, "--rate", rate, "--seconds", seconds)
        return subprocess.Popen(
            [sys.executable, __file__, *map(str, arguments)], stdout=subprocess.PIPE, text=True
        )

    def deliver(self, message):
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(message)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def told(what, answer, extra=""):
    print(
        f"{what:28} {answer['rate']:5.0f}/s  acknowledged in {answer['median']:6.1f} ms, 99 % in"
        f" {answer['p99']:7.1f} ms, all in {answer['slowest']:7.1f} ms  {answer['statuses']}{extra}",
        flush=True,
    )


def without_screen(rate, seconds):
    with tempfile.TemporaryDirectory() as folder:
        flood = Flood(folder, "--output", "json")
        with flood.sender(rate, seconds) as sender:
            answer = json.loads(sender.communicate()[0])
        flood.terminal.process.terminate()
        flood.terminal.close()
    told("with JSON lines", answer)


def with_screen(rate, seconds):
    with tempfile.TemporaryDirectory() as folder:
        flood = Flood(folder)
        terminal = flood.terminal
        before, written, spent = terminal.memory(), len(terminal.raw), terminal.processor()
        keys, early = [], None
        with flood.sender(rate, seconds) as sender:
            began = time.perf_counter()
            while sender.poll() is None:
                time.sleep(KEYS_EVERY)
                keys.append(terminal.answered(MARK, MARKED) * 1000)
                terminal.press(CLEAR)
                if early is None and time.perf_counter() - began > seconds / 2:
                    early = terminal.memory()
            answer = json.loads(sender.communicate()[0])
        elapsed = time.perf_counter() - began
        after = terminal.memory()
        written = len(terminal.raw) - written
        spent = terminal.processor() - spent
        terminal.close()
    keys.sort()
    told("with the screen", answer)
    print(
        f"    a key is answered in {statistics.median(keys):.0f} ms,"
        f" 95 % in {keys[len(keys) * 95 // 100]:.0f} ms, at most {keys[-1]:.0f} ms ({len(keys)} keys)"
    )
    a_second = written / elapsed
    print(
        f"    written to the terminal: {a_second / 1000:.1f} KB/s, {a_second / answer['rate']:.0f} bytes a"
        f" delivery; processor {spent / elapsed:.0%}"
    )
    early = early or before
    for name, pid in zip(("session", "receiver"), after, strict=False):
        memory = (f"{each[pid]:.0f} MB" for each in (before, early, after))
        print(f"    memory of the {name} before, at half, at the end: {', '.join(memory)}")


def felt():
    """The bytes of a step in the list, and the payload tab of a large order."""
    with tempfile.TemporaryDirectory() as folder:
        flood = Flood(folder)
        terminal = flood.terminal
        for number in range(60):
            flood.deliver(request(number % 20 + number // 20 * ORDERS))
        terminal.until_quiet(1)
        terminal.answered("j")
        terminal.until_quiet(1)
        steps = []
        for key in "jjjjjjjjkkkkkkkkjjjj":
            start = len(terminal.raw)
            terminal.answered(key)
            terminal.until_quiet()
            steps.append(len(terminal.raw) - start)
        print(f"a step in the list writes {statistics.median(steps):,.0f} bytes, at most {max(steps):,}")
        document_lines = LARGE // len(
            json.dumps(json.loads(request(1).partition(b"\r\n\r\n")[2])["line_items"][0])
        )
        flood.deliver(request(7, document_lines))
        terminal.answered("F")
        terminal.until_quiet(1)
        took = []
        for _ in range(7):
            took.append(terminal.answered(TURN, TURNED) * 1000)
            terminal.until_quiet()
            terminal.answered(BACK)
            terminal.until_quiet()
        print(f"the payload tab of {LARGE // 1000} KB is on the terminal in {statistics.median(took):.0f} ms"
              f" (the first time {took[0]:.0f} ms)")  # fmt: skip
        terminal.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--rate", type=float, action="append", help="Default: 200 and 500.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--send", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    rates = given.rate or [200.0, 500.0]
    if given.send:
        asyncio.run(send(given.send, rates[0], given.seconds))
        return
    for rate in rates:
        without_screen(rate, given.seconds)
        with_screen(rate, given.seconds)
    felt()


if __name__ == "__main__":
    main()
