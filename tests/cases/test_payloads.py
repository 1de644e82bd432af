"""Payloads and headers that were shown wrong, and those of public reports: what every output says of each.

`words` are in the lines and on the screen, `json` are paths into the JSON object and what is there.
"""

import gzip
import json
from typing import NamedTuple

import pytest

GITHUB = "https://github.com/"
UPDATED = "orders/updated"


class Case(NamedTuple):
    """An input: its name or the address of its report, the webhooks, and what is said of the last one."""

    name: str
    webhooks: list[dict]
    words: tuple[str, ...] = ()
    json: dict[str, object] = {}  # noqa: RUF012 - read only
    never: tuple[str, ...] = ()
    listed: str = ""
    payload: str = ""


def webhook(body, topic=UPDATED, headers=None, status=200):
    body = json.dumps(body, ensure_ascii=False) if isinstance(body, dict) else body
    return {"topic": topic, "body": body, "headers": headers or {}, "status": status}


def two(before, after, field="note"):
    """Two versions of an order that differ in one field, written as they are."""
    return [
        webhook(f'{{"id":88,"name":"#88","{field}":{value},"updated_at":"2026-11-03T12:00:0{second}Z"}}')
        for second, value in enumerate((before, after))
    ]


XML = {"Content-Type": "application/xml"}
LATIN = (
    "<?xml version='1.0' encoding='ISO-8859-1'?><order><id type='integer'>7</id><name>#7</name>"
    "<note>Käse</note></order>"
)

CASES = [
    Case("a no-break space", two('"10\u00a0km"', '"10 km"'), ('"10‹U+00A0›km" → "10 km"',)),
    Case("an accent of its own", two('"Zoë"', '"Zoe\u0308"'), ('"Zo‹U+00EB›" → "Zoe‹U+0308›"',)),
    Case("a zero width joiner", two('"ab"', '"a\u200db"'), ('"ab" → "a‹U+200D›b"',)),
    Case("a letter of another script", two('"Max"', '"M\u0430x"'), ('"Max" → "M‹U+0430›x"',)),
    Case("a narrow blank in a price", two('"1 000"', '"1\u202f000"'), ('"1 000" → "1‹U+202F›000"',)),
    Case(
        "a difference at the end of a long text",
        two(f'"{"word " * 60}end"', f'"{"word " * 60}end\u00a0"'),
        ("end‹U+00A0›",),
    ),
    Case("a trailing zero", two("0.1", "0.10", "rate"), ("rate 0.1 → 0.10",)),
    Case("an exponent", two("1e3", "1E+3", "rate"), ("rate 1e3 → 1E+3",)),
    Case("beyond any double", two("1", "1E400", "rate"), ("rate 1 → 1E400",)),
    Case("minus zero", two("0", "-0", "rate"), ("rate 0 → -0",)),
    Case(
        "a number in JSON keeps what a double would lose",
        two("0.1", "0.10", "rate"),
        json={"changes.0.spelled": {"before": "0.1", "after": "0.10"}, "changes.0.after": "0.10"},
    ),
    Case(
        "no answer", [webhook({"id": 1, "a": 1}, status=None)], never=("None",), json={"answer.status": None}
    ),
    Case(
        "a key twice",
        [webhook('{"id":5,"name":"#5","note":"one","note":"two"}')],
        ("note occurs more than once in the body", '"one"', '"two"'),
        {"repeated.0.path": "note", "repeated.0.values": ["one", "two"]},
    ),
    Case(
        "a key three times, deep inside",
        [webhook('{"id":5,"line_items":[{"id":1},{"id":2,"sku":"A","sku":"B","sku":"C"}]}')],
        ("line_items[1].sku occurs more than once", '"A"', '"B"', '"C"'),
        {"repeated.1.values": ["B", "C"], "repeated.1.pointer": "/line_items/1/sku"},
    ),
    Case(
        "no such topic",
        [webhook({"id": 6, "name": "#6"}, "orders/update")],
        ("There is no topic orders/update", "Did you mean orders/updated?"),
        {"subject.name": "#6"},
    ),
    Case(
        "XML that is called JSON",
        [webhook("<order><id type='integer'>9</id></order>")],
        ("looks like XML", "Content-Type says JSON"),
        {"unreadable": "The body looks like XML, and Content-Type says JSON.", "subject": None},
        listed="unreadable",
    ),
    Case(
        "JSON that is called XML",
        [webhook({"id": 9}, headers=XML)],
        ("looks like JSON, and Content-Type says XML",),
        listed="unreadable",
    ),
    Case(
        "half of a body",
        [webhook('{"id":9,"name":"#9","line_items":[{"id":1,"ti')],
        ("The body is not JSON", "unreadable"),
        listed="unreadable",
    ),
    Case(
        "XML in UTF-16",
        [webhook(LATIN.replace("ISO-8859-1", "UTF-16").encode("utf-16"), headers=XML)],
        ("#7",),
        {"unreadable": "", "subject.id": "7"},
        payload="<note>Käse</note>",
    ),
    Case(
        "two versions in different encodings are the same text",
        [
            webhook(LATIN.encode("latin-1"), headers=XML),
            webhook(LATIN.replace("ISO-8859-1", "UTF-8").encode(), headers=XML),
        ],
        json={"verdict": "unchanged", "changes": []},
    ),
    Case(
        "Shopify's headers are missing",
        [webhook({"id": 4}, headers={"X-Shopify-API-Version": None, "X-Shopify-Shop-Domain": None})],
        ("X-Shopify-Shop-Domain and X-Shopify-API-Version are missing",),
        {"api_version": None, "shop": None},
    ),
    Case(
        "a topic twice",
        [webhook({"id": 4}, headers={"x-shopify-topic": "orders/paid"})],
        ("X-Shopify-Topic occurs 2 times with different values",),
    ),
    Case(
        "the ids of a delivery",
        [webhook({"id": 4, "name": "#4"}, headers={"X-Shopify-Event-Id": "event-4"})],
        json={"webhook_id": "w-1", "event_id": "event-4", "api_version": "2026-10", "remarks": []},
    ),
]

