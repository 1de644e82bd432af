"""`devhook verify` and `devhook sign`, in this process: `main` ends with the exit status."""

import base64
import hashlib
import hmac
import json

import pytest

from devhook.cli.signing import headers_of
from devhook.errors import InputError

SECRET = "shpss_0123456789abcdef0123456789abcdef"
TOKEN = "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"
BODY = b'{"id":820982911946154508,"note":"T\xc3\xaba"}'


def signed(key, body):
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


class Done:
    def __init__(self, ended):
        self.status = ended.returncode
        self.out = ended.stdout
        self.err = ended.stderr


@pytest.fixture
def signing(devhook):
    """Run `devhook ARGUMENTS` with the client secret set, unless `secret` is given."""

    def run(*arguments, piped=b"", **environment):
        env = {"DEVHOOK_CLIENT_SECRET": SECRET, **environment}
        return Done(devhook(*arguments, env=env, piped=piped))

    return run


@pytest.fixture
def body(tmp_path):
    file = tmp_path / "body.json"
    file.write_bytes(BODY)
    return file


def test_a_valid_signature_is_reported_with_its_secret(signing, body):
    done = signing("verify", body, "--hmac", signed(SECRET, BODY))

    assert (done.status, done.out, done.err) == (0, "✓ valid: the client secret makes this signature.\n", "")


def test_every_secret_is_tried_that_listen_checks_with(signing, body):
    done = signing("verify", body, "--hmac", signed("old", BODY), DEVHOOK_OLD_CLIENT_SECRET="old")

    assert (done.status, done.out) == (0, "✓ valid: the old client secret makes this signature.\n")


def test_a_wrong_signature_is_explained_and_is_a_failure(signing, body):
    done = signing("verify", body, "--hmac", signed(SECRET + "\n", BODY))

    assert done.status == 1
    assert done.out.splitlines() == [
        "✗ invalid",
        "  It is signed with the client secret and a line end after it.",
        "  The secret was read from a file, or piped in by echo, and not stripped.",
        "  → Strip the secret where it is read, or write it with printf or echo -n.",
    ]


def test_the_right_signature_is_never_shown(signing, body):
    done = signing("verify", body, "--hmac", signed("stranger", BODY), "--json", DEVHOOK_ACCESS_TOKEN=TOKEN)

    for hidden in (SECRET, TOKEN, signed(SECRET, BODY)):
        assert hidden not in done.out + done.err


@pytest.mark.parametrize(
    ("name", "value", "called"),
    [("SHOPIFY_API_KEY", "1029384756", "client id"), ("DEVHOOK_ACCESS_TOKEN", TOKEN, "access token")],
)
def test_another_credential_is_named_and_makes_nothing_valid(signing, body, name, value, called):
    done = signing("verify", body, "--hmac", signed(value, BODY), **{name: value})

    assert done.status == 1
    assert f"It is signed with the {called} instead of the client secret." in done.out


def test_an_unexplained_signature_is_reported_with_what_was_tried(signing, body):
    done = signing("verify", body, "--hmac", signed("stranger", BODY), DEVHOOK_CLIENT_SECRET=TOKEN)

    assert done.status == 1
    assert "No known mistake explains this signature." in done.out
    assert "Tried without a match" in done.out
    assert "is an access token; Shopify does not sign with it" in done.err


def test_json_is_one_object(signing, body):
    wrong = signing("verify", body, "--hmac", signed(SECRET, BODY + b"\n"), "--json")
    right = signing("verify", body, "--hmac", signed(SECRET, BODY), "--json")

    told = json.loads(wrong.out)
    keys = ["signature", "signed_with", "bytes", "mistakes", "observations"]
    assert list(told) == [*keys, "attempts", "excluded", "untried"]
    assert (wrong.status, told["signature"], told["signed_with"], told["bytes"]) == (
        1,
        "invalid",
        None,
        len(BODY),
    )
    assert [(mistake["name"], list(mistake)) for mistake in told["mistakes"]] == [
        ("newline-cut", ["name", "what", "comes_from", "fix"])
    ]
    assert json.loads(right.out) | {"bytes": 0} == {
        "signature": "valid",
        "signed_with": "client secret",
        "bytes": 0,
        "mistakes": [],
        "observations": [],
        "attempts": 0,
        "excluded": [],
        "untried": [],
    }


@pytest.mark.parametrize(
    "form", ["X-Shopify-Hmac-Sha256: {}", "'{}'", '"{}"', "x-shopify-hmac-sha256:'{}'", " {}\n"]
)
def test_text_pasted_around_the_signature_is_ignored(signing, body, form):
    done = signing("verify", body, "--hmac", form.format(signed(SECRET, BODY)))

    assert done.status == 0


def test_a_prefix_is_named(signing, body):
    done = signing("verify", body, "--hmac", f"sha256={signed(SECRET, BODY)}")

    assert done.status == 1
    assert "names the digest before giving it" in done.out


def test_the_body_may_be_piped_in(signing):
    assert signing("verify", "-", "--hmac", signed(SECRET, BODY), piped=BODY).status == 0


@pytest.mark.parametrize(
    "headers",
    [
        "POST /hooks HTTP/1.1\r\nHost: a.example\r\nX-Shopify-Hmac-Sha256: {}\r\n\r\n",
        "> Host: a.example\n> X-Shopify-Hmac-Sha256: {}\n>\n",
        '{{"host":"a.example","x-shopify-hmac-sha256":"{}"}}',
        '{{"x-shopify-hmac-sha256":["{}"]}}',
    ],
)
def test_the_signature_may_stand_in_saved_headers(signing, body, tmp_path, headers):
    (tmp_path / "headers").write_text(headers.format(signed(SECRET, BODY)))

    assert signing("verify", body, "--headers", tmp_path / "headers").status == 0


