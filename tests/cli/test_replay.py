"""`devhook replay` to an app on a real socket, from an inbox on disk."""

import contextlib
import http.server
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.journal import sends
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery, Signature
from devhook.webhook.signature import Secret, check

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


class App:
    """A developer's app in a thread: it answers with `status` and the body that it received."""

    def __init__(self):
        self.status = 200
        self.body = b"ok"
        self.requests = []
        self.port = 0
        self.gate = threading.Event()
        self.gate.set()
        self.came = threading.Semaphore(0)

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.requests.append((dict(handler.headers), body))
        self.came.release()
        self.gate.wait(30)
        handler.send_response(self.status)
        handler.send_header("Content-Length", str(len(self.body)))
        handler.end_headers()
        handler.wfile.write(self.body)


@contextlib.contextmanager
def serving(app):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            with contextlib.suppress(ConnectionError):
                app.take(self)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    app.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield app
    finally:
        app.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def app():
    with serving(App()) as served:
        yield served


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "kept.db"


@pytest.fixture
def fill(inbox):
    def filling(count):
        arrivals = [
            Arrival(
                delivery=Delivery(
                    received_at=NOON + timedelta(seconds=number),
                    path="/webhooks",
                    headers=(
                        ("X-Shopify-Topic", "orders/updated"),
                        ("X-Shopify-Webhook-Id", f"w-{number}"),
                        ("X-Shopify-Hmac-Sha256", "of another app"),
                    ),
                    body=b'{"id":%d}' % number,
                ),
                signature=Signature.UNCHECKED,
            )
            for number in range(count)
        ]
        with Inbox.open(inbox) as opened:
            opened.add(arrivals)

    return filling


def test_each_send_is_a_line_and_the_summary_is_the_last(devhook, inbox, fill, app):
    fill(3)

    done = devhook("--inbox", inbox, "replay", "2", "1", "--to", app.port)

    assert done.returncode == 0, done.stderr
    first, second, counts, times = done.stdout.splitlines()
    assert re.fullmatch(r" +2  orders/updated +200 in \d+ .?s", first)
    assert second.split()[0] == "1"
    assert counts == "2 × 200"
    assert times.startswith("answered within ")
    assert [body for _, body in app.requests] == [b'{"id":1}', b'{"id":0}']
    assert done.stderr.splitlines() == [f"2 deliveries to http://localhost:{app.port}."]


def test_an_answer_that_is_not_2xx_is_a_failure_and_its_body_is_shown(devhook, inbox, fill, app):
    fill(1)
    app.status, app.body = 500, b"<h1>Oh\n no</h1>\x1b[31m"

    done = devhook("--inbox", inbox, "replay", "1", "--to", app.port)

    assert done.returncode == 1
    assert "Oh no ␛[31m" in done.stdout
    with Inbox.open(inbox) as opened:
        assert [send.answer.status for send in sends(opened)] == [500]


def test_an_answer_in_front_of_the_app_is_named(devhook, inbox, fill, app):
    fill(1)
    app.status, app.body = 502, b"<html>ERR_NGROK_8012</html>"

    done = devhook("--inbox", inbox, "replay", "1", "--to", app.port)
    as_json = devhook("--inbox", inbox, "replay", "1", "--to", app.port, "--json")

    assert "ngrok answered, not the app: the tunnel is open, but nothing listens" in done.stdout
    assert json.loads(as_json.stdout.splitlines()[0])["answer"]["intercepted_by"] == "ngrok"


