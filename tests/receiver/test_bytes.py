"""Whatever bytes a request is made of, the inbox gives them back."""

import socket
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.inbox.database import Inbox
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.protocol import config_line, event_of

TOKEN = "!#$%&'*+-.^_`|~0123456789abcxyzABCXYZ"
PRINTED = [*range(0x21, 0x7F), *range(0x80, 0x100)]

# HTTP itself takes off white space around a value, and has meanings for names without the prefix.
names = st.text(TOKEN, max_size=12).map(lambda name: f"X-{name}")
values = st.builds(
    lambda first, rest: bytes([first, *rest]).decode("latin-1").rstrip(" \t") if first else "",
    st.sampled_from([0, *PRINTED]),
    st.lists(st.sampled_from([0x09, 0x20, *PRINTED]), max_size=20),
)
paths = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30).map(
    lambda rest: f"/{rest}"
)


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    """Send raw bytes to a receiver; returns the delivery as the inbox gives it back."""
    path = tmp_path_factory.mktemp("bytes") / "inbox"
    command = [sys.executable, "-m", "devhook.receiver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as receiver:
        receiver.stdin.write(config_line(ReceiverConfig(inbox=path)))
        receiver.stdin.flush()
        port = event_of(receiver.stdout.readline()).port
        with socket.create_connection(("127.0.0.1", port)) as connection, Inbox.open(path) as inbox:

            def send(request):
                connection.sendall(request)
                answer = connection.recv(4096)
                assert answer.startswith(b"HTTP/1.1 200 "), answer
                return inbox.delivery(inbox.newest())

            yield send
        receiver.stdin.close()


@given(path=paths, headers=st.lists(st.tuples(names, values), max_size=8), body=st.binary(max_size=300))
def test_any_path_headers_and_body_survive(taken_in, path, headers, body):
    sent = [("Host", "x"), *headers, ("Content-Length", f"{len(body)}")]
    head = "".join(f"{name}: {value}\r\n" for name, value in sent)

    delivery = taken_in(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body)

    assert delivery.path == path
    assert delivery.headers == tuple(sent)
    assert delivery.body == body


@given(pieces=st.lists(st.binary(min_size=1, max_size=100), max_size=6))
def test_a_body_in_chunks_is_what_the_chunks_hold(taken_in, pieces):
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)

    delivery = taken_in(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )

    assert delivery.body == b"".join(pieces)
