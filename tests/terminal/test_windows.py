"""What is open when the window closes: a page of the screen, an editor, a command that waits."""

import os
import signal
from pathlib import Path

import pytest

SECRET = {"DEVHOOK_CLIENT_SECRET": "a secret for tests"}
HUNG_UP = 129
# As a shell does it for `devhook demo &`.
IN_THE_BACKGROUND = """
import subprocess, sys
command = [sys.executable, "-m", "devhook", *sys.argv[1:]]
sys.exit(subprocess.Popen(command, process_group=0).wait())
"""


async def _reaches(screen, steps):
    for keys, shown in steps:
        screen.press(keys)
        await screen.shows(shown)


def _children(process):
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def _is_stopped(process):
    return "\nState:\tT" in Path(f"/proc/{process}/status").read_text()


@pytest.mark.parametrize(
    ("steps", "controlling"),
    [
        pytest.param((("?", "Everywhere"),), True, id="help"),
        pytest.param(
            (("e", "Forge"), ("\x14", "intact")),
            False,
            id="a question over the forge",
            marks=pytest.mark.thorough,
        ),
    ],
)
async def test_a_window_that_closes_over_any_page_ends_the_session(terminal, steps, controlling):
    screen = await terminal("demo", controlling=controlling)
    await screen.shows("#1001")
    await _reaches(screen, steps)
    children = _children(screen.process.pid)

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


@pytest.mark.thorough
async def test_a_screen_that_is_stopped_in_the_background_ends_when_it_is_told_to(terminal, until):
    shell = await terminal("demo", program=("-c", IN_THE_BACKGROUND))
    await until(lambda: any(map(_is_stopped, _children(shell.process.pid))))
    (devhook,) = _children(shell.process.pid)
    receivers = _children(devhook)

    for sent in (signal.SIGTERM, signal.SIGCONT):
        os.kill(int(devhook), sent)

    assert await shell.ended() == 0
    assert receivers
    assert not any(Path(f"/proc/{receiver}").exists() for receiver in receivers)


async def test_a_pager_does_not_keep_the_command_that_was_told_to_end(terminal, tmp_path):
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\ncat > paged\necho $$ > pager.pid\necho paging\nexec sleep 600\n")
    pager.chmod(0o700)
    screen = await terminal("help", "tunnels", env={"PAGER": str(pager)})
    await screen.shows("paging")

    screen.process.send_signal(signal.SIGTERM)

    assert await screen.ended() == -signal.SIGTERM
    os.kill(int(Path("pager.pid").read_text()), signal.SIGKILL)
    assert "ngrok" in Path("paged").read_text()
