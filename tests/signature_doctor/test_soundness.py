"""Nothing is named that does not produce the digest: no chance match, and both of any two mistakes."""

import base64
import hashlib
import hmac
import html
import json
from random import Random
from urllib.parse import quote

import pytest

from devhook.signature_doctor.case import Case
from devhook.signature_doctor.digests import claims
from devhook.signature_doctor.doctor import MistakeSearch
from devhook.webhook.signature import Secret

VALUE = "shpss_0123456789abcdef0123456789abcdef"
APP = Secret(name="client secret", value=VALUE)
BODY = (
    b'{"id": 7,"note":" Zo\xc3\xab \xe2\x80\x94 \xf0\x9f\x98\x80","empty":"","price":"80.10",'
    b'"url":"https:\\/\\/a.example\\/?a=1\\u0026b"}'
)
PARSED = json.loads(BODY)
COMPACT = {"separators": (",", ":"), "ensure_ascii": False}

# Each written out here, independently of the table: name, what is signed instead of the body.
BODIES = {
    "newline-cut": BODY + b"\n",
    "byte-order-mark": b"\xef\xbb\xbf" + BODY,
    "white-space-removed": BODY.replace(b" ", b""),
    "empty-body": b"",
    "no-body": b"[object Object]",
    "latin-1": BODY.decode("latin-1").encode(),
    "node-latin1": BODY.decode().encode("utf-16-le")[::2],
    "seven-bits": bytes(byte & 0x7F for byte in BODY),
    "encoding": BODY.decode().encode("utf-16-le"),
    "split-character": BODY.replace("ë".encode(), "\ufffd\ufffd".encode()),
    "base64-body": base64.b64encode(BODY),
    "hexadecimal-body": BODY.hex().encode(),
    "hashed-first": hashlib.sha256(BODY).hexdigest().encode(),
    "form-encoded": b"payload=" + quote(BODY.decode(), safe="").encode(),
    "json-string": json.dumps(BODY.decode()).encode(),
    "wrapped": b'{"body":' + BODY + b"}",
    "one-field": b"80.10",
    "json-of-a-buffer": json.dumps({"type": "Buffer", "data": list(BODY)}, separators=(",", ":")).encode(),
    "rewritten": json.dumps(PARSED).encode(),
    "html-escaped": html.escape(BODY.decode()).encode(),
    "slashes-added": BODY.replace(b"\\", b"\\\\").replace(b'"', b'\\"'),
    "slashes-stripped": BODY.replace(b"\\", b""),
    "slash-escapes": BODY.replace(b"\\/", b"/"),
    "laravel-trimmed": json.dumps(PARSED | {"note": "Zoë — 😀", "empty": None}, separators=(",", ":"))
    .replace("/", "\\/")
    .encode(),
    "empty-fields-omitted": json.dumps({k: v for k, v in PARSED.items() if v != ""}, **COMPACT).encode(),
    "numeric-check": json.dumps(PARSED | {"price": 80.1}, separators=(",", ":")).replace("/", "\\/").encode(),
    "python-bytes-repr": repr(BODY).encode(),
    "python-repr": repr(BODY.decode()).encode(),
    "python-str": str(PARSED).encode(),
    "signed-with-time": b"2026-07-04T12:00:00Z." + BODY,
    "signed-with-address": b"https://a.example/hooks" + BODY,
    "signed-with-header": b"orders/paid" + BODY,
    "truncated": BODY[:40],
}


def as_hmac(key, body):
    return hmac.new(key, body, hashlib.sha256).digest()


# Name, key, and how the digest is made with it.
KEYS = {
    "secret-newline": (VALUE.encode() + b"\n", as_hmac),
    "secret-spaces": (VALUE.encode() + b" ", as_hmac),
    "secret-quotes": (f'"{VALUE}"'.encode(), as_hmac),
    "secret-prefix": (VALUE[6:].encode(), as_hmac),
    "secret-case": (VALUE.upper().encode(), as_hmac),
    "secret-encoded": (base64.b64encode(VALUE.encode()), as_hmac),
    "secret-decoded": (bytes.fromhex(VALUE[6:]), as_hmac),
    "secret-empty": (b"", as_hmac),
    "secret-unset": (b"undefined", as_hmac),
    "secret-placeholder": (b"hush", as_hmac),
    "unkeyed": (b"", lambda _, body: hashlib.sha256(body).digest()),
    "key-and-message-swapped": (VALUE.encode(), lambda key, body: as_hmac(body, key)),
    "concatenated": (VALUE.encode(), lambda key, body: hashlib.sha256(key + body).digest()),
}
# These are tried on the body alone.
RARE_KEYS = {
    "signed-twice": (VALUE.encode(), lambda key, body: as_hmac(key, as_hmac(key, body))),
    "secret-cut": (VALUE[:-1].encode(), as_hmac),
    "secret-extended": (VALUE.encode() + b"%", as_hmac),
    "secret-line": (b"SHOPIFY_API_SECRET=" + VALUE.encode(), as_hmac),
    "secret-in-json": (json.dumps({"client_secret": VALUE}).encode(), as_hmac),
    "secret-printed": (repr(VALUE.encode()).encode(), as_hmac),
    "secret-hashed": (hashlib.sha256(VALUE.encode()).digest(), as_hmac),
    "secret-wide": (VALUE.encode("utf-16-le"), as_hmac),
    "secret-doubled": (VALUE.encode() * 2, as_hmac),
}
FORMS = {
    "hexadecimal": lambda digest: digest.hex(),
    "separated-hexadecimal": lambda digest: digest.hex("-").upper(),
    "hexadecimal-in-base64": lambda digest: base64.b64encode(digest.hex().encode()).decode(),
    "base64-twice": lambda digest: base64.b64encode(base64.b64encode(digest)).decode(),
    "unpadded": lambda digest: base64.b64encode(digest).decode().rstrip("="),
    "digest-as-numbers": lambda digest: json.dumps({"type": "Buffer", "data": list(digest)}),
    "digest-as-text": lambda digest: base64.b64encode(digest.decode("latin-1").encode()).decode(),
    "digest-lossy": lambda digest: base64.b64encode(digest.decode(errors="replace").encode()).decode(),
    "digest-cut": lambda digest: base64.b64encode(digest).decode()[:32],
    "python-bytes-repr": lambda digest: repr(base64.b64encode(digest)),
    "listed": lambda digest: json.dumps([base64.b64encode(digest).decode()]),
    "repeated": lambda digest: ", ".join([base64.b64encode(digest).decode()] * 2),
    "prefixed": lambda digest: "sha256=" + base64.b64encode(digest).decode(),
    "percent-encoded": lambda digest: quote(base64.b64encode(digest).decode(), safe=""),
    "quoted": lambda digest: f"X-Shopify-Hmac-Sha256: {base64.b64encode(digest).decode()}",
}


