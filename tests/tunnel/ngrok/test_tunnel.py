"""The tunnel against the stand-in agent in all its modes. The `ngrok` fixture checks that nothing is left."""

import asyncio
import contextlib
import json
import os
import signal
import traceback
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from devhook.errors import CredentialsRefused, DevhookError, ExitStatus, TunnelError
from devhook.tunnel.events import AddressChanged, AgentDied, Down, GaveUp, Up
from devhook.tunnel.ngrok.settings import NgrokSettings
from devhook.tunnel.ngrok.tunnel import open_tunnel

NOWHERE = "http://127.0.0.1:9"
# pyngrok drops the pipe of an agent that failed to start without closing it; counting references closes it.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file <_io.TextIOWrapper:ResourceWarning")


async def refusal(settings):
    """The error of a tunnel that does not open."""
    with pytest.raises(DevhookError) as caught:
        async with open_tunnel(NOWHERE, settings):
            raise AssertionError
    return caught.value


async def test_what_is_posted_to_the_address_reaches_the_receiver_unchanged(ngrok, settings, receiver, kept):
    bodies = [f'{{"id":{number},"note":"caf\u00e9 \\/ 2.0"}}'.encode() for number in range(50)]

    async with open_tunnel(receiver.url, settings) as tunnel, aiohttp.ClientSession() as session:

        async def post(body):
            async with session.post(f"{tunnel.url}/hooks", data=body) as answer:
                return answer.status

        statuses = await asyncio.gather(*map(post, bodies))

    assert statuses == [200] * 50
    assert sorted(arrival.delivery.body for arrival in kept()) == sorted(bodies)


@pytest.mark.parametrize(
    ("mode", "kind", "says", "remedy"),
    [
        ("limit", TunnelError, "already runs as many agents", "dashboard.ngrok.com/agents"),
        ("bad_token", CredentialsRefused, "rejects the token", "ngrok config add-authtoken"),
        ("no_token", CredentialsRefused, "has no token", "Sign up"),
        ("online", TunnelError, "already online", "--domain"),
        ("foreign", TunnelError, "may not use the domain", "Remove --domain"),
        ("abrupt", TunnelError, "already runs as many agents", "dashboard.ngrok.com/agents"),
    ],
)
async def test_a_refusal_of_ngrok_is_reported_in_plain_words(ngrok, settings, mode, kind, says, remedy):
    ngrok.plays(mode)

    error = await refusal(settings)

    assert type(error) is kind
    assert says in error.message
    assert remedy in error.hint
    assert error.status is (ExitStatus.CREDENTIALS if kind is CredentialsRefused else ExitStatus.NETWORK)


@pytest.mark.thorough
async def test_an_agent_that_never_gets_ready_is_ended_when_its_time_is_over(ngrok):
    """pyngrok waits for ever for an agent without /api/endpoints that says it is new enough."""
    for mode in ("silent", "mute", "old"):
        ngrok.plays(mode, version="3.39.10")
        async with asyncio.timeout(30):
            error = await refusal(NgrokSettings(start_timeout=1))

        assert isinstance(error, TunnelError)
        assert "did not answer within 1 s" in error.message
        assert error.hint


@pytest.mark.thorough
async def test_an_agent_that_is_slow_is_waited_for(ngrok, settings):
    ngrok.plays("slow")

    async with open_tunnel(NOWHERE, settings) as tunnel:
        assert tunnel.url


async def test_a_domain_is_asked_for_as_an_address(ngrok, settings):
    wanted = settings.model_copy(update={"domain": "acme.ngrok.app"})

    async with open_tunnel(NOWHERE, wanted) as tunnel:
        assert tunnel.url == "https://acme.ngrok.app"


async def test_without_a_domain_the_address_is_the_account_s_own(ngrok, settings):
    ngrok.plays(url="https://acme-demo.ngrok-free.dev")

    async with open_tunnel(NOWHERE, settings) as tunnel:
        assert tunnel.url == "https://acme-demo.ngrok-free.dev"


@pytest.mark.thorough
async def test_an_agent_that_ignores_sigterm_is_killed(ngrok, settings):
    ngrok.plays("stubborn")

    async with open_tunnel(NOWHERE, settings):
        pass

    assert ngrok.gone()


async def test_an_agent_behind_a_script_that_waits_for_it_is_ended_too(ngrok, settings, tmp_path):
    script = tmp_path / "script" / "ngrok"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\n{ngrok.executable} "$@"\nexit $?\n')
    script.chmod(0o700)

    async with open_tunnel(NOWHERE, settings.model_copy(update={"executable": script})):
        pass

    assert ngrok.gone()


@pytest.mark.thorough
async def test_an_agent_that_stops_answering_is_ended_all_the_same(ngrok, settings):
    async with open_tunnel(NOWHERE, settings):
        os.kill(ngrok.starts[-1]["pid"], signal.SIGSTOP)

    assert ngrok.gone()


