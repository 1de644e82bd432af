"""`devhook forge`: forged, edited and tampered deliveries, sent and printed; and frequent mistakes."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import subprocess
import threading
from datetime import UTC, datetime

import pytest

from devhook.forge import tamper as tampering
from devhook.forge.source import sample
from devhook.forge.tamper import TAMPERS
from devhook.inbox.database import Inbox
from devhook.inbox.journal import sends
from devhook.webhook.delivery import Arrival, Delivery, Signature
from devhook.webhook.payload import read_json

SECRET = "shpss_0011223344556677"
KNOWN = {"SHOPIFY_API_SECRET": SECRET}


class Endpoint:
    """The requests to an endpoint that checks signatures, and its answer to valid ones."""

    def __init__(self):
        self.requests = []
        self.status = 200
        self.blind = False
        self.body = b"taken \x1b]52;c;aGk=\x07\n"
        self.port = 0

    def answer(self, headers, body):
        self.requests.append((headers, body))
        right = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
        if not self.blind and not hmac.compare_digest(headers.get("X-Shopify-Hmac-Sha256", ""), right):
            return 401
        if not self.blind and not (body and "X-Shopify-Topic" in headers):
            return 400
        return self.status


@pytest.fixture
def endpoint():
    """A small Python endpoint, its check written by hand from Shopify's documentation."""
    there = Endpoint()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = there.body
            self.send_response(there.answer(dict(self.headers), body))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        there.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield there
        server.shutdown()
        thread.join()


@pytest.fixture
def kept(tmp_path):
    """The inbox with one delivery in it."""
    path = tmp_path / "inbox"
    headers = (
        ("Content-Type", "application/json"),
        ("X-Shopify-Topic", "orders/updated"),
        ("X-Shopify-Shop-Domain", "tin-whistles.myshopify.com"),
        ("X-Shopify-API-Version", "2026-07"),
        ("X-Shopify-Webhook-Id", "an-old-one"),
    )
    body = b'{ "id": 820982911946154508, "note": "first", "updated_at": "2026-05-13T10:16:33+01:00" }'
    delivery = Delivery(received_at=datetime(2026, 5, 13, tzinfo=UTC), headers=headers, body=body)
    with Inbox.open(path) as inbox:
        inbox.add([Arrival(delivery=delivery, signature=Signature.VALID)])
    return path


def editor(tmp_path, code):
    """An editor of a few lines of Python; `text` is the content of the file."""
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\ntext = file.read_text(encoding='utf-8')\n"
        f"{code}\nfile.write_text(text, encoding='utf-8')\n"
    )
    return {**KNOWN, "VISUAL": f"{os.sys.executable} {script}"}


def test_a_forged_delivery_is_accepted_reported_and_kept(devhook, endpoint, tmp_path):
    done = devhook("--inbox", tmp_path / "i.db", "forge", "orders/paid", "--to", endpoint.port, env=KNOWN)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("200 in ")
    assert "taken ␛]52" in done.stdout
    ((headers, body),) = endpoint.requests
    assert headers["X-Shopify-Topic"] == "orders/paid"
    assert headers["X-Devhook-Origin"] == "forged"
    with Inbox.open(tmp_path / "i.db") as inbox:
        (send,) = sends(inbox)
    assert (send.body, send.answer.status, send.topic) == (body, 200, "orders/paid")


def test_the_secret_is_never_shown(devhook, endpoint):
    for more in (["--to", endpoint.port], ["--print", "curl"], ["--to", endpoint.port, "--json"]):
        done = devhook("forge", "orders/paid", *more, env=KNOWN)

        assert SECRET not in done.stdout + done.stderr


def test_an_edit_is_sent_and_reported_with_its_consequences(devhook, endpoint):
    done = devhook(
        *("forge", "ORDERS_UPDATED", "--set", "line_items[0].quantity=7", "--set", "note=null"),
        *("--unset", "phone", "--add", "tags=vip", "--consistent", "--to", endpoint.port),
        env=KNOWN,
    )

    assert done.returncode == 0, done.stderr
    order = json.loads(endpoint.requests[0][1])
    assert order["line_items"][0]["quantity"] == 7
    assert order["note"] is None
    assert "phone" not in order
    assert order["tags"].endswith(", vip")
    assert order["total_price"] != sample("orders/updated")["total_price"]
    assert 'total_price  "147.32" → ' in done.stderr


