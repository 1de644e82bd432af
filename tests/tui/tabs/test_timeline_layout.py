import pytest

from devhook.analysis.clocks import VersionClocks
from devhook.analysis.comparison import Comparison
from devhook.analysis.diff import Change, Kind
from devhook.analysis.history import Value
from devhook.analysis.order_tracks import Track
from devhook.analysis.verdict import Verdict
from devhook.privacy.mask import Mask
from devhook.tui.tabs.timeline_layout import Life, comparison_layout, history_layout, timeline_layout
from devhook.webhook.delivery import Signature

SECOND = 1_000_000_000
ATTACKS = ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;aGk=\x07", "\u202eabc", "a\nb"]


@pytest.fixture
def life(row):
    """Versions one second apart, each of its topic: `life("orders/create", "orders/paid")`."""

    def make(*topics, **facts):
        return [
            row(
                number,
                topic=topic,
                **{"version": number * SECOND, "verdict": Verdict.CHANGED, "change_count": 2} | facts,
            )
            for number, topic in enumerate(topics, start=1)
        ]

    return make


def text(lines):
    return lines.text().splitlines()


def versions(lines):
    return [lines.line(number).plain for number in lines.stops]


def test_each_topic_has_a_lane_from_its_first_version_to_its_last(life):
    told = timeline_layout(Life(life("a/b", "c/d", "a/b", "c/d", "e/f"), 5, 2), 100)

    assert [version[:11] for version in versions(told)] == [
        "   1 ●     ",
        " * 2 │ ●   ",
        "   3 ● │   ",
        "   4   ●   ",
        " › 5     ● ",
    ]
    assert text(told)[3:6] == ["     a/b", "     │ c/d", "     │ │ e/f"]


def test_a_line_says_what_happened_and_masks_it_as_it_is_drawn(life):
    facts = {"summary": "sent 2 items, tracking KZ141", "discreet": "sent 2 items, with tracking"}

    assert versions(timeline_layout(Life(life("a/b", **facts), 1, None), 100))[0].endswith("tracking KZ141")
    masked = timeline_layout(Life(life("a/b", **facts), 1, None, mask=Mask(b"key")), 100)
    assert versions(masked)[0].endswith("sent 2 items, with tracking")
    assert versions(timeline_layout(Life(life("a/b"), 1, None), 60))[0].rstrip().endswith("2 changes")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
def test_a_line_is_never_wider_than_the_view(life, width):
    rows = life(*(f"topic_of_many_words/{number}" for number in range(14)), summary="words " * 20)
    told = timeline_layout(Life(rows, 3, 4), max(width, 60))

    assert all(line.cell_length <= max(width, 60) for line in map(told.line, range(told.count)))


def test_more_topics_than_there_are_lanes_share_the_last_one(life):
    told = timeline_layout(Life(life(*(f"t/{number}" for number in range(14))), 1), 120)

    assert versions(told)[12].startswith("   13 " + " " * 20 + "●")
    assert "4 topics more" in told.text()


def test_an_untrusted_version_is_described_by_its_signature(life):
    told = timeline_layout(Life(life("a/b", signature=Signature.INVALID), 1, None), 80)

    assert "bad signature" in versions(told)[0]


def test_the_first_line_is_the_summary(life):
    rows = [*life("a/b", verdict=Verdict.LATE), *life("c/d", verdict=Verdict.DUPLICATE, original=9)]

    assert text(timeline_layout(Life(rows, 1, None), 120))[0].strip() == (
        "2 deliveries of 2 topics, 1 late, 1 duplicate; this is version 1 of 2. Type two numbers to compare."
    )


def test_versions_that_no_clock_orders_are_said_to_stand_as_they_arrived(life):
    one, other = life("a/b", clocks=VersionClocks(1)), life("a/b", clocks=VersionClocks(None, 2))

    head = " ".join(text(timeline_layout(Life([*one, *other]), 160))[0].split())
    assert head == (
        "2 deliveries of 1 topic. 1 without X-Shopify-Triggered-At: where updated_at does not order them,"
        " arrival does. Type two numbers to compare."
    )
    assert "without" not in text(timeline_layout(Life([*one, *one], 1, None), 120))[0]
    unknown = "Which of the two is newer is not known."
    later = one[0]._replace(clocks=VersionClocks(2))
    assert unknown in str(text(comparison_layout(one[0], other[0], (1, 2), None, 120)))
    assert unknown not in str(text(comparison_layout(one[0], later, (1, 2), None, 120)))


def test_noise_in_a_comparison_is_folded(life):
    before, after = life("a/b", "a/b")
    moved = Change(
        kind=Kind.CHANGED, path="updated_at", pointer="/updated_at", before="x", after="y", noise=True
    )
    note = Change(kind=Kind.CHANGED, path="note", pointer="/note", before=None, after="x")

    both, quiet = Comparison((note,), (moved,)), Comparison((), (moved,))
    assert text(comparison_layout(before, after, (1, 2), both, 80))[-1].strip() == "noise: updated_at"
    assert "   Nothing visible differs." in text(comparison_layout(before, after, (1, 2), quiet, 80))


def test_a_history_marks_where_the_value_changes_and_where_it_is_missing(life):
    values = [Value(present=False), Value(present=True, value=1), Value(present=True, value=1)]

    told = history_layout("note", list(zip(life("a/b", "a/b", "a/b"), values, strict=True)), 80)

    assert [version.split()[2:] for version in versions(told)] == [["absent"], ["→", "1"], ["·", "1"]]
    assert "No version has this field." in history_layout("note", [], 80).text()


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_is_shown_as_text(life, attack):
    rows = life(attack, summary=attack)
    change = Change(kind=Kind.CHANGED, path=attack, pointer="/x", before=attack, after="x")

    shown = [
        timeline_layout(Life(rows, 1, None), 120).text(),
        comparison_layout(rows[0], rows[0], (1, 2), Comparison((change,)), 80).text(),
        history_layout(attack, [(rows[0], Value(present=True, value=attack))], 80).text(),
    ]

    for told in shown:
        assert not {"\x1b", "\u202e", "\x07"} & set(told)


def test_the_numbers_of_the_versions_stand_below_each_other(life):
    told = timeline_layout(Life(life(*("a/b",) * 12), 1), 60)

    assert [version[3:6] for version in versions(told)][8:10] == [" 9 ", "10 "]


def test_the_tracks_stand_under_the_versions_and_a_typed_number_above_them(life):
    whole = Life(
        life("a/b"), 1, tracks=[Track("money", ("9.00", "4.50"), (1.0, 0.5))], typed="compare 1 and …"
    )

    told = text(timeline_layout(whole, 60))
    assert told[-1] == "   money      9.00 █▅ 4.50"
    assert told[1].strip() == "compare 1 and …"