async def test_a_cancelled_start_ends_the_agent(ngrok, settings):
    ngrok.plays("silent")
    opening = asyncio.ensure_future(open_tunnel(NOWHERE, settings).__aenter__())
    await asyncio.to_thread(ngrok.has_started)

    opening.cancel()
    await asyncio.wait({opening})

    assert opening.cancelled()
    assert ngrok.gone()


async def test_a_proxy_in_the_environment_does_not_get_the_calls_to_this_machine(
    ngrok, settings, monkeypatch
):
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:3128")
    monkeypatch.setenv("no_proxy", "intranet.example")

    async with open_tunnel(NOWHERE, settings) as tunnel:
        assert tunnel.url

    assert os.environ["no_proxy"] == "intranet.example,127.0.0.1,localhost"


@pytest.mark.thorough
async def test_a_lost_session_and_its_return_are_reported_once_each(ngrok, settings):
    async with open_tunnel(NOWHERE, settings) as tunnel:
        await ngrok.does(drop=0.5)
        down = await tunnel.events.get()
        up = await tunnel.events.get()

        assert isinstance(down, Down)
        assert "read EOF" in down.message
        assert "reconnects by itself" in down.hint
        assert isinstance(up, Up)
        assert up.url == tunnel.url
        assert tunnel.events.empty()


async def test_a_session_that_returns_at_another_address_is_reported_with_the_effect_on_retries(
    ngrok, settings
):
    ngrok.plays(url="https://old.ngrok-free.dev")

    async with open_tunnel(NOWHERE, settings) as tunnel:
        await ngrok.does(drop=0.2, url="https://new.ngrok-free.dev")
        down = await tunnel.events.get()
        changed = await tunnel.events.get()

        assert isinstance(down, Down)
        assert isinstance(changed, AddressChanged)
        assert (changed.old, changed.new) == ("https://old.ngrok-free.dev", "https://new.ngrok-free.dev")
        assert "still go to the old address" in changed.hint
        assert tunnel.url == "https://new.ngrok-free.dev"
        assert tunnel.events.empty()


@pytest.mark.thorough
async def test_a_session_that_is_lost_again_at_once_is_not_reported_as_restored(ngrok, settings, receiver):
    ngrok.plays(pace=2)

    async with open_tunnel(receiver.url, settings) as tunnel, aiohttp.ClientSession() as session:
        await ngrok.does(drop=0.1, again=1.5)
        events = [await tunnel.events.get(), await tunnel.events.get()]
        async with session.post(tunnel.url, data=b"{}") as answer:
            status = answer.status

    assert [type(event) for event in events] == [Down, Up]
    assert status == 200


async def test_an_agent_that_dies_is_started_again(ngrok, settings):
    ngrok.plays(url="https://acme-demo.ngrok-free.dev")

    async with open_tunnel(NOWHERE, settings) as tunnel:
        first = tunnel.agent
        os.kill(ngrok.starts[-1]["pid"], signal.SIGKILL)
        died = await tunnel.events.get()
        up = await tunnel.events.get()

        assert isinstance(died, AgentDied)
        assert "killed by signal 9" in died.message
        assert "restarted" in died.hint
        assert isinstance(up, Up)
        assert tunnel.agent not in {None, first}


async def test_an_agent_that_is_refused_the_second_time_is_given_up(ngrok, settings):
    async with open_tunnel(NOWHERE, settings) as tunnel:
        ngrok.plays("bad_token")
        await ngrok.does(exit=1)
        died = await tunnel.events.get()
        gave_up = await tunnel.events.get()

        assert isinstance(died, AgentDied)
        assert isinstance(gave_up, GaveUp)
        assert "rejects the token" in gave_up.message
        assert "add-authtoken" in gave_up.hint
        assert len(ngrok.starts) == 2


async def test_an_agent_that_dies_again_and_again_is_given_up(ngrok, settings):
    async with open_tunnel(NOWHERE, settings) as tunnel:
        ngrok.plays("limit")
        await ngrok.does(exit=3)
        died = await tunnel.events.get()
        gave_up = await tunnel.events.get()

        assert "status 3" in died.message
        assert isinstance(gave_up, GaveUp)
        assert "already runs as many agents" in gave_up.message
        assert len(ngrok.starts) == 1 + len(settings.pauses)


async def test_an_agent_that_starts_but_does_not_live_is_given_up(ngrok, settings):
    async with open_tunnel(NOWHERE, settings) as tunnel:
        for _ in settings.pauses:
            await ngrok.does(exit=3)
            assert isinstance(await tunnel.events.get(), AgentDied)
            await tunnel.events.get()
        await ngrok.does(exit=3)
        gave_up = await tunnel.events.get()

        assert isinstance(gave_up, GaveUp)
        assert "status 3" in gave_up.message
        assert "Start devhook again" in gave_up.hint


