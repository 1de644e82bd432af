import pytest

from devhook.errors import InputError
from devhook.tunnel.given_address import GivenAddress
from devhook.tunnel.ngrok.tunnel import Ngrok
from devhook.tunnel.providers import CHOICES, DEFAULT, PROVIDERS, selected

URL = "https://hooks.example.com"
SHOP = "acme.myshopify.com"


def test_every_provider_names_what_it_needs():
    for choice in PROVIDERS.values():
        assert [requirement.name for requirement in choice.make(None).requirements]


def test_the_options_select_the_provider():
    assert set(CHOICES) == {*PROVIDERS, "none"}
    assert DEFAULT in PROVIDERS
    assert isinstance(selected("ngrok", None, None), Ngrok)
    assert isinstance(selected(None, "acme.ngrok.app", None), Ngrok)
    assert isinstance(selected(None, None, None, SHOP), Ngrok)
    assert isinstance(selected(None, None, URL, SHOP), GivenAddress)
    assert isinstance(selected("none", None, URL, SHOP), GivenAddress)
    assert selected(None, None, None) is None
    assert selected("none", None, None) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("ngrok", None, URL), "--public-url cannot be used together with ngrok"),
        ((None, "acme.ngrok.app", URL), "--public-url cannot be used together with ngrok"),
        (("none", None, None, SHOP), "Without a public address acme.myshopify.com cannot reach this machine"),
        ((None, None, "http://hooks.example.com"), "https:// only"),
    ],
)
def test_options_that_conflict_are_rejected(options, message):
    with pytest.raises(InputError, match=message):
        selected(*options)


async def test_the_token_of_ngrok_is_checked_without_an_agent(ngrok, tmp_path):
    provider = PROVIDERS["ngrok"].make(None)
    checks = {requirement.name: requirement.check for requirement in provider.requirements}

    assert "NGROK_AUTHTOKEN" in await checks["ngrok token"]({"NGROK_AUTHTOKEN": ngrok.token})
    config = tmp_path / "home" / "config" / "ngrok"
    config.mkdir(parents=True)
    (config / "ngrok.yml").write_text("version: 3\nagent:\n  authtoken: hush\n")
    assert "its own configuration" in await checks["ngrok token"]({})
    assert ngrok.starts == []
