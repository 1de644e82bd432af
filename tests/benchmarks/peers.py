"""How fast devhook takes deliveries in beside others that do: `python tests/benchmarks/peers.py`.

All take turns in one run, under the same load: Debian's wrk with one signed body of 7 KB, on keep-alive
connections. `bare` is aiohttp's low-level server, which reads the body and answers: nothing of this stack can
be faster. `starlette` (on uvicorn) checks the signature and commits each request by itself, `mitmdump` writes
flows to a file, `webhook` (Debian's, by adnanh) checks the signature and stores nothing. `listen --json` is
the receiver with an output that reads and prints each delivery beside it. mitmproxy, starlette and uvicorn
are installed into an environment of their own.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import NamedTuple

from receiver import request

from devhook.inbox.database import Inbox

SECRET = "hush"
PACKAGES = ("mitmproxy", "starlette", "uvicorn")
HERE = Path(__file__).parent
STARLETTE = """
import base64, hashlib, hmac, sqlite3, sys
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
import uvicorn
kept = sqlite3.connect(sys.argv[2], isolation_level=None, check_same_thread=False)
kept.execute("PRAGMA journal_mode = WAL")
kept.execute("PRAGMA synchronous = FULL")
kept.execute("CREATE TABLE deliveries (id INTEGER PRIMARY KEY, headers TEXT, body BLOB)")
async def take(request):
    body = await request.body()
    digest = base64.b64encode(hmac.new(b"hush", body, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(digest, request.headers.get("X-Shopify-Hmac-Sha256", "")):
        return Response(status_code=401)
    kept.execute("INSERT INTO deliveries (headers, body) VALUES (?, ?)", (repr(request.headers.raw), body))
    return Response()
app = Starlette(routes=[Route("/", take, methods=["POST"])])
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False)
"""
HOOKS = [
    {
        "id": "hook",
        "execute-command": "/bin/true",
        "trigger-rule": {
            "match": {
                "type": "payload-hmac-sha256",
                "secret": SECRET,
                "parameter": {"source": "header", "name": "X-Hub-Signature-256"},
            }
        },
        "trigger-rule-mismatch-http-response-code": 401,
    }
]


class Turn(NamedTuple):
    """Answers a second, the 99th percentile in milliseconds, answers that were not 2xx."""

    rate: float
    p99: float
    refused: int


def message():
    """The headers and the body of the load: one signed delivery."""
    head, _, body = request().partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    return {name: value for name, value in lines if name not in {"Host", "Content-Length"}}, body


def script(folder):
    """Write wrk's script."""
    headers, body = message()
    Path(folder, "body").write_bytes(body)
    hex_digest = __import__("hmac").new(SECRET.encode(), body, "sha256").hexdigest()
    headers["X-Hub-Signature-256"] = f"sha256={hex_digest}"
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in headers.items()]
    written = f'wrk.method = "POST"\nwrk.body = io.open("{folder}/body", "rb"):read("*a")\n' + "\n".join(
        lines
    )
    path = Path(folder, "load.lua")
    path.write_text(written)
    return path


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def python_of(folder):
    """Install the peers into an environment of their own."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def commands(folder, python):
    """Return the command of each peer by name, given its port."""
    (folder / "commit_each.py").write_text(STARLETTE)
    (folder / "hooks.json").write_text(json.dumps(HOOKS))
    # mitmdump answers itself, as a receiver does, and saves each flow.
    (folder / "answer.py").write_text(
        "from mitmproxy import http\ndef request(flow):\n    flow.response = http.Response.make(200)\n"
    )
    devhook = [sys.executable, "-P", "-m", "devhook"]
    return {
        "bare": lambda port: [sys.executable, HERE / "peers.py", "--bare", port],
        "devhook, receiver alone": lambda port: [sys.executable, HERE / "peers.py", "--receiver", port,
                                                 "--folder", folder / "alone"],
        "devhook listen --json": lambda port: [*devhook, "--inbox", folder / "json", "listen", "--port", port,
                                               "--json", "--keep-count", "0", "--keep-bytes", "0"],
        "starlette, commit for each": lambda port: [python, folder / "commit_each.py", port, folder / "s.db"],
        "mitmdump, saving flows": lambda port: [python.parent / "mitmdump", "-q", "-p", port, "-w",
                                                folder / "flows", "-s", folder / "answer.py", "--mode",
                                                "reverse:http://127.0.0.1:9", "--set",
                                                "connection_strategy=lazy"],
        "webhook, storing nothing": lambda port: ["webhook", "-hooks", folder / "hooks.json", "-port", port,
                                                  "-ip", "127.0.0.1"],
    }  # fmt: skip


def bare(port):
    """Be aiohttp's low-level server."""
    import asyncio

    from aiohttp import web

    async def serve():
        async def answer(asked):
            await asked.read()
            return web.Response()

        runner = web.ServerRunner(web.Server(answer, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()

    asyncio.run(serve())


def receiver(port, folder):
    """Be a session's receiver without an output."""
    from devhook.receiver.config import ReceiverConfig
    from devhook.receiver.loading import COMMAND
    from devhook.receiver.protocol import config_line
    from devhook.webhook.signature import Secret

    config = ReceiverConfig(inbox=folder, port=port, secrets=(Secret(name="app", value=SECRET),))
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        process.stdin.write(config_line(config))
        process.stdin.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
        process.stdin.close()


@contextlib.contextmanager
def running(command, port):
    with subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL, env=os.environ | {"DEVHOOK_CLIENT_SECRET": SECRET},
    ) as process:  # fmt: skip
        deadline = time.perf_counter() + 30
        while True:
            assert process.poll() is None, command
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            assert time.perf_counter() < deadline, command
            time.sleep(0.1)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def load(url, lua, connections, seconds):
    """Send with wrk for so long."""
    out = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", lua, url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", out).groups()
    p99 = float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    assert rate, out
    return Turn(rate, p99, int(refused[1]) if refused else 0)


