"""`devhook demo` without a terminal: a scenario, its events and its summary."""

import http.server
import json
import re
import stat
import threading

import pytest
from pydantic import SecretStr

from devhook.inbox.database import Inbox
from devhook.resources import fixtures
from devhook.scenario.loading import load_scenario
from devhook.webhook.signature import Secret, check


@pytest.mark.parametrize(
    "scenario",
    [
        "order-lifecycle",
        "duplicates-and-late",
        "nothing-visible",
        pytest.param("tampered", marks=pytest.mark.thorough),
    ],
)
def test_a_scenario_ends_with_the_expected_summary(devhook, scenario):
    done = devhook("demo", "--scenario", scenario)

    expected = load_scenario(scenario).expect
    assert done.returncode == 0, done.stderr
    *_, summary = done.stdout.splitlines()
    assert summary == (
        f"{expected.deliveries} deliveries: {expected.valid} valid, {expected.invalid} invalid, "
        f"{expected.duplicates} duplicates, {expected.late} late, {expected.unchanged} unchanged"
    )
    assert "Removed" in done.stderr
    assert "devhook-demo.myshopify.com" in done.stderr


@pytest.mark.smoke
def test_json_is_one_object_for_each_delivery_after_a_ready_event_and_no_inbox_is_left(devhook, tmp_path):
    done = devhook("demo", "--json", env={"TMPDIR": str(tmp_path)})

    ready, *deliveries = [json.loads(line) for line in done.stdout.splitlines()]
    first = deliveries[0]
    assert ready["event"] == "ready"
    assert ready["address"].startswith("http://127.0.0.1:")
    assert len(deliveries) == load_scenario("order-lifecycle").expect.deliveries
    assert list(first) == [
        "event", "id", "time", "topic", "shop", "webhook_id", "event_id", "api_version", "subject", "origin",
        "signature", "verdict", "changes", "unlisted", "hint", "unreadable", "repeated", "remarks",
        "compared_with", "newer", "unordered", "attempt", "repeats", "redundant", "summary", "says",
        "companions", "causes", "answer", "target", "replayed",
    ]  # fmt: skip
    assert (first["event"], first["target"]) == ("delivery", None)
    assert first["topic"] == "orders/create"
    assert first["subject"]["name"] == "#1001"
    assert (first["signature"], first["verdict"], first["origin"]) == ("valid", "first", "simulator")
    assert first["answer"] == {"status": 200}
    assert first["summary"].startswith("order of ")
    # The payment is among the changes.
    changes = [change for delivery in deliveries for change in delivery["changes"]]
    paid = next(change for change in changes if change["path"] == "financial_status")
    assert paid["after"] == "paid"
    assert paid["pointer"] == "/financial_status"
    # Nothing is masked without `--mask`.
    assert told_of_notes(done)[0] in NOTES
    assert list(tmp_path.glob("devhook-demo-*")) == []
    assert not (tmp_path / "data").exists()


def test_a_step_that_does_not_fit_is_reported_with_its_number(devhook, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[[steps]]\ndo = "check_out"\n[[steps]]\ndo = "refund"\n')

    done = devhook("demo", "--scenario", file)

    assert done.returncode == 1
    assert "Step 2 of 2" in done.stderr
    assert "Traceback" not in done.stderr


NOTES = json.loads((fixtures() / "shop.json").read_text(encoding="utf-8"))["notes"]
BUYERS = ("zoe.braendle", "Zoë", "maelle.lefevre", "haakon.odegard", "hanako.kaku", "niamh.os")


def told_of_notes(done):
    deliveries = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        change["after"]
        for each in deliveries
        for change in each.get("changes", ())
        if change["path"] == "note"
    ]


def test_a_masked_demo_comes_to_the_same_with_pseudonyms_and_masking_can_be_set_for_good(devhook):
    done = devhook("demo", "--json", env={"DEVHOOK_DEMO_MASK": "1"})

    assert done.returncode == 0
    assert done.stdout.count('"event": "delivery"') == load_scenario("order-lifecycle").expect.deliveries
    assert '"name": "#1001"' in done.stdout
    assert not [name for name in BUYERS if name in done.stdout]
    (note,) = told_of_notes(done)
    assert note not in NOTES


@pytest.fixture
def an_order(tmp_path):
    """A scenario of one step; retries change its summary."""
    file = tmp_path / "order.toml"
    file.write_text('title = "An order"\n[[steps]]\ndo = "check_out"\n[expect]\ndeliveries = 4\n')
    return file


class App(http.server.ThreadingHTTPServer):
    """A developer's app: it checks the signature, and fails the first few times."""

    secret = "hush-of-the-tests"

    def __init__(self, failing):
        super().__init__(("127.0.0.1", 0), _Hook)
        self.failing = failing
        self.signatures = []

    def status(self, headers, body):
        secrets = [Secret(name="", value=SecretStr(self.secret))]
        self.signatures.append(check(secrets, body, headers["X-Shopify-Hmac-Sha256"]).signature)
        return 500 if len(self.signatures) <= self.failing else 200


