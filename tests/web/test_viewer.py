"""A page that is slow: its queue has a bound, and it sees the whole screen again later."""

import asyncio

from devhook.web.viewer import MOST_WAITING, Viewer


class Socket:
    """A WebSocket that accepts a message only when it is released."""

    def __init__(self):
        self.closed = False
        self.sent = []
        self.free = asyncio.Event()

    async def send_bytes(self, data):
        await self.free.wait()
        self.sent.append(data)

    async def send_json(self, message):
        await self.free.wait()
        self.sent.append(message)

    async def close(self):
        self.closed = True


async def until(fact):
    async with asyncio.timeout(10):
        while not fact():  # noqa: ASYNC110 - a list tells nobody
            await asyncio.sleep(0.001)


async def test_what_a_slow_page_cannot_take_is_dropped_and_painted_again():
    socket, painted = Socket(), []
    viewer = Viewer(socket, lambda: painted.append(len(socket.sent)), keys=False)
    running = asyncio.get_running_loop().create_task(viewer.run())
    viewer.send(b"first")
    await asyncio.sleep(0)

    for _ in range(100):
        viewer.send(b"x" * (MOST_WAITING // 10))
        viewer.tell(["size", [80, 24]]) if _ == 0 else None
    waiting = sum(len(each) for each in viewer._waiting if isinstance(each, bytes))
    assert waiting <= MOST_WAITING

    socket.free.set()
    await until(lambda: painted)
    # A message to the page's program is never dropped.
    assert ["size", [80, 24]] in socket.sent
    viewer.send(b"last")
    await until(lambda: socket.sent[-1] == b"last")
    assert any(isinstance(each, bytes) and each.startswith(b"\x18\x1b[?1049h") for each in socket.sent)
    running.cancel()


async def test_an_owners_page_gets_the_mouse_and_an_audiences_does_not():
    for keys in (True, False):
        socket = Socket()
        socket.free.set()
        viewer = Viewer(socket, lambda: None, keys=keys)
        running = asyncio.get_running_loop().create_task(viewer.run())
        viewer.begin()
        await until(lambda socket=socket: socket.sent)
        assert (b"?1000h" in socket.sent[0]) == keys
        running.cancel()
