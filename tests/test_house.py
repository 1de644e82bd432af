"""The house's own rules: which room may load what, how long a module may be, what it may be called."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import devhook

PACKAGE = Path(devhook.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "fixtures" not in path.parts)
BANNED = {"base", "common", "helper", "helpers", "manager", "misc", "service", "util", "utils"}
HEADLESS = [
    "webhook",
    "signature_doctor",
    "analysis",
    "privacy",
    "inbox",
    "receiver",
    "tunnel",
    "shop",
    "sender",
    "forge",
    "scenario",
    "replay",
    "probe",
    "recordings",
    "simulator",
    "doctor",
    "web",
]

# What would do again what one module does for all, and the module that may.
ONE_PLACE = {
    r"click\.(?:s?echo|confirm|prompt)\(": {"devhook.cli.console"},  # output, which is masked there
    r"\bdifflib\b": {"devhook.text"},  # nearest words
    r"~[01]\"": {"devhook.json_pointer"},  # JSON pointers
    r"\* ?1_?000(?:_000)?:[^}]*\}": set(),  # durations
    r"else '(?:s|ies)'|'y' if": set(),  # plurals
    r"[Ff]acts \d|\((?:D|CL)-[a-z]|\bREC\b": set(),  # keys of notes that nobody else has
}


def name_of(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def loaded_by(code, *names):
    wanted = f"{code}\nimport sys\nprint(' '.join(n for n in {names!r} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


@pytest.fixture(scope="module")
def trees():
    """What each module holds, parsed once for all the rules."""
    return {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def test_a_module_fits_in_one_reading():
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert {name: count for name, count in lines.items() if count > 400} == {}


@pytest.mark.thorough
def test_a_module_has_a_name_of_its_own_and_says_what_it_alone_knows(trees):
    assert [name for name in trees if BANNED & set(name.split("."))] == []
    assert [name for name, tree in trees.items() if not ast.get_docstring(tree)] == []


def test_what_all_modules_need_is_written_in_one():
    again = [
        f"{name_of(path)}: {found[0]}"
        for path in MODULES
        for pattern, allowed in ONE_PLACE.items()
        if name_of(path) not in allowed and (found := re.search(pattern, path.read_text(encoding="utf-8")))
    ]

    assert again == []


def test_no_module_keeps_state_of_its_own(trees):
    state = [
        f"{name}:{node.lineno}"
        for name, tree in trees.items()
        for node in [*filter(_is_empty_container, tree.body), *filter(_is_global, ast.walk(tree))]
    ]

    assert state == []


def _is_global(node):
    return isinstance(node, ast.Global)


def _is_empty_container(node):
    return (
        isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Dict | ast.List | ast.Set)
        and not getattr(node.value, "elts", getattr(node.value, "keys", None))
    )


def test_a_headless_room_never_loads_the_screen():
    modules = [
        name for name in map(name_of, MODULES) if name.split(".")[1:2] in [[room] for room in HEADLESS]
    ]
    code = "import sys\n" + "\n".join(
        f"import {name}\nassert 'textual' not in sys.modules, {name!r}"
        for name in modules
        if not name.endswith("__main__")
    )

    assert loaded_by(code, "textual") == []


def test_the_run_and_the_lines_face_never_load_the_screen():
    assert loaded_by("import devhook.session.session, devhook.cli.events", "textual") == []


@pytest.mark.thorough
def test_the_screen_loads_no_simulated_shop():
    assert loaded_by("import devhook.tui.app", "graphql", "devhook.simulator.shop") == []


def test_the_receiver_loads_neither_the_shop_nor_the_screen():
    code = "import devhook.receiver.server, devhook.receiver.commit"

    assert loaded_by(code, "textual", "httpx", "graphql", "click") == []
