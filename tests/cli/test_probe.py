"""`devhook probe` against endpoints on real sockets: its output and its exit status."""

import base64
import hmac
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from xml.etree import ElementTree as ET

import pytest

from devhook.probe.run import CHECKS

SECRET = "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"
ENVIRONMENT = {"DEVHOOK_CLIENT_SECRET": SECRET}


def signature_of(body):
    return base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()


class Hook(http.server.BaseHTTPRequestHandler):
    """An endpoint of the standard library that does as Shopify requires."""

    protocol_version = "HTTP/1.1"
    # The whole answer at once, or its body waits for the acknowledgement of its head.
    wbufsize = -1

    def do_POST(self):
        self.take(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        self.answer(405)

    def take(self, body):
        if not body:
            self.answer(400)
        elif self.headers.get("X-Shopify-Hmac-Sha256") != signature_of(body):
            self.answer(401, b"bad signature")
        else:
            self.answer(200)

    def answer(self, status, text=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """The backlog holds a complete burst; otherwise Linux delays the sixth connection by a second."""

    request_queue_size = 128
    daemon_threads = True


@pytest.fixture
def endpoint():
    """Start an endpoint, a correct one unless another reader of bodies is given; return its address."""
    stopping = []

    def start(take=Hook.take):
        server = Server(("127.0.0.1", 0), type("Endpoint", (Hook,), {"take": take}))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        stopping.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/webhooks"

    yield start
    for server, thread in stopping:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def probe(devhook):
    def run(*arguments, env=ENVIRONMENT):
        done = devhook("probe", *arguments, env=env)
        assert "Traceback" not in done.stderr
        assert SECRET not in done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def nobody():
    """An address where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/webhooks"


def assert_said(done, status, *texts):
    assert done.returncode == status, done.stderr
    for text in texts:
        assert text in done.stderr, done.stderr


def test_a_right_endpoint_has_a_line_for_each_check_and_the_status_0(probe, endpoint):
    done = probe(endpoint())

    *lines, summary = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert [line.split()[1] for line in lines] == [check.name for check in CHECKS]
    assert {line[0] for line in lines} == {"✓", "-"}
    assert summary == "26 passed, 0 warnings, 0 failed, 2 skipped."
    assert "28 checks with orders/updated" in done.stderr


def test_a_failure_is_reported_with_its_details_and_the_status_1(probe, endpoint):
    def trusting(self, _):
        self.answer(200, b"<p>Thank\x1b]0;you\x07</p>")

    done = probe(
        endpoint(trusting),
        "--only",
        "other-secret",
        "--only",
        "valid-json",
        env={**ENVIRONMENT, "COLUMNS": "70"},
    )

    good, bad, *told = done.stdout.splitlines()
    assert done.returncode == 1
    assert good.startswith("✓ valid-json    200 in ")
    assert bad.startswith("✗ other-secret  200 in ")
    assert told[:3] == [
        "    required  A body signed with another secret is answered with 401.",
        "    source    https://shopify.dev/docs/apps/build/webhooks/verify-deliveries",
        "    sent      orders/updated, 24,668 bytes, signed with another secret",
    ]
    assert told[3].startswith("    came      200 in ")
    assert told[4] == "    said      Thank␛]0;you␇"
    assert told[5].startswith("  → fix       Compute base64(HMAC-SHA256(client secret, raw body))")
    assert told[6].startswith("              ")
    assert told[-1] == "1 passed, 0 warnings, 1 failed."
    assert max(len(line) for line in told if "https://" not in line) <= 70


def test_a_consequence_of_another_failure_takes_one_line(probe, endpoint):
    def lost(self, _):
        self.answer(404)

    done = probe(endpoint(lost), "--only", "valid-json", "--only", "emoji", "--only", "duplicate")

    assert done.returncode == 1
    assert [line.split()[:2] for line in done.stdout.splitlines() if line[0] == "✗"] == [
        ["✗", "valid-json"],
        ["✗", "emoji"],
        ["✗", "duplicate"],
    ]
    assert done.stdout.count("Is this the path") == 1
    assert done.stdout.count(", as valid-json\n") == 2


def test_json_is_one_object_for_each_check(probe, endpoint):
    done = probe(endpoint(), "--json", "--skip", "burst")

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [each["check"] for each in told] == [check.name for check in CHECKS if check.name != "burst"]
    for each in told:
        assert list(each) == [
            "check",
            "outcome",
            "requirement",
            "source",
            "sent",
            "came",
            "said",
            "fix",
            "answer",
            "seconds",
            "intercepted_by",
            "follows",
        ]
        assert each["intercepted_by"] == ""
    assert told[1]["outcome"] == "pass"
    assert told[1]["answer"]["status"] == 200
    assert "25 passed" in done.stderr


def test_a_tunnel_in_front_of_the_app_is_named_in_every_output(probe, endpoint, tmp_path):
    """ngrok's page for browsers is a 200, which once passed 18 checks."""

    def page(self, _):
        body = b"<html>You are about to visit acme.ngrok-free.app ERR_NGROK_6024</html>"
        self.send_response(200)
        self.send_header("Ngrok-Error-Code", "ERR_NGROK_6024")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    behind = endpoint(page)
    file = tmp_path / "probe.xml"
    done = probe(behind, "--junit", str(file))
    as_json = probe(behind, "--json")

    named = "ngrok answered, not the app: it shows its warning page for browsers (ERR_NGROK_6024)."
    assert (done.returncode, as_json.returncode) == (4, 4)
    assert named in " ".join(done.stdout.split())
    assert "ngrok-skip-browser-warning" in done.stdout
    assert (
        f"The app was not reached. 0 passed, 0 warnings, 1 failed, {len(CHECKS) - 1} skipped." in done.stdout
    )
    told = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [each["outcome"] for each in told] == ["skip", "fail", *["skip"] * (len(CHECKS) - 2)]
    assert {each["intercepted_by"] for each in told[1:]} == {"ngrok"}
    assert told[1]["answer"]["intercepted_by"] == "ngrok"
    assert named in as_json.stderr
    suite = ET.parse(file).getroot().find("testsuite")
    assert (suite.get("failures"), suite.get("skipped")) == ("1", str(len(CHECKS) - 1))
    assert named in suite.find("testcase/failure").get("message")


def test_a_junit_file_is_written_for_ci(probe, endpoint, tmp_path):
    def refusing(self, _):
        self.answer(500, b"\x00\xff broken")

    done = probe(endpoint(refusing), "--only", "compliance-*", "--junit", tmp_path / "probe.xml")

    suite = ET.parse(tmp_path / "probe.xml").getroot().find("testsuite")
    assert done.returncode == 1
    assert (suite.get("tests"), suite.get("failures")) == ("6", "6")
    assert suite.find(".//property").get("value").startswith("http://127.0.0.1:")


def test_where_nothing_listens_there_is_one_sentence(probe, nobody, tmp_path):
    done = probe(nobody, "--junit", tmp_path / "probe.xml")

    assert_said(done, 4, "Connection refused: nothing listens on 127.0.0.1", "Start the app")
    assert done.stdout == ""
    assert "nothing listens" in ET.parse(tmp_path / "probe.xml").getroot().find(".//error").get("message")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], ["A URL is required", "devhook probe http://localhost:3000/webhooks"]),
        (["ftp://localhost/"], ["ftp://localhost/", "http://localhost:3000/webhooks"]),
        (["https://app.example.com/webhooks"], ["app.example.com", "--allow-remote"]),
        (["http://localhost:1/", "--only", "valid"], ["Unknown check 'valid'", "valid-json"]),
        (["http://localhost:1/", "--topic", "order/paid"], ["order/paid", "orders/paid"]),
        (["http://localhost:1/", "--topic", "customer/redacted"], ["no topic", "customers/redact"]),
        (
            ["http://localhost:1/", "--junit", "not/there.xml"],
            ["not/there.xml cannot be written: No such file", "--junit"],
        ),
        (["http://localhost:1/", "--timeout", "0"], ["--timeout"]),
        (["http://localhost:1/", "--shop", "a b"], ["a b"]),
    ],
)
def test_a_mistake_is_a_sentence_and_what_to_write_instead(probe, arguments, said):
    assert_said(probe(*arguments), 2, *said)


