"""The server of the screen's pages: one session, one owner, an audience that watches.

textual-serve brings the terminal of the owner's page (https://github.com/Textualize/textual-serve). Its
server is not used: it starts a session for every visitor, asks nobody for a token, checks no Origin, and its
page loads a font from elsewhere.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from aiohttp import WSMsgType, web

from devhook.errors import InputError, NetworkError
from devhook.web.addresses import Addresses, Role
from devhook.web.viewer import Viewer

if sys.platform != "win32":
    from devhook.web.screen_process import ScreenProcess, Size

assert sys.platform != "win32", "Windows has no pseudo-terminals of this kind."  # noqa: S101 - this tells mypy

_PAGES: Final = Path(__file__).parent / "pages"
_GRACE: Final = 2.0
"""Seconds after which a session ends whose page is closed: a page that is loaded again is back before."""
_TOGETHER: Final = 0.1
"""Seconds in which several pages that need the whole screen get it together."""
_MOST_WATCHERS: Final = 100
_MOST_MESSAGE: Final = 2**20
_HEARTBEAT: Final = 15.0
_USUAL_SIZE: Final = Size(80, 24)
_FONT_SIZES: Final = range(6, 73)
_USUAL_FONT: Final = "16"
_TYPES: Final = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_HEADERS: Final = {
    # Everything comes from here, whatever a page contains.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none';"
    " form-action 'none'",
    # The address is the permission: no other server gets to know it.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def static_files() -> Path:
    """Return the folder of textual-serve's terminal for browsers. Raise InputError if it is not installed."""
    found = find_spec("textual_serve")
    if found is None or found.origin is None:
        raise InputError(
            "The screen in a browser needs textual-serve, which is not installed.",
            "pip install 'devhook[web]'",
        )
    return Path(found.origin).parent / "static"


