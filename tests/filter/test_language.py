from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from devhook.analysis.verdict import Verdict
from devhook.filter.language import Filter
from devhook.filter.word import WrongWord
from devhook.filter.words import WORDS, help_entries
from devhook.inbox.deliveries import TargetAnswer
from devhook.inbox.tokens import tokens_in_body
from devhook.webhook.delivery import Signature
from devhook.webhook.payload import write_json
from devhook.webhook.subject import Subject

NOW = datetime(2026, 3, 14, 16, 2, 0, tzinfo=timezone(timedelta(hours=2)))
ORDER = Subject(kind="order", id="5501", name="#1001", document="order")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", True),
        ("   ", True),
        ("orders/*", True),
        ("refunds/*", False),
        ("*/updated", True),
        ("orders/update?", True),
        ("ORDERS/UPDATED", True),
        ("topic:orders/updated", True),
        ("topic:orders", False),
        ("topic:orders/*", True),
        ("topic:refunds/*,orders/updated", True),
        ("topic:refunds/*,orders/paid", False),
        ("refunds/*,orders/*", True),
        ("orders", True),
        ("#1001", True),
        ("5501", True),
        ("order", True),
        ("harbour", True),
        ("9f2c-0001", True),
        ("late", True),
        ("LATE", True),
        ("valid", True),
        ("duplicate", False),
        ("#1001 late", True),
        ("#1001 duplicate", False),
        ("-duplicate", True),
        ("-late", False),
        ("orders/* -#1002", True),
        ("-orders/*", False),
        ("-topic:refunds/*", True),
        ("-topic:refunds/*,orders/updated", False),
        ("topic:ORDERS_UPDATED", True),
        ("topic:ORDERS_PAID,ORDERS_UPDATED", True),
        ("topic:ORDERS_PAID", False),
        ("order:#1001", True),
        ("order:1001", True),
        ("order:5501", True),
        ("order:#1002,#1001", True),
        ("order:#10??", True),
        ("order:100", False),
        ("subject:5501", True),
        ("shop:harbour-lane", True),
        ("shop:harbour-lane.myshopify.com", True),
        ("shop:harbour*", True),
        ("shop:harbour", False),
        ("is:late", True),
        ("is:LATE", True),
        ("is:first,late", True),
        ("is:late is:valid", True),
        ("is:bad", False),
        ("-is:duplicate", True),
        ("verdict:late", True),
        ("signature:valid", True),
        ("signature:invalid", False),
        ("origin:simulator", True),
        ("origin:forged,shopify", False),
        ("webhook:9f2c-0001", True),
        ("webhook:9F2C*", True),
        ("webhook:9f2c", False),
        ("event:9f2c*", False),
        ("answered:200", True),
        ("answered:2xx", True),
        ("answered:>=400", False),
        ("answered:<300", True),
        ("answered:>200", False),
        ("answered:<=200", True),
        ("answered:200..204", True),
        ("answered:500,200", True),
        ("answered:none", False),
        ("-answered:none", True),
        ("id:1", True),
        ("id:2..9", False),
        ("id:<5", True),
        ('"orders/updated"', True),
        ('"order 5501"', True),
        ('"5501 order"', False),
        ('orders"/"updated', True),
        ('"orders/*"', False),
        ('"-late"', False),
        ('topic:"orders/*"', True),
        ('"a\\"b"', False),
    ],
)
def test_every_word_must_match_and_a_minus_negates_a_word(row, words, found):
    delivery = row(subject=ORDER, verdict=Verdict.LATE)

    assert Filter.parse(words, NOW).matches(delivery) is found


def test_the_lists_words_for_a_signature_can_be_searched_for(row):
    delivery = row(signature=Signature.INVALID, verdict=Verdict.CHANGED, change_count=2)

    assert Filter.parse("bad signature", NOW).matches(delivery)
    assert Filter.parse("invalid", NOW).matches(delivery)


def test_a_word_does_not_reach_from_one_field_into_the_next(row):
    delivery = row(shop="left", topic="right")

    assert not Filter.parse("leftright", NOW).matches(delivery)


def test_text_made_visible_can_be_typed_as_it_is_shown(row):
    delivery = row(topic="\x1b]52;c;aGk=\x07")

    assert Filter.parse("␛]52", NOW).matches(delivery)
    assert Filter.parse("\x1b]52", NOW).matches(delivery)


