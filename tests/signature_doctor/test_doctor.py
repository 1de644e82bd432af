import base64
import gzip
import hashlib
import hmac
import json
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.signature_doctor.case import Case, OtherBody
from devhook.signature_doctor.doctor import diagnose
from devhook.webhook.signature import Secret

REAL = json.loads(Path(__file__).with_name("written.json").read_text())
APP = Secret(name="client secret", value="shpss_0123456789abcdef0123456789abcdef")
OTHERS = (
    Secret(name="old client secret", value="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"),
    Secret(name="Notifications secret", value="77aa88bb99cc00dd77aa88bb99cc00dd"),
    Secret(name="client id", value="1029384756abcdef1029384756abcdef"),
    Secret(name="access token", value="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"),
)
VALUE = "shpss_0123456789abcdef0123456789abcdef"
BODY = '{"id":820982911946154508,"note":"Tëa\\/oolong","weight":2.0}'.encode()


def found(body, claimed, **more):
    """The names of the mistakes that the doctor finds."""
    diagnosis = diagnose(Case(body=body, claimed=claimed, **more), [APP], OTHERS)
    return [mistake.name for mistake in diagnosis.mistakes]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.name)
def test_another_known_secret_is_named(signed, other):
    claimed = signed(other.value.get_secret_value(), BODY)

    (mistake,) = diagnose(Case(body=BODY, claimed=claimed), [APP], OTHERS).mistakes

    assert mistake.name == "other-secret"
    assert other.name in mistake.what


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (VALUE + "\n", "secret-newline"),
        (f'"{VALUE}"', "secret-quotes"),
        (f"'{VALUE}'", "secret-quotes"),
        (VALUE + " ", "secret-spaces"),
        (" " + VALUE, "secret-spaces"),
        (VALUE[6:], "secret-prefix"),
        ("", "secret-empty"),
        ("undefined", "secret-unset"),
        ("hush", "secret-placeholder"),
    ],
)
def test_a_secret_that_was_pasted_or_read_amiss_is_named(signed, key, name):
    assert found(BODY, signed(key, BODY)) == [name]


def test_a_hash_without_any_secret_is_named():
    assert found(BODY, base64.b64encode(hashlib.sha256(BODY).digest()).decode()) == ["unkeyed"]


@pytest.mark.parametrize(
    ("write", "names"),
    [
        (lambda raw: raw.hex(), ["hexadecimal"]),
        (lambda raw: "sha256=" + raw.hex(), ["prefixed", "hexadecimal"]),
        (lambda raw: base64.b64encode(raw.hex().encode()).decode(), ["hexadecimal-in-base64"]),
        (lambda raw: base64.urlsafe_b64encode(raw).decode(), ["url-safe"]),
        (lambda raw: base64.b64encode(raw).decode().rstrip("="), ["unpadded"]),
    ],
)
def test_a_digest_in_another_form_is_named(digest, write, names):
    body = next(
        b'{"id":%d}' % n for n in range(99) if b"/" in base64.b64encode(digest(VALUE, b'{"id":%d}' % n))
    )

    assert found(body, write(digest(VALUE, body))) == names


def test_another_algorithm_is_named(digest):
    raw = digest(VALUE, BODY, hashlib.sha1)

    assert found(BODY, base64.b64encode(raw).decode()) == ["sha1"]
    assert found(BODY, raw.hex()) == ["sha1", "hexadecimal"]


@pytest.mark.parametrize("writer", REAL["written"])
def test_json_that_another_language_wrote_again_is_named_with_the_writer(signed, writer):
    document, written = REAL["document"].encode(), REAL["written"][writer].encode()

    (mistake,) = diagnose(Case(body=document, claimed=signed(VALUE, written)), [APP]).mistakes

    assert mistake.name == "rewritten"
    assert mistake.what.endswith(f"written by {writer}.")


def test_writers_that_write_the_same_are_named_together(signed):
    written = signed(VALUE, b'{\n  "a": 1\n}\n')

    rewritten, newline = diagnose(Case(body=b'{"a":1}', claimed=written), [APP]).mistakes

    assert newline.name == "newline-cut"
    assert rewritten.what.endswith(
        "written by JavaScript's JSON.stringify indented by 2, Python's json.dumps with indent=2,"
        " jq or others."
    )


def test_what_was_written_again_on_its_way_is_told_from_what_was_before(signed):
    came = BODY.replace(b"\\/", b"/").replace(b"2.0", b"2")

    assert found(came, signed(VALUE, BODY)) == ["rewritten-on-its-way"]


@pytest.mark.parametrize(
    ("came", "signed_body", "name"),
    [
        (BODY + b"\n", BODY, "newline-added"),
        (BODY, BODY + b"\n", "newline-cut"),
        (b"{\r\n}", b"{\n}", "line-ends"),
        (b"\xef\xbb\xbf" + BODY, BODY, "byte-order-mark"),
        (BODY, BODY.decode().encode("latin-1"), "latin-1"),
        (BODY, BODY.decode("latin-1").encode(), "latin-1"),
        (gzip.compress(BODY, mtime=0), BODY, "still-compressed"),
        (BODY, gzip.compress(BODY, mtime=0), "decompressed"),
        (urlencode({"payload": BODY}).encode(), BODY, "form-encoded"),
        (BODY, urlencode({"payload": BODY}).encode(), "form-encoded"),
        (BODY, b"", "empty-body"),
        (BODY, b"[object Object]", "no-body"),
        (BODY, BODY[: len(BODY.decode())], "truncated"),
        (BODY, BODY[:17], "truncated"),
        (BODY[:-1], BODY, "truncated"),
        (BODY, base64.b64encode(BODY), "base64-body"),
        (BODY, json.dumps(BODY.decode()).encode(), "json-string"),
    ],
)
def test_other_bytes_are_named(signed, came, signed_body, name):
    assert found(came, signed(VALUE, signed_body)) == [name]


