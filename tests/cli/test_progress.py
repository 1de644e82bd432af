"""The progress of long work on stderr: a bar in a terminal, a line now and then in a log."""

import io
import sys

import pytest

from devhook.cli.progress import Progress


class Stream(io.StringIO):
    def __init__(self, *, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


class Clock:
    """Seconds that pass when the test says so."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def streams(monkeypatch):
    """Replace stdout and stderr by terminals or files, and return stderr."""

    def replace(*, out, err):
        monkeypatch.setattr(sys, "stdout", Stream(terminal=out))
        monkeypatch.setattr(sys, "stderr", Stream(terminal=err))
        return sys.stderr

    return replace


def test_a_log_gets_a_line_every_ten_seconds_with_rate_and_rest(streams, clock):
    err = streams(out=False, err=False)

    with Progress("Removing", 4_000, clock=clock) as progress:
        for _ in range(4):
            clock.now += 5
            progress.advance(1_000)

    assert err.getvalue().splitlines() == [
        "Removing: 2,000 of 4,000 deliveries, 200/s, 10 s left.",
        "Removing: 4,000 of 4,000 deliveries, 200/s.",
    ]


def test_bytes_are_counted_as_sizes(streams, clock):
    err = streams(out=False, err=False)

    with Progress("Importing", 4 * 2**20, unit=None, clock=clock) as progress:
        clock.now += 16
        progress.advance(2**20)

    assert err.getvalue() == "Importing: 1 MiB of 4 MiB, 64 KiB/s, 48 s left.\n"


def test_a_terminal_shows_a_bar_with_position_rest_and_rate_once_half_a_second_passed(streams, clock):
    err = streams(out=False, err=True)

    with Progress("Writing", 100, clock=clock) as progress:
        clock.now += 0.4
        progress.advance(10)
        assert err.getvalue() == ""
        clock.now += 0.6
        progress.advance(10)
        clock.now += 1
        progress.advance(60)

    bars = err.getvalue().split("\r")
    assert "20/100" in bars[2]
    assert "20/s" in bars[2]
    assert "80/100" in bars[-1]
    assert "40/s" in bars[-1]
    assert bars[-1].endswith("\n")


@pytest.mark.parametrize(("out", "shown"), [(True, False), (False, True)])
def test_results_in_the_same_terminal_show_the_progress_themselves(streams, clock, out, shown):
    err = streams(out=out, err=True)

    with Progress("Probing", 2, "checks", beside_data=True, clock=clock) as progress:
        clock.now += 20
        progress.advance()

    assert bool(err.getvalue()) is shown
