"""Signatures that do not hold, as people reported them: what the doctor says of each.

The first table has an input for each kind of evidence, the second the mistakes of public reports: the code of
the report is written here in Python, over a body of ours.
"""

import base64
import hashlib
import hmac
import html
import json
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.readings import Reader
from devhook.inbox.timeline import case_of
from devhook.recordings.importing import import_files
from devhook.recordings.saved_request import read_request
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.doctor import diagnose
from devhook.webhook.delivery import Delivery
from devhook.webhook.signature import Secret, check, sign

VALUE = "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"
APP = Secret(name="client secret", value=VALUE)
NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
GITHUB = "https://github.com/"
# As Shopify writes JSON: \/ and \u0026, raw letters beyond ASCII, 2.0 for a whole double.
BODY = (
    '{"id":5012,"name":"#5012","note":" Süß — 🫖 ","company":"","tip":"3.50","total_weight":2.0,'
    '"void":null,"tags":[],"url":"https:\\/\\/a.example\\/?a=1\\u0026b=\\u003c2\\u003e",'
    '"said":"it\'s \\"so\\""}'
).encode()
PARSED = json.loads(BODY)
COMPACT = {"separators": (",", ":"), "ensure_ascii": False}


def told(claimed, body=BODY, headers=(), **more):
    delivery = Delivery(received_at=NOW, headers=(*headers, ("X-Shopify-Hmac-Sha256", claimed)), body=body)
    return diagnose(Case.of(delivery, **more), [APP])


class Seen(NamedTuple):
    """What is at hand of a delivery whose signature nothing explains, and what is said of it."""

    name: str
    body: bytes
    headers: dict[str, str]
    words: str


EVIDENCE = [
    Seen("body-lost", b"", {"Content-Length": "82"}, "no body here although Content-Length is 82"),
    Seen("body-empty", b"", {}, "lost, or read already, before it got here"),
    Seen("body-empty", b"", {"Content-Length": "0"}, "lost, or read already, before it got here"),
    Seen(
        "body-lossy",
        '{"note":"caf\ufffd"}'.encode(),
        {"Content-Length": "15"},
        "Content-Length is 15 where there are 17 bytes: the recorder damaged the body",
    ),
    Seen("body-lossy", '{"note":"\ufffd\ufffd"}'.encode(), {}, "2 replacement characters (U+FFFD)"),
    Seen("still-encoded", b"\x0b\x02\x80abc\x03", {"Content-Encoding": "br"}, "which devhook cannot undo"),
    Seen("still-encoded", b"(\xb5/\xfd\x04\x00", {"content-encoding": "zstd"}, "Content-Encoding: zstd"),
    Seen("not-encoded", BODY, {"Content-Encoding": "gzip"}, "the body is not compressed"),
    Seen("not-encoded", BODY, {"Content-Encoding": "br"}, "something decompressed it on its way"),
    Seen("other-length", BODY, {"Content-Length": str(len(BODY) + 9)}, "its end is missing"),
    Seen("other-length", BODY, {"Content-Length": str(len(BODY) - 9)}, "something was added"),
]


@pytest.mark.parametrize("seen", EVIDENCE, ids=[each.name for each in EVIDENCE])
def test_the_evidence_at_hand_is_said_before_an_unknown_secret_is_supposed(seen):
    diagnosis = told(sign("another app's", b"another body"), seen.body, tuple(seen.headers.items()))

    assert [each.name for each in diagnosis.observations] == [seen.name]
    assert seen.words in str(diagnosis)
    assert "Remaining causes" not in str(diagnosis)


def test_only_without_any_evidence_an_unknown_secret_or_altered_content_is_left():
    diagnosis = told(sign("another app's", BODY), headers=[("Content-Length", str(len(BODY)))])

    assert diagnosis.is_open
    assert "Remaining causes: a secret that devhook does not know" in str(diagnosis)


def test_the_apps_own_answer_counts():
    accepted = told(sign("another app's", BODY), answers=(401, 200))
    refused = told(sign("another app's", BODY), answers=(401,))

    assert [each.name for each in accepted.observations] == ["app-accepted"]
    assert refused.is_open


def test_the_framing_of_the_transfer_is_no_part_of_the_body():
    saved = b"POST / HTTP/1.1\nTransfer-Encoding: chunked\nX-Shopify-Hmac-Sha256: %s\n\n%x\n%s\n0\n\n" % (
        sign(VALUE, BODY).encode(),
        len(BODY),
        BODY,
    )

    request = read_request(saved)

    assert check([APP], request.body, dict(request.headers)["X-Shopify-Hmac-Sha256"]).signed_with
    framed = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    assert [mistake.name for mistake in told(sign(VALUE, BODY), framed).mistakes] == ["chunk-framing"]


