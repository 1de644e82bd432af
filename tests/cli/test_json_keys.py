"""The keys of `--json`: what commands print, and what the manual's page lists."""

import http.server
import json
import re
import threading

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.journal import ask_lease, confirm_lease
from devhook.resources import manual
from devhook.webhook.delivery import Signature

SECRET = {"DEVHOOK_CLIENT_SECRET": "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"}
# Values of a payload: their keys are the sender's.
OF_A_PAYLOAD = {"before", "after"}
# Of two keys that exclude each other, and of those that are only there where they say something.
OPTIONAL = {"body", "body_base64", "headers", "spelled"}


def listed_keys():
    """Return the tables of the manual's page by the name in their first line.

    A table is the keys and, where their row links to one, the name of the table of what they contain.
    """
    tables, keys = {}, {}
    for line in (manual() / "json.md").read_text(encoding="utf-8").splitlines():
        if head := re.match(r"\| key of (?:an? )?([^|]+) \|", line):
            keys = tables[head[1]] = {}
        elif line.startswith("| `"):
            names, text = line.split("|")[1:3]
            link = re.search(r"\]\(#(change|answer|refusal)\)", text)
            keys.update(dict.fromkeys(re.findall(r"`([^`]+)`", names), link and link[1]))
        elif not line.startswith("|"):
            keys = {}
    return tables


TABLES = listed_keys()


def require_listed(told, *names):
    """Require that the keys of an object, at every depth, are exactly those of the named tables."""
    keys = {key: link for name in names for key, link in TABLES[name].items()}
    top = {re.split(r"\.|\[", key)[0] for key in keys}
    assert top - OPTIONAL <= set(told) <= top, f"{names}: {set(told) ^ top}"
    for key, value in told.items():
        if names == ("change",) and key in OF_A_PAYLOAD:
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and keys.get(key) and each:
                require_listed(each, keys[key])
            elif isinstance(each, dict):
                require_nested(each, key, keys, names)


def require_nested(told, key, keys, names):
    """Require that the keys of an object below `key` are exactly those that the table lists below it."""
    below = re.compile(rf"{key}(?:\[\])?\.([^.\[]+)")
    expected = {found[1] for each in keys if (found := below.match(each))}
    assert set(told) == expected, f"{names}, {key}: {set(told) ^ expected}"
    for name, value in told.items():
        for path in (f"{key}.{name}", f"{key}[].{name}"):
            if keys.get(path):
                require_listed(value, keys[path])


