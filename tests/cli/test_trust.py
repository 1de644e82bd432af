"""A checked-out project's config file sets only harmless options until this user allows the file."""

import contextlib
import http.server
import json
import os
import pty
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from devhook.cli.commands import SECTIONS
from devhook.cli.configuration import PROJECT_FILE
from devhook.cli.root import root
from devhook.cli.settings import SETTINGS, setting_of
from devhook.inbox.database import Inbox
from devhook.inbox.journal import ask_lease, confirm_lease
from devhook.user_key import data_folder

ELSEWHERE = "192.0.2.1"
SECRET = "shpss_0123456789abcdef0123456789abcdef"


@pytest.fixture
def project(clean, tmp_path):
    """Write the config file of a cloned project."""

    def write(text):
        file = tmp_path / PROJECT_FILE
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
        return file

    return write


@pytest.fixture
def app():
    """The user's app on this machine, and the bodies posted to it."""
    posted = []

    class App(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        yield server.server_address[1], posted
        server.shutdown()


def options_of(command):
    return {
        name.removeprefix("--").replace("-", "_")
        for parameter in command.params
        for name in parameter.opts
        if name.startswith("--") or not name.startswith("-")
    }


def test_every_setting_declares_whether_a_project_may_set_it():
    names = {setting.name for setting in SETTINGS}
    entries = [entry for section in SECTIONS.values() for entry in section]
    options = {(entry.name, name) for entry in entries for name in options_of(entry.load())}
    options |= {("", name) for name in options_of(root) - {"config", "version"}}

    options |= {("", "theme"), ("", "keys")}  # the screen's

    assert {setting_of(*each).name for each in options} <= names
    assert len(names) == len(SETTINGS)
    dotted = {tuple(name.split(".")) for name in names if "." in name}
    assert {each for each in dotted if each[0] != "secrets"} <= options


@pytest.mark.thorough
def test_a_project_sets_topics_port_path_and_a_target_on_this_machine(devhook, project, app):
    port, posted = app
    project(
        f'[demo]\nscenario = "nothing-visible"\nforward-to = "{port}"\nroute = ["refunds/*={port}/refunds"]\n'
        '[listen]\ntopics = ["orders/*"]\nport = 0\nhost = "127.0.0.1"\npath = "/hooks"\ntunnel = "none"\n'
    )

    done = devhook("demo", "--json", env={"DEVHOOK_CLIENT_SECRET": SECRET})

    assert done.returncode == 0, done.stderr
    assert "Ignored" not in done.stderr
    assert posted


def test_a_project_sets_no_target_on_another_machine(devhook, project):
    for setting, value in (
        ("forward-to", f'"http://{ELSEWHERE}/"'),
        ("forward-to", f'["3000", "http://{ELSEWHERE}/"]'),
        ("forward-to", '"https://localhost.evil.example/"'),
        ("forward-to", f'"http://localhost@{ELSEWHERE}/"'),
        ("route", f'"orders/*=http://{ELSEWHERE}/"'),
        ("route", f'["orders/*=3000", "*=http://{ELSEWHERE}/"]'),
    ):
        project(f"[listen]\n{setting} = {value}\nallow-remote = true\n")

        said = devhook("listen", "--port", "x").stderr

        assert f"Ignored in {PROJECT_FILE}, because you did not allow it: listen." in said, value
        assert f"listen.{setting}" in said, value
        assert "listen.allow-remote" in said, value


def test_the_users_allow_remote_does_not_allow_a_projects_remote_target(devhook, project, tmp_path):
    user = tmp_path / "config" / "devhook" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("[demo]\nallow-remote = true\n")
    project(f'[demo]\nforward-to = "http://{ELSEWHERE}/"\nroute = ["orders/*=http://{ELSEWHERE}/"]\n')

    done = devhook("demo", "--json")

    assert json.loads(done.stdout.splitlines()[0])["targets"] == []
    assert "demo.forward-to, demo.route" in done.stderr


def test_an_ignored_project_setting_leaves_the_users_setting_in_force(devhook, project, tmp_path, app):
    port, posted = app
    user = tmp_path / "config" / "devhook" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text(f'[forge]\nto = "{port}"\n')
    project(f'[forge]\nto = "http://{ELSEWHERE}/"\nallow-remote = true\n')

    done = devhook("forge", "orders/paid", env={"DEVHOOK_CLIENT_SECRET": SECRET})

    assert done.returncode == 0, done.stderr
    assert len(posted) == 1


@pytest.mark.parametrize("command", ["forge orders/paid", "replay", "play order-lifecycle", "probe"])
def test_nothing_is_signed_with_the_users_secret_and_sent_elsewhere(devhook, project, command):
    name = command.split()[0]
    address = "url" if name == "probe" else "to"
    project(f'[{name}]\n{address} = "http://{ELSEWHERE}/"\nallow-remote = true\n')

    done = devhook(*command.split(), env={"DEVHOOK_CLIENT_SECRET": SECRET})

    assert done.returncode == 2, done.stderr
    assert f"{name}.{address}, {name}.allow-remote" in done.stderr
    assert "required" in done.stderr


def test_a_shop_is_not_subscribed_at_a_strangers_address(devhook, project, shop):
    project('[listen]\npublic-url = "https://evil.example/"\nport = 0\n')

    done = devhook("listen", "orders/paid", "--tunnel", "none", env=shop.environment())

    assert done.returncode == 2
    assert "listen.public-url" in done.stderr
    assert list(shop.subscriptions) == []


def test_a_file_is_not_overwritten(devhook, project, deliver, here, tmp_path):
    deliver()
    profile = tmp_path / ".bashrc"
    profile.write_text("alias ls='ls -F'\n")
    table = 'out = ".bashrc"\nforce = true\n'
    project(f"[export]\n{table}[record]\n{table}[probe]\njunit = '.bashrc'\n")

    for command in ("export", "record"):
        status, out, err = here(command)
        assert (status, out != "") == (0, True), err
        assert f"{command}.out, {command}.force" in err
    assert profile.read_text() == "alias ls='ls -F'\n"


def test_the_users_own_inbox_is_neither_chosen_nor_pruned(devhook, project, deliver, tmp_path):
    own = tmp_path / "inbox"
    deliver()
    deliver()
    project(f"inbox = '{own}'\n[prune]\nkeep-count = 1\nall = true\n[listen]\nkeep-count = 1\n")

    done = devhook("prune")

    assert "inbox" in done.stderr
    assert "prune.keep-count, prune.all" in done.stderr
    with Inbox.open(own) as inbox:
        assert len(inbox.rows()) == 2


@pytest.mark.parametrize("link", [".devhook", ".devhook/inbox", ".devhook/inbox/deliveries.db"])
def test_a_symbolic_link_does_not_select_the_inbox(devhook, tmp_path, link):
    own = tmp_path / "own"
    (own / "inbox").mkdir(parents=True)
    path = tmp_path / link
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(own if link == ".devhook" else own / "inbox")

    done = devhook("log")

    assert done.returncode == 2
    assert f"{link} is a symbolic link" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ELSEWHERE, "evil.example"])
