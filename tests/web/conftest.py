"""`devhook … --web` as a process, and pages of it as an HTTP client sees them."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pyte
import pytest

# Seconds. A bound for a busy machine, not a measure.
PATIENCE = 60


class Page:
    """A page's WebSocket, and what its terminal shows."""

    def __init__(self, socket, size):
        self.socket = socket
        self.screen = pyte.Screen(*size)
        self.stream = pyte.ByteStream(self.screen)
        self.told = []
        self.moved = asyncio.Event()
        self.reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self):
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.stream.feed(message.data)
            elif message.type is aiohttp.WSMsgType.TEXT:
                self.told.append(message.json())
            self.moved.set()
        self.moved.set()

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    async def shows(self, *words):
        await self.until(lambda: all(word in self.text for word in words), words)

    async def until(self, fact, what="it"):
        try:
            async with asyncio.timeout(PATIENCE):
                while not fact():
                    self.moved.clear()
                    await self.moved.wait()
        except TimeoutError:
            raise AssertionError(f"{what} never came:\n{self.text}") from None

    async def press(self, keys):
        await self.socket.send_json(["stdin", keys])

    async def close(self):
        await self.socket.close()
        await self.reading


class Served:
    """A running `devhook … --web`."""

    def __init__(self, process, client):
        self.process = process
        self.client = client

    async def begin(self):
        self.owner = (await self.process.stdout.readline()).decode().strip()
        self.watch = (await self.process.stdout.readline()).decode().strip()
        assert self.watch, (await self.process.stderr.read()).decode()

    async def open(self, address, size=(100, 30), **how):
        socket = await self.client.ws_connect(f"{address}ws?width={size[0]}&height={size[1]}", **how)
        return Page(socket, size)

    def processes(self):
        """The devhook in the browser, and what it started."""
        found, look_at = [], [self.process.pid]
        while look_at:
            for path in Path(f"/proc/{look_at.pop()}/task").glob("*/children"):
                children = [int(each) for each in path.read_text().split()]
                found += children
                look_at += children
        return found

    async def all_gone(self, processes):
        """Wait until none of the processes is there, or is more than a zombie that nobody reaps."""
        async with asyncio.timeout(PATIENCE):
            while any(map(is_running, processes)):  # noqa: ASYNC110 - the kernel tells nobody
                await asyncio.sleep(0.02)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def served(tmp_path):
    """Run `devhook ARGUMENTS --web`: `async with served("demo") as session`."""

    @asynccontextmanager
    async def serving(*arguments, **environment):
        ours = ("DEVHOOK_", "SHOPIFY_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        homes = {"HOME": tmp_path, "XDG_DATA_HOME": tmp_path / "data", "XDG_CONFIG_HOME": tmp_path / "config"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "devhook", *map(str, arguments), "--web"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**clean, **{name: str(path) for name, path in homes.items()}, **environment},
            cwd=tmp_path,
        )
        async with aiohttp.ClientSession() as client:
            session = Served(process, client)
            try:
                await session.begin()
                yield session
            finally:
                if process.returncode is None:
                    process.send_signal(signal.SIGTERM)
                await process.wait()

    return serving