def test_the_old_body_of_the_same_webhook_id_is_named(signed):
    edited = BODY.replace(b"oolong", b"assam")
    case = Case(body=edited, claimed=signed(VALUE, BODY), others=(OtherBody(id=41, body=BODY),))

    (mistake,) = diagnose(case, [APP]).mistakes

    assert mistake.name == "old-body"
    assert "delivery 41" in mistake.what


def test_the_length_of_the_truncated_body_is_told(signed):
    (mistake,) = diagnose(Case(body=BODY, claimed=signed(VALUE, BODY[:17])), [APP]).mistakes

    assert f"the first 17 of the body's {len(BODY)} bytes" in mistake.what


@pytest.mark.parametrize(
    ("key", "signed_body", "hexadecimal", "names"),
    [
        (OTHERS[3].value.get_secret_value(), BODY, True, ["hexadecimal", "other-secret"]),
        (VALUE + "\n", BODY + b"\n", False, ["secret-newline", "newline-cut"]),
        (f'"{VALUE}"', b"", True, ["hexadecimal", "secret-quotes", "empty-body"]),
        (OTHERS[0].value.get_secret_value(), BODY[:20], False, ["other-secret", "truncated"]),
    ],
)
def test_two_mistakes_at_once_are_both_named(digest, key, signed_body, hexadecimal, names):
    raw = digest(key, signed_body)

    assert found(BODY, raw.hex() if hexadecimal else base64.b64encode(raw).decode()) == names


def test_a_signature_that_holds_by_now_is_said_to(signed):
    diagnosis = diagnose(Case(body=BODY, claimed=signed(VALUE, BODY)), [APP])

    assert diagnosis.mistakes[0].name == "known-now"
    assert "client secret" in diagnosis.mistakes[0].what


def test_what_is_no_digest_is_said_to_be_none():
    assert found(BODY, "shpat_12345") == ["no-digest"]


def test_without_a_match_it_says_what_was_excluded_and_what_is_left(signed):
    diagnosis = diagnose(Case(body=BODY, claimed=signed("a stranger's", BODY)), [APP], OTHERS)

    assert not diagnosis.found
    assert "Settings > Notifications" in str(diagnosis)
    assert f"{diagnosis.attempts:,} combinations" in diagnosis.tried
    for group in (
        "hexadecimal",
        "line ends",
        "other languages to write JSON",
        "every prefix",
        "credentials",
    ):
        assert group in diagnosis.tried
    assert diagnosis.untried == ()


@pytest.mark.thorough
def test_of_a_large_body_it_says_what_was_not_tried(signed):
    body = b'{"a":"%s"}' % (b"x" * 3 * 2**20)

    diagnosis = diagnose(Case(body=body, claimed=signed("a stranger's", body)), [APP], OTHERS)

    assert "every prefix of the body" in diagnosis.untried
    assert "compression" in diagnosis.untried
    assert "ways to write JSON" in diagnosis.tried


@given(st.binary(max_size=200), st.sampled_from(["", "\n", " ", '"']), st.booleans())
def test_no_diagnosis_tells_a_secret_or_the_right_signature(body, after, match):
    right = _header(VALUE, body)
    claimed = _header(VALUE + after if match else "a stranger's", body)

    told = diagnose(Case(body=body, claimed=claimed), [APP], OTHERS)

    for text in (told.model_dump_json(), str(told), told.tried):
        assert right not in text
        for secret in (APP, *OTHERS):
            assert secret.value.get_secret_value() not in text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
PIECES = st.lists(
    st.sampled_from([b"{", b"}", b"[", b'"', b"\\", b":", b",", b"1e9", b"nul", b"\xff", b"%", b"="])
)


@given(JSON.map(json.dumps).map(str.encode) | PIECES.map(b"".join), st.text(max_size=50))
def test_no_body_and_no_claim_breaks_it(body, claimed):
    case = Case(body=body, claimed=_header("a stranger's", body))

    assert diagnose(case, [APP]).mistakes == ()
    assert diagnose(Case(body=body, claimed=claimed), []).attempts >= 0


def _header(key, body):
    return base64.b64encode(hmac.new(key.encode(), body, "sha256").digest()).decode()


@pytest.mark.thorough
def test_a_hostile_body_takes_no_longer_than_an_honest_one(signed):
    honest = b'{"note":"' + b"oolong and more " * 2**11 + b'"}'
    hostile = {
        "lists": b"[" * 2**15,
        "objects": b'{"a":' * 2**13,
        "numbers": b"[" + b"1e-7," * 2**10 + b"1]",
        "quotes": b'"' + b'\\"' * 2**14,
        "percent": b"%" * 2**15,
        "digits": b"9" * 2**15,
        "line ends": b"\r\n" * 2**14,
        "halves": b"\xc3" * 2**15,
    }

    usual = _seconds(honest, signed("a stranger's", honest))
    taken = {name: _seconds(body, signed("a stranger's", body)) for name, body in hostile.items()}

    assert {name: seconds for name, seconds in taken.items() if seconds > 20 * usual} == {}


def _seconds(body, claimed):
    """The processor's seconds of a diagnosis: what else the machine does is not in them."""
    before = time.process_time()
    diagnose(Case(body=body, claimed=claimed), [APP])
    return time.process_time() - before