def test_a_project_cannot_open_the_port_to_other_machines(devhook, project, host):
    project(f'[doctor]\nhost = "{host}"\nport = 0\n')

    done = devhook("doctor", "--tunnel", "none", "--json")

    assert "doctor.host" in done.stderr
    assert host not in done.stdout


def test_a_shipped_journal_removes_no_subscription_of_the_shop(devhook, shop, tmp_path, monkeypatch):
    uri = "https://production.example.com/hooks"
    theirs = shop.subscribe("orders/paid", uri)
    with monkeypatch.context() as attacker:
        attacker.setenv("XDG_DATA_HOME", str(tmp_path / "attacker"))
        (tmp_path / ".devhook").mkdir()
        with Inbox.open(tmp_path / ".devhook" / "inbox") as inbox:
            lease_id = ask_lease(
                inbox, shop=shop.domain, topic="orders/paid", uri=uri, api_version="2026-10", name=""
            )
            confirm_lease(inbox, lease_id, theirs.id)

    done = devhook("subscriptions", "clean", env=shop.environment())

    assert [each.id for each in shop.subscriptions] == [theirs.id]
    assert "without a proof that this user made them" in done.stderr


def test_a_projects_secret_makes_no_delivery_valid(devhook, project):
    project(f"keyring = true\n[secrets]\nclient_secret = '{SECRET}'\n")

    done = devhook("sign", "-", piped="{}")

    assert done.returncode == 2
    assert "secrets.client-secret, keyring" in done.stderr
    assert SECRET not in done.stderr


@pytest.fixture
def in_terminal(clean):
    """Run `devhook ARGUMENTS` in a terminal and type; return (status, output)."""

    def run(*arguments, typed):
        ours, theirs = pty.openpty()
        with os.fdopen(ours, "r+b", buffering=0) as terminal:
            command = [sys.executable, "-m", "devhook", *map(str, arguments)]
            with os.fdopen(theirs, "r+b", buffering=0) as other:
                process = subprocess.Popen(command, stdin=other, stdout=other, stderr=other, env=clean)
            terminal.write(typed.encode())
            shown = b""
            # On Linux, reading a terminal without another open end fails with EIO.
            with contextlib.suppress(OSError):
                while part := terminal.read(4096):
                    shown += part
            return process.wait(60), shown.decode()

    return run


@pytest.mark.thorough
def test_the_screen_takes_a_wrong_theme_or_key_of_the_users_config_as_a_usage_error(in_terminal, clean):
    config = Path(clean["XDG_CONFIG_HOME"]) / "devhook" / "config.toml"
    config.parent.mkdir(parents=True)
    for text, told in (
        ('theme = "devhook-lite"', "Did you mean devhook-light"),
        ('[keys]\nreplya = "x"', "Did you mean replay?"),
        (
            '[keys]\nreplay = "e"',
            "keys.replay in the config file is e, which is also the key of edit (everywhere).",
        ),
        ("theme = 5", "theme in the config file must be a string."),
        ('keys = "x"', "keys in the config file must be a table."),
    ):
        config.write_text(text)
        status, shown = in_terminal("demo", typed="")
        assert (status, told in " ".join(shown.split())) == (2, True), shown


