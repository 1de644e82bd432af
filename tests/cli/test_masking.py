"""No command shows a planted mark with --mask: each is run, from the table of commands."""

import contextlib
import http.server
import json
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from contextvars import copy_context
from datetime import UTC, datetime, timedelta

import click
import pytest

from devhook.cli.commands import SECTIONS
from devhook.cli.masking import mask_from_the_start, masked_line
from devhook.inbox.database import Inbox
from devhook.recordings.masked import TEST_SECRET
from devhook.webhook.delivery import Arrival, Delivery, Signature
from devhook.webhook.signature import check, sign

SECRET = "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"
MAIL = "mark.planted@example.net"
NAME = "Zwetschgenmus"
PHONE = "+49 7531 1234567"
ADDRESS = "84.112.3.4"
TOKEN = "hushmark"
MARKS = (MAIL, NAME, PHONE, ADDRESS, TOKEN)
QUERY = f"buyer={MAIL}&token={TOKEN}"
PERSON = {
    "email": MAIL,
    "phone": PHONE,
    "first_name": NAME,
    "last_name": NAME,
    "default_address": {"address1": NAME, "address2": f"{MAIL} {NAME}", "city": NAME, "zip": "78462"},
}
ORDER = {
    "id": 1,
    "name": "#2001",
    "email": MAIL,
    "browser_ip": ADDRESS,
    "client_details": {"browser_ip": ADDRESS},
    "note": f"call {NAME}, {PHONE}",
    "note_attributes": [{"name": "gift", "value": NAME}, {"name": MAIL, "value": MAIL}],
    "tags": f"{MAIL}, vip",
    "order_status_url": f"https://shop.example/1/orders/{TOKEN}/authenticate?key={TOKEN}",
    "landing_site": f"/?{QUERY}",
    "customer": PERSON,
    "shipping_address": {"name": NAME, "company": NAME, "address1": NAME, "phone": PHONE},
    "line_items": [{"id": 1, "title": MAIL, "properties": [{"name": "for", "value": NAME}]}],
}
HEADERS = (
    ("X-Shopify-Shop-Domain", "acme.myshopify.com"),
    ("X-Shopify-Event-Id", MAIL),
    ("X-Buyer", MAIL),
    ("X-Forwarded-For", ADDRESS),
    ("Cookie", f"s={TOKEN}"),
)


