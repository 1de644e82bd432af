"""What is open when the window closes: a page of the screen, an editor, a command that waits."""

import os
import signal
from pathlib import Path

import pytest

SECRET = {"DEVHOOK_CLIENT_SECRET": "a secret for tests"}
HUNG_UP = 129


async def _reaches(screen, steps):
    for keys, shown in steps:
        screen.press(keys)
        await screen.shows(shown)


@pytest.mark.parametrize(
    ("steps", "controlling"),
    [
        ((("?", "Everywhere"),), True),
        ((("e", "Forge"), ("\x14", "intact")), False),
    ],
    ids=["help", "a question over the forge"],
)
async def test_a_window_that_closes_over_any_page_ends_the_session(terminal, steps, controlling):
    screen = await terminal("demo", controlling=controlling)
    await screen.shows("#1001")
    await _reaches(screen, steps)
    children = Path(f"/proc/{screen.process.pid}/task/{screen.process.pid}/children").read_text().split()

    screen.hang_up()

    assert await screen.ended() == 0
    assert children
    assert not any(Path(f"/proc/{child}").exists() for child in children)


async def test_a_window_that_closes_without_a_signal_ends_a_command_that_waits(terminal, tmp_path, until):
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "$1" > edited\necho $$ > editor.pid\necho editing\nexec sleep 600\n')
    editor.chmod(0o700)
    edit = await terminal(
        "forge", "orders/updated", "--edit", "--print", "body", controlling=False,
        env={**SECRET, "EDITOR": str(editor)},
    )  # fmt: skip
    await edit.shows("editing")
    wait = await terminal("--inbox", "inbox", "wait", "--timeout", "600", controlling=False)
    await until((Path("inbox") / "deliveries.db").exists)

    for screen in (edit, wait):
        screen.hang_up()
        assert await screen.ended() == HUNG_UP

    os.kill(int(Path("editor.pid").read_text()), signal.SIGKILL)
    # What was edited is not left in a temporary file.
    assert not Path(Path("edited").read_text().strip()).exists()