class _Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status(self.headers, body))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def app():
    with App(failing=1) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.thorough
def test_failures_asked_for_are_retried_and_each_attempt_is_an_object(devhook, an_order):
    done = devhook("demo", "--scenario", an_order, "--json", "--answer", "500x2@orders/create")

    told = [json.loads(line) for line in done.stdout.splitlines()]
    attempts = [each for each in told if each["event"] == "attempt"]
    deliveries = [each for each in told if each["event"] == "delivery"]
    assert done.returncode == 0, done.stderr
    assert list(attempts[0]) == [
        "event", "time", "topic", "order", "webhook_id", "attempt", "answer",
        "retry_in", "shopify_retry_in", "removed", "dropped",
    ]  # fmt: skip
    assert [(each["topic"], each["order"]) for each in attempts] == [("orders/create", "#1001")] * 3
    assert [(each["attempt"], each["answer"]["status"]) for each in attempts] == [
        (1, 500),
        (2, 500),
        (3, 200),
    ]
    assert [each["retry_in"] for each in attempts] == [
        pytest.approx(56.47 / 1000, rel=0.01),
        pytest.approx(112.94 / 1000, rel=0.01),
        None,
    ]
    assert attempts[0]["shopify_retry_in"] == pytest.approx(56.47, rel=0.01)
    assert len({each["webhook_id"] for each in attempts}) == 1
    assert [each["verdict"] for each in deliveries if each["topic"] == "orders/create"] == [
        "first", "duplicate", "duplicate",
    ]  # fmt: skip
    assert "The summary is not checked against the scenario" in done.stderr


def test_a_delivery_that_always_fails_loses_its_subscription_and_the_inbox_is_kept_on_request(
    devhook, an_order, tmp_path
):
    faults = ("--answer", "500@orders/create", "--retry-speed", "100000")

    done = devhook("--inbox", tmp_path / "kept" / "inbox", "demo", "--scenario", an_order, *faults)

    with Inbox.open(tmp_path / "kept" / "inbox") as inbox:
        assert len(inbox.rows()) == 12
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "kept" / "inbox").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "kept" / "inbox").stat().st_mode) == 0o700

    lines = [line.strip() for line in done.stdout.splitlines() if "↻" in line]
    assert done.returncode == 0, done.stderr
    assert len(lines) == 9
    assert lines[0] == "↻ orders/create #1001: answered 500, attempt 2 of 9 in 565 µs (Shopify: 56 s)"
    assert lines[-1].endswith("answered 500; the subscription is removed after 8 failures")
    assert "removed the temporary subscription to orders/create after 8 failures in a row." in done.stderr
    assert "Removed 14 temporary subscriptions" in done.stderr


def test_without_retries_an_unexpected_summary_is_a_failure(devhook, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[[steps]]\ndo = "check_out"\n[expect]\nlate = 3\n')

    done = devhook("demo", "--scenario", file, "--answer", "500@products/update")

    assert done.returncode == 1
    assert "late" in done.stderr


@pytest.mark.thorough
def test_the_users_app_gets_verifiable_deliveries_and_its_failures_are_retried(devhook, an_order, app):
    address = f"localhost:{app.server_port}"
    forwarded = ("--forward-to", address, "--wait-for-target")

    done = devhook("demo", "--scenario", an_order, *forwarded, env={"DEVHOOK_CLIENT_SECRET": app.secret})

    assert done.returncode == 0, done.stderr
    assert app.signatures == ["valid"] * 5
    assert re.search(r"↻ orders/create #1001: answered 500, attempt 2 of 9 in 5\d ms", done.stdout)
    assert "↻ orders/create #1001: answered 200, at attempt 2 of 9" in done.stdout
    assert f"Deliveries are forwarded to http://{address}." in done.stderr
    assert "signs with your app's client secret from DEVHOOK_CLIENT_SECRET." in done.stderr
    assert app.secret not in done.stdout + done.stderr


def test_without_the_apps_secret_the_demo_shows_how_to_set_it(devhook, an_order, app):
    done = devhook("demo", "--scenario", an_order, "--forward-to", app.server_port)

    assert done.returncode == 0, done.stderr
    assert app.signatures == ["invalid"] * 4
    assert "Set DEVHOOK_CLIENT_SECRET to it; the simulated shop then signs with it." in done.stderr
    assert "shpss_" not in done.stdout + done.stderr


def test_a_presentation_needs_the_screen_and_an_inbox_of_its_own(devhook, tmp_path):
    for options, words, hint in (
        ((), "A presentation needs the screen.", "devhook scenarios lesson-hmac"),
        (("--json",), "A presentation needs the screen.", "devhook scenarios lesson-hmac"),
        (("--web",), "A presentation has a temporary inbox", "Remove --inbox."),
    ):
        done = devhook("--inbox", tmp_path / "kept", "demo", "--present", "lesson-hmac", *options)

        assert done.returncode == 2
        assert words in done.stderr
        assert hint in done.stderr
    done = devhook("demo", "--present", "lesson-hmca")
    assert "Did you mean lesson-hmac?" in done.stderr or "needs the screen" in done.stderr