def test_the_length_in_saved_headers_tells_where_a_body_was_cut(signing, body, tmp_path):
    (tmp_path / "headers").write_text(
        f"Content-Length: 17\nX-Shopify-Hmac-Sha256: {signed(SECRET, BODY[:17])}\n"
    )

    done = signing("verify", body, "--headers", tmp_path / "headers")

    assert f"the first 17 of the body's {len(BODY)} bytes" in done.out


def test_a_saved_request_is_split_into_headers_and_body(signing, tmp_path):
    head = f"POST / HTTP/1.1\r\nX-Shopify-Hmac-Sha256: {signed(SECRET, BODY)}\r\n\r\n"
    (tmp_path / "request.http").write_bytes(head.encode() + BODY)

    done = signing("verify", tmp_path / "request.http")

    assert done.status == 0
    assert "a whole request" in done.err


def test_curls_verbose_output_with_a_body_is_a_request(signing, body, tmp_path):
    printed = (
        "*   Trying 127.0.0.1:3000...\n> POST /hooks HTTP/1.1\r\n> Host: a.example\r\n"
        f"> X-Shopify-Hmac-Sha256: {signed(SECRET, BODY)}\r\n>\r\n"
    )
    answer = "* upload completely sent off: 44 bytes\n< HTTP/1.1 401 Unauthorized\r\n<\r\nno\n"
    (tmp_path / "alone").write_text(printed + answer)
    (tmp_path / "whole").write_bytes(printed.encode() + BODY + b"\n" + answer.encode())

    assert_said(
        signing("verify", tmp_path / "alone"), "output of curl -v", "devhook verify body.json --headers"
    )
    assert signing("verify", body, "--headers", tmp_path / "alone").status == 0
    assert signing("verify", tmp_path / "whole").status == 0


def test_evidence_is_told_instead_of_an_unknown_secret(signing, tmp_path):
    (tmp_path / "empty.json").write_bytes(b"")

    lines = signing("verify", tmp_path / "empty.json", "--hmac", signed("stranger", BODY))
    told = json.loads(
        signing("verify", tmp_path / "empty.json", "--hmac", signed("stranger", BODY), "--json").out
    )

    assert lines.out.splitlines() == [
        "✗ invalid",
        (
            "  The body is empty: it was lost, or read already, before it got here. Nothing can be said of"
            " the signature."
        ),
        "  → A body is read once: verify before a body parser, a logger or a proxy takes it.",
    ]
    assert told["mistakes"] == []
    assert [(seen["name"], list(seen)) for seen in told["observations"]] == [
        ("body-empty", ["name", "what", "fix"])
    ]


def assert_said(done, *texts):
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err
    for text in texts:
        assert text in done.err


def test_a_missing_secret_is_said_with_how_to_set_it(signing, body):
    for command in (["verify", body, "--hmac", "x"], ["sign", body]):
        assert_said(signing(*command, DEVHOOK_CLIENT_SECRET=""), "set", "DEVHOOK_CLIENT_SECRET")


def test_missing_and_wrong_arguments_are_reported(signing, body, tmp_path):
    (tmp_path / "empty").write_text("")
    (tmp_path / "deep").write_text('{"a": ' + "[" * 100_000)

    assert_said(signing("verify", "--hmac", "x"), "FILE is required", "devhook verify body.json")
    assert_said(signing("sign"), "FILE is required", "devhook sign body.json")
    assert_said(signing("verify", body), "A signature is required", "--hmac")
    assert_said(signing("verify", body, "--hmac", ""), "The signature is empty")
    assert_said(signing("verify", body, "--headers", body), "contain no signature", "--hmac")
    for name in ("empty", "deep"):
        assert_said(signing("verify", body, "--headers", tmp_path / name), "contains no headers")
    assert_said(signing("verify", "no-such-file", "--hmac", "x"), "no-such-file", "verify --help")
    assert_said(signing("sign", tmp_path), "directory")
    assert_said(signing("verify", body, "--hmac", "x", "--shop", "a.example"), "myshopify.com")


def test_a_file_that_is_too_large_for_a_body_is_rejected(signing, tmp_path):
    with (tmp_path / "disk.img").open("wb") as file:
        file.truncate(40 * 2**20)

    assert_said(signing("sign", tmp_path / "disk.img"), "larger than 32 MiB")


def test_signing_writes_the_signature_alone(signing, body):
    done = signing("sign", body)

    assert (done.status, done.out) == (0, signed(SECRET, BODY) + "\n")
    assert done.err == f"{len(BODY)} bytes, signed with the client secret from DEVHOOK_CLIENT_SECRET.\n"


def test_verify_accepts_the_signature_of_sign(signing, body):
    made = signing("sign", "-", piped=BODY).out

    assert signing("verify", body, "--hmac", made).status == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BODY + b"\n", "line break"),
        (b"", "empty"),
        (b"POST / HTTP/1.1\nHost: a\n\n" + BODY, "whole request"),
    ],
)
def test_a_likely_mistake_is_signed_with_a_warning(signing, text, said):
    done = signing("sign", "-", piped=text)

    assert done.out == signed(SECRET, text) + "\n"
    assert said in done.err


@pytest.mark.parametrize("text", [b"", b"\n", b"{", b"{}", b"[1]", b"nothing of the kind"])
def test_a_file_without_headers_is_rejected(text):
    with pytest.raises(InputError):
        headers_of(text)
