"""The house's own rules: which room may load what, how long a module may be, what it may be called."""

import ast
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
]


def name_of(path):
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def loaded_by(code, *names):
    wanted = f"{code}\nimport sys\nprint(' '.join(n for n in {names!r} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_fits_in_one_reading(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_a_name_of_its_own_and_says_what_it_alone_knows(path):
    assert not BANNED & set(name_of(path).split("."))
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_keeps_state_of_its_own(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))

    globals_ = [node for node in ast.walk(tree) if isinstance(node, ast.Global)]
    empty = [
        node.lineno
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Dict | ast.List | ast.Set)
        and not getattr(node.value, "elts", getattr(node.value, "keys", None))
    ]

    assert globals_ == []
    assert empty == []


@pytest.mark.parametrize("room", HEADLESS)
def test_a_headless_room_never_loads_the_screen(room):
    modules = [name_of(path) for path in MODULES if name_of(path).startswith(f"devhook.{room}")]
    code = "\n".join(f"import {module}" for module in modules if not module.endswith("__main__"))

    assert loaded_by(code, "textual") == []


def test_the_run_and_the_lines_face_never_load_the_screen():
    assert loaded_by("import devhook.run, devhook.cli.lines", "textual") == []


def test_the_receiver_loads_neither_the_shop_nor_the_screen():
    code = "import devhook.receiver.server, devhook.receiver.commit"

    assert loaded_by(code, "textual", "httpx", "graphql", "click") == []


@pytest.mark.parametrize(
    "arguments", [["--help"], ["demo", "--help"], ["listen", "--help"], ["probe", "--help"], ["--version"]]
)
def test_help_loads_nothing_heavy(arguments):
    code = (
        "import contextlib, sys\n"
        "from devhook.cli import main\n"
        f"sys.argv = ['devhook', *{arguments!r}]\n"
        "with contextlib.suppress(SystemExit):\n    main()"
    )

    assert loaded_by(code, "textual", "aiohttp", "httpx", "pydantic", "graphql") == []
