"""`devhook play` and `devhook record`: a scenario against an app on a real socket."""

import contextlib
import http.server
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.database import Inbox
from devhook.simulator.scenario_run import SIMULATED_SECRET
from devhook.webhook.delivery import Arrival, Delivery, Signature
from devhook.webhook.signature import Secret, check, sign

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
BODIES = [
    b'{"id":1,"name":"#1001","note":"it\'s"}',
    b"\xff\x00 not text",
    b'{"id":1,"name":"#1001","note":"a\\n"}\r\n',
    b"",
]


class App:
    """A developer's app in a thread: it answers with one status after another, then with 200."""

    def __init__(self):
        self.port = 0
        self.statuses = iter(())
        self.requests = []
        self.moments = []

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.moments.append(time.monotonic())
        self.requests.append((dict(handler.headers), body))
        handler.send_response(next(self.statuses, 200))
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def signatures(self, secret):
        known = [Secret(name="app", value=secret)]
        return {
            check(known, body, headers.get("X-Shopify-Hmac-Sha256")).signature
            for headers, body in self.requests
        }


@pytest.fixture
def app():
    served = App()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            with contextlib.suppress(ConnectionError):
                served.take(self)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def inbox(tmp_path):
    """An inbox with four deliveries, 20 s apart, of an app whose secret is `hush`."""
    path = tmp_path / "kept.db"
    arrivals = [
        Arrival(
            delivery=Delivery(
                received_at=NOON + timedelta(seconds=20 * number),
                path="/webhooks",
                headers=(
                    ("X-Shopify-Topic", "orders/updated"),
                    ("X-Shopify-Webhook-Id", f"w-{number}"),
                    ("X-Shopify-Hmac-Sha256", sign("hush", body)),
                ),
                body=body,
            ),
            signature=Signature.VALID,
        )
        for number, body in enumerate(BODIES)
    ]
    with Inbox.open(path) as opened:
        opened.add(arrivals)
    return path


@pytest.fixture
def devhook_started(tmp_path):
    """Start `devhook ARGUMENTS` and leave it running."""

    @contextlib.contextmanager
    def start(*arguments):
        ours = ("DEVHOOK_", "SHOPIFY_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        process = subprocess.Popen(
            [sys.executable, "-m", "devhook", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")},
            cwd=tmp_path,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    return start


def test_each_attempt_is_a_line_and_the_summary_follows(devhook, app):
    done = devhook(
        "play", "order-lifecycle", "--to", app.port, "--speed", "max", env={"DEVHOOK_CLIENT_SECRET": "hush"}
    )

    assert done.returncode == 0, done.stderr
    *attempts, accepted, _, _ = done.stdout.splitlines()
    assert len(attempts) == len(app.requests) == 34
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} orders/create +#1001 +1  200 in \d+ .?s", attempts[0])
    assert accepted == "34 of 34 deliveries accepted, in 34 attempts"
    assert app.signatures("hush") == {Signature.VALID}


def test_without_a_secret_the_simulated_shops_secret_is_shown(devhook, app):
    done = devhook("play", "nothing-visible", "--to", app.port, "--speed", "max")

    assert done.returncode == 0
    assert SIMULATED_SECRET in done.stderr
    assert app.signatures(SIMULATED_SECRET) == {Signature.VALID}


def test_a_refused_delivery_is_retried_with_a_countdown(devhook, app):
    app.statuses = iter([500, 500])

    done = devhook("play", "nothing-visible", "--to", app.port, "--speed", 100_000)

    first = done.stdout.splitlines()[0]
    assert re.search(r"500 in \d+ .?s, retry in \d+ .?s$", first)
    assert done.returncode == 0


def test_a_long_wait_is_explained_and_ctrl_c_ends_it_with_the_sum(devhook_started, app):
    app.statuses = itertools.repeat(500)

    with devhook_started("play", "nothing-visible", "--to", app.port, "--speed", "5") as process:
        told = next(line for line in process.stderr if "four hours" in line)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert told == "Shopify retries for four hours; --speed 1000 shortens that to seconds.\n"
    assert process.returncode == 130
    assert "Stopped before the end of the scenario." in err
    assert "0 of " in out
    assert "Traceback" not in err


def test_a_delivery_that_is_never_accepted_is_a_failure(devhook, app):
    app.statuses = itertools.repeat(500)

    done = devhook("play", "nothing-visible", "--to", app.port, "--speed", "max", "--json")

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert list(told[0]) == [
        "time", "topic", "order", "webhook_id", "attempt", "forged", "url", "answer", "retry_in", "removed",
    ]  # fmt: skip
    assert max(each["attempt"] for each in told) == 9
    assert any(each["removed"] for each in told)
    assert "0 of" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("play", "order-lifecylce", "--to", "1"), 2, "Did you mean order-lifecycle?"),
        (("play", "order-lifecycle"), 2, "--to is required"),
        (("play", "order-lifecycle", "--to", "https://example.com"), 2, "add --allow-remote"),
        (("play", "order-lifecycle", "--to", "1"), 4, "Nothing listens at http://localhost:1."),
        (("play",), 2, "SCENARIO"),
        (("record", "refunds/create"), 2, "matches refunds/create"),
        (("record", "--out", "."), 2, "directory"),
        (("record", "--out", "nowhere/x.toml"), 1, "cannot be written: No such file or directory."),
    ],
)
def test_mistakes_are_answered_with_the_next_step(arguments, status, told, devhook, inbox):
    done = devhook("--inbox", inbox, *arguments)

    assert done.returncode == status
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_recording_is_played_with_the_same_bytes_order_and_pauses(devhook, inbox, app, tmp_path):
    recorded = devhook("--inbox", inbox, "record", "--out", "mine.toml")
    played = devhook(
        "--inbox", inbox, "play", "mine.toml", "--to", app.port, "--speed", 100,
        env={"DEVHOOK_CLIENT_SECRET": "hush"},
    )  # fmt: skip

    assert recorded.returncode == 0, recorded.stderr
    assert "Wrote 4 deliveries to mine.toml." in recorded.stderr
    assert played.returncode == 0, played.stderr
    assert "signed again" not in played.stderr
    assert [body for _, body in app.requests] == BODIES
    assert [headers["X-Shopify-Webhook-Id"] for headers, _ in app.requests] == ["w-0", "w-1", "w-2", "w-3"]
    assert app.signatures("hush") == {Signature.VALID}
    pauses = [later - earlier for earlier, later in itertools.pairwise(app.moments)]
    assert all(0.15 < pause < 2 for pause in pauses)


