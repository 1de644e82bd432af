"""Plays the ngrok agent, and ngrok's edge, as ngrok documents them (https://ngrok.com/docs/agent/api/).

Standard library only.

Run as `ngrok` with a `stand-in.json` beside it, which says what to play:

    mode         ok, slow; silent, offline, mute, old (these never get ready); limit, bad_token, no_token,
                 abrupt (these end by themselves, the last one with its reason on stderr alone); online,
                 foreign (these refuse the endpoint); stubborn (ignores SIGTERM), babble
    version      what --version says
    url          the address of the account, https://…; without one http://127.0.0.1:EDGE
    edge         the edge's port, 0 for any
    pace         seconds between the agent's attempts to reconnect
    certificate  a PEM file, for CONNECT: the edge is the proxy that leads to `url`

While it runs, `POST /play` at its API does {"drop": seconds, "url": new address, "again": seconds},
{"exit": status} or {"flood": lines}. Each start adds a line to `starts.jsonl`: arguments, environment,
process, API port.
"""

import json
import sys
import time
from pathlib import Path

FOLDER = Path(sys.argv[0]).absolute().parent
PLAY = json.loads((FOLDER / "stand-in.json").read_text())

# Every tunnel asks for the version first: the answer takes a third of the time without the imports below.
if sys.argv[1:] == ["--version"]:
    if PLAY.get("mode") == "stuck":
        time.sleep(60)
    print(f"ngrok version {PLAY.get('version', '3.39.10')}")
    sys.exit(0)

# ruff: noqa: E402
import asyncio
import contextlib
import os
import re
import signal
import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

TOKEN = re.compile(r"""["']?authtoken["']?\s*:\s*["']?([^"'\s,}]+)""")
HEAD = b"\r\n\r\n"
MOST = 2**26
CODES = {
    "limit": "Your account is limited to 3 simultaneous ngrok agent sessions.\\n\\nERR_NGROK_108\\r\\n",
    "bad_token": "The authtoken you specified is properly formed, but it is invalid.\\n"
    "Your authtoken: {token}\\nThis usually happens when\\n\\nERR_NGROK_107\\r\\n",
    "no_token": "Usage of ngrok requires a verified account and authtoken.\\n\\nERR_NGROK_4018\\r\\n",
}
ERROR_MEANINGS = {
    "online": "The endpoint '{url}' is already online. Either\\n1. stop it\\n\\nERR_NGROK_334\\r\\n",
    "foreign": "The domain '{url}' is reserved for another account.\\n\\nERR_NGROK_320\\r\\n",
}
DIAL = "failed to dial ngrok server with address connect.ngrok-agent.com:443: lookup: no such host"


def log(level, message, **more):
    said = " ".join(
        f'{name}="{value}"' if " " in str(value) else f"{name}={value}" for name, value in more.items()
    )
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    try:
        print(f't={stamp} lvl={level} msg="{message}" {said}', flush=True)
    except BrokenPipeError:
        os._exit(1)