def test_the_keys_and_the_theme_of_a_project_are_ignored_until_the_user_allows_its_file(devhook, project):
    project('theme = "nonsense"\n[keys]\nquit = "e"\nfilter = "r"\n')

    shown = devhook("log").stderr
    asked = devhook("trust", "--yes").stdout

    assert "Ignored in .devhook/config.toml, because you did not allow it: theme, keys." in shown
    assert 'keys.filter = "r": changes what your keys do' in asked
    assert 'theme = "nonsense": chooses the colours of your screen' in asked


HOSTILE = f'inbox = "/home/u/\\u001b]52"\n[listen]\nforward-to = "http://{ELSEWHERE}/"\nport = 4001\n'


def test_trust_shows_what_it_allows_and_asks(devhook, project, in_terminal):
    project(f"{HOSTILE}[secrets]\nclient_secret = '{SECRET}'\n")

    no, shown = in_terminal("trust", typed="n\n")
    assert no == 1
    assert f'listen.forward-to = "http://{ELSEWHERE}/": sends deliveries to another machine' in shown
    assert "secrets.client_secret = …: sets a credential" in shown
    assert "inbox = " in shown
    assert "\x1b]52" not in shown
    assert "port" not in shown.replace("exposes the port", "")
    assert SECRET not in shown
    assert "inbox" in devhook("listen", "--port", "x").stderr

    yes, shown = in_terminal("trust", typed="y\n")
    assert yes == 0
    assert f"{PROJECT_FILE} is allowed until it changes." in shown
    assert "Ignored" not in devhook("listen", "--port", "x").stderr


def test_trust_needs_yes_where_nobody_can_be_asked(devhook, project):
    project(HOSTILE)

    asked, said = devhook("trust"), devhook("trust", "--yes")

    assert (asked.returncode, "devhook trust --yes" in asked.stderr) == (2, True)
    assert (said.returncode, "is allowed until it changes" in said.stderr) == (0, True)
    assert stat.S_IMODE((data_folder() / "trusted.json").stat().st_mode) == 0o600
    assert "is allowed. To remove" in devhook("trust").stderr


def test_a_changed_file_has_to_be_allowed_again(devhook, project):
    file = project(HOSTILE)
    devhook("trust", "--yes")
    file.write_text(HOSTILE.replace(ELSEWHERE, "203.0.113.5"))

    assert "because the file changed since you allowed it" in devhook("listen", "--port", "x").stderr
    again = devhook("trust", "--yes")
    assert f"{PROJECT_FILE} changed since you allowed it." in again.stderr
    assert "Ignored" not in devhook("listen", "--port", "x").stderr


def test_a_permission_is_for_one_place(devhook, project, tmp_path, monkeypatch):
    project(HOSTILE)
    devhook("trust", "--yes")
    copy = tmp_path / "copy"
    (tmp_path / ".devhook").rename(tmp_path / "moved")
    (copy / ".devhook").mkdir(parents=True)
    (copy / PROJECT_FILE).write_bytes((tmp_path / "moved" / "config.toml").read_bytes())
    monkeypatch.chdir(copy)

    assert "Ignored" in devhook("listen", "--port", "x").stderr


def test_a_permission_can_be_revoked(devhook, project):
    project(HOSTILE)
    devhook("trust", "--yes")

    first, second = devhook("trust", "--revoke"), devhook("trust", "--revoke")

    assert "is no longer allowed" in first.stderr
    assert "was not allowed" in second.stderr
    assert "Ignored" in devhook("listen", "--port", "x").stderr


def test_a_permission_without_this_users_mac_is_none(devhook, project):
    project(HOSTILE)
    devhook("trust", "--yes")
    stored = data_folder() / "trusted.json"
    entries = json.loads(stored.read_text())
    for content in (
        "[]",
        "{",
        json.dumps({path: {**entry, "mac": "0" * 64} for path, entry in entries.items()}),
        json.dumps(dict.fromkeys(entries, 7)),
    ):
        stored.write_text(content)
        assert "Ignored" in devhook("listen", "--port", "x").stderr


def test_a_file_that_sets_only_what_is_free_needs_no_permission(devhook, project):
    project("[listen]\nport = 4001\n[trust]\nyes = true\n")
    assert "trust.yes" in devhook("trust").stdout

    project("[listen]\nport = 4001\n")
    assert "needs your permission" in devhook("trust").stderr


def test_trust_without_a_file_says_where_one_comes_from(devhook):
    done = devhook("trust")

    assert (done.returncode, "devhook init" in done.stderr) == (2, True)