def test_a_recording_can_be_played_with_another_secret(devhook, inbox, app):
    devhook("--inbox", inbox, "record", "1", "3", "--out", "mine.toml")
    played = devhook("play", "mine.toml", "--to", app.port, "--speed", "max")

    assert "2 recorded deliveries are signed again" in played.stderr
    assert app.signatures(SIMULATED_SECRET) == {Signature.VALID}


def test_a_scenario_goes_to_stdout_and_no_file_is_overwritten(devhook, inbox, tmp_path):
    (tmp_path / "mine.toml").write_text("precious")

    refused = devhook("--inbox", inbox, "record", "--out", "mine.toml")
    piped = devhook("--inbox", inbox, "record", "1", "--title", "Mine")

    assert refused.returncode == 2
    assert (tmp_path / "mine.toml").read_text() == "precious"
    assert piped.stdout.startswith("title = 'Mine'\n")


def test_a_masked_recording_is_signed_with_a_test_secret(devhook, inbox, app):
    devhook("--inbox", inbox, "record", "1", "3", "--mask", "--out", "mine.toml")

    played = devhook(
        "play", "mine.toml", "--to", app.port, "--speed", "max",
        env={"DEVHOOK_CLIENT_SECRET": "devhook-test-secret"},
    )  # fmt: skip

    assert "signed again" not in played.stderr
    assert app.signatures("devhook-test-secret") == {Signature.VALID}


def test_record_as_jsonl_writes_what_export_writes(devhook, inbox, tmp_path):
    devhook("--inbox", inbox, "record", "--out", "mine.jsonl")
    devhook("--inbox", inbox, "export", "--out", "exported.jsonl")

    assert (tmp_path / "mine.jsonl").read_bytes() == (tmp_path / "exported.jsonl").read_bytes()


def test_a_recording_can_be_shown_in_the_demo(devhook, inbox):
    devhook("--inbox", inbox, "record", "1", "3", "--out", "mine.toml")

    done = devhook("demo", "--scenario", "mine.toml")

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("2 deliveries: 2 valid, 0 invalid")
