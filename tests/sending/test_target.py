import pytest

from devhook.errors import InputError
from devhook.sending.target import target_url


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:3000/webhooks",
        "http://LOCALHOST./",
        "https://app.localhost:8443/hook?a=1",
        "http://127.0.0.1",
        "http://127.8.9.1:80/",
        "http://[::1]:3000/",
    ],
)
def test_an_endpoint_on_this_machine_may_be_sent_to(url):
    assert target_url(url) == url


def test_space_around_an_address_is_a_slip():
    assert target_url(" http://localhost:3000/ \n") == "http://localhost:3000/"


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com/webhooks",
        "http://192.168.1.20:3000/",
        "http://0.0.0.0:3000/",
        "http://localhost.example.com/",
        "http://localhost@example.com/",
        "http://2130706433/",
    ],
)
def test_any_other_has_to_be_asked_for(url):
    with pytest.raises(InputError, match="is not this machine") as refused:
        target_url(url)

    assert "--allow-remote" in refused.value.hint
    assert target_url(url, allow_remote=True) == url


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("localhost:3000/webhooks", "http://localhost:3000/webhooks"),
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("3000", "http://localhost:3000/"),
        ("ftp://localhost/", "http://localhost:3000/webhooks"),
        ("", "http://localhost:3000/webhooks"),
        ("/webhooks", "http://localhost:3000/webhooks"),
        ("http://", "http://localhost:3000/webhooks"),
        ("http://localhost:port/", "http://localhost:3000/webhooks"),
        ("http://[::1/", "http://localhost:3000/webhooks"),
    ],
)
def test_what_is_no_address_is_answered_with_what_was_meant(text, meant):
    with pytest.raises(InputError) as refused:
        target_url(text, allow_remote=True)

    assert repr(text) in refused.value.message
    assert meant in refused.value.hint
