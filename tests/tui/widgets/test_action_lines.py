import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.analysis.verdict import Verdict
from devhook.tui.widgets.action_lines import ActionLines
from devhook.webhook.delivery import Signature
from devhook.webhook.subject import Subject

ORDER = Subject(kind="order", id="5501", name="#1001", document="order")
REFUND = Subject(kind="order", id="5501", name="#1001", document="refund 9")


@pytest.fixture
def refunded(row):
    """A refund's three deliveries, 2 to 4, between two of other actions."""
    return [
        row(1, event_id="A", verdict=Verdict.FIRST, subject=ORDER),
        row(2, event_id="B", verdict=Verdict.FIRST, subject=REFUND),
        row(3, event_id="B", verdict=Verdict.CHANGED, subject=ORDER),
        row(4, event_id="B", verdict=Verdict.UNCHANGED, subject=ORDER),
        row(5, event_id=None, verdict=Verdict.CHANGED, subject=ORDER),
    ]


def lines_of(rows):
    lines = ActionLines()
    lines.extend(rows)
    return lines


def ids(lines):
    return [row.id for row in lines.rows]


def test_an_action_has_the_line_of_the_delivery_that_says_most(refunded):
    lines = lines_of(refunded)

    assert ids(lines) == [1, 3, 5]
    assert [(line.row.id, line.others) for line in map(lines.line, range(3))] == [(1, 0), (3, 2), (5, 0)]


def test_an_open_action_has_its_other_deliveries_below_its_line(refunded):
    lines = lines_of(refunded)

    assert lines.toggle(refunded[1])

    assert ids(lines) == [1, 2, 4, 3, 5]
    assert [lines.line(index).is_member for index in range(5)] == [False, True, True, False, False]
    assert lines.line(3).is_open
    assert lines.toggle(refunded[3])
    assert ids(lines) == [1, 3, 5]
    assert not lines.toggle(refunded[0])


def test_a_hidden_delivery_is_found_on_the_line_of_its_action(refunded):
    lines = lines_of(refunded)

    assert [lines.index_of(row) for row in refunded] == [0, 1, 1, 1, 2]
    lines.toggle_all()
    assert [lines.index_of(row) for row in refunded] == [0, 1, 3, 2, 4]
    lines.toggle_all()
    assert ids(lines) == [1, 3, 5]


@pytest.mark.parametrize(
    "facts", [{"verdict": Verdict.DUPLICATE}, {"signature": Signature.INVALID}, {"verdict": None}]
)
def test_a_retry_and_what_nobody_vouches_for_stand_alone(row, refunded, facts):
    lines = lines_of([*refunded, row(6, **{"event_id": "B", "verdict": Verdict.CHANGED} | facts)])

    assert ids(lines) == [1, 3, 5, 6]


def test_a_delivery_joins_its_action_when_it_has_been_read(row, refunded):
    lines = lines_of([*refunded, row(6, event_id="B")])
    assert ids(lines) == [1, 3, 5, 6]

    lines.put(row(6, event_id="B", verdict=Verdict.UNCHANGED, subject=ORDER))

    assert ids(lines) == [1, 3, 5]
    assert lines.line(1).others == 3


ROWS = st.lists(
    st.tuples(st.sampled_from([None, "A", "B", "C"]), st.sampled_from([None, *Verdict])),
    min_size=1,
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.integers(0, 12), st.lists(st.tuples(st.integers(0, 11), st.sampled_from(list(Verdict)))))
def test_however_rows_come_the_lines_are_those_of_all_rows_at_once(row, told, cut, renewed):
    rows = [row(number, event_id=event, verdict=verdict) for number, (event, verdict) in enumerate(told, 1)]
    known = len(rows) // 2
    lines = ActionLines()
    lines.extend(rows[known:])
    lines.toggle_all()
    lines.toggle_all()
    lines.prepend(rows[: known // 2])
    for each in rows[known // 2 : known]:
        lines.put(each)
    for place, verdict in renewed:
        if place < len(rows):
            rows[place] = rows[place]._replace(verdict=verdict)
            lines.put(rows[place])
    for each in rows[cut : cut + 1]:
        lines.remove(each)
    del rows[cut : cut + 1]

    for _ in range(2):
        fresh = lines_of(rows)
        fresh._open = set(lines._open)
        fresh.replace_all(rows)
        assert [row.id for row in lines.rows] == [row.id for row in fresh.rows]
        for each in rows:
            index = lines.index_of(each)
            assert index is not None
            lines.line(index)
        lines.toggle_all()
