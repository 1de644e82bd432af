import asyncio
import contextlib
import gc
import http.server
import json
import os
import select
import shutil
import signal
import socket
import ssl
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from hypothesis import settings

from devhook.inbox.deliveries import Row
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

# CI tries the same examples each time. No example has a deadline, since the machine may be busy.
# `HYPOTHESIS_PROFILE=thorough` tries 1,000 examples.
settings.register_profile("house", deadline=None, max_examples=40, derandomize="CI" in os.environ)
settings.register_profile("thorough", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


def _in_memory():
    """Return a folder in memory for temporary files, or None: every commit of an inbox waits for the disk.

    On the disk the suite takes 30 s longer. Containers often mount /dev/shm small, or so that no program can
    be started from it.
    """
    folder = "/dev/shm"
    if not os.access(folder, os.W_OK):
        return None
    found = os.statvfs(folder)
    fits = found.f_bavail * found.f_frsize > 2**30
    return None if found.f_flag & os.ST_NOEXEC or not fits else folder


if "TMPDIR" not in os.environ and _in_memory():
    os.environ["TMPDIR"] = _in_memory()
    # pytest has asked for it already.
    tempfile.tempdir = None
# devhook creates the user's key in the data folder; the tests have a folder that is removed at their end.
os.environ["XDG_DATA_HOME"] = tempfile.mkdtemp(prefix="devhook-tests-")
# And the screen remembers its look in the state folder.
os.environ["XDG_STATE_HOME"] = f"{os.environ['XDG_DATA_HOME']}/state"
# Containers often set this. Some two hundred processes of the tests would then compile devhook each for
# itself, and every worker the tests themselves: 25 s of the processor in 280.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# What is imported and collected stays: to look for garbage among it takes a sixth of the time of collecting.
gc.disable()
# Seconds that a fact may take on a busy machine: a bound, not a measure.
PATIENCE = 30
# Turns of the event loop within which a task that was just started, such as a worker, sends its messages.
_QUIET_TURNS = 5
_BUSY_TURNS = 300
# A shell may start the tests with these ignored, and the processes of the tests would inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers():
    """Run more workers than cores: many tests wait half of their time for a screen or a process."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_unconfigure():
    # A worker of pytest-xdist ends without the functions of `atexit`.
    shutil.rmtree(os.environ["XDG_DATA_HOME"], ignore_errors=True)


def pytest_collection_finish():
    """Collect garbage seldom, and never the objects of the six thousand tests, which stay to the end.

    The screen's tests take a quarter less CPU time. A resource left open is still reported, if later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.fixture
def until():
    """Wait for a fact that has no event: `await until(lambda: server.kept)`."""

    async def wait(fact):
        async with asyncio.timeout(PATIENCE):
            while not fact():  # noqa: ASYNC110 - it is not our loop that brings it about
                await asyncio.sleep(0.01)

    return wait


# Parsed style sheets; every app would parse the same ones again.
_PARSED = {}


@pytest.fixture
def quick_screens(monkeypatch):
    """Take from Textual's apps what costs time and shows nothing: a third of the processor's time of a test.

    The pilot waits until every widget has handled its messages and the layout is made. Textual's own pilot
    waits for an idle processor, 20 ms at least for each key and on a busy machine up to a second, and sends
    each widget a message.
    """
    import textual.app
    import textual.pilot
    from textual._compositor import Compositor
    from textual._context import active_app, visible_screen_stack
    from textual.css.stylesheet import Stylesheet

    paint, parse = Compositor.render_update, Stylesheet._parse_rules

    async def settle(*_):
        app = active_app.get()
        until = time.monotonic() + PATIENCE
        turns = quiet = 0
        while quiet < _QUIET_TURNS and _goes_on(app) and time.monotonic() < until:
            # A widget that is busy for so long waits for something outside, such as an answer.
            await asyncio.sleep(0 if turns < _BUSY_TURNS else 0.005)
            turns += 1
            quiet = 0 if _draws(app) or not all(map(_waits, (app, *app._registry))) else quiet + 1

    def paint_pictures(compositor, *, full=False, screen_stack=None, **options):
        # The headless driver drops everything else.
        if full:
            return paint(compositor, full=full, screen_stack=screen_stack, **options)
        visible_screen_stack.set(screen_stack or [])
        compositor._dirty_regions.clear()
        return None

    def parse_once(sheet, css, **source):
        key = (css, *source.items(), *sheet._variables.items())
        if key not in _PARSED:
            _PARSED[key] = parse(sheet, css, **source)
        return _PARSED[key]

    monkeypatch.setattr(textual.app, "wait_for_idle", settle)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", settle)
    monkeypatch.setattr(textual.pilot.Pilot, "_wait_for_screen", settle)
    monkeypatch.setattr(Compositor, "render_update", paint_pictures)
    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_once)


