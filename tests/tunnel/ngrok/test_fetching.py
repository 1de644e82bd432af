"""ngrok's agent is fetched by the real pyngrok, from a server that has the name of ngrok's."""

import io
import os
import socket
import sys
import tarfile

import pytest

from devhook.errors import NetworkError, TunnelError
from devhook.tunnel.ngrok.executable import checked_version, found
from devhook.tunnel.ngrok.fetching import fetch

HOST = "bin.ngrok.com"
AGENT = b"#!/bin/sh\necho ngrok version 3.39.10\n"


def archive(name="ngrok", content=AGENT):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def environment(tmp_path, internet, monkeypatch):
    """The environment of a user without an agent, behind the proxy that leads to the stand-in."""
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    internet.answers[HOST] = (200, {}, archive())
    known = {"PATH": os.defpath, "XDG_CONFIG_HOME": str(tmp_path / "config"), "NGROK_AUTHTOKEN": "hush"}
    return known | internet.environment()


async def test_the_agent_is_fetched_to_where_it_is_found(environment, tmp_path):
    progress = []

    path = await fetch(progress.append, environment)

    assert path == tmp_path / "config" / "ngrok" / "ngrok" == found(None, environment)
    assert await checked_version(path) == "3.39.10"
    assert sum(progress) == 100
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((503, {}), "bin.ngrok.com: HTTP Error 503"),
        ((200, {}, b"a page of a captive portal"), "not a gzip file"),
        ((200, {}, archive(name="readme.txt")), "No such file or directory"),
        ((200, {}, archive()[:60]), "ngrok's agent cannot be fetched"),
    ],
)
async def test_a_failed_download_leaves_nothing(environment, internet, tmp_path, answer, said):
    internet.answers[HOST] = answer

    with pytest.raises(NetworkError, match=said):
        await fetch(lambda _: None, environment)

    assert list((tmp_path / "config" / "ngrok").iterdir()) == []


async def test_a_download_that_does_not_end_is_given_up(environment, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(NetworkError, match="was not fetched within 300 ms"):
            await fetch(lambda _: None, environment | {"HTTPS_PROXY": proxy}, patience=0.3)

    assert list((tmp_path / "config" / "ngrok").iterdir()) == []


async def test_a_folder_that_cannot_be_written_is_named(environment, tmp_path):
    (tmp_path / "config").write_text("a file")

    with pytest.raises(TunnelError, match="cannot be written"):
        await fetch(lambda _: None, environment)


async def test_a_project_cannot_take_pyngrok_s_place(environment, tmp_path, monkeypatch):
    (tmp_path / "pyngrok").mkdir()
    (tmp_path / "pyngrok" / "__init__.py").write_text("raise SystemExit('obeyed')")
    monkeypatch.chdir(tmp_path)

    assert await checked_version(await fetch(lambda _: None, environment)) == "3.39.10"


async def test_the_child_sees_no_secret(environment, tmp_path, monkeypatch):
    spy = tmp_path / "python"
    spy.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\nexit 3\n")
    spy.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(spy))

    with pytest.raises(NetworkError):
        await fetch(lambda _: None, environment)

    seen = (tmp_path / "seen").read_text()
    assert "HTTPS_PROXY=" in seen
    assert "hush" not in seen
