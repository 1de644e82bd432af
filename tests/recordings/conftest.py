import json
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.recorded import Recorded, RecordedAnswer
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.signature import sign

NOON = datetime(2026, 7, 4, 12, 0, 0, 123456, tzinfo=UTC)
ORDER = {"id": 5_000_000_000_001, "name": "#2001", "email": "grete.lamm@example.com", "note": "ring twice"}


@pytest.fixture
def delivered():
    """Make a delivery with what is known of it: `delivered(3, body=b"…", note="x")`."""

    def make(number=1, *, body=None, headers=None, path="/webhooks?shop=1", answers=None, **facts):
        content = json.dumps(ORDER).encode() if body is None else body
        named = (
            ("Host", "acme.ngrok.app"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
            ("X-Shopify-Topic", "orders/updated"),
            ("x-shopify-webhook-id", f"w-{number}"),
            ("X-Shopify-Hmac-Sha256", sign("hush", content)),
        )
        told = RecordedAnswer(
            by="receiver", at=NOON + timedelta(seconds=number), answer=Answer(status=200, seconds=0)
        )
        return Recorded(
            **{
                "id": number,
                "delivery": Delivery(
                    received_at=NOON + timedelta(seconds=number),
                    path=path,
                    headers=named if headers is None else headers,
                    body=content,
                ),
                "signature": Signature.VALID,
                "signed_with": "client secret",
                "answers": (told,) if answers is None else answers,
            }
            | facts
        )

    return make


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "inbox"


@pytest.fixture
def inbox(path):
    with Inbox.open(path) as opened:
        yield opened


class Wire:
    """An endpoint that keeps what came over the wire, to the byte, and answers 200 to each request."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                line = stream.readline().decode("latin-1").split(" ")
                headers = []
                while (header := stream.readline()) not in {b"\r\n", b""}:
                    name, _, value = header.decode("latin-1").removesuffix("\r\n").partition(":")
                    headers.append((name, value.removeprefix(" ")))
                sizes = [int(value) for name, value in headers if name.lower() == "content-length"]
                self.requests.append((line[0], line[1], headers, stream.read(sum(sizes))))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


@pytest.fixture
def wire():
    endpoint = Wire()
    yield endpoint
    endpoint.close()
