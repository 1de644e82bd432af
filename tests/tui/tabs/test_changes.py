import pytest

from devhook.analysis.comparison import Unlisted
from devhook.analysis.diff import Kind
from devhook.analysis.verdict import Verdict
from devhook.tui.tabs.changes import changes_layout
from devhook.webhook.delivery import Signature

ATTACKS = ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;aGk=\x07", "\u202eabc", "a\nb"]


def text(view, width=78):
    return changes_layout(view, width).text()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"verdict": Verdict.FIRST, "compared_with": None}, "The first delivery of order #1001."),
        ({"verdict": Verdict.FIRST, "subject": None, "compared_with": None}, "The first delivery."),
        ({"verdict": Verdict.UNCHANGED}, "Nothing visible changed, compared with delivery 3 (12:00:00)."),
        ({"verdict": Verdict.DUPLICATE, "original": 2, "compared_with": None}, "A duplicate of delivery 2."),
        ({"verdict": Verdict.LATE}, "Late, compared with delivery 3 (12:00:00)."),
        ({"verdict": Verdict.CHANGED, "compared_with": None}, "Changed."),
    ],
)
def test_the_first_line_is_the_verdict_as_a_sentence(view, reading, facts, sentence):
    shown = view(reading(**{"compared_with": 3} | facts))

    assert text(shown).splitlines()[0].strip() == sentence


def test_what_happened_leads_and_is_told_whole(view, reading, change):
    paid = change("financial_status", "pending", "paid")
    changes = (paid, *(change(f"note_attributes[{n}]", None, "x" * 30) for n in "abc"))
    shown = view(
        reading(compared_with=3, changes=changes),
        body=b'{"id":1,"financial_status":"paid","total_price":"259.05","currency":"EUR"}',
        row_facts={"summary": "paid 259.05, + 3", "topic": "orders/updated"},
        headers=(("Content-Type", "application/json"), ("X-Shopify-Topic", "orders/updated")),
    )

    first, second, *_ = (line.strip() for line in text(shown, 200).splitlines())
    assert first.startswith("paid")
    assert "note attributes[c] added" in first
    assert second == "4 changes, compared with delivery 3 (12:00:00)."

    copy = {"row_facts": {"summary": "duplicate of 2"}}
    assert text(view(reading(Verdict.DUPLICATE, original=2), **copy)).strip() == "A duplicate of delivery 2."
    long = view(reading(changes=(paid,)), body=b" " * 70_000, row_facts={"summary": "paid [/x]\x1b"})
    assert text(long).splitlines()[0].strip() == "paid [/x]␛"


def test_changes_are_counted(view, reading, change):
    one = reading(compared_with=3, changes=(change("note", None, "x"),))
    two = reading(compared_with=3, changes=(change("note", None, "x"), change("tags", "", "vip")))

    assert text(view(one)).splitlines()[0].strip() == "1 change, compared with delivery 3 (12:00:00)."
    assert text(view(two)).splitlines()[0].strip() == "2 changes, compared with delivery 3 (12:00:00)."


def test_a_hint_and_a_failed_signature_are_shown(view, reading):
    shown = view(
        reading(Verdict.LATE, hint="Delivery 9 is newer and arrived first."),
        row_facts={"signature": Signature.INVALID},
    )

    assert text(shown).splitlines() == [
        " ✗ The signature is invalid.",
        "   Late.",
        "   Delivery 9 is newer and arrived first.",
    ]


def test_each_change_is_a_line_of_sign_path_and_value_in_columns(view, reading, change):
    changes = (
        change("financial_status", "pending", "paid"),
        change("line_items[TEE-M].fulfillable_quantity", 2, 0),
        change("fulfillments[#1001.1]", None, {"name": "#1001.1", "items": [1]}, Kind.ADDED),
        change("tags", "vip", None, Kind.REMOVED),
    )

    assert text(view(reading(changes=changes))).splitlines()[2:] == [
        ' ~ financial_status                        "pending" → "paid"',
        " ~ line_items[TEE-M].fulfillable_quantity  2 → 0",
        ' + fulfillments[#1001.1]                   {name: "#1001.1", …}',
        ' - tags                                    "vip"',
    ]


def test_a_value_that_does_not_fit_beside_its_path_is_shown_below_it(view, reading, change):
    changes = (change("note", None, "x" * 60), change("line_items[TEE-M].discounted_price", "10.00", "9.00"))

    assert text(view(reading(changes=changes)), 70).splitlines()[2:] == [
        " ~ note",
        "   - null",
        f'   + "{"x" * 60}"',
        ' ~ line_items[TEE-M].discounted_price  "10.00" → "9.00"',
    ]


