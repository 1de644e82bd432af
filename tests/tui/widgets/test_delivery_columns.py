import pytest

from devhook.analysis.verdict import Verdict
from devhook.tui.widgets.delivery_columns import DeliveryColumns
from devhook.webhook.delivery import Signature
from devhook.webhook.subject import Subject

ORDER = Subject(kind="order", id="5501", name="#1001", document="order")


@pytest.mark.parametrize("width", [30, 45, 60, 67, 78, 100, 138])
@pytest.mark.parametrize("newest", [1, 4321, 1_000_000])
def test_a_row_fills_its_width_and_no_more(row, width, newest):
    line = DeliveryColumns.within(width, newest).line(row(newest, subject=ORDER, verdict=Verdict.FIRST))

    assert line.cell_length <= max(width, 41)


@pytest.mark.parametrize(
    ("width", "words"), [(78, "713"), (67, "713"), (100, "200"), (60, "updated"), (50, "orders/")]
)
def test_wide_columns_come_before_narrow_ones(row, width, words):
    assert words in DeliveryColumns.within(width, 1).line(row()).plain


def test_at_eighty_columns_only_the_status_is_shortened(row):
    shown = row(7, topic="order_transactions/create", subject=ORDER, verdict=Verdict.CHANGED, change_count=12)

    line = DeliveryColumns.within(78, 7).line(shown).plain

    assert line.split() == ["7", "14:02:04.991", "✓", "order_transactions/create", "#1001", "12", "changes"]


@pytest.mark.parametrize(
    ("facts", "sign", "words"),
    [
        ({"verdict": Verdict.FIRST}, "✓", "first"),
        ({"verdict": Verdict.CHANGED, "change_count": 1}, "✓", "1 change"),
        ({"verdict": Verdict.UNCHANGED}, "✓", "unchanged"),
        ({"verdict": Verdict.UNCHANGED, "hint": "A location moved."}, "✓", "unchanged ?"),
        ({"verdict": Verdict.DUPLICATE, "original": 41}, "✓", "duplicate of 41"),
        ({"verdict": Verdict.LATE}, "✓", "late"),
        ({"verdict": Verdict.FIRST, "signature": Signature.INVALID}, "✗", "bad signature"),
        ({"verdict": Verdict.FIRST, "signature": Signature.MISSING}, "!", "no signature"),
        ({"verdict": Verdict.FIRST, "signature": Signature.UNCHECKED}, "?", "first"),
        ({}, "✓", ""),
    ],
)
def test_every_colour_has_a_sign_and_a_word(row, facts, sign, words):
    line = DeliveryColumns.within(78, 1).line(row(**facts)).plain

    assert f" {sign} orders/updated" in line
    assert line.rstrip().endswith(words)


def test_a_subject_without_a_name_is_shown_by_its_kind_and_the_end_of_its_id(row):
    product = Subject(kind="product", id="98765432109", document="product")

    assert "product …432109" in DeliveryColumns.within(94, 1).line(row(subject=product)).plain
    assert "…432109" in DeliveryColumns.within(67, 1).line(row(subject=product)).plain


def test_a_delivery_without_topic_and_subject_has_a_row(row):
    assert "no topic" in DeliveryColumns.within(78, 1).line(row(topic=None, status=None)).plain
    assert "no topic" in DeliveryColumns.within(120, 1).line(row(topic=None, status=None)).plain


@pytest.mark.parametrize("attack", ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;aGk=\x07", "\u202e", "a\nb"])
def test_foreign_text_cannot_break_a_row(row, attack):
    subject = Subject(kind=attack, id=attack, name=attack, document="order")

    line = DeliveryColumns.within(78, 1).line(row(topic=attack, subject=subject, verdict=Verdict.FIRST)).plain

    assert line.isprintable()
    assert line.rstrip().endswith("first")
