import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.signature_doctor.digests import claims

BODY = b'{"id":7031}'


@pytest.fixture
def raw(digest):
    return digest("a secret", BODY)


def names(claim):
    return [mistake.name for mistake in claim.mistakes]


def written(raw, form):
    standard = base64.b64encode(raw).decode()
    return {
        "plain": standard,
        "hexadecimal": raw.hex(),
        "capital hexadecimal": raw.hex().upper(),
        "url-safe": base64.urlsafe_b64encode(raw).decode(),
        "unpadded": standard.rstrip("="),
        "unpadded url-safe": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "base64 of hexadecimal": base64.b64encode(raw.hex().encode()).decode(),
        "prefixed": f"sha256={raw.hex()}",
        "prefixed base64": f"sha256={standard}",
        "quoted": f'"{standard}"',
        "with the name": f"X-Shopify-Hmac-Sha256: {standard}",
        "percent-encoded": standard.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
    }[form]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("plain", []),
        ("hexadecimal", ["hexadecimal"]),
        ("capital hexadecimal", ["hexadecimal"]),
        ("unpadded", ["unpadded"]),
        ("base64 of hexadecimal", ["hexadecimal-in-base64"]),
        ("prefixed", ["prefixed", "hexadecimal"]),
        ("prefixed base64", ["prefixed"]),
        ("quoted", ["quoted"]),
        ("with the name", ["quoted"]),
        ("percent-encoded", ["percent-encoded"]),
    ],
)
def test_a_form_is_recognised_and_the_digest_read_out_of_it(raw, form, expected):
    found = claims(written(raw, form))

    assert [(claim.algorithm, claim.digest, names(claim)) for claim in found] == [("sha256", raw, expected)]


@pytest.mark.parametrize(
    ("form", "expected"), [("url-safe", ["url-safe"]), ("unpadded url-safe", ["url-safe", "unpadded"])]
)
def test_the_url_safe_alphabet_is_told_by_its_own_letters(form, expected):
    raw = bytes([0xFB, 0xFF] * 16)

    (found,) = claims(written(raw, form))

    assert (found.digest, names(found)) == (raw, expected)


def test_a_space_stands_for_the_plus_that_a_form_took_away():
    raw = bytes([1, 2, 3, *[0xFB, 0xEF, 0xBE] * 9, 4, 5])
    standard = base64.b64encode(raw).decode()

    (found,) = claims(standard.replace("+", " "))

    assert "+" in standard
    assert (found.digest, names(found)) == (raw, ["percent-encoded"])


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        (hashlib.sha1, "sha1"),
        (hashlib.sha512, "sha512"),
        (hashlib.sha384, "sha384"),
        (hashlib.md5, "md5"),
    ],
)
@pytest.mark.parametrize("form", ["plain", "hexadecimal"])
def test_another_algorithm_is_told_by_the_digests_length(digest, algorithm, name, form):
    raw = digest("a secret", BODY, algorithm)

    found = [claim for claim in claims(written(raw, form)) if claim.digest == raw]

    assert [(claim.algorithm, names(claim)[0]) for claim in found] == [(name, name)]


@pytest.mark.parametrize(
    "text", ["", "  ", "undefined", "not base64!", "Grüße", "shpat_12345", "A" * 100_000]
)
def test_what_is_no_digest_is_none(text):
    assert claims(text) == []


@given(st.text())
def test_no_text_fails(text):
    for claim in claims(text):
        assert claim.algorithm in hashlib.algorithms_available
