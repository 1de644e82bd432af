"""What deliveries are forged with, an endpoint that keeps what it gets, and an inbox."""

import contextlib
import socketserver
import threading
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from devhook.forge.compose import ForgeOptions, compose
from devhook.forge.source import from_sample
from devhook.inbox.database import Inbox
from tests.node_modules import NODE

MOMENT = datetime(2026, 11, 23, 9, 15, 0, 123456, tzinfo=UTC)


@pytest.fixture
def options():
    return ForgeOptions(
        shop="kiln-and-clay.myshopify.com",
        api_version="2026-10",
        secret=SecretStr("the app's own"),
        other_secret=SecretStr("a stranger's"),
    )


@pytest.fixture
def made(options):
    """Make the requests that deliver a topic's sample or another document: `made("orders/paid")`."""

    def requests(topic="orders/updated", document=None, *, source=None, **changes):
        source = source or from_sample(topic)
        ids = (f"00000000-0000-4000-8000-{number:012}" for number in range(1, 100))
        return compose(
            source,
            source.document if document is None else document,
            options.model_copy(update=changes),
            moment=MOMENT,
            uuids=lambda: next(ids),
        )

    return requests


@pytest.fixture(scope="session")
def node():
    """Node, as a wheel brings it along: the same on every machine."""
    return NODE


class Kept:
    """Every request that an endpoint got: its head's lines, and its body."""

    def __init__(self):
        self.requests = []
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/webhooks?a=%2F"


@pytest.fixture
def endpoint():
    """An endpoint on a real socket that answers 204 and reads nothing into what it gets."""
    kept = Kept()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            lines = []
            while (line := self.rfile.readline().rstrip(b"\r\n")) != b"":
                lines.append(line.decode("latin-1"))
            length = next(int(line[15:]) for line in lines if line.lower().startswith("content-length:"))
            kept.requests.append((lines, self.rfile.read(length)))
            self.wfile.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        with contextlib.ExitStack() as stack:
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            yield kept


@pytest.fixture
def inbox(tmp_path):
    with Inbox.open(tmp_path / "inbox") as opened:
        yield opened
