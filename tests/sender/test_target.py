import pytest

from devhook.errors import InputError
from devhook.sender.target import address, is_this_machine, target_url


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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3000", "http://localhost:3000"),
        (":3000", "http://localhost:3000"),
        ("3000/webhooks?a=1", "http://localhost:3000/webhooks?a=1"),
        ("localhost:3000/webhooks", "http://localhost:3000/webhooks"),
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        (" http://localhost:3000/ \n", "http://localhost:3000/"),
    ],
)
def test_an_endpoint_may_be_typed_in_short(typed, meant):
    assert target_url(typed) == meant


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com/webhooks",
        "http://192.168.1.20:3000/",
        "http://0.0.0.0:3000/",
        "http://localhost.example.com/",
        "http://2130706433/",
    ],
)
def test_any_other_has_to_be_asked_for(url):
    with pytest.raises(InputError, match="is not this machine") as refused:
        target_url(url)

    assert "--allow-remote" in refused.value.hint
    assert target_url(url, allow_remote=True) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "/webhooks",
        "ftp://localhost/",
        "http://",
        "localhost:99999",
        "0",
        "http://localhost:port/",
        "http://a b/",
        "http://[::1/",
    ],
)
def test_what_is_no_endpoint_is_refused_with_an_example(typed):
    with pytest.raises(InputError, match="is no address") as refused:
        target_url(typed, allow_remote=True)

    assert repr(typed) in refused.value.message
    assert "http://localhost:3000/webhooks" in refused.value.hint


@pytest.mark.parametrize("typed", ["http://user@localhost:3000/", "http://localhost:3000/#top"])
def test_a_user_and_a_fragment_are_refused(typed):
    with pytest.raises(InputError, match="neither a user nor"):
        target_url(typed)


def test_a_name_that_only_begins_like_ours_is_another_machine():
    assert is_this_machine("app.localhost")
    assert not is_this_machine("localhost.example")


@pytest.mark.parametrize(
    ("url", "path", "meant"),
    [
        ("http://localhost:3000", "/hooks?a=1", "http://localhost:3000/hooks?a=1"),
        ("http://localhost:3000/", "/", "http://localhost:3000/"),
        ("http://localhost:3000/hook", "/hooks", "http://localhost:3000/hook"),
        ("http://localhost:3000", "//a/b", "http://localhost:3000//a/b"),
        ("http://localhost:3000", "@evil.example/", "http://localhost:3000/@evil.example/"),
        ("http://localhost", ":99@evil.example/", "http://localhost/:99@evil.example/"),
        ("http://localhost", ".evil.example/", "http://localhost/.evil.example/"),
    ],
)
def test_a_recorded_path_is_kept_and_never_leads_to_another_host(url, path, meant):
    assert address(url, path) == meant