def test_a_port_is_an_address(probe, endpoint):
    port = endpoint().split(":")[2].partition("/")[0]

    assert probe(port, "--only", "valid-json").returncode == 0


def test_a_topic_may_be_written_as_the_api_does(probe, endpoint):
    done = probe(endpoint(), "--only", "valid-json", "--topic", "ORDERS_PAID")

    assert_said(done, 0, "1 check with orders/paid")


def test_without_a_secret_nothing_can_be_signed(probe, nobody):
    done = probe(nobody, env={})

    assert_said(done, 2, "No client secret is set", "DEVHOOK_CLIENT_SECRET", "SHOPIFY_API_SECRET")


def test_shopifys_own_variable_is_accepted(probe, endpoint):
    done = probe(endpoint(), "--only", "valid-json", env={"SHOPIFY_API_SECRET": SECRET})

    assert done.returncode == 0


def test_the_checks_are_listed_without_a_secret_or_an_address(probe):
    in_words, as_json = probe("--list", env={}), probe("--list", "--json", "--only", "*-401", env={})

    assert [line.split()[0] for line in in_words.stdout.splitlines()] == [check.name for check in CHECKS]
    told = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert len(told) == 3
    assert {tuple(each) for each in told} == {("check", "requirement", "source")}


def test_secrets_in_an_endpoints_answer_are_not_shown(probe, endpoint, tmp_path):
    def telling(self, body):
        self.answer(401, f"{SECRET} would make {signature_of(body)}".encode())

    done = probe(endpoint(telling), "--json", "--junit", tmp_path / "probe.xml")

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["said"] for each in told if each["check"] != "tls"} == {"‹hidden› would make ‹hidden›", ""}
    assert SECRET not in (tmp_path / "probe.xml").read_text()


