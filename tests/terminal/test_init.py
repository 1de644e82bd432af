"""The first run on a real terminal: from an empty folder to a running `listen`."""

import signal
import stat
import tomllib
from pathlib import Path

import pytest

from devhook.tunnel.providers import PROVIDERS

SECRET = "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"
# Below the providers stand the user's own tunnel and none.
TO_NONE = "\x1b[B" * (len(PROVIDERS) + 1)
FILE = Path(".devhook/config.toml")


@pytest.mark.smoke
async def test_from_an_empty_folder_to_listening(terminal):
    screen = await terminal("init", env={"DEVHOOK_LISTEN_PORT": "0"})
    await screen.shows("devhook init", "orders/updated")

    screen.press(f"\t\t{SECRET}\t\t{TO_NONE} ")
    await screen.shows('tunnel = "none"')
    screen.press("\x13")
    await screen.shows("Waiting for the first delivery.", "127.0.0.1:")
    screen.press("q")

    assert await screen.ended() == 0
    assert tomllib.loads(FILE.read_text()) == {"listen": {"tunnel": "none"}}
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600
    text = screen.raw.decode(errors="replace")
    assert SECRET not in text
    assert "Wrote .devhook/config.toml." in text
    assert "exclude it from git: echo .devhook/ >> .gitignore" in text
    assert "The client secret is used for this run only" in text
    assert "Signatures are checked with the client secret." in text


@pytest.mark.thorough
async def test_what_the_user_has_written_down_is_found_again(terminal):
    Path(".gitignore").write_text(".devhook/\n")
    screen = await terminal("init", env={"DEVHOOK_LISTEN_PORT": "0"})
    await screen.shows("devhook init", "orders/updated")

    screen.press(f"\t\t{SECRET}\t ")
    await screen.shows('client_secret = "…"')
    screen.press(f"\t{TO_NONE} ")
    await screen.shows('tunnel = "none"')
    screen.press("\x13")
    await screen.shows("Waiting for the first delivery.")
    screen.press("q")

    assert await screen.ended() == 0
    assert tomllib.loads(FILE.read_text())["secrets"] == {"client_secret": SECRET}
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600
    text = screen.raw.decode(errors="replace")
    assert SECRET not in text
    assert "Signatures are checked with the client secret." in text
    assert "exclude it from git" not in text


async def test_leaving_writes_nothing(terminal):
    screen = await terminal("init")
    await screen.shows("devhook init")

    screen.press("\x03")

    assert await screen.ended() == 0
    assert "Nothing was written." in screen.text()
    assert not FILE.exists()


@pytest.mark.thorough
async def test_a_closed_window_and_a_signal_end_it_on_any_of_its_pages(terminal):
    for page, shown in (("", "devhook init"), ("\x14", "Space selects")):
        for controlling in (True, False):
            screen = await terminal("init", controlling=controlling)
            await screen.shows("devhook init")
            screen.press(page)
            await screen.shows(shown)
            screen.hang_up()
            assert await screen.ended() == 0
    for sent, status in ((signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)):
        screen = await terminal("init")
        await screen.shows("devhook init")
        screen.process.send_signal(sent)
        assert await screen.ended() == status
        assert "Nothing was written." in screen.text()
        assert screen.raw.rindex(b"\x1b[?1049l") > screen.raw.rindex(b"\x1b[?1049h")
    assert not FILE.exists()


async def test_a_project_folder_that_is_a_link_leads_to_no_other_file(terminal, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "config.toml").write_text("[listen]\n")
    Path(".devhook").symlink_to(elsewhere)

    screen = await terminal("init")

    assert await screen.ended() == 2
    assert ".devhook is a symbolic link" in screen.text()
    assert (elsewhere / "config.toml").read_text() == "[listen]\n"