def _goes_on(app):
    """Whether an app runs and no exception ends it."""
    return app.is_running and not app._exception_event.is_set()


def _waits(widget):
    """Whether a widget waits for its next message."""
    queue = widget._message_queue
    return queue.empty() and len(queue.ready_event._waiters) > 0


def _draws(app):
    """Lay out and draw what waits for one of Textual's timers; whether there was anything."""
    if app._exit:
        return False
    if app._resize_timer is not None:
        app._check_resize()
        return True
    screen = app.screen
    wanted = screen._layout_required or screen._scroll_required or screen._repaint_required
    wanted = wanted or screen._dirty_widgets or screen._recompose_required or screen._callbacks
    if wanted and screen.is_running and not app._batch_count:
        screen._on_timer_update()
        return True
    return False


START = datetime(2026, 3, 14, 14, 2, 0, tzinfo=UTC)
NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


@pytest.fixture
def row():
    """Make a row of the list without an inbox."""

    def make(number=1, **facts):
        return Row(
            **{
                "id": number,
                "received_at": START + timedelta(milliseconds=713 * number),
                "topic": "orders/updated",
                "shop": "harbour-lane.myshopify.com",
                "webhook_id": f"9f2c-{number:04}",
                "event_id": None,
                "signature": Signature.VALID,
                "signed_with": "demo app",
                "origin": Origin.SIMULATOR,
                "status": 200,
                "path": "/",
                "size": 900,
            }
            | facts
        )

    return make


@pytest.fixture
def arrival():
    """Make a delivery in one line: `arrival("orders/updated", {"id": 1}, webhook_id="w-2")`."""

    def make(
        topic="orders/updated",
        document=None,
        *,
        body=None,
        shop="lavender.myshopify.com",
        webhook_id=None,
        triggered_at=None,
        seconds=0,
        signature=Signature.VALID,
        **facts,
    ):
        named = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Shop-Domain": shop,
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Event-Id": facts.pop("event_id", None),
            "X-Shopify-Triggered-At": triggered_at,
            "Content-Type": "application/json",
        }
        delivery = Delivery(
            received_at=NOON + timedelta(seconds=seconds),
            path="/webhooks",
            headers=tuple((name, value) for name, value in named.items() if value is not None),
            body=json.dumps(document or {}).encode() if body is None else body,
        )
        return Arrival(delivery=delivery, signature=signature, **{"origin": Origin.SHOPIFY} | facts)

    return make


@pytest.fixture
def order():
    """An order's payload: `order(note="fragile")` is #2001, `order(2, name="#2002")` another one."""

    def make(number=1, **fields):
        return {"id": 5_000_000_000_000 + number, "name": f"#{2000 + number}", "note": None} | fields

    return make


class Internet:
    """The public addresses of tunnels: an HTTP proxy, and behind it a server with TLS.

    `answers` says what each host answers: status, headers and, if it has one, a body. `asked` is what came,
    host and path.
    """

    def __init__(self, certificate):
        self.certificate = certificate
        self.answers = {}
        self.asked = []
        self.proxy = ""
        self.port = 0

    def environment(self):
        """The variables of a user behind that proxy."""
        return {"HTTPS_PROXY": self.proxy, "SSL_CERT_FILE": str(self.certificate)}

    def answer(self, host, path):
        self.asked.append((host, path))
        return self.answers[host]

    def leads_to(self, host):
        return self.port if host in self.answers else None


def _edge(internet):
    """The server behind every host."""

    class Edge(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, headers, *content = internet.answer(self.headers["Host"], self.path)
            body = b"".join(content)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Edge


def _proxy(internet):
    """The proxy: it connects to known hosts and rejects others as proxies do."""

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self):
            port = internet.leads_to(self.path.partition(":")[0])
            if port is None:
                self.send_error(502)
                return
            self.send_response(200)
            self.end_headers()
            with socket.create_connection(("127.0.0.1", port)) as other:
                ends = {self.connection: other, other: self.connection}
                while True:
                    for end in select.select(list(ends), [], [], 30)[0]:
                        data = end.recv(65536)
                        if not data:
                            return
                        ends[end].sendall(data)

        def log_message(self, *_):
            pass

    return Proxy


@contextlib.contextmanager
def _serving(handler, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def internet(tmp_path):
    authority = trustme.CA()
    certificate = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    names = ("ngrok-free.app", "ngrok.com", "trycloudflare.com", "example.com")
    authority.issue_cert(*(f"*.{name}" for name in names)).configure_cert(context)
    there = Internet(certificate)
    with _serving(_edge(there), context) as there.port, _serving(_proxy(there)) as proxy:
        there.proxy = f"http://127.0.0.1:{proxy}"
        yield there
