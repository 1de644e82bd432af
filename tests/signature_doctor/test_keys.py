import base64

import pytest

from devhook.signature_doctor.keys import mistaken_keys, plain_keys
from devhook.signature_doctor.secret_mistakes import as_hmac
from devhook.webhook.signature import Secret

VALUE = "shpss_0123456789abcdef0123456789abcdef"
APP = Secret(name="client secret", value=VALUE)


def name_of(value, *secrets):
    """What is said to be amiss with the key `value`."""
    keys = [*plain_keys(secrets or (APP,), ()), *mistaken_keys(secrets or (APP,))]
    return [
        mistake.name for key in keys if key.value == value and key.made is as_hmac for mistake in key.mistakes
    ]


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (f"{VALUE}\n", ["secret-newline"]),
        (f"{VALUE}\r\n", ["secret-newline"]),
        (f"{VALUE}\\n", ["secret-newline"]),
        (f" {VALUE}", ["secret-spaces"]),
        (f"{VALUE} ", ["secret-spaces"]),
        (f'"{VALUE}"', ["secret-quotes"]),
        (f"'{VALUE}'", ["secret-quotes"]),
        (f"\u201c{VALUE}\u201d", ["secret-quotes"]),
        (f'"{VALUE}"\n', ["secret-quotes", "secret-newline"]),
        (VALUE.removeprefix("shpss_"), ["secret-prefix"]),
        (VALUE.upper(), ["secret-case"]),
        ("", ["secret-empty"]),
        ("undefined", ["secret-unset"]),
        ("None", ["secret-unset"]),
        ("hush", ["secret-placeholder"]),
    ],
)
def test_a_secret_that_is_read_amiss_is_a_key(key, names):
    assert name_of(key.encode()) == names


def test_encoded_and_decoded_secrets_are_keys():
    assert name_of(base64.b64encode(VALUE.encode())) == ["secret-encoded"]
    assert name_of(bytes.fromhex(VALUE.removeprefix("shpss_"))) == ["secret-decoded"]
    assert name_of(b"hello-secret", Secret(name="app", value="aGVsbG8tc2VjcmV0")) == ["secret-decoded"]


@pytest.mark.parametrize(
    ("given", "true", "name"),
    [(f'"{VALUE}"', VALUE, "secret-quotes"), (VALUE[:9] + " " + VALUE[9:], VALUE, "secret-spaces")],
)
def test_what_is_amiss_may_be_what_devhook_was_given(given, true, name):
    assert name_of(true.encode(), Secret(name="app", value=given)) == [name]


def test_the_secrets_themselves_are_no_mistake_and_come_first():
    token = Secret(name="access token", value="shpat_1")

    first, second = plain_keys([APP], [token])

    assert (first.value, first.mistakes) == (VALUE.encode(), ())
    assert second.mistakes[0].what == "It is signed with the access token instead of the client secret."


def test_another_credential_of_the_same_value_is_the_secret():
    assert len(plain_keys([APP], [Secret(name="client id", value=VALUE)])) == 1


def test_no_key_is_tried_twice():
    keys = [(key.value, key.made) for key in mistaken_keys([APP, APP])]

    assert len(keys) == len(set(keys))


def test_no_mistake_tells_a_secret():
    told = [mistake.model_dump_json() for key in mistaken_keys([APP]) for mistake in key.mistakes]

    assert not [text for text in told if VALUE[6:] in text]