def test_json_is_one_object_for_each_send(devhook, inbox, fill, app):
    fill(2)

    done = devhook("--inbox", inbox, "replay", "--to", app.port, "--times", 2, "--json")

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["id"], each["round"]) for each in told] == [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert list(told[0]) == ["id", "round", "time", "topic", "url", "answer", "earlier", "differences"]
    assert [each["earlier"] and each["earlier"]["time"] for each in told] == [
        None,
        None,
        told[0]["time"],
        told[1]["time"],
    ]
    assert list(told[0]["answer"]) == ["status", "seconds", "failure", "error", "intercepted_by", "body"]
    assert told[0]["answer"]["body"] == "ok"


@pytest.mark.thorough
def test_a_fixed_app_is_told_beside_the_answers_of_before(devhook, inbox, fill, app):
    fill(30)
    with Inbox.open(inbox) as opened:
        failed = Answer(status=500, seconds=60, body=b'{"error":"tax_lines","code":[1]}')
        by = f"http://localhost:{app.port}/webhooks"
        opened.add([], [Answered(delivery_id=3, by=by, at=NOON, answer=failed)])
        elsewhere = failed.model_copy(update={"status": 503})
        opened.add([], [Answered(delivery_id=3, by="http://other/", at=NOON, answer=elsewhere)])
    app.body = b'{"error":null,"code":[1]}'

    (line, *_) = devhook("--inbox", inbox, "replay", "3", "--to", app.port).stdout.splitlines()
    assert re.search(
        r"^ +3  orders/updated +500 → 200 in \d+ .?s"
        r"  body “{\"error\":\"tax_lines\",\"code\":\[1\]}” → “{\"error\":null,\"code\":\[1\]}”, 1 min → ",
        line,
    )
    again = devhook("--inbox", inbox, "replay", "3", "--to", app.port)
    assert " → 200" not in again.stdout
    assert "1 answered with the same status as before" in again.stdout

    app.status = 422
    many = devhook("--inbox", inbox, "replay", "--to", app.port, "1-30", "1-30")
    assert many.stdout.count("200 → 422 in ") == 1
    assert "1 answered with a different status than before, 30 with the same one" in many.stdout

    told = json.loads(devhook("--inbox", inbox, "replay", "3", "--to", app.port, "--json").stdout)
    assert told["earlier"].items() >= {"url": by, "status": 422, "failure": None}.items()
    assert not [each for each in told["differences"] if "422" in each or "body" in each]


def test_only_failures_of_many_sends_are_listed(devhook, inbox, fill, app):
    fill(30)
    app.status = 404

    done = devhook("--inbox", inbox, "replay", "--to", app.port, "--concurrency", 4)

    assert done.returncode == 1
    assert sum("orders/updated" in line for line in done.stdout.splitlines()) == 20
    assert "… and 10 more like these" in done.stderr
    assert "30 × 404" in done.stdout


def test_an_unreachable_endpoint_is_a_network_failure(devhook, inbox, fill, app):
    fill(2)

    done = devhook("--inbox", inbox, "replay", "--to", f"https://localhost:{app.port}")

    assert done.returncode == 4
    assert f"No request reached https://localhost:{app.port}. TLS failed: " in done.stderr
    with Inbox.open(inbox) as opened:
        assert len(sends(opened)) == 2


def test_signing_again_uses_the_known_secret(devhook, inbox, fill, app):
    fill(1)

    done = devhook(
        "--inbox", inbox, "replay", "--to", app.port, "--resign", env={"DEVHOOK_CLIENT_SECRET": "hush"}
    )

    assert done.returncode == 0
    headers, body = app.requests[0]
    secrets = [Secret(name="s", value="hush")]
    assert check(secrets, body, headers["X-Shopify-Hmac-Sha256"]).signature is Signature.VALID


@pytest.mark.thorough
def test_the_reported_seed_repeats_the_shuffle(devhook, inbox, fill, app):
    fill(12)

    done = devhook("--inbox", inbox, "replay", "--to", app.port, "--shuffle")
    seed = re.search(r"--seed (\d+)", done.stderr)[1]
    devhook("--inbox", inbox, "replay", "--to", app.port, "--seed", seed)

    bodies = [body for _, body in app.requests]
    assert bodies[:12] == bodies[12:]
    assert bodies[:12] != sorted(bodies[:12])


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("replay",), 2, "--to is required."),
        (("replay", "--to", "https://example.com"), 2, "example.com is not this machine"),
        (("replay", "--to", "1"), 4, "Nothing listens at http://localhost:1."),
        (("replay", "7", "--to", "1"), 2, "The inbox contains no delivery 7."),
        (("replay", "refunds/create", "--to", "1"), 2, "No delivery in the inbox matches refunds/create."),
        (("replay", "--to", "1", "--resign"), 2, "No client secret is set to sign with"),
        (("replay", "--to", "1", "--speed", "fast"), 2, "neither a number above 0 nor max"),
        (("replay", "--to", "1", "--only-late"), 2, "None of these deliveries is late."),
        (("replay", "--to", "1", "--only-late", "--shuffle"), 2, "--only-late needs a fixed order"),
        (("replay", "--to", "1", "--watch", "nowhere"), 2, "nowhere"),
    ],
)
def test_mistakes_are_answered_with_the_next_step(arguments, status, told, devhook, inbox, fill):
    fill(1)

    done = devhook("--inbox", inbox, *arguments)

    assert done.returncode == status
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) >= 2


@contextlib.contextmanager
def started(tmp_path, *arguments, **streams):
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("DEVHOOK_", "SHOPIFY_"))
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "devhook", *map(str, arguments)],
        env=clean | {"HOME": str(tmp_path)},
        cwd=tmp_path,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | streams,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_stops_at_once_and_reports_what_was_sent(tmp_path, inbox, fill, app):
    fill(30)
    with started(tmp_path, "--inbox", inbox, "replay", "--to", app.port) as process:
        for _ in range(5):
            app.came.acquire(timeout=60)
        app.gate.clear()
        app.came.acquire(timeout=60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    sent = len(app.requests)
    assert process.returncode == 130
    assert f"Stopped: {sent} of 30 were sent, 1 of them had no answer yet." in err
    assert f"{sent - 1} × 200" in out
    assert "Traceback" not in err
    with Inbox.open(inbox) as opened:
        assert len(sends(opened)) == sent


@pytest.mark.thorough
def test_a_change_sends_again_and_the_answers_are_compared(tmp_path, inbox, fill, app):
    fill(2)
    code = tmp_path / "app.py"
    code.write_text("one")
    app.status, app.body = 500, b"broken"

    arguments = ("--inbox", inbox, "replay", "--to", app.port, "--new-ids", "--watch", tmp_path)
    with started(tmp_path, *arguments) as process:
        for line in process.stderr:
            if line.startswith("Watching"):
                break
        app.status, app.body = 200, b"mended"
        code.write_text("another")
        told = []
        for line in process.stderr:
            told.append(line)
            if line.startswith("Watching"):
                break
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert told[0] == f"{code} changed.\n"
    assert len({headers["X-Shopify-Webhook-Id"] for headers, _ in app.requests}) == 4
    compared = [line for line in out.splitlines() if "→" in line]
    assert [line.split()[0] for line in compared] == ["1", "2"]
    assert all(re.search(r"500 → 200 in \d+ .?s  body “broken” → “mended”", line) for line in compared)
    assert "2 answered with a different status than before\n" in out


@pytest.mark.thorough
def test_in_a_terminal_a_bar_shows_how_far_it_is(tmp_path, inbox, fill, app):
    fill(25)
    ours, theirs = pty.openpty()
    shown = b""
    with started(
        tmp_path, "--inbox", inbox, "replay", "--to", app.port, stderr=theirs, text=False
    ) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):
            while part := os.read(ours, 4096):
                shown += part
        out, _ = process.communicate(timeout=60)
    os.close(ours)

    assert process.returncode == 0
    assert b"25/25" in shown
    assert out.decode().splitlines()[0] == "25 × 200"