@pytest.mark.parametrize("tamper", list(TAMPERS.values()))
def test_a_right_endpoint_passes_every_way_to_tamper(devhook, endpoint, tamper):
    done = devhook("forge", "customers/redact", "--tamper", tamper.name, "--to", endpoint.port, env=KNOWN)

    assert done.returncode == 0, done.stderr
    assert "The answer is as required" in done.stderr
    assert len(endpoint.requests) == (2 if tamper is tampering.DUPLICATE else 1)


def test_an_endpoint_without_a_signature_check_is_detected(devhook, endpoint):
    endpoint.blind = True

    done = devhook("forge", "orders/paid", "--tamper", "body", "--to", endpoint.port, env=KNOWN)

    assert done.returncode == 1
    assert "answered 200" in done.stderr
    assert "The required answer is 401" in done.stderr


def test_a_refusal_ends_with_1_and_a_missing_endpoint_with_4(devhook, endpoint):
    endpoint.status = 503
    refused = devhook("forge", "orders/paid", "--to", endpoint.port, env=KNOWN)
    foreign = devhook("forge", "orders/paid", "--to", endpoint.port, env={"SHOPIFY_API_SECRET": "another"})
    nobody = devhook("forge", "orders/paid", "--to", "9", env=KNOWN)

    assert (refused.returncode, foreign.returncode, nobody.returncode) == (1, 1, 4)
    assert "503" in refused.stderr
    assert "secret" in foreign.stderr
    assert "nothing listens" in nobody.stderr


@pytest.mark.parametrize("more", [(), ("--tamper", "body")])
def test_a_tunnel_that_answers_for_the_app_is_named_and_not_taken_for_its_refusal(devhook, endpoint, more):
    endpoint.blind, endpoint.status, endpoint.body = True, 502, b"<html><p>ERR_NGROK_8012</p></html>"

    done = devhook("forge", "orders/paid", "--to", endpoint.port, *more, env=KNOWN)

    assert done.returncode == 4
    assert "ngrok answered" in done.stderr
    assert "Shopify counts" not in done.stderr


def test_json_is_one_object_per_request(devhook, endpoint):
    done = devhook(
        "forge", "orders/paid", "--tamper", "duplicate", "--json", "--to", endpoint.port, env=KNOWN
    )

    first, second = map(json.loads, done.stdout.splitlines())
    assert first["webhook_id"] == second["webhook_id"] != first["event_id"]
    assert (first["topic"], first["answer"]["status"], first["as_wanted"]) == ("orders/paid", 200, True)
    assert set(first) == {
        *("topic", "shop", "webhook_id", "event_id", "triggered_at", "made_of", "url", "bytes", "tamper"),
        *("wanted", "as_wanted", "answer"),
    }
    assert set(first["answer"]) == {
        "status",
        "seconds",
        "failure",
        "error",
        "intercepted_by",
        "headers",
        "body",
    }


def test_a_stored_delivery_is_forged_with_its_bytes_and_new_ids(devhook, endpoint, kept):
    done = devhook("--inbox", kept, "forge", "--from", "1", "--to", endpoint.port, env=KNOWN)

    assert done.returncode == 0, done.stderr
    ((headers, body),) = endpoint.requests
    assert body.startswith(b'{ "id": 820982911946154508')
    assert headers["X-Shopify-Shop-Domain"] == "tin-whistles.myshopify.com"
    assert headers["X-Shopify-API-Version"] == "2026-07"
    assert headers["X-Shopify-Order-Id"] == "820982911946154508"
    assert headers["X-Shopify-Webhook-Id"] != "an-old-one"
    with Inbox.open(kept) as inbox:
        assert sends(inbox, 1)[0].delivery_id == 1