@pytest.mark.thorough
async def test_a_flooded_log_stops_neither_the_agent_nor_its_events(ngrok, settings, receiver):
    async with open_tunnel(receiver.url, settings) as tunnel, aiohttp.ClientSession() as session:
        await ngrok.does(flood=20_000, drop=0.1)
        events = [await tunnel.events.get(), await tunnel.events.get()]
        async with session.post(tunnel.url, data=b"{}") as answer:
            assert answer.status == 200

    assert [type(event) for event in events] == [Down, Up]


async def test_lines_that_no_parser_expects_do_no_harm(ngrok, settings):
    ngrok.plays("babble")

    async with open_tunnel(NOWHERE, settings) as tunnel:
        assert tunnel.url


async def test_the_agent_s_log_reaches_no_screen_and_no_other_log(ngrok, settings, capfd, caplog):
    ngrok.plays("bad_token")

    await refusal(settings)

    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("way", "mode"),
    [
        ("environment", "ok"),
        ("settings", "ok"),
        ("configuration", "ok"),
        ("environment", "bad_token"),
        ("settings", "no_token"),
        ("configuration", "online"),
        # That an agent cannot connect is known when its time is over.
        pytest.param("environment", "offline", marks=pytest.mark.thorough),
        ("settings", "limit"),
    ],
)
async def test_the_token_stands_in_no_argument_list_error_or_representation(
    ngrok, mode, way, monkeypatch, tmp_path
):
    token = None
    if way != "environment":
        monkeypatch.delenv("NGROK_AUTHTOKEN")
    if way == "settings":
        token = SecretStr(ngrok.token)
    if way == "configuration":
        config = tmp_path / "home" / "config" / "ngrok" / "ngrok.yml"
        config.parent.mkdir(parents=True)
        config.write_text(f'version: "3"\nagent:\n    authtoken: {ngrok.token}\n')
    ngrok.plays(mode)
    # An agent that is offline never gets ready; it logs the reason within this time.
    settings = NgrokSettings(start_timeout=5 if mode == "offline" else 60, token=token)
    seen = [repr(settings)]

    try:
        async with open_tunnel(NOWHERE, settings) as tunnel:
            seen += [repr(vars(tunnel)), *ngrok.processes()]
            seen += [str(list(folder.rglob("*"))) for folder in tmp_path.glob("devhook-ngrok-*")]
            files = [file for file in tmp_path.glob("devhook-ngrok-*/*") if file.is_file()]
            seen += [file.read_text() for file in files]
    except DevhookError as error:
        seen += ["".join(traceback.format_exception(error)), repr(error), error.message, error.hint]
        seen += [repr(error.__context__), repr(error.__cause__)]

    (start,) = ngrok.starts
    seen += start["argv"]
    assert [text for text in seen if ngrok.token in text] == []
    assert mode == "ok" or len(seen) > 4
    assert mode != "offline" or any("no such host" in text for text in seen)


async def test_a_token_that_is_given_comes_before_the_one_in_the_environment(ngrok, monkeypatch, settings):
    monkeypatch.setenv("NGROK_AUTHTOKEN", "another-token")

    async with open_tunnel(NOWHERE, settings.model_copy(update={"token": SecretStr(ngrok.token)})):
        pass

    (start,) = ngrok.starts
    assert "NGROK_AUTHTOKEN" not in start["env"]


async def test_the_agent_gets_no_secret_of_the_shop(ngrok, monkeypatch, settings):
    monkeypatch.setenv("SHOPIFY_API_SECRET", "hush-of-the-app")
    monkeypatch.setenv("DEVHOOK_ACCESS_TOKEN", "hush-of-the-shop")

    async with open_tunnel(NOWHERE, settings):
        pass

    assert "hush" not in json.dumps(ngrok.starts)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="it reads /proc")
async def test_no_process_of_the_tunnel_has_a_secret_in_its_environment(ngrok, monkeypatch, settings):
    monkeypatch.setenv("SHOPIFY_API_SECRET", "hush-of-the-app")
    monkeypatch.setenv("DATABASE_URL", "postgres://hush@db")

    async with open_tunnel(NOWHERE, settings) as tunnel:
        group = [
            entry
            for entry in Path("/proc").glob("[0-9]*")
            if tunnel.agent in {int(entry.name), parent_of(entry)}
        ]
        environments = [(entry / "environ").read_bytes() for entry in group]

    # The agent and its watcher.
    assert len(environments) == 2
    assert not any(b"hush" in environment for environment in environments)
    assert all(b"PATH=" in environment for environment in environments)


def parent_of(entry):
    with contextlib.suppress(OSError):
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return None


async def test_the_user_s_own_configuration_is_not_touched(ngrok, settings, tmp_path):
    async with open_tunnel(NOWHERE, settings):
        pass

    assert not (tmp_path / "home").exists()


async def test_an_agent_that_is_too_old_is_refused_before_it_is_started(ngrok, settings):
    ngrok.plays(version="3.29.1")

    error = await refusal(settings)

    assert error.message == "The ngrok agent is too old: 3.29.1; devhook needs 3.30 or newer."
    assert error.hint == "Type: ngrok update"
    assert ngrok.starts == []
