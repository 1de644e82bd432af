"""`devhook scenarios`: lists the scenarios and lessons, and prints one with its trainer's notes."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from devhook.cli.console import echo, info
from devhook.cli.options import complete_scenario
from devhook.scenario.loading import load_scenario, scenario_names
from devhook.scenario.model import Scenario
from devhook.scenario.note_text import blocks
from devhook.text import counted, visible

_GAP: Final = "  "
_INDENT: Final = "    "
_WIDEST: Final = 100
"""Columns; longer lines of prose are tiring to read."""


@click.command()
@click.argument("names", nargs=-1, shell_complete=complete_scenario, metavar="[NAME|FILE]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per scenario.")
def scenarios(*, names: tuple[str, ...], as_json: bool) -> None:
    """List the scenarios and lessons, or print one.

    A lesson is a scenario with trainer's notes; devhook demo --present NAME shows it step by step. One NAME
    or TOML file is printed whole, several are listed.

    \b
      devhook scenarios
      devhook scenarios lesson-hmac
      devhook scenarios mine.toml --json
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    loaded = [(name, load_scenario(name)) for name in names or scenario_names()]
    if as_json:
        for name, scenario in loaded:
            echo(_as_object(name, scenario))
    elif len(names) == 1:
        _page(*loaded[0])
    else:
        _table(loaded)


def _table(loaded: Sequence[tuple[str, Scenario]]) -> None:
    """Print a line for each scenario."""
    shown = [(visible(name), scenario) for name, scenario in loaded]
    widest = max(len(name) for name, _ in shown)
    echo(f"{'NAME':<{widest}}{_GAP}STEPS{_GAP}TITLE")
    for name, scenario in shown:
        echo(f"{name:<{widest}}{_GAP}{len(scenario.steps):>5}{_GAP}{visible(scenario.title)}")
    example = next((name for name, scenario in shown if scenario.is_lesson), shown[0][0])
    info(f"To read one: devhook scenarios {example}. To play one: devhook demo --scenario {example}.")
    info(f"To show one step by step, with its notes: devhook demo --present {example}")


def _page(name: str, scenario: Scenario) -> None:
    """Print one scenario: what happens, and its steps with their notes."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    echo(click.style(visible(scenario.title), bold=True))
    for note in (scenario.about, scenario.note):
        for line in _note_lines(note, width):
            echo(line)
    for number, step in enumerate(scenario.steps, start=1):
        echo("")
        words = f"{number}. {visible(step.words)}"
        for line in textwrap.wrap(words, width, subsequent_indent=_INDENT):
            echo(click.style(line, bold=True))
        for line in _note_lines(step.trainers_note, width - len(_INDENT)):
            echo(f"{_INDENT}{line}" if line else "")
    info(f"{counted(len(scenario.steps), 'step')}. To show them: devhook demo --present {visible(name)}")


def _note_lines(note: str, width: int) -> Iterator[str]:
    """Yield the lines of a note, a blank one before each paragraph."""
    for block in blocks(note):
        if not block.follows:
            yield ""
        if block.is_code:
            yield _INDENT + block.text
        else:
            sign = "- " if block.is_item else ""
            yield from textwrap.wrap(
                sign + block.text,
                width,
                subsequent_indent=" " * len(sign),
                break_long_words=False,
                break_on_hyphens=False,
            )


def _as_object(name: str, scenario: Scenario) -> dict[str, Any]:
    """Return a scenario as a JSON object. Its keys are a contract."""
    return {
        "name": name,
        "title": scenario.title,
        "about": scenario.about.strip(),
        "note": scenario.note.strip(),
        "lesson": scenario.is_lesson,
        "steps": [
            {
                "do": step.do,
                "words": step.words,
                "after": step.after,
                "times": step.times,
                "note": step.trainers_note.strip(),
            }
            for step in scenario.steps
        ],
        "expect": scenario.expect.model_dump(exclude_none=True),
    }
