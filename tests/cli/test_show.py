"""`devhook show`: everything about one delivery, for people, for programs, and to the byte."""

import json
from datetime import timedelta

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.journal import Send, add_sends
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Origin, Signature


def test_everything_is_on_one_page(here, deliver, tmp_path):
    deliver()
    deliver(note="Fragile", signed_with="client secret")
    with Inbox.open(tmp_path / "inbox") as inbox:
        answer = Answer(status=None, seconds=0.25, failure=Failure.REFUSED)
        moment = inbox.row(2).received_at
        inbox.add([], [Answered(delivery_id=2, by="http://localhost:3000/", at=moment, answer=answer)])

    status, out, err = here("show", 2)

    assert (status, err) == (0, "")
    for text in (
        "delivery 2  orders/updated",
        "acme.myshopify.com",
        "order 5000000002001 (#2001)",
        "✓ valid, with the client secret",
        "1 change",
        "refused from http://localhost:3000/ in 250 ms",
        "w-1",
        "POST /webhooks, ",
        "changed since delivery 1",
        '~ note  null → "Fragile"',
        "X-Shopify-Topic: orders/updated",
        '    "note": "Fragile"',
    ):
        assert text in out


def test_the_answers_to_replays_stand_beside_the_earlier_ones(here, deliver, tmp_path):
    deliver()
    app = "http://localhost:3000/webhooks"
    broken = Answer(status=500, seconds=0.4, body=b'{"error":"tax_lines","order":1}')
    with Inbox.open(tmp_path / "inbox") as inbox:
        moment = inbox.row(1).received_at
        inbox.add([], [Answered(delivery_id=1, by=app, at=moment, answer=broken)])
        facts = {"delivery_id": 1, "origin": Origin.REPLAY, "url": app}
        fixed = Answer(status=200, seconds=0.02, body=b'{"error":null,"order":1}')
        edited = Answer(status=422, seconds=0.02)
        sent = [
            Send(sent_at=moment + timedelta(seconds=1), answer=edited, **facts | {"body": b"x"}),
            Send(sent_at=moment + timedelta(seconds=2), answer=fixed, **facts),
        ]
        add_sends(inbox, sent)

    _, page, _ = here("show", 1)
    told = json.loads(here("show", 1, "--json")[1])

    assert f"edited, to {app}: 422 in 20 ms" in page
    assert f"to {app}: 500 → 200 in 20 ms" in page
    assert 'the answer\'s body, before and after\n  ~ error  "tax_lines" → null\n' in page
    assert [(each["answer"]["status"], each["origin"], each["edited"]) for each in told["answers"]] == [
        (500, None, False),
        (422, "replay", True),
        (200, "replay", False),
    ]


def test_a_valid_delivery_that_the_app_refused_is_explained_with_the_next_command(here, deliver, tmp_path):
    deliver()
    with Inbox.open(tmp_path / "inbox") as inbox:
        moment, app = inbox.row(1).received_at, "http://localhost:3000/webhooks"
        answer = Answer(status=403, seconds=0.02, body=b"<p>CSRF verification failed. Request aborted.</p>")
        inbox.add([], [Answered(delivery_id=1, by=app, at=moment, answer=answer)])

    _, page, _ = here("show", 1)
    told = json.loads(here("show", 1, "--json")[1])["refused"]

    assert "refused by your app\n  The signature is valid, and your app refused the delivery (403)." in page
    assert "→ To find out: devhook probe http://localhost:3000/webhooks" in page
    assert list(told) == ["status", "by", "what", "probably", "next"]
    assert [list(cause) for cause in told["probably"]] == [["name", "what", "fix"]]
    assert (told["status"], told["by"], told["probably"][0]["name"]) == (403, app, "csrf")
    assert json.loads(here("show", 1, "--json")[1])["refused"]["next"].endswith(app)


@pytest.mark.parametrize(("asked", "found"), [("1", 1), ("last", 3), ("-1", 3), ("-3", 1)])
def test_a_delivery_is_asked_for_by_its_id_or_from_the_end(here, deliver, asked, found):
    for _ in range(3):
        deliver()

    status, out, _ = here("show", asked, "--json")

    assert (status, json.loads(out)["id"]) == (0, found)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("9", "contains no delivery 9"),
        ("0", "contains no delivery 0"),
        ("-2", "contains only 1 delivery"),
        ("late", "No delivery in the inbox matches late"),
        ("99999999999999999999", "contains no delivery 99999999999999999999"),
        ("-0", "No delivery in the inbox matches -0"),
        ("is:lat", "Unknown value is:lat (column 1)"),
    ],
)
def test_an_unknown_id_is_answered_with_how_to_find_one(here, deliver, asked, said):
    deliver()

    status, out, err = here("show", asked)

    assert (status, out) == (2, "")
    assert said in err
    assert "devhook log" in err or "is:late" in err


def test_an_empty_inbox_has_no_last_one(here, tmp_path):
    with Inbox.open(tmp_path / "inbox"):
        pass

    assert "The inbox is empty." in here("show", "last")[2]


BODIES = [
    b'{"a": 1.0,\r\n "b": "\xc3\xa9"}\n',
    b"\x00\xff\x1b[2J",
    b"",
    b"<a>\n <b/>\n</a>",
    b"[1e400, 2.50, {}]",
]


@pytest.mark.parametrize("body", BODIES)
def test_the_body_is_written_byte_for_byte(here, deliver, body):
    deliver(body=body)

    assert here("show", "last", "--raw", raw=True) == (0, body, "")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (BODIES[0], ["{", '  "a": 1.0,', '  "b": "é"', "}"]),
        (BODIES[1], ["(6 bytes that are not text; --raw writes them)"]),
        (BODIES[2], ["(empty)"]),
        (BODIES[3], ["<a>", " <b/>", "</a>"]),
        (BODIES[4], ["[", "  1e400,", "  2.50,", "  {}", "]"]),
        (b'{"a": [], "n": "\\u001b]52"}', ["{", '  "a": [],', '  "n": "\\u001b]52"', "}"]),
        (b"no json \x1b]52", ["no json ␛]52"]),
    ],
)
def test_a_payload_is_laid_out_and_its_numbers_keep_their_form(here, deliver, body, shown):
    deliver(body=body)

    _, out, _ = here("show", "last")

    assert out.split("payload\n")[1].splitlines() == [f"  {line}" for line in shown]


def test_a_payload_nested_as_deep_as_is_read_is_shown(here, deliver):
    deliver(body=b"[" * 100 + b"]" * 100)

    status, out, _ = here("show", "last")

    assert status == 0
    assert "[]" in out


def test_json_has_the_headers_and_the_whole_body(here, deliver):
    deliver(body=BODIES[0], signature=Signature.INVALID)
    deliver(body=BODIES[1])

    first, second = (json.loads(here("show", asked, "--json")[1]) for asked in (1, 2))

    assert first["body"].encode() == BODIES[0]
    assert first["signature"] == "invalid"
    assert ["Content-Type", "application/json"] in first["headers"]
    assert (second["body_base64"], "body" in second) == ("AP8bWzJK", False)


def test_headers_alone_are_lines(here, deliver):
    deliver()

    _, out, _ = here("show", "1", "--headers")

    assert out.splitlines()[0] == "X-Shopify-Topic: orders/updated"
    assert len(out.splitlines()) == 4


def test_output_options_exclude_each_other(here, deliver):
    deliver()

    status, _, err = here("show", "1", "--raw", "--json")

    assert status == 2
    assert "cannot be used together" in err