def test_a_long_value_begins_left_of_its_column(view, reading, change):
    changes = (change("line_items[TEE-M].fulfillable_quantity", 2, 0), change("note", "a" * 20, "b" * 10))

    assert text(view(reading(changes=changes)), 66).splitlines()[2:] == [
        " ~ line_items[TEE-M].fulfillable_quantity  2 → 0",
        f' ~ note{" " * 21}"{"a" * 20}" → "{"b" * 10}"',
    ]


def test_two_long_texts_are_shown_from_where_they_differ(view, reading, change):
    before, after = "The same beginning, " * 20 + "old end", "The same beginning, " * 20 + "new end"

    shown = text(view(reading(changes=(change("note", before, after),))))

    assert "old end" in shown
    assert "new end" in shown


def test_a_very_long_text_takes_four_lines(view, reading, change):
    shown = text(view(reading(changes=(change("note", None, "y" * 5000, Kind.ADDED),))), 60)

    assert len(shown.splitlines()) == 2 + 1 + 4
    assert shown.endswith("…")


def test_noise_is_listed_by_name_only(view, reading, change):
    noise = (change("updated_at", "a", "b", noise=True), change("customer.updated_at", "a", "b", noise=True))

    shown = text(view(reading(Verdict.UNCHANGED, noise=noise)))

    assert shown.endswith("   noise: updated_at, customer.updated_at")


def test_a_payload_that_cannot_be_read_says_why(view, reading):
    shown = text(view(reading(Verdict.FIRST, subject=None, unreadable="It ends too early.")))

    assert shown == " ! The payload cannot be read. It ends too early."


def test_a_delivery_that_is_not_read_yet_says_so(view):
    assert "not been read yet" in text(view(None))


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("width", [20, 78])
def test_foreign_text_cannot_break_a_line(view, reading, change, attack, width):
    changes = (
        change(attack, attack, {attack: attack}),
        change(f"a[{attack}].b", attack * 30, attack * 31),
        change(attack, None, [attack], Kind.ADDED),
    )
    shown = changes_layout(
        view(reading(changes=changes, noise=changes, hint=attack, unreadable=attack)), width
    )

    assert all(shown.line(number).plain.isprintable() for number in range(shown.count))


@pytest.mark.parametrize("width", [20, 40, 66, 78, 138])
def test_lines_stay_within_the_width(view, reading, change, width):
    changes = (
        change(
            "line_items[a rather long name of a product].discounted_price_set.shop_money.amount", "1", "2"
        ),
        change("note", "n" * 300, "m" * 300),
        change("x", None, {"name": "日本語" * 30}, Kind.ADDED),
    )

    shown = changes_layout(view(reading(changes=changes, hint="word " * 40, compared_with=3)), width)

    assert shown.width <= width


def test_many_changes_within_one_field_have_a_line_above_them_and_are_stops_by_themselves(
    view, reading, change
):
    items = [change(f"line_items[{sku}].price", "1", "2") for sku in ("TEE", "MUG", "BAG")]
    told = changes_layout(
        view(
            reading(
                compared_with=3, changes=(change("note", None, "x"), *items, change("tags[a]", None, "a"))
            )
        ),
        78,
    )

    assert [told.line(stop).plain.split()[1] for stop in told.stops] == [
        "note",
        "line_items[TEE].price",
        "line_items[MUG].price",
        "line_items[BAG].price",
        "tags[a]",
    ]
    assert told.line(told.stops[1] - 1).plain == "   line_items: 3 changes"


def test_a_change_that_is_unfolded_shows_both_values_to_their_end(view, reading, change):
    long = change("note", "a" * 300, "b" * 300)
    item = change("fulfillments[1]", None, {"id": 1, "lines": [{"id": 2}]}, kind=Kind.ADDED)
    shown = view(reading(compared_with=3, changes=(long, item)))

    told = changes_layout(shown, 50, {0, 1}).text()

    assert told.count("a") >= 300
    assert told.count("b") >= 300
    assert '"lines": [' in told
    assert len(changes_layout(shown, 50).stops) == len(changes_layout(shown, 50, {0, 1}).stops) == 2


def test_changes_that_are_not_listed_are_counted_by_part(view, reading, change):
    items = [change(f"line_items[{number}].price", "1", "2") for number in range(2_000)]
    unlisted = (Unlisted("line_items", 1_000), Unlisted("notes", 500))
    noise = [change("updated_at", "1", "2")]

    told = reading(compared_with=3, changes=items, noise=noise, unlisted=unlisted, unlisted_noise=12)
    shown = text(view(told), width=140)

    assert "3500 changes, compared" in shown or "3,500 changes, compared" in shown
    assert shown.count("~ line_items") == 2_000
    assert "1,500 more changes are not listed: 1,000 in line_items, 500 in notes." in shown
    assert "noise: updated_at, 12 more" in shown