@pytest.mark.thorough
def test_when_the_time_runs_out_the_findings_so_far_are_reported(probe, endpoint, tmp_path):
    never = threading.Event()

    def sleeping(self, body):
        if self.headers["X-Shopify-Topic"] == "shop/redact":
            never.wait(30)
        self.answer(401 if self.headers["X-Shopify-Hmac-Sha256"] != signature_of(body) else 200)

    try:
        done = probe(
            endpoint(sleeping), "--only", "compliance-*", "--timeout", "2", "--junit", tmp_path / "a.xml"
        )
    finally:
        never.set()

    assert_said(done, 124, "--timeout")
    assert done.stdout.splitlines()[-1] == ("The time ran out. 4 passed, 0 warnings, 0 failed, 2 not made.")
    skipped = ET.parse(tmp_path / "a.xml").getroot().findall(".//skipped")
    assert [each.get("message") for each in skipped] == ["The time ran out."] * 2


def test_ctrl_c_ends_it_with_the_findings_so_far(endpoint, tmp_path):
    never = threading.Event()

    def sleeping(self, body):
        if self.headers["X-Shopify-Topic"] == "shop/redact":
            never.wait(30)
        self.answer(200)

    command = [sys.executable, "-m", "devhook", "probe", endpoint(sleeping), "--only", "compliance-*redact"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **ENVIRONMENT, "HOME": str(tmp_path)},
    ) as started:
        try:
            first = started.stdout.readline()
            started.send_signal(signal.SIGINT)
            rest, errors = started.communicate(timeout=30)
        finally:
            never.set()

    assert first.startswith("✓ compliance-customers-redact")
    assert rest == "Interrupted. 1 passed, 0 warnings, 0 failed, 1 not made.\n"
    assert started.returncode == 130
    assert "Traceback" not in errors
