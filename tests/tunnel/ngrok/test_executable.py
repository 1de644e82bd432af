import os
import sys
import time

import pytest

from devhook.errors import InputError, TunnelError
from devhook.tunnel.ngrok.executable import checked_version, found


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o700)
    return path


def test_the_agent_is_the_first_on_the_path(tmp_path):
    first = program(tmp_path / "a" / "ngrok", "#!/bin/sh\n")
    second = program(tmp_path / "b" / "ngrok", "#!/bin/sh\n")

    assert found(None, {"PATH": f"{first.parent}:{second.parent}"}) == first


def test_the_script_that_pyngrok_installs_is_passed_over_since_it_downloads_the_agent(tmp_path):
    text = f"#!{sys.executable}\nimport sys\nfrom pyngrok.ngrok import main\nsys.exit(main())\n"
    script = program(tmp_path / "venv" / "ngrok", text)
    agent = program(tmp_path / "bin" / "ngrok", "#!/bin/sh\n")

    assert found(None, {"PATH": f"{script.parent}:{agent.parent}"}) == agent


def test_pyngrok_s_own_setting_comes_before_the_path_and_what_is_given_before_both(tmp_path):
    given = program(tmp_path / "given", "#!/bin/sh\n")
    named = program(tmp_path / "named", "#!/bin/sh\n")
    agent = program(tmp_path / "bin" / "ngrok", "#!/bin/sh\n")
    environment = {"PATH": str(agent.parent), "PYNGROK_NGROK_PATH": str(named)}

    assert found(None, environment) == named
    assert found(given, environment) == given


def test_the_agent_that_pyngrok_once_downloaded_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("platform.system", lambda: "Linux")
    agent = program(tmp_path / "ngrok" / "ngrok", "#!/bin/sh\n")

    assert found(None, {"PATH": ""}) == agent


def test_without_an_agent_it_is_told_how_to_install_it_and_nothing_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    with pytest.raises(TunnelError) as caught:
        found(None, {"PATH": str(tmp_path)})

    assert "not installed" in caught.value.message
    assert all(word in caught.value.hint for word in ("brew install ngrok", "apt", "scoop", "--public-url"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [False, True])
def test_a_given_agent_that_cannot_be_run_is_reported(tmp_path, make):
    path = tmp_path / "ngrok"
    if make:
        path.write_text("not a program")

    with pytest.raises(InputError, match="not an executable program"):
        found(path, {})


@pytest.mark.parametrize("version", ["3.30.0", "3.39.10", "4.0.0"])
async def test_an_agent_that_is_new_enough_is_taken(tmp_path, version):
    agent = program(tmp_path / "ngrok", f"#!/bin/sh\necho ngrok version {version}\n")

    assert await checked_version(agent) == version


@pytest.mark.parametrize("version", ["3.29.9", "2.3.41"])
async def test_an_agent_that_is_too_old_is_refused(tmp_path, version):
    agent = program(tmp_path / "ngrok", f"#!/bin/sh\necho ngrok version {version}\n")

    with pytest.raises(TunnelError) as caught:
        await checked_version(agent)

    assert version in caught.value.message
    assert caught.value.hint == "Type: ngrok update"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#!/bin/sh\nprintf 'hello \\033]0;x\\007'\n", "its version output is: hello ␛]0;x␇"),
        ("#!/bin/sh\nexit 3\n", "its version output is: empty"),
        ("#!/no/such/interpreter\n", "cannot be started: No such file or directory"),
        ("\x7fELF of another machine", "cannot be started: Exec format error"),
    ],
)
async def test_a_program_that_is_no_agent_is_reported(tmp_path, text, says):
    agent = program(tmp_path / "ngrok", text)

    with pytest.raises(TunnelError) as caught:
        await checked_version(agent)

    assert says in caught.value.message


async def test_an_agent_that_does_not_say_its_version_is_not_waited_for(tmp_path):
    agent = program(tmp_path / "ngrok", f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    began = time.monotonic()

    with pytest.raises(TunnelError, match=r"did not print its version within 500 ms"):
        await checked_version(agent, patience=0.5)

    assert time.monotonic() - began < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
