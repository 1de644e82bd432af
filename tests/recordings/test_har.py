import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft6Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT6

from devhook.errors import InputError
from devhook.inbox.recorded import RecordedAnswer
from devhook.recordings.har import read_har, write_har
from devhook.recordings.masked import TEST_SECRET
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Origin, Signature
from devhook.webhook.signature import Secret, sign

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
SECRETS = [Secret(name="app", value="hush")]
SCHEMA = Path(__file__).with_name("har_schema.json")


def archive(*deliveries, **more):
    return json.loads("\n".join(write_har(deliveries, **more)))


def read(document, secrets=SECRETS):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(read_har(content, "a.har", secrets))


@pytest.fixture(scope="module")
def validator():
    """What checks a document against the published schema of HAR 1.2."""
    schemas = json.loads(SCHEMA.read_text())
    del schemas["comment"]
    resources = [(f"{name}#", Resource(schema, DRAFT6)) for name, schema in schemas.items()]
    resources += [(name, Resource(schema, DRAFT6)) for name, schema in schemas.items()]
    return Draft6Validator(schemas["har.json"], registry=Registry().with_resources(resources))


def test_an_archive_is_valid_har(validator, delivered):
    target = RecordedAnswer(
        by="http://localhost:3000/hooks",
        at=NOON,
        answer=Answer(
            status=302,
            seconds=0.0415,
            headers=(("Location", "/x"), ("Content-Type", "text/html")),
            body=b"\xff\xfe",
        ),
    )
    failed = RecordedAnswer(
        by="http://localhost:3000/hooks",
        at=NOON,
        answer=Answer(seconds=1.0, failure=Failure.REFUSED, error="Connection refused."),
    )
    document = archive(
        delivered(1), delivered(2, body=b"\xff\x00", answers=(target,)), delivered(3, answers=(failed,)),
        delivered(4, body=b"", headers=(), answers=(), path="/?a=1&a=&b=%20"),
    )  # fmt: skip

    assert sorted(validator.iter_errors(document), key=str) == []
    assert len(document["log"]["entries"]) == 4
    assert document["log"]["version"] == "1.2"
    assert document["log"]["creator"]["name"] == "devhook"


def test_the_schema_finds_what_is_missing(validator, delivered):
    document = archive(delivered())
    del document["log"]["entries"][0]["response"]["content"]

    assert [error.message for error in validator.iter_errors(document)] == [
        "'content' is a required property"
    ]


def test_an_entry_tells_the_request_and_the_answer_that_tells_most(delivered):
    told = delivered().answers[0]
    target = RecordedAnswer(by="http://app", at=NOON, answer=Answer(status=503, seconds=0.25, body=b"down"))

    (entry,) = archive(delivered(answers=(told, target)))["log"]["entries"]

    assert entry["startedDateTime"] == "2026-07-04T12:00:01.123456+00:00"
    assert entry["request"]["url"] == "http://localhost:3000/webhooks?shop=1"
    assert entry["request"]["queryString"] == [{"name": "shop", "value": "1"}]
    assert entry["request"]["postData"]["text"].encode() == delivered().delivery.body
    assert entry["request"]["headers"][4] == {"name": "x-shopify-webhook-id", "value": "w-1"}
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (503, "Service Unavailable")
    assert (entry["time"], entry["timings"]["wait"]) == (250, 250)
    assert entry["_devhook"]["answered_by"] == "http://app"


def test_an_empty_archive_is_one():
    assert archive()["log"]["entries"] == []


def test_an_address_may_be_given_and_a_masked_one_says_so(delivered):
    log = archive(delivered(), to="https://app.example/hooks?x=1", test_secret=TEST_SECRET)["log"]

    assert log["entries"][0]["request"]["url"] == "https://app.example/hooks?x=1"
    assert "devhook-test-secret" in log["comment"]


@pytest.mark.parametrize("body", [b"{}", b"", b"\xff\x00\x01", "Grüße 👋".encode()])
def test_what_devhook_wrote_comes_back_with_its_bytes(delivered, body):
    each = delivered(body=body, origin=Origin.FORGED)

    (back,) = read(archive(each))

    assert back.delivery == each.delivery
    assert (back.signature, back.signed_with, back.origin) == (Signature.VALID, "app", Origin.FORGED)
    assert [answer.answer.status for answer in back.answers] == [200]


def test_without_a_secret_nothing_is_said_of_the_signature(delivered):
    (back,) = read(archive(delivered()), secrets=())

    assert (back.signature, back.signed_with) == (Signature.UNCHECKED, None)


BODY = '{"id":1,"note":"Grüße"}'


