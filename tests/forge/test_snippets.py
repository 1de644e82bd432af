"""What is printed works when it is pasted: each is run, and what arrives is compared to the byte."""

import os
import subprocess
import sys

import pytest

from devhook.errors import InputError
from devhook.forge import tamper as tampering
from devhook.forge.snippets import SnippetFormat, curl, render
from devhook.forge.source import Source
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Secret, check

# Text that a shell, Python or JavaScript could take for its own.
AWKWARD = {
    "note": 'it\'s `date` $HOME "quoted" \\ ${x} !! é👶 \u2028 %s {{x}}',
    "url": "https://example.com/<a>&b",
    "line": "one\ntwo\r\n",
    "@": "@file",
}


@pytest.fixture
def runs(node):
    """Run what was printed as a user does who pastes it."""
    commands = {
        SnippetFormat.CURL: ["bash"],
        SnippetFormat.PYTHON: [sys.executable, "-"],
        SnippetFormat.NODE: [node, "-"],
    }
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}

    def run(form, text):
        return subprocess.run(
            commands[form], input=text, capture_output=True, timeout=60, env=clean, check=False
        )

    return run


@pytest.mark.parametrize("form", [SnippetFormat.CURL, SnippetFormat.PYTHON, SnippetFormat.NODE])
@pytest.mark.parametrize("case", ["awkward", "sample", "large", "gzip", "empty", "xml"])
def test_a_pasted_command_sends_exactly_these_bytes_and_headers(made, endpoint, runs, form, case):
    (request,) = {
        "awkward": lambda: made(source=Source(topic="orders/paid", document=AWKWARD, name="Größe „L“ it's")),
        "sample": lambda: made("fulfillments/create"),
        "large": lambda: made(source=Source(topic="orders/paid", document={"note": "ü'" * 100_000})),
        "gzip": lambda: made("orders/paid", tamper=tampering.GZIP),
        "empty": lambda: made("orders/paid", tamper=tampering.EMPTY),
        "xml": lambda: made("orders/paid", content_type="application/xml"),
    }[case]()

    done = runs(form, render(form, endpoint.url, request.headers, request.body))

    assert done.returncode == 0, done.stderr
    assert b"204" in done.stdout
    ((lines, body),) = endpoint.requests
    assert lines[0] == "POST /webhooks?a=%2F HTTP/1.1"
    assert body == request.body
    sent = {tuple(line.split(": ", 1)) for line in lines[1:]}
    added = {name.lower() for name, _ in sent - set(request.headers)}
    assert set(request.headers) <= sent
    assert added <= {"host", "content-length", "connection"}


@pytest.mark.parametrize(
    ("tamper", "signature"),
    [
        (None, Signature.VALID),
        (tampering.STALE, Signature.VALID),
        (tampering.BODY, Signature.INVALID),
        (tampering.SECRET, Signature.INVALID),
        (tampering.RE_SERIALISED, Signature.INVALID),
        (tampering.HEX, Signature.INVALID),
        (tampering.MISSING_SIGNATURE, Signature.MISSING),
    ],
)
def test_the_line_for_a_shell_gives_the_same_signature_status_as_the_forgery(
    made, options, endpoint, runs, tamper, signature
):
    (request,) = made("orders/paid", tamper=tamper)

    assert (
        runs(
            SnippetFormat.CURL, render(SnippetFormat.CURL, endpoint.url, request.headers, request.body)
        ).returncode
        == 0
    )

    ((lines, body),) = endpoint.requests
    claimed = next((line[23:] for line in lines if line.startswith("X-Shopify-Hmac-Sha256: ")), None)
    secrets = [Secret(name="client secret", value=options.secret)]
    assert check(secrets, body, claimed).signature is signature


def test_the_command_holds_a_signature_but_no_secret(made):
    (request,) = made()

    for form in SnippetFormat:
        text = render(form, "http://localhost:3000/", request.headers, request.body)
        assert b"the app's own" not in text
    assert dict(request.headers)["X-Shopify-Hmac-Sha256"] in curl("http://x", request.headers, request.body)


def test_a_header_without_a_value_and_one_that_is_there_twice_are_sent_so(endpoint, runs):
    headers = (("X-Empty", ""), ("X-Twice", "1"), ("X-Twice", "2"), ("Content-Type", "application/json"))

    for form in (SnippetFormat.CURL, SnippetFormat.PYTHON, SnippetFormat.NODE):
        done = runs(form, render(form, endpoint.url, headers, b"{}"))
        assert done.returncode == 0, done.stderr

    for lines, _ in endpoint.requests:
        assert [line.rstrip() for line in lines if line.startswith("X-")] == [
            "X-Empty:",
            "X-Twice: 1",
            "X-Twice: 2",
        ]


def test_what_could_act_on_a_terminal_is_printed_in_base64(endpoint, runs):
    body = '{"note":"\u202e\x9b"}'.encode()

    text = render(SnippetFormat.CURL, endpoint.url, (), body)

    assert "\u202e".encode() not in text
    assert runs(SnippetFormat.CURL, text).returncode == 0
    assert endpoint.requests[0][1] == body


def test_an_http_file_is_the_request_as_it_goes_over_the_wire(made):
    (request,) = made("orders/delete")

    head, _, body = render(
        SnippetFormat.HTTP, "http://localhost:3000/hooks", request.headers, request.body
    ).partition(b"\n\n")

    assert body == request.body + b"\n"
    first, *lines = head.decode().splitlines()
    assert first == "POST http://localhost:3000/hooks HTTP/1.1"
    assert tuple(tuple(line.split(": ", 1)) for line in lines) == request.headers


@pytest.mark.parametrize("body", [b"\x1f\x8b", b"{}\n", b'{"a":"{{b}}"}'])
def test_a_body_that_an_http_file_would_alter_is_refused(body):
    with pytest.raises(InputError) as refused:
        render(SnippetFormat.HTTP, "http://localhost:3000/", (), body)

    assert "curl" in refused.value.hint


def test_the_body_alone_is_its_bytes_and_the_headers_alone_are_lines(made):
    (request,) = made("orders/delete")

    assert render(SnippetFormat.BODY, "", request.headers, request.body) == request.body
    lines = render(SnippetFormat.HEADERS, "", request.headers, request.body).decode().splitlines()
    assert lines == [f"{name}: {value}" for name, value in request.headers]


def test_an_encrypted_endpoint_is_asked_encrypted():
    assert b"HTTPSConnection('example.com:8443'" in render(
        SnippetFormat.PYTHON, "https://example.com:8443/x", (), b"{}"
    )
    assert b'import("node:https")' in render(SnippetFormat.NODE, "https://example.com/x", (), b"{}")
