import os
import subprocess

import pytest

from devhook.tui.clipboard import copied_words, doubt, tmux_set_clipboard


def refused(**environment):
    return doubt({"TERM": "xterm-256color"} | environment, lambda: environment.get("option", ""))


def test_a_terminal_that_sets_the_clipboard_is_not_doubted():
    for environment in ({}, {"TERM_PROGRAM": "iTerm.app"}, {"TERM": "xterm-kitty"}, {"TERM": "alacritty"}):
        assert refused(**environment) == "", environment


def test_a_terminal_that_refuses_is_named():
    assert "Apple's Terminal" in refused(TERM_PROGRAM="Apple_Terminal")
    assert "screen" in refused(STY="1234.pts-0")
    assert "screen" in refused(TERM="screen.xterm-256color")
    assert "GNOME" in refused(VTE_VERSION="6800")
    assert "console" in refused(TERM="linux")


def test_tmux_is_asked_whatever_terminal_it_runs_in():
    assert refused(TMUX="/tmp/tmux,1,0", TERM="screen-256color", option="on") == ""
    for option in ("external", "off", ""):
        assert "set-clipboard on" in refused(TMUX="/tmp/tmux,1,0", option=option)


def test_what_is_said_names_the_size_and_the_way_out():
    assert copied_words("the body", 10_445, "", "w saves it to a file") == "Copied the body, 10.2 KiB."
    assert copied_words("the body", 12, "tmux does not allow it", "w saves it to a file") == (
        "Copied the body, 12 bytes. If the clipboard is unchanged, tmux does not allow it. "
        "w saves it to a file."
    )
    assert "many accept 73.2 KiB" in copied_words("the body", 75_000, "")


def test_a_tmux_that_is_not_there_answers_nothing(tmp_path):
    assert tmux_set_clipboard({"PATH": str(tmp_path)}) == ""


@pytest.mark.tools
def test_a_tmux_that_runs_says_its_option(tmp_path, monkeypatch):
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
    monkeypatch.delenv("TMUX", raising=False)
    tmux("-f", "/dev/null", "new-session", "-d")
    try:
        environment = {**os.environ, "TMUX": tmux("display", "-p", "#{socket_path},#{pid},0")}
        for option in ("on", "external"):
            tmux("set", "-s", "set-clipboard", option)

            assert tmux_set_clipboard(environment) == option
    finally:
        tmux("kill-server")


def tmux(*words):
    done = subprocess.run(["tmux", *words], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()
