"""Whether `devhook load` holds its rate: two workers, an endpoint that does nothing, several rates.

    .venv/bin/python tests/benchmarks/load.py [SECONDS]

Needs `pip install 'devhook[load]'`. The endpoint answers 200 without a look at the request; it, the workers
and the master share the machine. The table shows the rate that was asked for and the one that the endpoint
counted, how far the deliveries lagged behind their times, and the time of the processor for each.
"""

import asyncio
import json
import os
import resource
import sys
import time

RATES = (100, 300, 1000, 1500)
SECRET = {"DEVHOOK_CLIENT_SECRET": "shpss_of_the_benchmark"}


class Endpoint(asyncio.Protocol):
    """Reads requests with a Content-Length, counts them, and answers each."""

    count = 0
    first = last = 0.0

    def connection_made(self, transport):
        self.transport = transport
        self.buffer = b""

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r", 1)[0])
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            Endpoint.count += 1
            Endpoint.last = time.perf_counter()
            Endpoint.first = Endpoint.first or Endpoint.last
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def measured(rate, seconds):
    server = await asyncio.get_running_loop().create_server(Endpoint, "127.0.0.1", 0, backlog=1000)
    port = server.sockets[0].getsockname()[1]
    Endpoint.count, Endpoint.first = 0, 0.0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devhook", "load", "--scenario", "order-lifecycle", "--to", str(port), "--json",
        "--rate", str(rate), "--for", f"{seconds}s", "--workers", "2",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, **SECRET},
    )  # fmt: skip
    out, _ = await process.communicate()
    server.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = json.loads(out)
    counted = (Endpoint.count - 1) / (Endpoint.last - Endpoint.first)
    return found, counted, used


async def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {seconds} s each")
    print("asked  counted    off  behind p99  answers p99  CPU ms/delivery")
    for rate in RATES:
        found, counted, used = await measured(rate, seconds)
        times = {each["share"]: each["seconds"] for each in found["percentiles"]}
        print(
            f"{rate:5}  {counted:7.1f}  {counted / rate - 1:+5.1%}  {found['behind']['p99'] * 1000:7.0f} ms"
            f"  {times[0.99] * 1000:8.1f} ms  {used / found['counts']['sent'] * 1000:.2f}"
        )


asyncio.run(main())