class Agent:
    def __init__(self, play, arguments):
        self.play = play
        self.mode = play.get("mode", "ok")
        self.arguments = arguments
        self.endpoints = {}
        self.online = False
        self.home = play.get("url")
        self.over = asyncio.Event()
        self.status = 0
        self.tasks = set()

    @property
    def token(self):
        config = Path(self.arguments[self.arguments.index("--config") + 1]).read_text()
        given = TOKEN.search(config)
        return os.environ.get("NGROK_AUTHTOKEN") or (given[1] if given else None)

    async def run(self):
        edge = await asyncio.start_server(self.take, "127.0.0.1", self.play.get("edge", 0), limit=MOST)
        api = await asyncio.start_server(self.answer, "127.0.0.1", 0, limit=MOST)
        self.edge = edge.sockets[0].getsockname()[1]
        self.port = api.sockets[0].getsockname()[1]
        self.home = self.home or f"http://127.0.0.1:{self.edge}"
        with (FOLDER / "starts.jsonl").open("a") as file:
            start = {"argv": sys.argv, "env": dict(os.environ), "pid": os.getpid(), "api": self.port}
            file.write(json.dumps(start | {"edge": self.edge}) + "\n")
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.terminate)
        self.spawn(self.begin())
        await self.over.wait()
        edge.close()
        api.close()
        return self.status

    def spawn(self, work):
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def terminate(self):
        if self.mode != "stubborn":
            log("info", "received stop request", obj="app", stopReq="{err: nil, restart: false}")
            log("info", "session closing", obj="tunnels.session", err="nil")
            self.end(0)

    def end(self, status):
        self.status = status
        self.over.set()

    async def begin(self):
        token = self.token
        mode = "no_token" if token is None else self.mode
        if mode == "silent":
            return
        if mode == "abrupt":
            print(
                "ERROR:  authentication failed: Your account has too many\nERROR:  ERR_NGROK_108",
                file=sys.stderr,
            )
            os._exit(1)
        log("info", "open config file", path="ngrok.yml", err="nil")
        if mode == "babble":
            log("info", "__class__=1 ' unbalanced", obj="'")
        if mode in CODES:
            self.refuse(CODES[mode].format(token=token))
            return
        if mode == "slow":
            await asyncio.sleep(1)
        log("info", "starting web service", obj="web", addr=f"127.0.0.1:{self.port}", allow_hosts="[]")
        while mode == "offline":
            log("eror", "failed to reconnect session", obj="tunnels.session", err=DIAL)
            await asyncio.sleep(0.1)
        while mode == "mute":
            log("info", "still thinking", obj="tunnels.session")
            await asyncio.sleep(0.1)
        self.connect()

    def connect(self):
        self.online = True
        log("info", "client session established", obj="tunnels.session")
        log("info", "tunnel session started", obj="tunnels.session")

    def refuse(self, words):
        words = "authentication failed: " + words
        log("eror", "failed to reconnect session", obj="tunnels.session", err=words)
        log("info", "session closing", obj="tunnels.session", err="nil")
        log("eror", "terminating with error", obj="app", err=words)
        log("crit", "command failed", err=words)
        print("ERROR:  " + words.replace("\\r", "").replace("\\n", "\nERROR:  "), file=sys.stderr, flush=True)
        self.end(1)

    async def drop(self, seconds, url, again):
        self.online = False
        log(
            "eror",
            "session closed, starting reconnect loop",
            obj="tunnels.session",
            err="read EOF from remote peer",
        )
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.sleep(min(self.play.get("pace", 0.1), seconds))
            log("eror", "failed to reconnect session", obj="tunnels.session", err=DIAL)
        self.connect()
        if again:
            await self.drop(again, url, None)
            return
        for name, endpoint in self.endpoints.items():
            endpoint["url"] = url or endpoint["url"]
            self.say_started(name, endpoint)

    def say_started(self, name, endpoint):
        upstream = endpoint["upstream"]["url"]
        log("info", "started tunnel", obj="tunnels", name=name, addr=upstream, url=endpoint["url"])

    # The API: JSON over HTTP, a connection for each request.

    async def answer(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError), contextlib.closing(writer):
            head, body = await request(reader)
            method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
            status, answer = self.route(method, path, json.loads(body) if body else None)
            text = json.dumps(answer).encode() if answer is not None else b""
            phrase = HTTPStatus(status).phrase
            writer.write(f"HTTP/1.1 {status} {phrase}\r\nContent-Type: application/json\r\n".encode())
            writer.write(f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode() + text)
            await writer.drain()

    def route(self, method, path, asked):
        if path == "/play":
            return self.obey(asked)
        known = path.startswith("/api/endpoints") and self.mode != "old"
        if known and method == "POST":
            return self.add(asked)
        if known and path == "/api/endpoints":
            return 200, {"endpoints": list(self.endpoints.values()), "uri": "/api/endpoints"}
        name = path.removeprefix("/api/endpoints/")
        if name not in self.endpoints:
            return 404, {"error_code": 100, "status_code": 404, "msg": "not found"}
        return (204, None) if method == "DELETE" and self.endpoints.pop(name) else (200, self.endpoints[name])

    def add(self, asked):
        if not self.online:
            return 503, {
                "error_code": 104,
                "status_code": 503,
                "msg": "ngrok is not yet ready to start tunnels",
            }
        url = asked.get("url") or self.home
        if self.mode in ERROR_MEANINGS:
            err = ERROR_MEANINGS[self.mode].format(url=url).replace("\\n", "\n").replace("\\r", "\r")
            details = {"err": f"failed to start tunnel: {err}"}
            return 502, {
                "error_code": 103,
                "status_code": 502,
                "msg": "failed to start tunnel",
                "details": details,
            }
        name = asked["name"]
        self.endpoints[name] = {
            "name": name,
            "uri": f"/api/endpoints/{name}",
            "url": url,
            "upstream": asked["upstream"],
            "pooling_enabled": asked.get("pooling_enabled", False),
            "metrics": {"conns": {"count": 0}, "http": {"count": 0}},
        }
        self.say_started(name, self.endpoints[name])
        return 201, self.endpoints[name]

    def obey(self, asked):
        if "exit" in asked:
            self.end(asked["exit"])
        if "drop" in asked:
            self.spawn(self.drop(asked["drop"], asked.get("url"), asked.get("again")))
        if "flood" in asked:
            for number in range(asked["flood"]):
                log(
                    "info",
                    "join connections",
                    obj="join",
                    id=f"{number:012x}",
                    l="127.0.0.1:1",
                    r="203.0.113.9:2",
                )
        return 200, {}

    # The edge: passes bytes on unchanged.

    async def take(self, reader, writer):
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head, body = await request(reader)
            if head.startswith(b"CONNECT "):
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(self.play["certificate"])
                await writer.start_tls(context)
                head, body = await request(reader)
            await self.forward(head, body, writer)
        writer.close()

    async def forward(self, head, body, writer):
        endpoint = next(iter(self.endpoints.values()), None)
        if endpoint is None or not self.online:
            writer.write(page(404, "ERR_NGROK_3200", "The endpoint is offline."))
            await writer.drain()
            return
        upstream = urlsplit(endpoint["upstream"]["url"])
        try:
            back, forth = await asyncio.open_connection(upstream.hostname, upstream.port, limit=MOST)
        except OSError:
            writer.write(page(502, "ERR_NGROK_8012", "failed to establish a connection to the upstream"))
            await writer.drain()
            return
        lines = head.removesuffix(HEAD).split(b"\r\n")
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        host = urlsplit(endpoint["url"]).netloc.encode()
        more = [b"X-Forwarded-For: 203.0.113.7", b"X-Forwarded-Host: " + host, b"X-Forwarded-Proto: https"]
        forth.write(b"\r\n".join((*kept, *more, b"Connection: close")) + HEAD + body)
        await forth.drain()
        while data := await back.read(65536):
            writer.write(data)
            await writer.drain()
        forth.close()


def page(status, code, text):
    body = f"{text}\r\n\r\n{code}\r\n".encode()
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nNgrok-Error-Code: {code}\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


async def request(reader):
    head = await reader.readuntil(HEAD)
    length = re.search(rb"(?i)\r\ncontent-length:\s*(\d+)", head)
    if re.search(rb"(?i)\r\ntransfer-encoding:\s*chunked", head):
        body = b""
        while not body.endswith(b"0\r\n\r\n"):
            body += await reader.readuntil(b"\r\n")
        return head, body
    return head, await reader.readexactly(int(length[1])) if length else b""


if __name__ == "__main__":
    sys.exit(asyncio.run(Agent(PLAY, sys.argv[1:]).run()))