def test_an_option_overrides_the_delivery_which_overrides_a_setting(devhook, kept):
    arguments = ("--inbox", kept, "forge", "--from", "1", "--print", "headers")
    env = {**KNOWN, "DEVHOOK_SHOP": "set-for-all", "DEVHOOK_API_VERSION": "2026-01"}

    said = devhook(*arguments, env=env).stdout
    typed = devhook(*arguments, "--shop", "typed", "--api-version", "unstable", env=env).stdout

    assert "X-Shopify-Shop-Domain: tin-whistles.myshopify.com\n" in said
    assert "X-Shopify-API-Version: 2026-07\n" in said
    assert "X-Shopify-Shop-Domain: typed.myshopify.com\n" in typed
    assert "X-Shopify-API-Version: unstable\n" in typed


def test_without_a_delivery_the_setting_applies(devhook):
    done = devhook("forge", "orders/paid", "--print", "headers", env={**KNOWN, "DEVHOOK_SHOP": "set-for-all"})

    assert "X-Shopify-Shop-Domain: set-for-all.myshopify.com\n" in done.stdout


def test_a_body_is_printed_without_a_secret(devhook):
    done = devhook("forge", "disputes/create", "--print", "body")

    assert (done.returncode, done.stderr) == (0, "")
    assert read_json(done.stdout.encode()) == sample("disputes/create")


def test_an_undocumented_payload_is_reported_as_a_guess(devhook):
    done = devhook("forge", "returns/process", "--print", "body", env=KNOWN)

    assert done.stdout.startswith('{"id":')
    assert "Shopify documents no payload for returns/process; devhook's own is a guess." in done.stderr


def test_a_file_is_sent_in_shopifys_byte_form(devhook, tmp_path):
    (tmp_path / "order.json").write_text('{\n  "id": 820982911946154508,\n  "url": "a/b"\n}\n')

    done = devhook("forge", "orders/paid", "--from", "order.json", "--print", "body", env=KNOWN)

    assert done.stdout == '{"id":820982911946154508,"url":"a\\/b"}'


def test_xml_is_forged_on_request(devhook, endpoint):
    done = devhook("forge", "orders/paid", "--format", "xml", "--to", endpoint.port, env=KNOWN)

    assert done.returncode == 0, done.stderr
    ((headers, body),) = endpoint.requests
    assert headers["Content-Type"] == "application/xml"
    assert b"<order>" in body


def test_a_printed_command_gets_the_same_answer_as_what_is_sent(devhook, endpoint):
    done = devhook("forge", "orders/paid", "--print", "curl", "--to", endpoint.port, env=KNOWN)

    pasted = subprocess.run(["bash", "-c", done.stdout], capture_output=True, timeout=30, check=True)

    assert pasted.stdout.startswith(b"HTTP/1.0 200")
    assert len(endpoint.requests) == 1


def test_an_edited_payload_is_sent_and_the_difference_reported(devhook, endpoint, tmp_path):
    env = editor(tmp_path, "text = text.replace('authorized', 'voided')")

    done = devhook("forge", "orders/create", "--edit", "--to", endpoint.port, env=env)

    assert done.returncode == 0, done.stderr
    assert json.loads(endpoint.requests[0][1])["financial_status"] == "voided"
    assert '~ financial_status  "authorized" → "voided"' in done.stderr


def test_the_editor_gets_no_secret(devhook, tmp_path):
    secrets = {
        "SHOPIFY_API_SECRET": "shpss_00",
        "DEVHOOK_ACCESS_TOKEN": "shpat_11",
        "NGROK_AUTHTOKEN": "ng_22",
    }
    env = editor(tmp_path, "import os; text = '{}'; pathlib.Path('seen').write_text(repr(os.environ))")

    done = devhook("forge", "orders/create", "--edit", "--print", "body", env=env | secrets)

    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen").read_text()
    assert "VISUAL" in seen
    assert [value for value in (*secrets.values(), *KNOWN.values()) if value in seen] == []