class App(http.server.BaseHTTPRequestHandler):
    """Answers every request with the marks, as JSON without a content type."""

    status = 500

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"error": f"no buyer {MAIL}", "customer": PERSON}).encode()
        self.send_response(self.status)
        self.send_header("X-Buyer", MAIL)
        self.send_header("Set-Cookie", f"s={TOKEN}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.do_POST()

    def log_message(self, *_):
        pass


@pytest.fixture
def app():
    """The address of the app, with marks in its query."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/?{QUERY}"
        server.shutdown()
        thread.join()


def arrival(number, document, topic="orders/updated", *, body=None, signature=Signature.VALID):
    body = json.dumps(document).encode() if body is None else body
    headers = (
        ("X-Shopify-Topic", topic),
        ("X-Shopify-Webhook-Id", f"w-{number}"),
        ("X-Shopify-Hmac-Sha256", sign(SECRET, body if signature is Signature.VALID else body + b"\n")),
        ("Content-Type", "application/xml" if body.startswith(b"<") else "application/json"),
    )
    delivery = Delivery(
        received_at=datetime.now(UTC) + timedelta(microseconds=number),
        path=f"/webhooks?{QUERY}",
        headers=(*headers, *HEADERS),
        body=body,
    )
    return Arrival(delivery=delivery, signature=signature)


@pytest.fixture
def inbox(tmp_path):
    """An inbox in a folder with a mark in its name, with marks in all that it contains."""
    redact = {"shop_id": 1, "shop_domain": "acme.myshopify.com", "customer": {"id": 2, **PERSON}}
    xml = f"<order><id type='integer'>9</id><email>{MAIL}</email><note>{NAME}</note></order>".encode()
    path = tmp_path / MAIL / "inbox"
    path.parent.mkdir()
    with Inbox.open(path) as opened:
        opened.add(
            [
                arrival(1, {"id": 1, "name": "#2001", "email": "other@example.net"}),
                arrival(2, ORDER),
                arrival(3, redact, "customers/redact"),
                arrival(4, {"id": 3, **PERSON}, "customers/update"),
                arrival(5, None, "orders/create", body=xml),
                arrival(6, ORDER, signature=Signature.INVALID),
                arrival(7, None, body=b'{"email": "' + MAIL.encode()),
            ]
        )
    return path


@pytest.fixture
def files(tmp_path):
    """Files with marks: the config of a project, a payload, an answer of Shopify."""
    (tmp_path / ".devhook").mkdir()
    (tmp_path / ".devhook" / "config.toml").write_text(
        f'[listen]\nforward-to = "https://a.example/?{QUERY}"\n'
    )
    (tmp_path / f"{MAIL}.json").write_text(json.dumps(ORDER))
    (tmp_path / f"{MAIL}-planted.toml").write_text(
        f'title = "of {MAIL}"\nnote = "call {PHONE}"\n[[steps]]\ndo = "check_out"\nnote = "{ADDRESS}"\n'
    )
    error = {"field": ["uri"], "message": f"Invalid API key or access token of {MAIL}"}
    (tmp_path / f"{MAIL}.txt").write_text(json.dumps({"data": {"x": {"userErrors": [error]}}}))


# The arguments for each command; {app} is the address of the app.
LINES = {
    "demo": [
        ["--speed", "1000", "--retry-speed", "1000000", "--forward-to", "{app}"],
        ["--json", "--speed", "1000", "--retry-speed", "1000000", "--forward-to", "{app}"],
    ],
    "init": [[]],
    "listen": [["--host", f"{MAIL}.invalid"], ["--forward-to", f"https://a.example/?{QUERY}"]],
    "trust": [[], [".devhook/config.toml", "--yes"], [f"{MAIL}.toml"]],
    "log": [["--all"], ["--all", "--json"], [f"order:{MAIL}"]],
    "show": [*([str(number)] for number in range(1, 8)), ["2", "--json"], ["2", "--raw"], ["2", "--headers"]],
    "diff": [["2"], ["1", "2"], ["2", "--json"], ["--shape", "2", f"{MAIL}.json"]],
    "wait": [
        ["--include-past", "--count", "7", "--timeout", "0"],
        ["--include-past", "--count", "7", "--json", "--timeout", "0"],
        [f"order:{MAIL}", "--timeout", "0"],
    ],
    "forge": [
        ["--from", "2", "--to", "{app}"],
        ["--from", "2", "--to", "{app}", "--json"],
        ["--from", "2", "--to", "{app}", "--tamper", "bad-signature"],
        ["--from", "2", "--set", "email=other@example.net", "--consistent", "--to", "{app}"],
        *(["--from", "2", "--print", form] for form in ("curl", "body", "headers")),
        ["orders/paid", "--from", f"{MAIL}.json", "--print", "body"],
        ["--from", "7", "--print", "body"],
    ],
    "replay": [
        ["--to", "{app}"],
        ["--to", "{app}", "--json"],
        ["--to", f"http://127.0.0.1:9/?{QUERY}"],
        ["--to", "{app}", "--times", "5"],
    ],
    "play": [["tampered", "--to", "{app}", "--speed", "max"], [f"{MAIL}.toml", "--to", "{app}"]],
    "record": [[], ["--out", f"{MAIL}-made.toml"], ["--as", "jsonl"]],
    # A run of the engine shows what these show, and counts.
    "load": [
        ["2", "--to", f"http://127.0.0.1:9/?{QUERY}"],
        ["--from", f"{MAIL}.none", "--to", "{app}"],
        ["--scenario", f"{MAIL}.none", "--to", "{app}"],
        ["--worker", MAIL, "--to", "{app}"],
        ["--to", f"https://a.example/?{QUERY}"],
    ],
    "probe": [["{app}"], ["{app}", "--json", "--junit", f"{MAIL}.xml"], [f"http://127.0.0.1:9/?{QUERY}"]],
    "verify": [[f"{MAIL}.json", "--hmac", "x"], [f"{MAIL}.none"], [f"{MAIL}.json", "--hmac", "x", "--json"]],
    "sign": [[f"{MAIL}.none"]],
    "topics": [[MAIL]],
    "subscriptions": [["list"], ["list", "--json"], ["clean"]],
    "doctor": [["--forward-to", "{app}", "--port", "0"], ["--json", "--forward-to", "{app}", "--port", "0"]],
    "explain": [[f"{MAIL}.txt"], [f"{MAIL}.txt", "--json"], [f"{MAIL}.none"]],
    "export": [
        *(["--as", form] for form in ("jsonl", "har", "curl", "http", "pytest")),
        ["--out", f"{MAIL}.jsonl"],
    ],
    "import": [[f"{MAIL}.jsonl"], [f"{MAIL}.none"]],
    "prune": [["--keep-count", "7"]],
    "help": [[MAIL]],
    "completion": [["bash"]],
    "open": [[f"{MAIL}.none"]],
    "scenarios": [[], [f"{MAIL}.none"], ["lesson-hmac", "--json"], [f"{MAIL}-planted.toml"]],
}


def test_every_command_of_the_table_is_tried():
    assert set(LINES) == {entry.name for entries in SECTIONS.values() for entry in entries}


def marks_in(text):
    return [mark for mark in MARKS if mark.casefold() in text.casefold()]


@pytest.mark.thorough
def test_no_command_shows_a_planted_mark(devhook, tmp_path, inbox, files, app, shop):
    shop.subscribe("orders/paid", f"https://a.example/?{QUERY}", "plain")
    environment = shop.environment(DEVHOOK_CLIENT_SECRET=SECRET, DEVHOOK_MASK="1")
    shown = []
    for command, lines in LINES.items():
        for arguments in lines:
            given = [argument.format(app=app) for argument in arguments]
            done = devhook("--inbox", inbox, command, *given, env=environment)

            assert done.stdout or done.stderr, (command, arguments)
            if found := marks_in(done.stdout + done.stderr):
                shown.append((command, arguments, found))
    written = [path for path in tmp_path.iterdir() if path.name.endswith((".xml", "made.toml", ".jsonl"))]

    assert shown == []
    assert len(written) == 3
    assert [path.name for path in written if marks_in(path.read_text())] == []


@pytest.mark.thorough
def test_without_a_mask_the_marks_are_shown(devhook, inbox, files, app, shop):
    """Without the mask the marks are visible."""
    shop.subscribe("orders/paid", f"https://a.example/?{QUERY}", "plain")
    environment = shop.environment(DEVHOOK_CLIENT_SECRET=SECRET)
    for command in ("log", "show", "replay", "forge", "probe", "export", "subscriptions"):
        given = [argument.format(app=app) for argument in LINES[command][1]]
        done = devhook("--inbox", inbox, command, *given, env=environment)

        assert marks_in(done.stdout + done.stderr), command


def test_a_session_that_listens_shows_no_planted_mark(tmp_path, clean, app):
    for output in ("json", "lines"):
        inbox = tmp_path / output / "inbox"
        command = [sys.executable, "-m", "devhook", "--inbox", str(inbox), "listen", "--port", "0"]
        command += ["--output", output, "--mask", "--forward-to", app]
        environment = clean | {"DEVHOOK_CLIENT_SECRET": SECRET}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
        ) as process:
            told = []
            try:
                while not (found := re.search(r"Listening on (http://\S+?)/", process.stderr.readline())):
                    assert process.poll() is None
                for number, document in enumerate([{"id": 1, "name": "#2001"}, ORDER]):
                    sent = arrival(number, document).delivery
                    request = urllib.request.Request(
                        f"{found[1]}{sent.path}", sent.body, dict(sent.headers), method="POST"
                    )
                    with contextlib.closing(urllib.request.urlopen(request, timeout=60)):
                        pass
                # Both were shown, and so were the app's answers to both.
                answers = 0
                while answers < 2:
                    told.append(process.stdout.readline())
                    answers += '"event": "answer"' in told[-1] or "←" in told[-1]
            finally:
                process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)

        assert "#2001" in "".join(told)
        assert marks_in("".join(told) + out + err) == []


def test_a_pseudonym_is_the_same_in_every_part_of_an_output(devhook, inbox):
    shown = devhook("--inbox", inbox, "show", "2", "--json", "--mask", env={"DEVHOOK_CLIENT_SECRET": SECRET})
    content = json.loads(shown.stdout)
    body = json.loads(content["body"])

    (change,) = (each for each in content["changes"] if each["path"] == "email")
    assert change["after"] == body["email"] == body["customer"]["email"]
    assert body["tags"].split(", ")[0].endswith("@masked.example") or "@" not in body["tags"]
    headers = dict(content["headers"])
    assert headers["X-Buyer"] == body["email"]
    # The signature is that of the delivery: with a secret it can be checked, and it reveals nothing.
    assert headers["X-Shopify-Hmac-Sha256"] == sign(SECRET, json.dumps(ORDER).encode())


def test_errors_before_the_options_are_masked_too(devhook, tmp_path):
    (tmp_path / f"{MAIL}.toml").write_text(f"forwrad-{TOKEN} = 1")

    for arguments, variables in ((("--mask",), {}), ((), {"DEVHOOK_MASK": "1"})):
        for file in (f"{MAIL}.toml", f"{MAIL}.none"):
            done = devhook("--config", file, "log", *arguments, env=variables)

            assert done.returncode == 2
            assert MAIL not in done.stderr


def test_an_address_in_several_colours_is_masked():
    def masked():
        mask_from_the_start(["--mask"])
        plain = masked_line(f"to {MAIL} and more")
        parts = click.style("mark.", fg="red"), click.style("planted", bold=True)
        return plain, masked_line(f"to {''.join(parts)}@example.net and more")

    plain, coloured = copy_context().run(masked)

    assert click.unstyle(coloured) == plain
    assert coloured.startswith("to \x1b[31m")
    assert masked_line(MAIL) == MAIL


@pytest.mark.parametrize("way", ["flag", "variable", "file", "not"])
def test_a_mask_can_be_set_for_every_command(devhook, inbox, tmp_path, way):
    config = tmp_path / "config" / "devhook" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("mask = true\n" if way in {"file", "not"} else "")
    given = {"flag": ["--mask"], "not": ["--no-mask"]}.get(way, [])
    environment = {"DEVHOOK_MASK": "1"} if way == "variable" else {}

    done = devhook("--inbox", inbox, "show", "2", *given, env=environment)

    assert (MAIL in done.stdout) == (way == "not")


def test_a_masked_recording_is_imported_again_and_its_signatures_are_what_it_says(devhook, inbox, tmp_path):
    with Inbox.open(inbox) as opened:
        opened.add(
            [
                arrival(8, ORDER, signature=Signature.MISSING),
                arrival(9, ORDER, signature=Signature.UNCHECKED),
            ]
        )
    again = ("--inbox", tmp_path / "again")
    known = {"DEVHOOK_CLIENT_SECRET": TEST_SECRET.value.get_secret_value()}

    assert devhook("--inbox", inbox, "export", "--mask", "--out", "shared.jsonl").returncode == 0
    assert devhook(*again, "import", "shared.jsonl", env=known).returncode == 0
    rows = [json.loads(line) for line in devhook(*again, "log", "--all", "--json").stdout.splitlines()]

    assert [row["signature"] for row in rows] == [*["valid"] * 5, "invalid", "valid", "missing", "valid"]
    for row in rows:
        shown = json.loads(devhook(*again, "show", row["id"], "--json", env=known).stdout)
        body = devhook(*again, "show", row["id"], "--raw", raw=True).stdout
        hmac = dict(shown["headers"]).get("X-Shopify-Hmac-Sha256", "")
        checked = check([TEST_SECRET], body, hmac or None)
        assert (checked.signature == "valid") is (row["signature"] == "valid"), row["id"]
        assert shown["signed_with"] == (TEST_SECRET.name if row["signature"] == "valid" else None)
        assert marks_in(json.dumps(shown)) == []
    redact = json.loads(devhook(*again, "show", "3", "--raw").stdout)
    assert redact["shop_domain"] == rows[2]["shop"] == "acme.myshopify.com"
