import pytest

from devhook.errors import CredentialsRefused, TunnelError
from devhook.tunnel.ngrok.error_codes import ERROR_MEANINGS, codes_in, error_of, showable

TOKEN = "2hQ8vZsXw1cRk7LmNp4TtYb6uJd_5aB9cD3eF7gH1iJ2kL4mN"


@pytest.mark.parametrize("code", ERROR_MEANINGS)
def test_each_code_has_a_sentence_and_a_remedy(code):
    error = error_of(f"... ERR_NGROK_{code}\r\n")

    assert error.message.endswith(f". (ERR_NGROK_{code})")
    assert error.hint


@pytest.mark.parametrize("code", ["105", "107", "4018", "123"])
def test_a_rejected_token_is_an_error_of_credentials(code):
    assert type(error_of(f"ERR_NGROK_{code}")) is CredentialsRefused


@pytest.mark.parametrize(
    "code", ["108", "120", "121", "313", "314", "320", "324", "334", "702", "725", "727"]
)
def test_every_other_code_is_an_error_of_the_tunnel(code):
    assert type(error_of(f"ERR_NGROK_{code}")) is TunnelError


def test_a_code_that_nobody_knows_yet_is_passed_on_with_where_it_is_explained():
    error = error_of("something new: ERR_NGROK_98765")

    assert "ERR_NGROK_98765" in error.message
    assert "ngrok.com/docs/errors/err_ngrok_98765" in error.hint


def test_a_known_code_is_preferred_among_several():
    assert codes_in("ERR_NGROK_98765 after ERR_NGROK_108 and ERR_NGROK_108") == ["108", "98765"]


def test_text_without_a_code_is_not_a_refusal():
    assert error_of("dial tcp: no such host") is None


@pytest.mark.parametrize(
    "words",
    [
        f"Your authtoken: {TOKEN}",
        f"authtoken={TOKEN}",
        f'"authtoken": "{TOKEN}"',
        f"the credential is {TOKEN} they say",
        "Your authtoken: short",
    ],
)
def test_text_that_may_be_a_token_is_hidden(words):
    assert TOKEN not in showable(words)
    assert "short" not in showable(words)
    assert "‹token›" in showable(words)


def test_a_token_that_is_known_is_hidden_wherever_it_stands():
    assert showable("error_of hush by name", ["hush"]) == "error_of ‹token› by name"


def test_a_proxy_s_password_is_hidden():
    assert (
        showable("proxyconnect http://user:hush@proxy.example:3128")
        == "proxyconnect http://proxy.example:3128"
    )


def test_only_the_first_line_is_shown_and_nothing_that_acts():
    assert showable("first \x1b[2J.\\r\\nsecond") == "first ␛[2J"
    assert len(showable("x" * 10_000)) <= 300