@pytest.mark.parametrize("code", ["pass", "text = ''", "text = ' \\n'"])
def test_an_unchanged_or_emptied_file_cancels(devhook, endpoint, tmp_path, code):
    done = devhook("forge", "orders/create", "--edit", "--to", endpoint.port, env=editor(tmp_path, code))

    assert done.returncode == 1
    assert "was not changed in the editor" in done.stderr
    assert endpoint.requests == []


def test_a_broken_file_is_reported_with_its_place(devhook, endpoint, tmp_path):
    env = editor(tmp_path, "text = text.replace('{', '{,', 1)")

    done = devhook("forge", "orders/create", "--edit", "--to", endpoint.port, env=env)

    assert done.returncode == 1
    assert "line 1, column 2" in done.stderr
    assert endpoint.requests == []


@pytest.mark.parametrize(
    "arguments",
    [["--to", "https://example.com/"], ["--to", "3000", "--sign-with", "old"], ["--to", "x y"]],
)
def test_mistakes_are_rejected_before_the_editor_opens(devhook, tmp_path, arguments):
    env = editor(tmp_path, "pathlib.Path('edited').touch()")

    done = devhook("forge", "orders/create", "--edit", *arguments, env=env)

    assert done.returncode == 2
    assert not (tmp_path / "edited").exists()


def test_an_editor_that_is_not_there_is_reported(devhook):
    env = {**KNOWN, "VISUAL": "/no/such/editor"}

    done = devhook("forge", "orders/create", "--edit", "--print", "body", env=env)

    assert done.returncode == 1
    assert "EDITOR=" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "texts"),
    [
        (["orders/paid"], ["--to 3000", "--print curl"]),
        ([], ["A topic is required", "devhook forge orders/updated"]),
        (["--to", "3000"], ["A topic is required", "devhook forge orders/updated"]),
        (["--from", "a b.json", "--to", "3000"], ["a b.json cannot be read"]),
        (["orders/pad", "--to", "3000"], ["orders/pad", "orders/paid"]),
        (["customer/redacted", "--to", "3000"], ["customer/redacted", "customers/redact"]),
        (["nothing-at-all", "--to", "3000"], ["no topic 'nothing-at-all'", "devhook topics"]),
        (["orders/paid", "--to", "https://example.com/"], ["example.com", "--allow-remote"]),
        (["orders/paid", "--to", "nowhere at all"], ["nowhere at all"]),
        (["orders/paid", "--set", "nte=x", "--to", "3000"], ["nte", "note"]),
        (["orders/paid", "--tamper", "everything", "--to", "3000"], ["everything", "signature"]),
        (["orders/paid", "--from", "77", "--to", "3000"], ["The inbox is empty"]),
        (["orders/paid", "--from", "no.json", "--to", "3000"], ["no.json"]),
        (["orders/paid", "--shop", "acme.example", "--to", "3000"], ["acme.example"]),
        (["orders/paid", "--api-version", "new\nest", "--to", "3000"], ["API version"]),
        (["orders/paid", "--sign-with", "old", "--to", "3000"], ["old client secret is not set"]),
        (["orders/paid", "--print", "curl", "--json"], ["--json"]),
    ],
)
def test_a_mistake_is_a_usage_error_with_the_next_step(devhook, arguments, texts):
    done = devhook("forge", *arguments, env=KNOWN)

    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for text in texts:
        assert text in done.stderr


def test_without_a_secret_only_unsigned_tampering_is_sent(devhook, endpoint):
    done = devhook("forge", "orders/paid", "--to", endpoint.port)
    assert done.returncode == 2
    assert "SHOPIFY_API_SECRET" in done.stderr

    unsigned = devhook("forge", "orders/paid", "--tamper", "missing-signature", "--to", endpoint.port)
    assert unsigned.returncode == 0, unsigned.stderr


def test_another_known_secret_can_sign(devhook, endpoint):
    env = {"SHOPIFY_API_SECRET": "the new one", "DEVHOOK_OLD_CLIENT_SECRET": SECRET}

    done = devhook("forge", "orders/paid", "--sign-with", "old", "--to", endpoint.port, env=env)

    assert done.returncode == 0, done.stderr
    assert "signed with the old client secret" in done.stderr
