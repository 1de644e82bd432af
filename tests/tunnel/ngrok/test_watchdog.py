"""devhook as a process that ends in every possible way: no agent is left."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devhook.errors import TunnelError
from devhook.tunnel.ngrok.watchdog import Watchdog

RUN = """\
import asyncio
from devhook.tunnel.ngrok.tunnel import open_tunnel
from devhook.tunnel.ngrok.settings import NgrokSettings

async def main():
    async with open_tunnel("http://127.0.0.1:9", NgrokSettings()) as tunnel:
        print(tunnel.url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@contextlib.contextmanager
def running(tmp_path, code=RUN):
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_agent_outlives_devhook_whatever_it_dies_of(ngrok, tmp_path, number):
    with running(tmp_path) as devhook:
        assert devhook.stdout.readline().startswith("http")
        assert ngrok.processes()

        devhook.send_signal(number)

        assert devhook.wait(timeout=60) == -number
    assert ngrok.gone()
    assert list(tmp_path.glob("devhook-ngrok-*")) == []


def test_no_agent_outlives_devhook_when_its_whole_process_group_is_killed(ngrok, tmp_path):
    with running(tmp_path) as devhook:
        assert devhook.stdout.readline()

        os.killpg(devhook.pid, signal.SIGKILL)

    assert ngrok.gone()


def test_no_agent_outlives_devhook_that_dies_while_it_starts(ngrok, tmp_path):
    ngrok.plays("silent")
    with running(tmp_path) as devhook:
        ngrok.has_started()

        devhook.kill()

    assert ngrok.gone()
    assert list(tmp_path.glob("devhook-ngrok-*")) == []


def test_an_agent_whose_devhook_died_before_there_was_a_supervisor_is_ended_at_once(ngrok, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "ngrok.yml").write_text("{}")
    command = [
        sys.executable,
        "-m",
        "devhook.tunnel.ngrok.watchdog",
        folder,
        ngrok.executable,
        "--config",
        folder / "ngrok.yml",
    ]

    subprocess.run(command, timeout=60, stdout=subprocess.DEVNULL, start_new_session=True, check=False)

    assert ngrok.gone()
    assert not folder.exists()


@pytest.mark.thorough
def test_an_agent_that_ignores_sigterm_does_not_outlive_devhook_either(ngrok, tmp_path):
    ngrok.plays("stubborn")
    with running(tmp_path) as devhook:
        assert devhook.stdout.readline()

        devhook.kill()

    assert ngrok.gone()


def test_an_agent_outlives_neither_devhook_nor_its_supervisor(ngrok, tmp_path):
    """Without its supervisor, an agent is ended by devhook itself."""
    with running(tmp_path, RUN.replace("asyncio.Event().wait()", "asyncio.to_thread(input)")) as devhook:
        assert devhook.stdout.readline()
        (agent,) = (start["pid"] for start in ngrok.starts)
        os.kill(parent_of(agent), signal.SIGKILL)

        devhook.communicate(timeout=60)

    assert ngrok.gone()


def parent_of(child):
    listing = subprocess.run(
        ["ps", "-o", "ppid=", "-p", str(child)], capture_output=True, text=True, check=True
    )
    return int(listing.stdout)


def test_the_command_starts_one_agent_and_never_another(ngrok, tmp_path):
    """pyngrok restarts a dead agent without a report and without its tunnel."""
    with Watchdog.around(ngrok.executable, '{"version": "3"}', token_in_config=False) as watchdog:
        arguments = [watchdog.command, "start", "--none", "--config", watchdog.config]
        first = subprocess.Popen(arguments, stdout=subprocess.PIPE, start_new_session=True)
        assert first.stdout.readline()

        second = subprocess.run(arguments, capture_output=True, timeout=60, check=False)

        assert second.returncode != 0
        assert watchdog.pid == first.pid
        first.terminate()
        first.communicate(timeout=60)
    assert len(ngrok.starts) == 1


def test_the_agent_reads_nothing_of_devhook_s_terminal(ngrok, tmp_path):
    reading, writing = os.pipe()
    with Watchdog.around(ngrok.executable, '{"version": "3"}', token_in_config=False) as watchdog:
        agent = subprocess.Popen(
            [watchdog.command, "start", "--config", watchdog.config],
            stdin=reading,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        os.close(reading)
        assert agent.stdout.readline()

        _, writable, _ = select.select([], [writing], [], 60)
        with pytest.raises(BrokenPipeError):
            os.write(writing, b"x")

        assert writable
        agent.terminate()
        agent.communicate(timeout=60)
    os.close(writing)


def test_only_the_user_can_read_the_agents_files(ngrok):
    with Watchdog.around(ngrok.executable, "{}", token_in_config=True) as watchdog:
        modes = [oct(Path(path).stat().st_mode & 0o777) for path in (watchdog.config, watchdog.command)]
        folder = oct(Path(watchdog.config).parent.stat().st_mode & 0o777)

    assert modes == ["0o600", "0o700"]
    assert folder == "0o700"


def test_a_folder_that_cannot_be_made_is_reported(ngrok, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    with pytest.raises(TunnelError) as caught, Watchdog.around(ngrok.executable, "{}", token_in_config=False):
        raise AssertionError

    assert "No such file or directory" in caught.value.message