class ScreenServer:
    """Serves the screen of `devhook ARGUMENTS`. Open it with `start`, close it with `aclose`.

    - `addresses`: where its pages are.
    - `ended`: set when the session is over: the owner left it, or closed the page.
    - `status`: the exit status of the session, when it ended by itself.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.ended = asyncio.Event()
        self.status = 0
        self._arguments = arguments
        self._environment = environment
        self._static = static_files()
        self._screen: ScreenProcess | None = None
        self._owner: Viewer | None = None
        self._watchers: set[Viewer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._grace: asyncio.TimerHandle | None = None
        self._painting: asyncio.TimerHandle | None = None
        application = web.Application(middlewares=[self._guard])
        application.add_routes(
            [
                web.get("/{token}/", self._page),
                web.get("/{token}/ws", self._socket),
                web.get(r"/{token}/{name:page\.css|watch\.js}", self._file),
                web.get("/{token}/static/{path:.+}", self._static_file),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)

    async def start(self, host: str, port: int) -> None:
        """Listen. Raise NetworkError."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise NetworkError(
                f"The screen cannot be served at {host}, port {port}: {error.strerror or error}.",
                "Use another port: --web 8081, or --web alone for a free one.",
            ) from error
        self.addresses = Addresses(host, self._runner.addresses[0][1])

    async def aclose(self) -> None:
        """End the session, and close all pages."""
        for timer in (self._grace, self._painting):
            if timer is not None:
                timer.cancel()
        if self._screen is not None:
            await self._screen.end()
        await asyncio.gather(*(viewer.close() for viewer in self._viewers))
        for task in self._tasks:
            task.cancel()
        await self._runner.cleanup()

    @property
    def _viewers(self) -> list[Viewer]:
        return [*([self._owner] if self._owner else []), *self._watchers]

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self.addresses.allows(request.headers):
            raise web.HTTPForbidden(text="Requests from other sites are rejected.", headers=_HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    def _role(self, request: web.Request) -> Role:
        role = self.addresses.role(request.match_info["token"])
        if role is None:
            raise web.HTTPNotFound(text="There is nothing at this address.")
        return role

    async def _page(self, request: web.Request) -> web.Response:
        role = self._role(request)
        if role is Role.OWNER and self._owner is not None:
            raise web.HTTPConflict(text="This session is open in another page.")
        font = request.query.get("fontsize", _USUAL_FONT)
        font = font if font.isascii() and font.isdecimal() and int(font) in _FONT_SIZES else _USUAL_FONT
        text = (_PAGES / f"{role.value}.html").read_text(encoding="utf-8")
        # The Host was checked.
        text = text.replace("{socket}", f"ws://{request.host}{request.path}ws").replace("{fontsize}", font)
        return web.Response(text=text, content_type="text/html")

    async def _file(self, request: web.Request) -> web.Response:
        self._role(request)
        path = _PAGES / request.match_info["name"]
        return web.Response(text=path.read_text(encoding="utf-8"), content_type=_TYPES[path.suffix])

    async def _static_file(self, request: web.Request) -> web.FileResponse:
        self._role(request)
        path = (self._static / request.match_info["path"]).resolve()
        if not (path.is_relative_to(self._static.resolve()) and path.is_file()):
            raise web.HTTPNotFound
        return web.FileResponse(path)

    # The session

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        role = self._role(request)
        if role is Role.OWNER and self._owner is not None:
            raise web.HTTPConflict(text="This session is open in another page.")
        if role is Role.WATCHER and len(self._watchers) >= _MOST_WATCHERS:
            raise web.HTTPServiceUnavailable(text="Too many pages are watching.")
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_MOST_MESSAGE)
        viewer = Viewer(socket, self._repaint, keys=role is Role.OWNER)
        if role is Role.OWNER:
            self._owner = viewer
        else:
            self._watchers.add(viewer)
        try:
            await socket.prepare(request)
            sending = self._keep(viewer.run())
            try:
                await (self._be_owned if role is Role.OWNER else self._be_watched)(request, socket, viewer)
            finally:
                sending.cancel()
        finally:
            if role is Role.OWNER:
                self._owner = None
                self._await_return()
            else:
                self._watchers.discard(viewer)
        return socket

    async def _be_owned(self, request: web.Request, socket: web.WebSocketResponse, viewer: Viewer) -> None:
        try:
            size = Size.of(request.query.get("width"), request.query.get("height"))
        except ValueError:
            size = _USUAL_SIZE
        if self._grace is not None:
            self._grace.cancel()
        if self._screen is None:
            self._screen = await ScreenProcess.start(self._arguments, self._environment, size, self._show)
            self._keep(self._follow(self._screen))
        else:
            self._resize(size)
            viewer.begin()
        self._tell_size()
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                with suppress(ValueError, TypeError, LookupError, RecursionError):
                    self._take(json.loads(message.data), viewer)

    def _take(self, message: list[object], viewer: Viewer) -> None:
        """Handle a message of the owner's page. Raise ValueError, TypeError or LookupError for bad ones."""
        kind, value = message[0], message[1] if len(message) > 1 else None
        match kind, value:
            case "stdin", str() as keys if self._screen is not None:
                self._screen.write(keys.encode("utf-8", "replace"))
            case "resize", {"width": columns, "height": rows}:
                self._resize(Size.of(columns, rows))
            case "ping", _:
                viewer.tell(["pong", value])

    async def _be_watched(self, _request: web.Request, socket: web.WebSocketResponse, viewer: Viewer) -> None:
        if self._screen is not None:
            viewer.tell(["size", self._screen.size])
            viewer.begin()
        async for _ in socket:
            """Messages of watchers are rejected unread."""

    def _show(self, data: bytes) -> None:
        for viewer in self._viewers:
            viewer.send(data)

    def _resize(self, size: Size) -> None:
        if self._screen is not None and size != self._screen.size:
            self._screen.resize(size)
            self._tell_size()

    def _tell_size(self) -> None:
        if self._screen is not None:
            for watcher in self._watchers:
                watcher.tell(["size", self._screen.size])

    def _repaint(self) -> None:
        """Make the child draw the whole screen, once for all pages that ask for it at the same time."""
        if self._screen is not None and self._painting is None:
            self._painting = asyncio.get_running_loop().call_later(_TOGETHER, self._paint, self._screen)

    def _paint(self, screen: ScreenProcess) -> None:
        self._painting = None
        screen.repaint()

    async def _follow(self, screen: ScreenProcess) -> None:
        self.status = await screen.ended()
        self.ended.set()

    def _await_return(self) -> None:
        """End the session unless its page is back in a moment."""
        if self._screen is not None:
            self._grace = asyncio.get_running_loop().call_later(_GRACE, self.ended.set)

    def _keep(self, work: Awaitable[None]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)  # noqa: S101 - a coroutine becomes one; this tells mypy
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
