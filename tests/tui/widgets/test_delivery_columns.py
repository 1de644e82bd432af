import pytest

from devhook.analysis.verdict import Verdict
from devhook.inbox.deliveries import TargetAnswer
from devhook.tui.widgets.action_lines import Line
from devhook.tui.widgets.delivery_columns import DeliveryColumns
from devhook.webhook.answer import Failure
from devhook.webhook.delivery import Signature
from devhook.webhook.subject import Subject

ORDER = Subject(kind="order", id="5501", name="#1001", document="order")
SENT = "order of 259.05, 6 items, authorized"


def names(width, *, newest=7, app=True):
    return [column.name for column, _ in DeliveryColumns.within(width, newest, app=app).shown]


def drawn(row, width=100, **line):
    return DeliveryColumns.within(width, 7).line(Line(row, **line)).plain


@pytest.mark.parametrize("newest", [1, 4321, 1_000_000])
@pytest.mark.parametrize("app", [True, False])
def test_a_line_and_the_titles_fill_every_width_and_no_more(row, newest, app):
    shown = Line(row(newest, subject=ORDER, verdict=Verdict.FIRST, summary=SENT), others=2)
    for width in range(56, 251):
        columns = DeliveryColumns.within(width, newest, app=app)

        assert columns.line(shown).cell_length == width
        assert columns.header().cell_length == width


def test_the_least_needed_columns_are_left_out_first():
    everything = ["id", "mark", "time", "shop", "app", "subject", "words", "topic"]

    assert names(58) == ["mark", "time", "shop", "app", "subject", "words"]
    assert names(78) == ["id", "mark", "time", "shop", "app", "subject", "words"]
    assert names(98) == everything
    assert names(98, app=False) == [name for name in everything if name != "app"]
    assert names(78, app=False)[-1] == "topic"


def test_what_happened_gets_what_is_left():
    widths = dict.fromkeys((58, 78, 98, 140, 250))
    for width in widths:
        widths[width] = {column.name: cells for column, cells in DeliveryColumns.within(width, 7).shown}

    assert [found["words"] for found in widths.values()] == [26, 42, 44, 60, 156]
    assert [found["time"] for found in widths.values()] == [8, 8, 8, 8, 12]


def test_a_topic_without_a_column_stands_where_the_words_leave_room(row):
    paid = row(
        7, topic="orders/paid", summary="paid 2.00", target=TargetAnswer(by="x", status=200, seconds=1)
    )

    assert drawn(paid, 78).rstrip().endswith("paid 2.00" + " " * 22 + "orders/paid")
    assert "orders/paid" not in drawn(paid._replace(summary=SENT), 78)


def test_a_line_says_what_the_shop_was_told_and_what_the_app_said(row):
    target = TargetAnswer(by="http://localhost:3000", status=500, seconds=0.1)
    shown = drawn(row(7, subject=ORDER, verdict=Verdict.FIRST, summary=SENT, target=target))

    assert shown.split() == ["7", "14:02:04", "✓200", "✗500", "#1001", *SENT.split(), "orders/updated"]


@pytest.mark.parametrize(
    ("facts", "signs"),
    [
        ({}, "✓200 –"),
        ({"status": None}, "✓    –"),
        ({"status": 500}, "✗500 –"),
        ({"status": 0}, "✗–   –"),
        ({"status": 401, "signature": Signature.INVALID}, "✗401 –"),
        ({"status": 401, "signature": Signature.MISSING}, "!401 –"),
        ({"signature": Signature.UNCHECKED}, "?200 –"),
        ({"target": TargetAnswer(by="x", status=204, seconds=0.1)}, "✓200 ✓204"),
        ({"target": TargetAnswer(by="x", status=None, seconds=9, failure=Failure.NO_ANSWER)}, "✓200 ✗ "),
    ],
)
def test_every_colour_has_a_sign(row, facts, signs):
    assert f"14:02:00 {signs}" in drawn(row(**facts))


def test_an_action_shows_that_it_opens_and_how_many_topics_more_it_has(row):
    shown = row(7, subject=ORDER, verdict=Verdict.CHANGED, summary="paid 2.00")

    assert "7 ▸  14:02" in drawn(shown, others=2)
    assert drawn(shown, others=2).rstrip().endswith("orders/updated +2")
    assert "7 ▾  14:02" in drawn(shown, others=2, is_open=True)
    assert drawn(shown, others=2, is_open=True).rstrip().endswith("orders/updated")
    assert "  paid 2.00" in drawn(shown, is_member=True)
    assert "#1001" not in drawn(shown, is_member=True)


def test_a_retry_has_its_number(row):
    retried = row(7, verdict=Verdict.DUPLICATE, original=3)

    assert "7 ↻3 14:02" in drawn(retried._replace(attempt=3))
    assert "7 ↻+ 14:02" in drawn(retried._replace(attempt=12))
    assert "duplicate of 3" in drawn(retried)


def test_before_it_is_read_a_line_says_what_its_signature_says(row):
    assert "bad signature" in drawn(row(signature=Signature.INVALID))


def test_a_resource_that_the_line_above_has_too_is_fainter(row):
    columns = DeliveryColumns.within(100, 7)

    def style(above):
        content = columns.line(Line(row()), above)
        return next(span.style for span in content.spans if content.plain[span.start : span.end] == "orders/")

    assert style("orders/paid") != style("refunds/create")
    assert style(None) == style("refunds/create")


def test_a_subject_without_a_name_is_shown_by_its_kind_and_the_end_of_its_id(row):
    product = Subject(kind="product", id="98765432109", document="product")

    assert "product …432109" in drawn(row(subject=product), 130)
    assert "…432109" in drawn(row(subject=product), 67)


def test_a_delivery_without_topic_and_subject_has_a_row(row):
    assert "no topic" in drawn(row(topic=None, status=None))


@pytest.mark.parametrize("attack", ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;aGk=\x07", "\u202e", "a\nb"])
def test_foreign_text_cannot_break_a_row(row, attack):
    subject = Subject(kind=attack, id=attack, name=attack, document="order")

    for topic in (attack, f"orders/{attack}"):
        shown = DeliveryColumns.within(100, 7).line(
            Line(row(topic=topic, subject=subject, verdict=Verdict.FIRST, summary=attack))
        )

        assert shown.plain.isprintable()
        assert shown.cell_length == 100
