"""A signal ends a command at any moment with the right status, without a traceback and without leftovers."""

import signal
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

SECRET = {"DEVHOOK_CLIENT_SECRET": "hush"}
# The shell's status for a signal that was caught.
CAUGHT = 128
AT_AN_IMPORT = """
    import os, sys

    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == os.environ["INTERRUPTED_AT"]:
                os.kill(os.getpid(), int(os.environ["SIGNAL"]))

    sys.meta_path.insert(0, Finder())
"""


@pytest.fixture
def customized(tmp_path):
    """The environment in which Python runs this code when it starts."""

    def write(code):
        folder = tmp_path / "site"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(textwrap.dedent(code))
        return {"PYTHONPATH": str(folder)}

    return write


def test_the_script_begins_where_python_m_devhook_does():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]

    assert project["scripts"] == {"devhook": "devhook.__main__:main"}


@pytest.mark.smoke
def test_a_signal_at_any_import_ends_the_command_by_that_signal_and_without_a_word(clean, customized):
    places = [
        "devhook.cli",
        "click",
        "devhook.cli.root",
        "devhook.cli.forge",
        "aiohttp",
        "devhook.cli.forge_result",
    ]
    for place, sent in zip(places, [signal.SIGINT, signal.SIGTERM, signal.SIGHUP] * 2, strict=True):
        environment = {**clean, **SECRET, **customized(AT_AN_IMPORT)}
        environment |= {"INTERRUPTED_AT": place, "SIGNAL": str(int(sent))}

        done = subprocess.run(
            [sys.executable, "-m", "devhook", "forge", "orders/updated", "--print", "body"],
            env=environment, capture_output=True, text=True, check=False, timeout=60, start_new_session=True,
        )  # fmt: skip

        assert (done.returncode, done.stdout, done.stderr) == (-sent, "", ""), place


@pytest.mark.thorough
@pytest.mark.posix("SIGHUP")
def test_a_signal_while_a_command_works_lets_it_clean_up(devhook_process, tmp_path):
    editor = tmp_path / "editor"
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # The editor's parent is the shell, or devhook where the shell has replaced itself.
        editor.write_text(
            "#!/bin/sh\n"
            'echo "$1" > edited\n'
            "parent=$(ps -o ppid= -p $$)\n"
            "case $(ps -o args= -p $parent) in *devhook*) ;; *) parent=$(ps -o ppid= -p $parent);; esac\n"
            f"kill -{int(sent)} $parent\n"
        )
        editor.chmod(0o700)

        done = devhook_process(
            "forge", "orders/updated", "--edit", "--print", "body", env={**SECRET, "EDITOR": str(editor)}
        )

        assert (done.returncode, done.stdout) == (CAUGHT + sent, ""), done.stderr
        assert "Traceback" not in done.stderr
        edited = (tmp_path / "edited").read_text().strip()
        assert edited
        assert not Path(edited).exists()


def test_a_signal_in_a_finalizer_ends_the_command_too(devhook_process, deliver, tmp_path, customized):
    deliver()
    environment = customized("""
        import os, signal, sys

        class Finalized:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGINT)
                for _ in range(1000):
                    pass

        def stop(event, arguments):
            # The inbox is opened: the command works.
            if event == "sqlite3.connect":
                Finalized()

        sys.addaudithook(stop)
    """)

    done = devhook_process("--inbox", tmp_path / "inbox", "log", env=environment)

    assert (done.returncode, done.stderr) == (CAUGHT + signal.SIGINT, "")


def test_a_signal_that_is_ignored_from_the_start_stays_ignored(clean, deliver, tmp_path, customized):
    deliver()
    environment = clean | customized("""
        import os, signal, sys

        def stop(event, arguments):
            if event == "sqlite3.connect":
                os.kill(os.getpid(), signal.SIGHUP)

        sys.addaudithook(stop)
    """)

    done = subprocess.run(
        [sys.executable, "-m", "devhook", "--inbox", tmp_path / "inbox", "log"],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "orders/updated" in done.stdout


def test_a_command_works_with_its_standard_streams_closed(clean, deliver, tmp_path):
    deliver()
    command = 'exec "$0" -m devhook --inbox "$1" log'

    for closed, said in (("<&-", "orders/updated"), (">&-", ""), ("<&- >&- 2>&-", "")):
        done = subprocess.run(
            ["sh", "-c", f"{command} {closed}", sys.executable, tmp_path / "inbox"],
            env=clean, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert (done.returncode, done.stderr) == (0, ""), closed
        assert said in done.stdout