def entry(minute, body, claimed, webhook_id, status, topic="orders/updated"):
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": "acme.myshopify.com",
        "X-Shopify-Webhook-Id": webhook_id,
        "X-Shopify-Hmac-Sha256": claimed,
    }
    return {
        "startedDateTime": f"2026-12-01T08:{minute:02}:00Z",
        "request": {
            "method": "POST",
            "url": "https://acme.example/webhooks",
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
            "postData": {"text": body.decode()},
        },
        "response": {"status": status},
    }


def test_the_same_bytes_valid_at_another_time_say_that_it_was_the_secret(tmp_path):
    entries = [
        entry(0, BODY, sign("the old one", BODY), "w1", 401),
        entry(1, BODY, sign("the old one", BODY), "other id", 401),
        entry(5, BODY, sign(VALUE, BODY), "w1", 200),
        entry(6, BODY.replace(b"3.50", b"9.50"), sign("a stranger's", BODY), "w1", 401),
        # One Webhook-Id on two topics is not one message.
        entry(7, BODY.replace(b"3.50", b"9.50"), sign("a stranger's", BODY), "w1", 401, "orders/paid"),
    ]
    archive = tmp_path / "a.har"
    archive.write_text(json.dumps({"log": {"entries": entries}}))
    with Inbox.open(tmp_path / "inbox") as inbox:
        import_files(inbox, [archive], [APP], NOW)
        Reader(inbox).read_new()

        found = {
            number: diagnose(case_of(inbox, number, inbox.delivery(number)), [APP]).observations
            for number in (1, 2, 4, 5)
        }

    for number in (1, 2):
        assert [each.name for each in found[number]] == ["same-bytes-valid"]
        assert "Delivery 3 has the same bytes and a valid signature" in found[number][0].what
    assert [each.name for each in found[4]] == ["other-bytes-valid"]
    assert found[5] == ()


def as_hmac(key, body):
    return hmac.new(key if isinstance(key, bytes) else key.encode(), body, hashlib.sha256).digest()


def over(body):
    """The header's value of `body`, signed with the right secret."""
    return base64.b64encode(as_hmac(VALUE, body if isinstance(body, bytes) else body.encode())).decode()


def keyed(key, body=BODY):
    return base64.b64encode(as_hmac(key, body)).decode()


def stringify(document):
    """As JSON.stringify: 2.0 is 2."""
    return json.dumps(document, **COMPACT).replace("2.0", "2")


def php(document):
    return json.dumps(document, separators=(",", ":")).replace("2.0", "2").replace("/", "\\/")


def trimmed(document):
    return {
        key: (value.strip() or None) if isinstance(value, str) else value for key, value in document.items()
    }


def as_text(value):
    return "" if value is None else value if isinstance(value, list | str) else str(value)


