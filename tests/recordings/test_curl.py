import base64
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.recordings.curl import curl_line, quoted, write_curl
from devhook.recordings.export_format import sendable
from devhook.webhook.delivery import Delivery
from devhook.webhook.signature import Secret, check

pytestmark = pytest.mark.tools
CONNECTION = {"host", "content-length"}


INTERACTIVE_BASH = ("bash", "--norc", "--noprofile", "-i")


def pasted(script, *, shell=INTERACTIVE_BASH, **environment):
    """Paste lines into a shell: an interactive bash, where `!` means something, or another one."""
    done = subprocess.run(
        shell,
        input=f"{script}\n".encode(),
        capture_output=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "LC_ALL": "C.UTF-8", "HOME": "/nowhere", **environment},
    )
    assert b"event not found" not in done.stderr
    return done.stdout


def sent(wire):
    """What came, without what belongs to the connection."""
    return [
        (method, path, [header for header in headers if header[0].lower() not in CONNECTION], body)
        for method, path, headers, body in wire.requests
    ]


NASTY = [
    b"",
    b'{"note":"don\'t! !! $HOME `id` \\n \\\\ $(id)"}',
    b"it's \\' quoted!x",
    b"@/etc/passwd",
    b"'1'\\0471\\n\\c%s\n",
    b"-d other",
    b"line\r\nline\n\n",
    "Grüße 👋 \u2028".encode(),
    bytes(range(256)),
    bytes(range(1, 256)) * 2,
    b'{"a":"' + b"'!" * 40_000 + b'"}',
    b"x" * 300_000,
    b"\xff" * 99_999,
]


def test_a_pasted_line_sends_every_byte_of_the_body_and_every_header(wire, delivered):
    deliveries = [delivered(number, body=body) for number, body in enumerate(NASTY, 1)]

    for shell in (INTERACTIVE_BASH, ("sh",)):
        wire.requests.clear()

        out = pasted("\n".join(write_curl(deliveries)), shell=shell, TARGET=wire.url)

        assert out.count(b"HTTP/1.1 200 OK") == len(NASTY)
        assert sent(wire) == [
            ("POST", "/webhooks?shop=1", sendable(each.delivery), each.delivery.body) for each in deliveries
        ]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=3_000))
def test_any_body_gets_through(wire, delivered, body):
    wire.requests.clear()

    pasted(curl_line(delivered(body=body).delivery), TARGET=wire.url)

    assert [request[-1] for request in wire.requests] == [body]


def test_the_signature_still_holds(wire, delivered):
    pasted(curl_line(delivered(body='{"note":"ß\'"}'.encode()).delivery), TARGET=wire.url)

    ((_, _, headers, body),) = wire.requests
    found = check([Secret(name="app", value="hush")], body, dict(headers)["X-Shopify-Hmac-Sha256"])
    assert found.signature == "valid"


def test_headers_keep_order_case_repetition_and_bytes_and_none_is_added(wire, delivered):
    headers = (
        ("x-b", "1"),
        ("X-A", ""),
        ("X-B", "it's \xff!"),
        ("x-b", "1"),
        ("X-C", "@file"),
        ("Accept", "*/*;q=0.1"),
    )
    each = delivered(headers=headers)

    pasted(curl_line(each.delivery), TARGET=wire.url)

    assert sent(wire) == [("POST", "/webhooks?shop=1", list(headers), each.delivery.body)]


@pytest.mark.parametrize("name", ["@/etc/passwd", "-o", "a b", "", "x\n"])
def test_what_is_no_header_is_left_out(delivered, name):
    line = curl_line(
        delivered(headers=((name, "v"), ("X-Ok", "a\r\nX-Injected: b"), ("X-Good", "1"))).delivery
    )

    assert "-H 'X-Good: 1' -H 'Accept:'" in line
    assert "passwd" not in line
    assert "Injected" not in line


@pytest.mark.parametrize("path", ["/a/../b", "/{x,y}[1-3]?q='$(id)'", "/caf\xe9 x", "*", "http://elsewhere/"])
def test_any_path_is_asked_for_as_it_is(wire, delivered, path):
    pasted(curl_line(delivered(path=path).delivery), TARGET=wire.url)

    ((_, asked, _, _),) = wire.requests
    expected = {"/caf\xe9 x": "/caf%E9%20x", "*": "/", "http://elsewhere/": "/"}
    assert asked == expected.get(path, path.replace("{", "%7B").replace("}", "%7D"))


def test_another_address_may_be_given(wire, delivered):
    pasted(curl_line(delivered().delivery, f"{wire.url}/hooks?a=[1]"))

    assert wire.requests[0][1] == "/hooks?a=[1]"


def test_a_line_is_one_line_of_ascii(delivered):
    for body in NASTY:
        line = curl_line(delivered(body=body).delivery)

        assert line.isascii()
        assert line.isprintable()


def test_plain_text_stays_readable():
    assert quoted(b'{"id": 1}!') == "'{\"id\": 1}!'"
    assert quoted(b"it's\t!") == r"""'it'\''s'"$(printf '\011')"'!'"""


def test_another_method_is_named():
    from datetime import UTC, datetime

    line = curl_line(Delivery(received_at=datetime.now(UTC), method="PUT", body=b"\x00"))

    assert " -X 'PUT' " in line
    assert line.startswith(f"printf %s {base64.b64encode(bytes(1)).decode()} | base64 -d | curl")