def case(body, claimed="x"):
    headers = {
        "X-Shopify-Topic": "orders/paid",
        "X-Shopify-Triggered-At": "2026-07-04T12:00:00Z",
        "Host": "a.example",
    }
    return Case(body=body, claimed=claimed, headers=tuple(headers.items()), path="/hooks", content_length=40)


def reachable(body):
    """Every digest that the doctor compares with a claim, and the mistakes it then names."""
    search = MistakeSearch(case(body), claims(base64.b64encode(bytes(32)).decode()), [APP])
    found = {}
    for keys, guess in search.combinations():
        for key in keys:
            names = [mistake.name for mistake in (*key.mistakes, *guess.mistakes)]
            found.setdefault(key.made(key.value, guess.body, "sha256"), names)
    return found


@pytest.fixture(scope="module")
def named():
    return reachable(BODY)


def test_every_mistake_in_the_body_and_with_the_secret_is_named(named):
    right = VALUE.encode()
    for name, body in BODIES.items():
        assert named.get(as_hmac(right, body)) == [name], name
    for name, (key, made) in (KEYS | RARE_KEYS).items():
        assert named.get(made(key, BODY)) == [name], name


def test_of_all_pairs_of_mistakes_what_is_named_produces_the_digest(named):
    wrong = []
    for key_name, (key, made) in KEYS.items():
        for body_name, body in BODIES.items():
            digest = made(key, body)
            names = named.get(digest, [])
            # Another pair may be named if it makes the very same digest: nothing else may.
            if names != [key_name, body_name] and not _produces(names, digest):
                wrong.append((key_name, body_name, names))

    assert wrong == []


def _produces(names, digest):
    keys = [KEYS[name] for name in names if name in KEYS] or [(VALUE.encode(), as_hmac)]
    bodies = [BODIES[name] for name in names if name in BODIES] or [BODY]
    return any(made(key, body) == digest for key, made in keys for body in bodies)


def test_json_that_was_written_again_and_then_encoded_packed_or_escaped_is_both(named):
    written = json.dumps(PARSED, **COMPACT)
    right = VALUE.encode()
    for name, body in {
        "node-latin1": written.encode("utf-16-le")[::2],
        "latin-1": written.encode().decode("latin-1").encode(),
        "json-string": json.dumps(written, ensure_ascii=False).encode(),
        "base64-body": base64.b64encode(written.encode()),
        "html-escaped": html.escape(written).encode(),
        "slashes-added": written.replace("\\", "\\\\").replace('"', '\\"').encode(),
        "json-of-a-buffer": str(list(written.encode())).encode(),
    }.items():
        assert named[as_hmac(right, body)] == ["rewritten", name]


def test_the_bytes_of_java_and_apps_script_are_signed():
    digest = as_hmac(VALUE.encode(), BODY)
    signed = [byte - 256 if byte > 127 else byte for byte in digest]

    for text in (str(signed), ",".join(map(str, signed))):
        (claim,) = claims(text)

        assert claim.matches(digest)
        assert [mistake.name for mistake in claim.mistakes] == ["digest-as-numbers"]


def test_every_form_of_the_digest_is_read_beside_every_other_mistake():
    digests = [as_hmac(VALUE.encode(), body) for body in BODIES.values()]
    digests += [made(key, BODY) for key, made in (KEYS | RARE_KEYS).values()]
    for name, write in FORMS.items():
        for digest in digests:
            read = [claim for claim in claims(write(digest)) if claim.matches(digest)]

            assert [mistake.name for mistake in read[0].mistakes] == [name]


def test_10000_random_bodies_with_random_other_secrets_are_given_no_name():
    random = Random(7)
    for _ in range(10_000):
        body, other = random.randbytes(random.randrange(200)), random.randbytes(16).hex().encode()
        claimed = base64.b64encode(as_hmac(other, body)).decode()

        (claim,) = claims(claimed)

        assert claim.mistakes == ()
        assert claim.matches(as_hmac(other, body))


@pytest.mark.thorough
def test_no_other_secrets_digest_is_among_those_that_are_compared():
    random = Random(8)
    for _ in range(15):
        body = _random_body(random)
        compared = reachable(body)
        for _ in range(700):
            assert as_hmac(random.randbytes(16).hex().encode(), body) not in compared


def _random_body(random):
    kind = random.randrange(3)
    if kind == 0:
        return random.randbytes(random.randrange(60))
    document = {
        random.choice(["id", "7", "näme", "a/b"]): random.choice([random.random(), None, 2**60, "é<&>", []])
        for _ in range(random.randrange(5))
    }
    return json.dumps(document, ensure_ascii=kind == 1).encode()