def entry(**request):
    """An entry as Chromium's developer tools write it, with HTTP/2's own headers and fields of theirs."""
    return {
        "_initiator": {"type": "other"},
        "_priority": "High",
        "cache": {},
        "connection": "443",
        "request": {
            "method": "POST",
            "url": "https://app.example/api/webhooks?x=%2F",
            "httpVersion": "http/2.0",
            "headers": [
                {"name": ":authority", "value": "app.example"},
                {"name": ":method", "value": "POST"},
                {"name": "content-type", "value": "application/json"},
                {"name": "x-shopify-topic", "value": "orders/paid"},
                {"name": "x-shopify-name", "value": "Füllung ✓"},
                {"name": "x-shopify-hmac-sha256", "value": sign("hush", BODY.encode())},
            ],
            "queryString": [{"name": "x", "value": "/"}],
            "cookies": [],
            "headersSize": -1,
            "bodySize": 24,
            "postData": {"mimeType": "application/json", "text": BODY},
        }
        | request,
        "response": {
            "status": 200,
            "statusText": "",
            "httpVersion": "http/2.0",
            "headers": [{"name": "content-type", "value": "text/plain"}],
            "cookies": [],
            "content": {"size": 2, "mimeType": "text/plain", "text": "ok"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": 120,
            "_error": None,
        },
        "serverIPAddress": "203.0.113.9",
        "startedDateTime": "2026-07-04T12:00:00.123Z",
        "time": 12.5,
        "timings": {"blocked": 1, "dns": -1, "send": 0, "wait": 11, "receive": 0.5},
    }


def har(*entries):
    return {"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "pages": [], "entries": entries}}


def test_the_posts_of_a_browsers_archive_are_taken():
    (back,) = read(har(entry(method="GET", postData=None), entry(), entry(method="OPTIONS")))

    assert back.delivery.path == "/api/webhooks?x=%2F"
    assert back.delivery.body == BODY.encode()
    assert back.delivery.topic == "orders/paid"
    assert back.delivery.header(":authority") is None
    assert back.delivery.shopify("name") == "Füllung ✓"
    assert back.delivery.received_at == datetime(2026, 7, 4, 12, 0, 0, 123_000, tzinfo=UTC)
    assert back.signature is Signature.VALID
    (told,) = back.answers
    assert (told.by, told.answer.status, told.answer.body) == ("receiver", 200, b"ok")
    assert told.answer.seconds == 0.0125


def test_bytes_that_a_proxy_wrote_as_half_surrogates_are_bytes():
    (back,) = read(har(entry(postData={"mimeType": "", "text": "a\udcff", "params": []})))

    assert back.delivery.body == b"a\xff"


def test_a_half_surrogate_that_is_no_byte_ends_nothing():
    (back,) = read(har(entry(postData={"mimeType": "", "text": "a\ud83d"})))

    assert back.signature is Signature.INVALID


def test_a_request_that_was_never_answered_has_no_answer():
    aborted = entry() | {"response": {"status": 0, "headers": [], "content": {"size": 0, "mimeType": "x"}}}

    (back,) = read(har(aborted))

    assert back.answers == ()


def test_an_archive_may_begin_with_a_byte_order_mark():
    assert len(read(b"\xef\xbb\xbf" + json.dumps(har(entry())).encode())) == 1


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "a.har, line 1, column 1: not valid JSON"),
        (b'{\n"log": nope', "a.har, line 2, column 8: not valid JSON"),
        (b"\xff\xfe", "neither a recording nor a HAR file"),
        (b"[" * 100_000, "neither a recording nor a HAR file"),
        (b'{"log": {"entries": [], "x": %s}}' % (b"9" * 5_000), "neither a recording nor a HAR file"),
        ([], "it contains no log.entries"),
        ({"log": {"entries": 3}}, "it contains no log.entries"),
        (har(entry(), 7), "a.har, log.entries.1: Input should be a valid dictionary"),
        (har(entry(), entry(url=...)), "log.entries.1.request.url"),
        (har(entry(postData={"text": "?", "encoding": "base64"})), "postData: the text is not base64"),
        (har(entry() | {"startedDateTime": "noon"}), "log.entries.0.startedDateTime"),
        (har(entry() | {"startedDateTime": "0001-01-01T00:00:00+14:00"}), "log.entries.0.startedDateTime"),
        (har(entry() | {"time": 1e308}), "log.entries.0.time"),
        (har(entry() | {"response": {"status": 10**30}}), "log.entries.0.response.status"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(document, words):
    if isinstance(document, dict):
        document = json.loads(json.dumps(document, default=lambda _: None))

    with pytest.raises(InputError) as caught:
        read(document)

    assert words in caught.value.message
