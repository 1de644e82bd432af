import base64
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Check, Secret, check, sign

BODY = b'{"id":7031,"note":"two bags of oolong"}'
APP = Secret(name="app", value="hush-hush-4711")
OLD = Secret(name="old app", value="whisper-0815")

secret_values = st.text(min_size=1).filter(str.strip)


@given(secret_values, st.binary())
def test_what_sign_makes_is_valid(value, body):
    found = check([Secret(name="app", value=value)], body, sign(value, body))

    assert found == Check(signature=Signature.VALID, signed_with="app", reason="")


@given(st.binary(min_size=1), st.data())
def test_one_changed_byte_makes_it_invalid(body, data):
    place = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[place]))
    changed = body[:place] + bytes([other]) + body[place + 1 :]

    assert check([APP], changed, sign("hush-hush-4711", body)).signature is Signature.INVALID


@pytest.mark.tools
def test_a_signature_made_by_openssl_is_valid():
    command = ["openssl", "dgst", "-sha256", "-hmac", "hush-hush-4711", "-binary"]
    made = subprocess.run(command, input=BODY, capture_output=True, check=True).stdout

    assert check([APP], BODY, base64.b64encode(made).decode()).signature is Signature.VALID


@pytest.mark.parametrize("secrets", [[APP, OLD], [OLD, APP]])
def test_every_secret_is_tried_and_the_one_that_fits_is_named(secrets):
    assert check(secrets, BODY, sign("hush-hush-4711", BODY)).signed_with == "app"
    assert check(secrets, BODY, sign("whisper-0815", BODY)).signed_with == "old app"


def test_white_space_around_a_secret_or_a_header_does_no_harm():
    pasted = Secret(name="pasted", value="  hush-hush-4711\n")

    assert check([pasted], BODY, f" {sign('hush-hush-4711', BODY)}\r\n").signature is Signature.VALID
    assert sign(" hush-hush-4711\n", BODY) == sign("hush-hush-4711", BODY)


def test_without_a_secret_nothing_is_checked():
    assert check([], BODY, sign("hush-hush-4711", BODY)).signature is Signature.UNCHECKED
    assert check([], BODY, None) == Check(signature=Signature.UNCHECKED, reason="No secret is known.")


@pytest.mark.parametrize("claimed", [None, "", "  "])
def test_an_absent_header_is_missing(claimed):
    assert check([APP], BODY, claimed) == Check(
        signature=Signature.MISSING, reason="The header X-Shopify-Hmac-Sha256 is missing."
    )


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        (
            base64.b64decode(sign("hush-hush-4711", BODY)).hex(),
            "The header is hexadecimal; Shopify sends base64.",
        ),
        ("A" * 42 + "_=", "The header is URL-safe base64; Shopify sends base64 with + and /."),
        ("not base64!", "The header is not base64; Shopify sends 44 characters of it."),
        ("Grüße", "The header is not base64; Shopify sends 44 characters of it."),
        (
            sign("hush-hush-4711", BODY).rstrip("="),
            "The header is not base64; Shopify sends 44 characters of it.",
        ),
        (base64.b64encode(bytes(20)).decode(), "The header holds 20 bytes; an HMAC-SHA256 has 32."),
    ],
)
def test_a_header_that_cannot_be_a_signature_is_told_by_its_form(claimed, reason):
    assert check([APP], BODY, claimed) == Check(signature=Signature.INVALID, reason=reason)


def test_a_foreign_signature_names_the_secrets_that_were_tried():
    foreign = sign("somebody else's", BODY)

    assert check([APP], BODY, foreign).reason == "The app does not make this signature for this body."
    assert (
        check([APP, OLD], BODY, foreign).reason
        == "None of these makes this signature for this body: app, old app."
    )


@given(st.none() | st.text() | st.binary(max_size=40).map(lambda raw: base64.b64encode(raw).decode()))
def test_no_reason_tells_a_secret_or_the_right_signature(claimed):
    reason = check([APP, OLD], BODY, claimed).reason

    for value in ("hush-hush-4711", "whisper-0815"):
        assert value not in reason
        assert sign(value, BODY) not in reason


@pytest.mark.parametrize("value", ["", " \n"])
def test_an_empty_secret_is_refused(value):
    with pytest.raises(ValidationError):
        Secret(name="app", value=value)


def test_a_secret_shows_itself_nowhere():
    with pytest.raises(ValidationError) as failure:
        Secret(name=None, value="hush-hush-4711")

    for shown in (repr(APP), str(APP), APP.model_dump_json(), str(failure.value), repr(failure.value)):
        assert "hush" not in shown


def test_a_secret_that_is_no_text_is_refused():
    with pytest.raises(ValidationError):
        Secret(name="app", value=4711)


def test_half_a_surrogate_pair_in_a_secret_is_only_a_wrong_secret():
    broken = Secret(name="broken", value="\ud800")

    assert check([broken], BODY, sign("hush-hush-4711", BODY)).signature is Signature.INVALID
