"""The quick tunnel against a stand-in of cloudflared. The fixture sees that no process is left."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devhook.errors import InputError, TunnelError
from devhook.tunnel.cloudflared.tunnel import Cloudflared, CloudflaredSettings
from devhook.tunnel.events import AddressChanged, AgentDied, Down, GaveUp, Up
from devhook.tunnel.ngrok.executable import found as ngrok_found

UPSTREAM = "http://127.0.0.1:9"
STAND_IN = Path(__file__).with_name("stand_in.py").read_text(encoding="utf-8")
QUICK = CloudflaredSettings(start_timeout=20, pauses=(0.01, 0.01))


def wait_while(fact):
    until = time.monotonic() + 30
    while fact():
        assert time.monotonic() < until
        time.sleep(0.02)


class StandIn:
    def __init__(self, folder):
        self.folder = folder
        self.program = folder / "cloudflared"
        self.program.write_text(f"#!{sys.executable} -S\n{STAND_IN}")
        self.program.chmod(0o700)
        self.plays("ok")

    def plays(self, mode, **more):
        (self.folder / "stand-in.json").write_text(json.dumps({"mode": mode} | more))

    @property
    def starts(self):
        file = self.folder / "starts.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    async def does(self, what):
        """Have the agent do something, and wait until it has taken it."""
        begun, taken = self.folder / "play.new", self.folder / "play"
        begun.write_text(what)
        begun.rename(taken)
        await asyncio.to_thread(wait_while, taken.exists)

    def processes(self):
        listed = subprocess.run(["ps", "-axwwo", "args="], capture_output=True, text=True, check=True).stdout
        return [line for line in listed.splitlines() if str(self.program) in line]

    async def gone(self):
        await asyncio.to_thread(wait_while, self.processes)


@pytest.fixture
async def cloudflared(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    stand_in = StandIn(folder)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("TUNNEL_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("DEVHOOK_CLIENT_SECRET", "shpss_a_secret_for_tests")
    yield stand_in
    await stand_in.gone()


async def refusal(**settings):
    with pytest.raises(TunnelError) as caught:
        async with Cloudflared(QUICK.model_copy(update=settings)).open(UPSTREAM):
            raise AssertionError
    return caught.value


async def event_of(tunnel):
    async with asyncio.timeout(30):
        return await tunnel.events.get()


async def test_a_tunnel_has_an_address_and_its_agent_sees_no_secret_and_no_settings_of_the_user(cloudflared):
    cloudflared.plays("ok", host="loud-green-bird-boxes.trycloudflare.com")

    async with Cloudflared(QUICK).open(UPSTREAM) as tunnel:
        assert tunnel.url == "https://loud-green-bird-boxes.trycloudflare.com"
        (start,) = cloudflared.starts
        assert start["argv"][start["argv"].index("--url") + 1] == UPSTREAM
        assert start["argv"][start["argv"].index("--config") + 1] == os.devnull
        assert not [name for name in start["env"] if name.startswith(("TUNNEL_", "DEVHOOK_"))]
        assert cloudflared.processes()


async def test_a_lost_connection_is_reported_once_and_its_return_too(cloudflared):
    async with Cloudflared(QUICK).open(UPSTREAM) as tunnel:
        await cloudflared.does("lost")
        assert isinstance(await event_of(tunnel), Down)
        await cloudflared.does("back")
        up = await event_of(tunnel)

        assert isinstance(up, Up)
        assert up.url == tunnel.url
        assert tunnel.events.empty()


async def test_a_warning_while_it_is_connected_and_a_flood_of_lines_report_nothing(cloudflared):
    async with Cloudflared(QUICK).open(UPSTREAM) as tunnel:
        await cloudflared.does("flood")
        await cloudflared.does("warn")
        await cloudflared.does("lost")

        assert isinstance(await event_of(tunnel), Down)


async def test_an_agent_that_ends_is_restarted_with_its_new_address_and_not_for_ever(cloudflared):
    async with Cloudflared(QUICK).open(UPSTREAM) as tunnel:
        first = tunnel.url
        await cloudflared.does("exit")
        died = await event_of(tunnel)
        changed = await event_of(tunnel)

        assert isinstance(died, AgentDied)
        assert "cloudflared agent ended (status 1)" in died.message
        assert isinstance(changed, AddressChanged)
        assert (changed.old, changed.new) == (first, tunnel.url)

        await cloudflared.does("exit")
        assert isinstance(await event_of(tunnel), AgentDied)
        assert isinstance(await event_of(tunnel), AddressChanged)
        await cloudflared.does("exit")
        assert isinstance(await event_of(tunnel), GaveUp)


@pytest.mark.parametrize(
    ("mode", "says", "remedy"),
    [
        ("offline", "does not reach Cloudflare", "online"),
        ("limited", "no more quick tunnels", "Wait some minutes"),
        ("old", "too old", "cloudflared update"),
    ],
)
async def test_a_failure_is_reported_in_plain_words(cloudflared, mode, says, remedy):
    cloudflared.plays(mode)

    error = await refusal()

    assert says in error.message
    assert remedy in error.hint


@pytest.mark.thorough
async def test_an_agent_that_does_not_connect_is_ended_when_its_time_is_over(cloudflared):
    cloudflared.plays("never")
    error = await refusal(start_timeout=1)
    assert "did not connect within 1 s: Failed to dial a quic connection" in error.message
    assert "port 7844" in error.hint

    cloudflared.plays("silent")
    assert "did not connect within 1 s" in (await refusal(start_timeout=1)).message


@pytest.mark.thorough
async def test_an_agent_that_ignores_sigterm_is_killed(cloudflared):
    cloudflared.plays("stubborn")

    async with Cloudflared(QUICK).open(UPSTREAM):
        pass

    await cloudflared.gone()


async def test_an_agent_does_not_outlive_a_devhook_that_is_killed(cloudflared):
    code = (
        "import asyncio\n"
        "from devhook.tunnel.cloudflared.tunnel import Cloudflared\n"
        "async def main():\n"
        f"    async with Cloudflared().open({UPSTREAM!r}) as tunnel:\n"
        "        print(tunnel.url, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    devhook = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert b".trycloudflare.com" in await devhook.stdout.readline()

    devhook.send_signal(signal.SIGKILL)
    await devhook.wait()

    await cloudflared.gone()


async def test_the_requirement_names_the_version_or_what_to_install(cloudflared, monkeypatch):
    (requirement,) = Cloudflared().requirements
    assert "cloudflared is version 2026.8.2" in await requirement.check(os.environ)

    cloudflared.plays("another")
    with pytest.raises(TunnelError, match=r"is not cloudflared; its version output is: another 1\.0"):
        await requirement.check(os.environ)

    with pytest.raises(TunnelError, match="not installed") as missing:
        await requirement.check({"PATH": "/nowhere"})
    assert "brew install cloudflared" in missing.value.hint


async def test_whoever_has_cloudflared_and_no_ngrok_is_told_so(cloudflared, monkeypatch):
    with pytest.raises(TunnelError) as missing:
        ngrok_found(None, {"PATH": str(cloudflared.folder)})

    assert "--tunnel cloudflared" in missing.value.hint


def test_a_quick_tunnel_has_no_domain():
    with pytest.raises(InputError, match="new address at every start"):
        Cloudflared(domain="acme.example")