REPORTS = [
    Case(
        f"{GITHUB}Shopify/shopify-api-ruby/issues/269",
        [webhook({"id": 1, "name": "#1"}, "orders/update")],
        ("There is no topic orders/update", "orders/updated?"),
    ),
    Case(
        f"{GITHUB}Shopify/shopify_app/issues/546",
        [webhook({"id": 1}, "orders_fulfillment/create")],
        ("There is no topic orders_fulfillment/create",),
    ),
    Case(
        f"{GITHUB}Shopify/shopify-api-js/issues/1145",
        [webhook({"shop_id": 1}, "customers/data_request", {"X-Shopify-API-Version": None})],
        ("X-Shopify-API-Version is missing",),
        {"api_version": None},
        never=("no topic",),
    ),
    Case(
        f"{GITHUB}Shopify/shopify-api-ruby/issues/1261",
        [webhook({"shop_id": 1}, "customers/redact", {"X-Shopify-Shop-Domain": None})],
        ("X-Shopify-Shop-Domain is missing",),
        never=("no topic",),
    ),
    Case(
        # The headers of Events and of newer libraries have no X-: nothing is missing.
        f"{GITHUB}Shopify/shopify-api-ruby/pull/1437",
        [
            webhook(
                {"id": 1},
                headers={
                    "X-Shopify-API-Version": None,
                    "X-Shopify-Shop-Domain": None,
                    "shopify-api-version": "2026-10",
                    "shopify-shop-domain": "quince-and-co.myshopify.com",
                },
            )
        ],
        json={"remarks": [], "api_version": "2026-10"},
    ),
    Case(
        # A page instead of a payload: "Unexpected token <".
        f"{GITHUB}christophergregory/shopify-node-api/issues/36",
        [webhook("<!DOCTYPE html>\n<html><body>Not Found</body></html>")],
        ("The body looks like HTML, and Content-Type says JSON.",),
        listed="unreadable",
    ),
    Case(
        f"{GITHUB}Shopify/shopify-api-js/issues/829",
        [webhook("", "app/uninstalled")],
        ("The body is empty.",),
        listed="unreadable",
    ),
    Case(
        # A form where JSON was expected: payload=…
        f"{GITHUB}rvagg/github-webhook-handler/issues/26",
        [
            webhook(
                "payload=%7B%22id%22%3A1%7D", headers={"Content-Type": "application/x-www-form-urlencoded"}
            )
        ],
        ("The body looks like a form (name=value&…), not like JSON.",),
        listed="unreadable",
    ),
    Case(
        f"{GITHUB}specklesystems/speckle-server/issues/1292",
        [webhook(json.dumps(json.dumps({"id": 1, "name": "#1"})))],
        ("it was encoded twice",),
    ),
    Case(
        f"{GITHUB}serde-rs/json/issues/762",
        [webhook('{"id":1,"line_items":[{"id":2,"qty":1,"qty":-1}]}')],
        ("line_items[0].qty occurs more than once in the body: 1, and at last -1",),
    ),
    Case(
        f"{GITHUB}GOCDB/gocdb/issues/46",
        [webhook('{"id":1,"aa":"aa1","aa":"aa2","cc":"cc"}')],
        ('aa occurs more than once in the body: "aa1", and at last "aa2"',),
    ),
    Case(
        # "the diff looked identical both ways"
        f"{GITHUB}18F/identity-idp/pull/11185",
        two('"14 Rue\u00a0Haute"', '"14 Rue Haute"'),
        ('"14 Rue‹U+00A0›Haute" → "14 Rue Haute"',),
    ),
    Case(
        # e + U+0301 and U+00E9
        f"{GITHUB}macos-fuse-t/fuse-t/issues/16",
        two('"Rene\u0301"', '"Ren\u00e9"'),
        ('"Rene‹U+0301›" → "Ren‹U+00E9›"',),
    ),
    Case(
        # Japanese letters with a mark of its own: パイソン
        f"{GITHUB}malthe/macfsevents/pull/27",
        two('"\u30d1\u30a4\u30bd\u30f3"', '"\u30cf\u309a\u30a4\u30bd\u30f3"'),
        ("‹U+30D1›", "‹U+30CF›‹U+309A›"),
    ),
    Case(
        f"{GITHUB}kelseyhightower/nocode/issues/262",
        two('"nocode"', '"no\u200bcode"'),
        ('"nocode" → "no‹U+200B›code"',),
    ),
    Case(
        # 136.0 and 136 are two spellings, and a signature knows only one of them.
        f"{GITHUB}EasyPost/easypost-node/issues/467",
        two("136.0", "136", "weight"),
        ("weight 136.0 → 136",),
    ),
    Case(
        f"{GITHUB}josdejong/jsoneditor/issues/279",
        two("1.0", "1.00", "weight"),
        ("weight 1.0 → 1.00",),
        {"changes.0.spelled": {"before": "1.0", "after": "1.00"}},
    ),
    Case(
        # 1E400 is JSON, Infinity is not.
        f"{GITHUB}nim-lang/Nim/pull/10709",
        two("3.141592653589793238462643383279", "1E400", "rate"),
        ("rate 3.141592653589793238462643383279 → 1E400",),
    ),
    Case(
        f"{GITHUB}jeroen/jsonlite/issues/281",
        [webhook('{"id":1,"rate":Infinity}')],
        ("The body holds Infinity, which is not JSON.",),
        listed="unreadable",
    ),
    Case(
        f"{GITHUB}ahorn/android-rss/issues/4",
        [webhook(LATIN.encode("latin-1"), headers=XML)],
        ("#7",),
        {"unreadable": ""},
        payload="<note>Käse</note>",
    ),
    Case(
        # Flagged as UTF-8, written in ISO-8859-1.
        f"{GITHUB}activemerchant/active_merchant/pull/1534",
        [webhook(LATIN.replace("ISO-8859-1", "UTF-8").encode("latin-1"), headers=XML)],
        ("The body is not UTF-8: the byte at position",),
        listed="unreadable",
    ),
    Case(
        # Declared as UTF-16 although it is UTF-8.
        f"{GITHUB}elastic/beats/pull/31546",
        [webhook(LATIN.replace("ISO-8859-1", "utf-16").encode(), headers=XML)],
        ("#7",),
        {"unreadable": "", "subject.name": "#7"},
    ),
    Case(
        "https://shopify.dev/docs/apps/build/webhooks/delivery-structure",
        [webhook(gzip.compress(b'{"id":1}', mtime=0))],
        ("The body looks like gzip: it is still compressed",),
        listed="unreadable",
    ),
]


@pytest.mark.parametrize("case", [*CASES, *REPORTS], ids=lambda case: case.name)
def test_a_payload_is_said_right_in_every_output(said, case):
    last = said(*case.webhooks)[-1]
    line = " ".join(last.line.split())

    for words in case.words:
        assert words in line, line
        assert words in last.tab or words in ("#7", "unreadable"), last.tab
    for words in case.never:
        assert words not in f"{line} {last.tab} {last.listed}"
    for path, expected in case.json.items():
        found = last.json
        for step in path.split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]
        assert found == expected, path
    assert case.listed in last.listed
    assert case.payload in last.payload
    if case.listed == "unreadable":
        assert last.json["unreadable"]


def test_columns_stay_straight_where_there_was_no_answer(said):
    lines = [each.line for each in said(webhook({"id": 1}), webhook({"id": 2}, status=None))]

    assert lines[0].index(UPDATED) == lines[1].index(UPDATED)
