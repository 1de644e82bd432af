"""Writes deliveries as a pytest module: each is a parameter of a fixture, and the tests run without changes.

The module needs only Python and pytest. Without an address it tests that the recording is complete; with one
it also tests the answers of the developer's endpoint.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from devhook.inbox.recorded import Recorded
from devhook.recordings.export_format import ExportFormat, path_of, sendable
from devhook.webhook.signature import Secret

_WIDTH: Final = 88

_HEAD: Final = '''"""Webhooks recorded by devhook, each in turn as the fixture `delivery`.

    pytest {name}                                            the recording is complete
    WEBHOOK_URL=http://localhost:3000/webhooks pytest {name}  your endpoint answers as Shopify expects
    WEBHOOK_SECRET=... pytest {name}                         the signatures are your secret's

Import `delivery` and `send` into tests of your own, or add them below.
"""

import base64
import hashlib
import hmac
import http.client
import os
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

SECRET = os.environ.get("WEBHOOK_SECRET", {secret!r})
URL = os.environ.get("WEBHOOK_URL", "")


class Delivery(NamedTuple):
    """A request as it arrived; `signature` is the result of devhook's check."""

    path: str
    headers: tuple
    body: bytes
    sha256: str
    signature: str

    def header(self, name):
        """Return the first value of a header, without regard to case; None if it is missing."""
        return next((value for given, value in self.headers if given.lower() == name.lower()), None)


DELIVERIES = {{'''

_TAIL: Final = '''}


@pytest.fixture(params=DELIVERIES.values(), ids=list(DELIVERIES))
def delivery(request):
    """Each delivery in turn."""
    return request.param


@pytest.fixture
def send():
    """Send a delivery to your endpoint with its original bytes and headers; returns the status."""
    if not URL:
        pytest.skip("Set WEBHOOK_URL to the address of your endpoint.")

    def post(delivery):
        parts = urlsplit(URL)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=5)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.putrequest("POST", path, skip_accept_encoding=True)
            for name, value in delivery.headers:
                connection.putheader(name, value.encode("latin-1"))
            connection.putheader("Content-Length", str(len(delivery.body)))
            connection.endheaders(delivery.body)
            return connection.getresponse().status
        finally:
            connection.close()

    return post


def test_the_recording_is_whole(delivery):
    assert hashlib.sha256(delivery.body).hexdigest() == delivery.sha256


def test_the_signature_is_that_of_the_secret(delivery):
    if not SECRET:
        pytest.skip("Set WEBHOOK_SECRET to the secret that Shopify signs with.")
    if delivery.signature in {"invalid", "missing"}:
        pytest.skip("Its signature was not valid when it arrived.")
    digest = base64.b64encode(hmac.digest(SECRET.encode(), delivery.body, "sha256")).decode()
    claimed = delivery.header("shopify-hmac-sha256") or delivery.header("x-shopify-hmac-sha256")
    assert claimed == digest


def test_the_endpoint_answers_as_shopify_expects(delivery, send):
    status = send(delivery)

    if delivery.signature in {"invalid", "missing"}:
        assert status == 401
    else:
        assert 200 <= status < 300
'''


def write_pytest(
    deliveries: Iterable[Recorded], name: str, test_secret: Secret | None = None
) -> Iterator[str]:
    """Yield the module by deliveries. `name` is its file name, for the examples in its docstring."""
    secret = test_secret.value.get_secret_value() if test_secret else ""
    shown = name if name.isascii() and name.isprintable() and '"' not in name and "\\" not in name else "FILE"
    yield _HEAD.format(name=shown, secret=secret)
    for each in deliveries:
        yield _delivery(each)
    yield _TAIL.rstrip("\n")


def _delivery(each: Recorded) -> str:
    delivery = each.delivery
    topic = delivery.topic or "no topic"
    title = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in topic)
    headers = "".join(f"            {header!a},\n" for header in sendable(delivery))
    return (
        f"    {f'{each.id}-{title}'!r}: Delivery(\n"
        f"        path={path_of(delivery)!r},\n"
        f"        headers=(\n{headers}        ),\n"
        f"        body=(\n{_body(delivery.body)}        ),\n"
        f"        sha256={hashlib.sha256(delivery.body).hexdigest()!r},\n"
        f"        signature={each.signature.value!r},\n"
        "    ),"
    )


def _body(body: bytes) -> str:
    """Return the body as bytes literals, one per line, in ASCII."""
    parts = [body[start : start + _WIDTH] for start in range(0, len(body), _WIDTH)] or [b""]
    return "".join(f"            {part!r}\n" for part in parts)


PYTEST: Final = ExportFormat(
    name="pytest",
    summary="a module with each delivery as a fixture; it runs as it is",
    suffixes=(".py",),
    write=lambda deliveries, options: write_pytest(deliveries, options.file_name, options.test_secret),
)
