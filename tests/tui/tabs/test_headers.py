import dataclasses

import pytest

from devhook.tui.tabs.headers import headers_layout

HEADERS = (
    ("Host", "localhost:4000"),
    ("X-Shopify-Topic", "orders/updated"),
    ("x-shopify-name", "Gr\u00c3\u00bc\u00c3\u009fe"),
    ("Via", "1.1 a"),
    ("Via", "1.1 b"),
)


def text(view, width=78):
    return headers_layout(view, width).text()


def test_headers_keep_their_order_case_and_repetitions(view):
    shown = text(view(headers=HEADERS, path="/webhooks?x=1"))

    assert shown.splitlines() == [
        " POST /webhooks?x=1",
        " received 2026-03-14 12:00:00.250, answered 200",
        "",
        " Host             localhost:4000",
        " X-Shopify-Topic  orders/updated",
        " x-shopify-name   Grüße",
        " Via              1.1 a",
        " Via              1.1 b",
    ]


def test_a_long_value_is_folded_within_its_column(view):
    shown = headers_layout(view(headers=(("Cookie", "z" * 100),)), 60)

    assert shown.width <= 60
    assert shown.text().count("z") == 100


def test_a_delivery_without_an_answer_says_so(view):
    assert "not answered" in text(view(row_facts={"status": None}))


@pytest.mark.parametrize("attack", ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;aGk=\x07", "\x9b2J", "a\nb"])
def test_foreign_text_cannot_break_a_line(view, attack):
    for line in text(view(headers=((attack, attack),), path=attack, method=attack)).split("\n"):
        assert line.isprintable()


def test_a_bidi_control_in_a_header_is_shown_by_its_code(view):
    sent = "\u202etxt".encode().decode("latin-1")

    assert "‹U+202E›txt" in text(view(headers=(("X-Note", sent),)))


def test_a_payload_in_another_version_than_its_subscription_says_so_once(view):
    older = dataclasses.replace(
        view(headers=(("X-Shopify-API-Version", "2026-07"),)), subscribed_version="2026-10"
    )

    assert text(older).splitlines()[2:4] == [
        " The payload has API version 2026-07, but its subscription has 2026-10.",
        "",
    ]
    assert "payload" not in text(dataclasses.replace(older, subscribed_version="2026-07"))
