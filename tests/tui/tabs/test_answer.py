from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.deliveries import Answered
from devhook.inbox.journal import Send, add_sends
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.answer import answer_layout
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Origin

AT = datetime(2026, 3, 14, 14, 2, 1, tzinfo=UTC)
APP = "http://localhost:3000/webhooks"


@pytest.fixture
def shown(session, inbox):
    """The text of the answer tab for this answer."""

    def lay_out(*answers, status=200, width=80):
        arrival = session.arrival().model_copy(update={"status": status})
        told = [Answer(**{"seconds": 0.041} | answer) for answer in answers]
        (number,) = inbox.add([arrival])
        inbox.add([], [Answered(delivery_id=number, by=APP, at=AT, answer=answer) for answer in told])
        return answer_layout(DeliveryView.fetch(inbox, session.secrets, inbox.row(number)), width).text()

    return lay_out


def test_without_a_target_it_says_how_to_have_one(shown):
    text = shown()

    assert "The sender was answered 200." in text
    assert "devhook listen --forward-to 3000" in text


def test_an_answer_is_shown_with_its_time_headers_and_body(shown):
    text = shown(
        {
            "status": 422,
            "headers": (("Content-Type", "application/json"), ("X-Request-Id", "a\xc3\xa9")),
            "body": b'{"error":"no such order","id":820982911946154508}',
        }
    )

    assert "✗ 422 in 41 ms  at 14:02:01" in text
    assert APP in text
    assert "X-Request-Id  aé" in text
    assert '"id": 820982911946154508' in text


def test_a_2xx_answer_has_a_tick(shown):
    assert "✓ 204 in 41 ms" in shown({"status": 204})


def test_a_failure_is_shown_as_a_sentence(shown):
    text = shown({"failure": Failure.REFUSED, "error": "Connection refused: nothing listens there."})

    assert "✗ connection refused" in text
    assert "nothing listens there" in text


def test_a_server_that_answers_in_place_of_the_app_is_named_with_a_remedy(shown):
    text = shown(
        {"status": 403, "body": b'Blocked request. This host ("a.example") is not allowed.'},
        {"status": 200, "headers": (("Ngrok-Error-Code", "ERR_NGROK_6024"),), "body": b"<html></html>"},
        width=200,
    )

    assert "Vite's development server answered, not the app: it does not serve a.example." in text
    assert "Add the host to server.allowedHosts" in text
    assert "✗ 200 in 41 ms" in text
    assert "ngrok answered, not the app" in text


def test_a_redirect_and_a_slow_answer_are_remarked_on(shown):
    text = shown({"status": 302, "seconds": 6.2})

    assert "Shopify does not follow redirects" in text
    assert "gives up after 5 s" in text


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "connection was closed"), (None, "was not answered yet"), (503, "was answered 503.")],
)
def test_the_answer_to_the_sender_is_shown_whatever_it_was(shown, status, words):
    assert words in shown(status=status)


def test_a_body_that_is_not_json_is_shown_as_text(shown):
    text = shown({"status": 500, "body": b"<h1>[/b]\x1b]0;x\x07</h1>\nsecond\n", "cut": True})

    assert "[/b]␛]0;x␇" in text
    assert "   second" in text
    assert "the rest was not stored" in text


def test_a_very_long_body_is_cut_on_the_screen(shown):
    assert "and 1,001 more lines" in shown({"status": 200, "body": b"x\n" * 3000})


def test_replays_stand_beside_the_answer_before_with_what_differs(session, inbox):
    number = session.deliver()
    broken = Answer(status=500, seconds=0.4, body=b'{"error":"no tax_lines","order":1}')
    inbox.add([], [Answered(delivery_id=number, by=APP, at=AT, answer=broken)])
    sent = {"origin": Origin.REPLAY, "url": APP, "delivery_id": number}
    fixed = Answer(status=200, seconds=0.041, body=b'{"error":null,"order":1}')
    for seconds, facts in (
        (1, {"answer": broken, "body": b"{}"}),
        (2, {"answer": Answer(seconds=0, failure=Failure.REFUSED)}),
        (3, {"answer": fixed}),
    ):
        add_sends(inbox, [Send(sent_at=AT + timedelta(seconds=seconds), **sent | facts)])

    def lines():
        view = DeliveryView.fetch(inbox, session.secrets, inbox.row(number))
        return answer_layout(view, 80).text().splitlines()

    assert lines()[:9] == [
        " The sender was answered 200.",
        "",
        " Before and after",
        f" ✗ 14:02:01  forwarded  500 in 400 ms  {APP}",
        f" ✗ 14:02:02  edited     500 in 400 ms  {APP}",
        f" ✗ 14:02:03  replay     500 → connection refused  {APP}",
        " ✓ 14:02:04  replay     connection refused → 200 in 41 ms  http://localhost:300…",
        "",
        " ✗ 500 in 400 ms  at 14:02:01",
    ]
    assert " ✓ 200 in 41 ms  at 14:02:04, replay" in lines()

    text = Answer(status=502, seconds=0.041, body=b"one\ntwo")
    add_sends(inbox, [Send(sent_at=AT + timedelta(seconds=4), answer=text, **sent)])
    assert lines()[7:12] == [
        f" ✗ 14:02:05  replay     200 → 502 in 41 ms  {APP}",
        '    - {"error":null,"order":1}',
        "    + one",
        "    + two",
        "",
    ]


def test_numbers_in_an_answer_keep_their_digits(shown):
    assert '"total": 1.50' in shown({"status": 200, "body": b'{"total":1.50}'})