def measure(folder, python, rounds, connections, seconds):
    """Let all take turns; return the turns of each."""
    lua = script(folder)
    turns = {name: [] for name in commands(folder, python)}
    for number in range(rounds):
        for name, command in commands(folder, python).items():
            if name.startswith("webhook") and not shutil.which("webhook"):
                continue
            for each in ("s.db", "s.db-wal", "s.db-shm", "flows"):
                (folder / each).unlink(missing_ok=True)
            port = free_port()
            url = f"http://127.0.0.1:{port}/{'hooks/hook' if name.startswith('webhook') else ''}"
            with running(command(port), port):
                turns[name].append(load(url, lua, connections, seconds))
            print(f"  {number + 1} {name:30} {turns[name][-1]}", file=sys.stderr, flush=True)
    return {name: found for name, found in turns.items() if found}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--environment", type=Path, help="Keep the peers' environment here, and use it.")
    parser.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--receiver", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bare:
        bare(given.bare)
        return
    if given.receiver:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        receiver(given.receiver, given.folder)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = given.environment or folder / "environment"
        python = environment / "bin" / "python"
        if not python.exists():
            python = python_of(environment)
        turns = measure(folder, python, given.rounds, given.connections, given.seconds)
        for kept in ("alone", "json"):
            with Inbox.open(folder / kept) as inbox:
                print(f"{kept}: {inbox.newest():,} deliveries in the inbox")
    medians = {name: Turn(*map(statistics.median, zip(*each, strict=True))) for name, each in turns.items()}
    alone, beside = medians["devhook, receiver alone"], medians["devhook listen --json"]
    for name, turn in medians.items():
        print(
            f"{turn.rate:8.0f}/s  99 % in {turn.p99:7.1f} ms  refused {turn.refused:.0f}"
            f"   alone {alone.rate / turn.rate:5.2f} x, with JSON {beside.rate / turn.rate:5.2f} x   {name}"
        )


if __name__ == "__main__":
    main()