@pytest.fixture(scope="module")
def app():
    """The port of an app that accepts what is sent to `/`, and refuses what is sent elsewhere."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200 if self.path == "/" else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the names of the base class

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def told(devhook):
    """Run a command with --json and return its objects."""

    def run(*arguments, env=None, **more):
        done = devhook(*arguments, "--json", env={**SECRET, **(env or {})}, **more)
        assert done.stdout, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_the_keys_of_a_session_and_of_its_deliveries_are_those_of_the_manual(told, app, tmp_path):
    inbox = ("--inbox", tmp_path / "inbox")
    demo = ("demo", "--scenario", "duplicates-and-late", "--answer", "500x1", "--forward-to", f"{app}/x")
    events = told(*inbox, *demo)

    for each in events:
        event = each["event"]
        require_listed(each, "delivery" if event == "delivery" else f"event {event}")
    assert {each["event"] for each in events} == {"ready", "delivery", "answer", "attempt"}
    deliveries = [each for each in events if each["event"] == "delivery"]
    # Nothing below these keys is left out because no delivery has it.
    for key in ("subject", "changes", "repeats", "companions"):
        assert any(each[key] for each in deliveries), key
    assert any(each["event"] == "answer" and each["refused"] for each in events)

    logged = told(*inbox, "log", "--all")
    assert any(each["target"] for each in logged)
    shown = [each for number in (1, logged[-1]["id"]) for each in told(*inbox, "show", number)]
    assert any(each["refused"] and each["refused"]["probably"] for each in shown)
    for each in shown:
        require_listed(each, "delivery", "show")
    for each in [*logged, *told(*inbox, "wait", "is:changed", "--include-past")]:
        require_listed(each, "delivery")
    (changed,) = told(*inbox, "diff", next(each["id"] for each in logged if each["changes"]))
    require_listed(changed, "diff")
    (shapes,) = told(*inbox, "diff", "--shape", "orders/paid", "refunds/create")
    assert shapes["changes"]
    require_listed(shapes, "diff --shape")
    sent = [each for _ in range(2) for each in told(*inbox, "replay", "1-2", "--to", app)]
    assert sent[-1]["earlier"]
    for each in sent:
        require_listed(each, "replay")
    (shown,) = told(*inbox, "show", 1)
    assert shown["answers"]
    require_listed(shown, "delivery", "show")


def test_the_keys_of_what_a_delivery_rarely_has_are_those_of_the_manual(told, deliver, tmp_path):
    inbox = ("--inbox", tmp_path / "inbox")
    deliver(body=b'{"id":7,"total":1.5,"updated_at":"2026-07-04T12:00:00Z"}')
    deliver(body=b'{"id":7,"total":1.50,"total":1.50,"updated_at":"2026-07-04T12:00:01Z"}')
    deliver(body=b'{"id":7,"total":1.50,"updated_at":"2026-07-04T12:00:02Z"}')
    deliver(body=b"\xff", signature=Signature.INVALID)

    first, repeated, unchanged, unreadable = told(*inbox, "log")

    assert repeated["repeated"]
    assert repeated["changes"][0]["spelled"]
    assert unchanged["causes"]
    assert unreadable["unreadable"]
    for each in (first, repeated, unchanged, unreadable):
        require_listed(each, "delivery")
    for number in (2, 4):
        require_listed(told(*inbox, "show", number)[0], "delivery", "show")


def test_the_keys_of_commands_that_send_are_those_of_the_manual(told, app, tmp_path):
    here = ("--inbox", tmp_path / "inbox")
    for each in told(*here, "forge", "orders/paid", "--tamper", "duplicate", "--to", app):
        require_listed(each, "forge")
    for each in told(*here, "play", "tampered", "--to", app, "--speed", "max"):
        require_listed(each, "play")
    for each in told("probe", app, "--only", "valid-json,get"):
        require_listed(each, "probe")
    listed = told("probe", "--list")[0]
    assert set(listed) < set(TABLES["probe"])


def test_the_keys_of_commands_that_change_an_inbox_are_those_of_the_manual(told, devhook, deliver, tmp_path):
    here, file = ("--inbox", tmp_path / "inbox"), tmp_path / "a.jsonl"
    for _ in range(2):
        deliver()

    (recorded,) = told(*here, "record", "--out", file)
    (imported,) = told(*here, "import", file)
    (would,) = told(*here, "prune", "--keep-count", 1, "--dry-run")
    (removed,) = told(*here, "prune", "--keep-count", 1)
    (nothing,) = told(*here, "prune", "--keep-count", 1)

    for each, name in ((recorded, "record"), (imported, "import"), (would, "prune"), (removed, "prune")):
        require_listed(each, name)
    assert recorded == {"file": str(file), "as": "jsonl", "deliveries": 2}
    assert (imported["imported"], imported["first"], imported["last"]) == (2, 3, 4)
    assert (would["removed"], would["dry_run"], would["freed"]) == (3, True, 0)
    assert (removed["removed"], removed["dry_run"]) == (3, False)
    assert nothing["removed"] == 0
    refused = devhook(*here, "record", "--json")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Add --out FILE" in refused.stderr


def test_the_keys_of_commands_that_look_something_up_are_those_of_the_manual(told, tmp_path):
    body = tmp_path / "body.json"
    body.write_text('{"id": 1}')

    (topic,) = told("topics", "orders/updated")
    assert topic["companions"]
    require_listed(topic, "topics")
    require_listed(told("scenarios", "lesson-hmac")[0] | {"expect": {}}, "scenarios")
    require_listed(told("verify", body, "--hmac", "ab" * 32)[0], "verify")
    for each in told("doctor", "--tunnel", "none", "--port", "0"):
        require_listed(each, "doctor")
    require_listed(told("explain", piped='{"errors": "[API] Invalid API key or access token"}')[0], "explain")


def test_the_keys_of_subscriptions_are_those_of_the_manual(told, shop, tmp_path):
    inbox = tmp_path / "inbox"
    uri = "https://box.example.com/hooks"
    with Inbox.open(inbox) as opened:
        lease = ask_lease(
            opened, shop=shop.domain, topic="orders/paid", uri=uri, api_version="2026-10", name="devhook-1"
        )
        confirm_lease(opened, lease, shop.subscribe("orders/paid", uri, "devhook-1").id)

    (listed,) = told("--inbox", inbox, "subscriptions", env=shop.environment())
    (removed,) = told("--inbox", inbox, "subscriptions", "clean", env=shop.environment())

    require_listed(listed, "subscriptions")
    require_listed(removed, "subscriptions clean")
