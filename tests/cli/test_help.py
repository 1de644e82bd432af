"""The help of the group and of every command: complete, and without loading what the help does not need."""

import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete

from devhook.cli.commands import SECTIONS
from devhook.cli.root import root

ENTRIES = [entry for entries in SECTIONS.values() for entry in entries]
HEAVY = ("textual", "aiohttp", "httpx", "pydantic", "graphql", "pyngrok")


def loaded_after(*arguments):
    """The heavy packages and the commands' modules that a process has loaded after `devhook ARGUMENTS`."""
    modules = [f"devhook.cli.{entry.module or entry.name}" for entry in ENTRIES]
    code = (
        "import contextlib, sys\n"
        "from devhook.cli import main\n"
        f"with contextlib.suppress(SystemExit):\n    main({list(arguments)!r})\n"
        f"print(' '.join(name for name in {(*HEAVY, *modules)!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["lsten"]])
def test_the_group_answers_without_importing_a_command(arguments):
    assert loaded_after(*arguments) == []


def test_a_commands_help_imports_that_command_and_no_screen():
    loaded = loaded_after("init", "--help")

    assert [name for name in loaded if name.startswith("devhook.")] == ["devhook.cli.init"]
    assert "textual" not in loaded


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_group_knows_each_command_by_its_name_and_the_first_sentence_of_its_help(entry):
    command = entry.load()

    assert command.name == entry.name
    assert command.get_short_help_str(limit=200) == entry.summary
    assert command.help.startswith(entry.summary)


def test_the_help_lists_every_command_with_its_summary():
    text = root.get_help(click.Context(root, info_name="devhook", terminal_width=100))

    for entry in ENTRIES:
        assert f"{entry.name:<13}  {entry.summary}" in text


def test_the_shell_completes_command_names_with_their_summaries():
    completion = ShellComplete(root, {}, "devhook", "_DEVHOOK_COMPLETE")

    assert [(item.value, item.help) for item in completion.get_completions([], "ex")] == [
        (entry.name, entry.summary) for entry in ENTRIES if entry.name in {"explain", "export"}
    ]


def test_the_shell_completes_topics_where_one_is_expected():
    completion = ShellComplete(root, {}, "devhook", "_DEVHOOK_COMPLETE")

    for arguments in (["forge"], ["probe", "--topic"]):
        found = completion.get_completions(arguments, "orders/u")
        assert [item.value for item in found] == ["orders/updated"]
    found = completion.get_completions(["diff", "--shape"], "customers/red")
    assert [(item.value, item.type) for item in found] == [
        ("customers/redact", "plain"),
        ("customers/red", "file"),
    ]
    assert completion.get_completions(["diff"], "customers/red") == []


def test_no_command_takes_a_secret_as_an_option():
    for entry in ENTRIES:
        names = {option for parameter in entry.load().params for option in parameter.opts}

        assert not {name for name in names if "secret" in name or "token" in name}
