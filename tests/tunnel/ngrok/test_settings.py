import json

import pytest
from pydantic import SecretStr

from devhook.errors import TunnelError
from devhook.tunnel.ngrok.settings import NgrokSettings, agent_config, bypass_proxy_for_loopback


@pytest.fixture
def user(tmp_path, monkeypatch):
    """Write the user's own configuration of ngrok."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("platform.system", lambda: "Linux")

    def write(text):
        (tmp_path / "ngrok").mkdir()
        (tmp_path / "ngrok" / "ngrok.yml").write_text(text)

    return write


def content(config):
    return json.loads(config.content.get_secret_value())


def test_without_a_configuration_of_the_user_s_the_agent_gets_an_empty_one(user, tmp_path):
    config = agent_config(None, {})

    assert content(config) == {"version": "3", "agent": {}}
    assert list(tmp_path.iterdir()) == []


def test_a_token_that_is_given_is_written_for_the_agent(user):
    config = agent_config(SecretStr("hush"), {"NGROK_AUTHTOKEN": "of the environment"})

    assert content(config) == {"version": "3", "agent": {"authtoken": "hush"}}
    assert config.token_inside
    assert set(config.known) == {"hush", "of the environment"}


def test_the_users_proxy_settings_are_kept_and_conflicting_settings_are_dropped(user):
    user(
        'version: "3"\nagent:\n  authtoken: hush\n  proxy_url: http://proxy.example:3128\n  web_addr: false\n'
        "  log_format: json\nendpoints:\n  - name: devhook\n    upstream: {url: 80}\n"
    )

    config = agent_config(None, {})

    agent = {"authtoken": "hush", "proxy_url": "http://proxy.example:3128"}
    assert content(config) == {"version": "3", "agent": agent}
    assert config.known == ("hush",)
    assert not config.token_inside


def test_a_configuration_of_version_2_stays_one(user):
    user('version: "2"\nauthtoken: old\nlog_level: warn\nregion: eu\ntunnels: {web: {addr: 80}}\n')

    config = agent_config(SecretStr("new"), {})

    assert content(config) == {"version": "2", "authtoken": "new", "region": "eu"}


@pytest.mark.parametrize("text", ["authtoken: [hush", "just hush", "- hush"])
def test_a_configuration_that_cannot_be_read_is_told_without_a_word_of_it(user, text):
    user(text)

    with pytest.raises(TunnelError) as caught:
        agent_config(None, {})

    assert "ngrok config check" in caught.value.hint
    assert caught.value.__context__ is None
    assert "hush" not in caught.value.message


def test_no_secret_shows_in_a_representation(user):
    seen = repr(agent_config(SecretStr("hush"), {})) + repr(NgrokSettings(token=SecretStr("hush")))

    assert "hush" not in seen


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "127.0.0.1,localhost"),
        ("intranet.example, localhost", "intranet.example,localhost,127.0.0.1"),
        ("*", "*"),
    ],
)
def test_this_machine_is_excluded_from_the_proxy(before, after):
    environment = {} if before is None else {"no_proxy": before, "NO_PROXY": before}

    bypass_proxy_for_loopback(environment)

    assert environment == {"no_proxy": after, "NO_PROXY": after}


@pytest.mark.parametrize("domain", ["acme.ngrok.app", "https://acme.ngrok.app/"])
def test_a_domain_becomes_an_address(domain):
    assert NgrokSettings(domain=domain).url == "https://acme.ngrok.app"
    assert NgrokSettings().url is None