def test_brackets_in_a_filter_are_brackets(row):
    assert Filter.parse("[/foo]", NOW).matches(row(topic="[/foo]"))
    assert not Filter.parse("[orders]", NOW).matches(row())


def test_a_filter_without_words_is_false():
    assert not Filter.parse("  ", NOW)
    assert Filter.parse("x", NOW)


def test_the_target_s_answer_counts_where_there_is_one(row):
    failed = row(target=TargetAnswer(by="http://localhost:3000", status=500, seconds=0.1))
    silent = row(target=TargetAnswer(by="http://localhost:3000", status=None, seconds=0.1))

    assert Filter.parse("answered:500", NOW).matches(failed)
    assert not Filter.parse("answered:200", NOW).matches(failed)
    assert Filter.parse("answered:none -answered:200", NOW).matches(silent)
    assert Filter.parse("answered:none", NOW).matches(row(status=0))
    assert Filter.parse("answered:none", NOW).matches(row(status=None))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("changed:financial_status", True),
        ("changed:FINANCIAL_STATUS", True),
        ("changed:line_items", True),
        ("changed:line_items[TEE-M]", True),
        ("changed:line_items[TEE-M].price", True),
        ("changed:line_items.price", True),
        ("changed:price", True),
        ("changed:shop_money.amount", True),
        ("changed:amount", True),
        ("changed:*price", True),
        ("changed:line_items*", True),
        ("changed:total*,note", True),
        ("changed:*item*price", True),
        ("changed:*[TEE-?].price", True),
        ("changed:*tee*", False),
        ("changed:line", False),
        ("changed:status", False),
        ("changed:line_items[TEE-L]", False),
        ("changed:note", False),
        ("-changed:note", True),
    ],
)
def test_a_change_is_found_by_its_path_or_by_a_part_of_it(row, words, found):
    paths = ("financial_status", "line_items[TEE-M].price", "total_price_set.shop_money.amount")

    assert Filter.parse(words, NOW).matches(row(changed=paths)) is found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("since:1h", True),
        ("since:0s", False),
        ("since:90m before:0s", True),
        ("before:2d", False),
        ("since:16:00", True),
        ("since:16:01:59 before:16:02", True),
        ("since:17:00", True),  # yesterday's
        ("before:17:00", False),
        ("since:2026-03-14", True),
        ("before:2026-03-14", False),
        ("since:2026-03-14T14:01:00Z", True),
        ("before:2026-03-14t16:01:59.5", True),
        ("since:2026-03-14T16:01:59+02:00", True),
        ("-since:1h", False),
    ],
)
def test_a_time_is_so_long_ago_or_on_the_clock_or_a_date_in_the_zone_of_the_user(row, words, found):
    delivery = row(received_at=datetime(2026, 3, 14, 14, 1, 59, 300000, tzinfo=UTC))

    assert Filter.parse(words, NOW).matches(delivery) is found


def test_words_of_the_body_are_asked_for_only_where_they_matter(row):
    class Said:
        def words(self, _row):
            return {"sgift", "swrap", "sblue"}

    assert not Filter.parse("late", NOW).reads_bodies
    for words, found in (("body:gift", True), ("body:Gift-Wrap", True), ("body:gif", False),
                         ("body:gif*", True), ("body:gift,red", False), ("-body:red", True)):  # fmt: skip
        wanted = Filter.parse(words, NOW)
        assert wanted.reads_bodies
        assert wanted.matches(row(), Said()) is found
    with pytest.raises(LookupError):
        Filter.parse("body:gift", NOW).matches(row())


ORDER_BODY = {
    "id": 5501,
    "total_price": "259.05",
    "note": None,
    "tags": "",
    "test": False,
    "created_at": "2026-07-04T12:00:00+02:00",
    "customer": {"email": "Ada@acme.com", "zip": "01234"},
    "line_items": [
        {"id": 1, "sku": "TEE-M", "price": Decimal("19.90")},
        {"id": 2, "sku": "TEE-L", "price": Decimal("21.00")},
    ],
}


