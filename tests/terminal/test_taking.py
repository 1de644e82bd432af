"""What leaves the screen: the clipboard's sequence, and a pager and an editor in the terminal."""

import base64
import json
import os
import signal

import pytest

from devhook.text import visible


async def a_recording(terminal):
    made = await terminal("--inbox", "inbox", "demo", "--scenario", "nothing-visible", "--output", "lines")
    assert await made.ended() == 0


def a_program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.thorough
async def test_a_body_is_copied_read_in_a_pager_and_edited_without_a_secret(terminal, tmp_path):
    await a_recording(terminal)
    pager = a_program(
        tmp_path / "pager",
        f'stat -c %a "$1" > {tmp_path}/mode; cp "$1" {tmp_path}/seen; env > {tmp_path}/env; '
        'echo IN THE PAGER; read answer; echo "typed $answer"; read answer',
    )
    screen = await terminal(
        "--inbox", "inbox", "open",
        env={"PAGER": pager, "SHOPIFY_API_SECRET": "sesame", "TMPDIR": str(tmp_path), "TMUX": "", "STY": ""},
    )  # fmt: skip
    await screen.shows("read only", "#1001")
    # In the detail the delivery stays that was selected, whatever is read of the inbox afterwards.
    screen.press("\r")
    await screen.shows("esc back")

    # Keys that arrive in one piece.
    screen.press("yb")
    await screen.shows("Copied the body")
    sequence = bytes(screen.raw).partition(b"\x1b]52;c;")[2].partition(b"\x07")[0]
    body = base64.b64decode(sequence).decode()

    screen.press("ob")
    await screen.shows("IN THE PAGER")
    # Ctrl+C and Ctrl+Z are the pager's.
    screen.press("it\r")
    await screen.shows("typed it")
    screen.press("\x1a\r")
    await screen.shows("read only", "#1001")
    # A pager writes to the terminal: what could act there, such as a name's U+200D, is made visible.
    assert json.loads((tmp_path / "seen").read_bytes()) == json.loads(visible(body))
    assert (tmp_path / "mode").read_text() == "600\n"
    assert "sesame" not in (tmp_path / "env").read_text()
    assert list(tmp_path.glob("devhook-*")) == []

    screen.press("q")
    assert await screen.ended() == 0


@pytest.mark.thorough
async def test_an_editor_that_never_ends_does_not_outlive_the_session(terminal, tmp_path):
    await a_recording(terminal)
    editor = a_program(
        tmp_path / "editor",
        f"trap '' HUP INT TERM; echo $$ > {tmp_path}/pid; echo EDITING; while :; do sleep 60; done",
    )
    screen = await terminal("--inbox", "inbox", "open", env={"EDITOR": editor, "TMPDIR": str(tmp_path)})
    await screen.shows("read only", "#1001")
    screen.press("oB")
    await screen.shows("EDITING")

    screen.process.send_signal(signal.SIGTERM)

    assert await screen.ended() == 0
    assert list(tmp_path.glob("devhook-*")) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
