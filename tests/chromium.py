"""Debian's Chromium, driven over its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/)."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

import aiohttp

PATIENCE = 60
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
)


class Tab:
    """A page in the browser, and every address that it asked for."""

    def __init__(self, socket, name):
        self.name = name
        self.asked = []
        self.failed = []
        self._socket = socket
        self._answers = {}
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def _read(self):
        async for message in self._socket:
            told = message.json()
            parameters = told.get("params", {})
            match told.get("method"):
                case None:
                    self._answers.pop(told["id"]).set_result(told["result"])
                case "Network.requestWillBeSent":
                    self.asked.append(parameters["request"]["url"])
                case "Network.webSocketCreated":
                    self.asked.append(parameters["url"])
                case "Runtime.exceptionThrown":
                    self.failed.append(parameters["exceptionDetails"]["text"])

    async def do(self, method, **parameters):
        number = len(self._answers) + id(parameters) % 2**30
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        return await answer

    async def evaluate(self, code):
        told = await self.do("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        return told["result"].get("value")

    async def until(self, code):
        """Wait until an expression is true."""
        async with asyncio.timeout(PATIENCE):
            while not await self.evaluate(code):  # noqa: ASYNC110 - the page tells nobody
                await asyncio.sleep(0.05)

    async def shows(self, words):
        await self.until(f"document.body.innerText.includes({json.dumps(words)})")

    async def press(self, key):
        for kind in ("keyDown", "keyUp"):
            await self.do("Input.dispatchKeyEvent", type=kind, **key)

    async def click(self):
        for kind in ("mousePressed", "mouseReleased"):
            await self.do("Input.dispatchMouseEvent", type=kind, x=300, y=200, button="left", clickCount=1)


class Chromium:
    def __init__(self, port, client):
        self._at = f"http://127.0.0.1:{port}/json"
        self._client = client

    async def open(self, address):
        async with self._client.put(f"{self._at}/new?about:blank") as response:
            made = await response.json()
        tab = Tab(await self._client.ws_connect(made["webSocketDebuggerUrl"], max_msg_size=0), made["id"])
        for domain in ("Network", "Page", "Runtime"):
            await tab.do(f"{domain}.enable")
        await tab.do("Page.navigate", url=address)
        return tab

    async def close(self, tab):
        async with self._client.get(f"{self._at}/close/{tab.name}") as response:
            assert response.status == 200


@asynccontextmanager
async def opened_chromium(folder):
    """A browser without a window, with a new profile in `folder`."""
    process = await asyncio.create_subprocess_exec(
        "chromium",
        *FLAGS,
        f"--user-data-dir={folder / 'chromium'}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(rb"ws://\S+:(\d+)/", await process.stderr.readline())):
                assert process.returncode is None
        draining = asyncio.get_running_loop().create_task(process.stderr.read())
        async with aiohttp.ClientSession() as client:
            yield Chromium(int(found[1]), client)
        draining.cancel()
    finally:
        process.terminate()
        await process.wait()