REPORTS = {
    "nozzlegear/Shopify-Prime/issues/2": (over(stringify(PARSED)), ["rewritten"]),
    # The first / and the first & alone: replace() with a string replaces once.
    "lpinca/shopify-token/issues/7": (
        over(stringify(PARSED).replace("/", "\\/", 1).replace("&", "\\u0026", 1)),
        ["rewritten"],
    ),
    "Shopify/shopify-express/pull/15": (
        over(stringify(PARSED).replace("/", "\\/").replace("&", "\\u0026")),
        ["rewritten"],
    ),
    "box/box-node-sdk/pull/568": (
        over(json.dumps(PARSED, separators=(",", ":")).replace("2.0", "2").replace("/", "\\/")),
        ["rewritten"],
    ),
    "sendgrid/sendgrid-php/pull/1102": (over(php(PARSED)), ["rewritten"]),
    "octokit/webhooks.js/issues/61": (over(stringify(PARSED | {"tip": 3.5})), ["numeric-check"]),
    "attendee-labs/attendee/issues/227": (
        over(json.dumps(PARSED, sort_keys=True, separators=(",", ":"))),
        ["rewritten"],
    ),
    "netalertx/NetAlertX/issues/1720": (over(json.dumps(PARSED, separators=(",", ":"))), ["rewritten"]),
    "pusher/pusher-http-python/issues/161": (over(json.dumps(PARSED)), ["rewritten"]),
    "tallcms/tallcms/issues/54": (over(php(trimmed(PARSED))), ["laravel-trimmed"]),
    "exercism/v2-website/pull/28": (
        over(json.dumps({key: as_text(value) for key, value in PARSED.items()}, **COMPACT)),
        ["numbers-as-text"],
    ),
    "WordPress/wordcamp.org/pull/1926": (
        over(BODY.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"'", b"\\'")),
        ["slashes-added"],
    ),
    # The same bytes as Rails writes, of which the backslashes in a string literal leave these.
    "lmsqueezy/lemonsqueezy.js/issues/115": (over(BODY.replace(b"\\/", b"/")), ["rewritten"]),
    "github/docs/issues/3567": (over(BODY.decode().encode("ascii", "replace")), ["encoding"]),
    "screwdriver-cd/screwdriver/pull/3381": (
        over(BODY.decode().replace("ü", "\ufffd\ufffd")),
        ["split-character"],
    ),
    "meditohq/medito-app/pull/720": (
        over(json.dumps({"type": "Buffer", "data": list(BODY)}, separators=(",", ":"))),
        ["json-of-a-buffer"],
    ),
    "redwoodjs/graphql/pull/2339": (over(base64.b64encode(BODY)), ["base64-body"]),
    "WP-API/WP-API/issues/1231": (over(json.dumps(BODY.decode(), ensure_ascii=False)), ["json-string"]),
    "onfido/api-python-client/issues/2": (over(json.dumps(PARSED["url"])), ["one-field"]),
    "railslove/ebicsbox/pull/133": (
        over(
            '{"id"=>5012, "name"=>"#5012", "note"=>" Süß — 🫖 ", "company"=>"", "tip"=>"3.50",'
            ' "total_weight"=>2.0, "void"=>nil, "tags"=>[], "url"=>"https://a.example/?a=1&b=<2>",'
            ' "said"=>"it\'s \\"so\\""}'
        ),
        ["ruby-inspect"],
    ),
    "forklaunch/forklaunch/pull/244": (over(BODY + b"\n"), ["newline-cut"]),
    "8x8/jaas_demo/issues/8": (over(b"2026-12-01T07:59:59Z." + BODY), ["signed-with-time"]),
    "iragm/fishauctions/issues/558": (over(b"https://acme.example/" + BODY), ["signed-with-address"]),
    "gnikyt/laravel-shopify/issues/490": (
        over(
            "id=5012&name=#5012&note= Süß — 🫖 &company=&tip=3.50&total_weight=2.0&void=null&tags=[]"
            '&url=https://a.example/?a=1&b=<2>&said=it\'s "so"'
        ),
        ["form-encoded"],
    ),
    "stripe/stripe-node/pull/523": (over("[object Object]"), ["no-body"]),
    "emn178/js-sha256/issues/14": (
        base64.b64encode(as_hmac(BODY, VALUE.encode())).decode(),
        ["key-and-message-swapped"],
    ),
    "kimdre/doco-cd/issues/545": (keyed(VALUE + "\n"), ["secret-newline"]),
    "tektoncd/pipelines-as-code/issues/658": (keyed(base64.b64encode(VALUE.encode())), ["secret-encoded"]),
    "novuhq/novu/pull/12430": (keyed(bytes.fromhex(VALUE[6:])), ["secret-decoded"]),
    "Elkfox/shopify-node-app/issues/10": (as_hmac(VALUE, BODY).hex(), ["hexadecimal"]),
    "jackmusick/bifrost/issues/726": (f"sha256= {over(BODY)}", ["prefixed"]),
}


@pytest.mark.parametrize("report", REPORTS)
def test_what_a_public_report_did_is_named(report):
    claimed, names = REPORTS[report]
    headers = [
        ("Host", "acme.example"),
        ("X-Shopify-Triggered-At", "2026-12-01T07:59:59Z"),
        ("Content-Length", str(len(BODY))),
    ]

    diagnosis = told(claimed, headers=headers)

    assert [mistake.name for mistake in diagnosis.mistakes] == names, f"{GITHUB}{report}"


def test_a_secret_that_a_form_or_a_template_escaped_is_named():
    # https://github.com/woocommerce/woocommerce/issues/22500, https://github.com/rwlove/home-ops/pull/11103
    secret = Secret(name="client secret", value="Zx3RbX|~<x&s1=")
    for escaped in (html.escape("Zx3RbX|~<x&s1="), "Zx3RbX|~\\u003Cx\\u0026s1\\u003D"):
        diagnosis = diagnose(Case(body=BODY, claimed=keyed(escaped)), [secret])

        assert [mistake.name for mistake in diagnosis.mistakes] == ["secret-escaped"]


def test_the_digest_of_the_documentation_is_recognised():
    diagnosis = told("XWmrwMey6OsLMeiZKwP4FppHH3cmAiiJJAweH5Jo4bM=")

    assert [mistake.name for mistake in diagnosis.mistakes] == ["documentation-sample"]


def test_a_digest_that_is_only_written_otherwise_is_said_to_be_right():
    diagnosis = told(f"b'{over(BODY)}'")

    assert [mistake.name for mistake in diagnosis.mistakes] == ["python-bytes-repr"]
    assert "how Python prints bytes. The digest in it is right." in str(diagnosis)
