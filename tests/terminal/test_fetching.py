"""ngrok's agent is missing: a person in a terminal is asked, and it is fetched from bin.ngrok.com."""

import io
import os
import tarfile

import pytest

OLD_AGENT = b"#!/bin/sh\necho ngrok version 3.1.0\n"


@pytest.fixture
def environment(tmp_path, internet):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("ngrok")
        entry.size = len(OLD_AGENT)
        tar.addfile(entry, io.BytesIO(OLD_AGENT))
    internet.answers["bin.ngrok.com"] = (200, {}, packed.getvalue())
    folders = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "PATH": os.defpath}
    return internet.environment() | folders


@pytest.mark.thorough
async def test_a_missing_agent_is_fetched_once_a_person_agrees(terminal, environment, tmp_path, internet):
    agent = tmp_path / "config" / "ngrok" / "ngrok"
    refused = await terminal(
        "--inbox", "inbox", "listen", "--tunnel", "ngrok", "--port", "0", env=environment
    )
    await refused.shows("ngrok is not installed.", "Fetch ngrok's agent, about 12 MB, from bin.ngrok.com to")
    refused.press("n\r")
    assert await refused.ended() == 4
    assert not agent.exists()
    assert internet.asked == []

    agreed = await terminal("--inbox", "inbox", "listen", "--tunnel", "ngrok", "--port", "0", env=environment)
    await agreed.shows("[y/N]")
    agreed.press("y\r")
    # The stand-in for the archive has an agent that is too old: it was started to ask for its version.
    await agreed.shows("The ngrok agent is too old: 3.1.0")
    assert await agreed.ended() == 4
    assert agent.read_bytes() == OLD_AGENT