def test_a_field_of_the_payload_is_compared(row):
    class Stored:
        def document(self, _row):
            return ORDER_BODY

        def words(self, _row):
            return tokens_in_body(write_json(ORDER_BODY), "application/json")

    cases = {
        "total_price:>259.04 total_price:<259.06": True,
        "total_price:=259.050 total_price:259.05..260": True,
        "total_price:>259.05": False,
        "total_price:=100,259.05": True,
        "line_items.price:>20": True,
        "line_items.price:=21": True,
        "line_items[0].price:>20": False,
        "line_items[TEE-L].price:>20 line_items[*].price:<20": True,
        "price:>20": False,
        "*price:>20": True,
        "customer.email:=*@ACME.com": True,
        "customer.zip:=1234": False,
        "customer.zip:=01234": True,
        "created_at:>=2026-07-04 created_at:<2026-07-04T10:00:01Z": True,
        "created_at:2026-07-05..2026-07-06": False,
        "note:=null test:=false": True,
        'tags:=""': True,
        ".id:=5501 -.id:=5502": True,
        "customer:=ada": False,
        "missing:=null": False,
        "-missing:>1": True,
    }
    for words, found in cases.items():
        assert Filter.parse(words, NOW).matches(row(), Stored()) is found, words


@pytest.mark.parametrize(
    ("words", "column", "told", "hint"),
    [
        ("is:lat", 1, "is:lat", "is:late"),
        ("late is:duplicat", 6, "is:duplicat", "is:duplicate"),
        ("  -is:wrong", 3, "is:wrong", "first, changed"),
        ("topc:orders/*", 1, "topc:", "topic:"),
        ("nonsense:1", 1, "nonsense:", '"nonsense:…"'),
        ("financial_status:paid", 1, "financial_status:", "financial_status:=paid"),
        ("total_price:>many", 1, "many is not a number or a time", "total_price:>100"),
        ("total_price:1..2026-01-01", 1, "a range of a number and a time", "Use two numbers"),
        ("a..b:=1", 1, "a..b is not the path of a field", "total_price:>100"),
        ("changed:price>cheap", 1, "cheap is not a number", "total_price:>100"),
        ("origin:forge", 1, "origin:forge", "origin:forged"),
        ("answered:ok", 1, "answered:ok", "answered:>=400"),
        ("answered:4x4", 1, "answered:4x4", "answered:5xx"),
        ("id:first", 1, "id:first", "id:41..50"),
        ("since:yesterday", 1, "since:yesterday", "since:10m"),
        ("since:25:00", 1, "since:25:00", "since:14:30"),
        ("before:999999w", 1, "before:999999w", "before:3d"),
        ("since:1h,2h", 1, "since:", "since:10m"),
        ('orders "unclosed', 8, "quotation mark", "Close it"),
        ("topic:", 1, "topic:", "topic:orders/*"),
        ("late -", 6, "-", "-is:late"),
        ("order:,", 1, "order:", "order:#1001"),
        ("body:!!", 1, "body:!!", "body:gift"),
    ],
)
def test_a_wrong_word_is_reported_with_its_place_and_what_was_meant(words, column, told, hint):
    with pytest.raises(WrongWord) as caught:
        Filter.parse(words, NOW)

    assert told in caught.value.message
    assert caught.value.message.endswith(f"(column {column}).")
    assert hint in caught.value.hint
    assert caught.value.start == column - 1


@pytest.mark.parametrize(
    "text",
    [
        "is:",
        "is:la",
        "topic:",
        "answered:>=",
        "-",
        '"some',
        "since:1",
        "id:4..",
        "total_price:",
        "total_price:>",
        "note:=",
        "changed:note=",
    ],
)
def test_a_word_that_can_be_completed_is_unfinished(text):
    with pytest.raises(WrongWord) as caught:
        Filter.parse(text, NOW)

    assert caught.value.unfinished


@pytest.mark.parametrize("text", ["is:lx", "topc:x", "answered:many", "since:soon"])
def test_a_word_that_cannot_be_completed_is_not_unfinished(text):
    with pytest.raises(WrongWord) as caught:
        Filter.parse(text, NOW)

    assert not caught.value.unfinished


def test_every_example_and_every_choice_can_be_typed():
    for word in WORDS:
        for value in (*word.examples, *word.choices):
            assert Filter.parse(f"{word.name}:{value}", NOW)


@pytest.mark.parametrize(
    "text", ["12:30", "gid://shopify/Order/1", "https://acme.test/x", '"a:b"', "6213:8811"]
)
def test_a_colon_that_makes_no_name_is_text(row, text):
    assert Filter.parse(text, NOW).matches(row(webhook_id=f"<{text.strip(chr(34))}>"))


def test_the_help_has_a_line_for_every_word_and_names_all_its_values():
    lines = dict(help_entries())

    for word in WORDS:
        about = next(text for typed, text in lines.items() if typed.startswith(f"{word.name}:"))
        assert word.about in about
        assert all(choice in about for choice in word.choices)
