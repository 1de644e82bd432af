from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.analysis.diff import Change, Kind
from devhook.inbox.change_columns import changes_of, changes_text
from devhook.inbox.deliveries import Answered, microseconds, moment, storable
from devhook.inbox.readings import Reader
from devhook.privacy.mask import Mask
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.subject import Subject

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(before=values, after=values)
def test_changes_come_back_as_they_were(before, after):
    changes = (
        Change(
            kind=Kind.CHANGED,
            path="a[0].b",
            pointer="/a/0/b",
            before=before,
            after=after,
            steps=("a", 0, "b"),
        ),
        Change(kind=Kind.ADDED, path="c", pointer="/c", after=after, noise=True),
    )

    assert changes_of(changes_text(changes)) == changes


def test_a_number_keeps_its_form():
    change = Change(kind=Kind.CHANGED, path="w", pointer="/w", before=Decimal("2.0"), after=2**70)

    (back,) = changes_of(changes_text([change]))

    assert (str(back.before), back.after) == ("2.0", 2**70)
    assert isinstance(back.before, Decimal)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_stored(text):
    storable(text).encode("utf-8")


@pytest.mark.parametrize(("text", "stored"), [(None, None), ("é\x00", "é\x00"), ("a\udc80", "a\\udc80")])
def test_only_half_surrogates_are_replaced(text, stored):
    assert storable(text) == stored


@given(st.integers(min_value=-(10**16), max_value=10**17))
def test_a_time_is_whole_microseconds(since_1970):
    assert microseconds(moment(since_1970)) == since_1970


def test_a_masked_row_names_an_order_and_no_customer(row):
    order = Subject(kind="order", id="5501", name="#1001", document="order")
    company = Subject(kind="company", id="12", name="Brändle GmbH", document="company")
    mask = Mask(b"a key")

    assert row(subject=order).masked(mask) == row(subject=order)
    masked = row(subject=company, path="/hooks?token=hush").masked(mask)
    assert masked.subject.id == "12"
    assert "Brändle" not in masked.subject.name
    assert "hush" not in masked.path


def test_a_masked_row_may_have_no_subject(row):
    assert row().masked(Mask(b"a key")) == row()


NOW = datetime(2026, 7, 4, 12, 0, 1, 250000, tzinfo=UTC)
APP = "http://localhost:3000/webhooks"

latin = st.text(st.characters(max_codepoint=255), max_size=20)


def answered(delivery_id, by=APP, at=NOW, **answer):
    return Answered(delivery_id=delivery_id, by=by, at=at, answer=Answer(**{"seconds": 0.25} | answer))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=st.none() | st.integers(100, 999),
    headers=st.lists(st.tuples(latin, latin), max_size=4),
    body=st.binary(max_size=200),
    cut=st.booleans(),
    failure=st.none() | st.sampled_from(Failure),
    error=st.text(max_size=20),
)
def test_an_answer_comes_back_as_it_was(inbox, arrival, status, headers, body, cut, failure, error):
    (delivery_id,) = inbox.add([arrival()])
    given_in = answered(
        delivery_id,
        status=status,
        headers=tuple(headers),
        body=body,
        cut=cut,
        failure=failure,
        error=error,
    )

    inbox.add([], [given_in])

    assert inbox.answers(delivery_id) == [given_in]


def test_the_row_has_the_last_answer_of_a_target(inbox, arrival):
    (delivery_id,) = inbox.add([arrival()])
    before = inbox.row(delivery_id)

    inbox.add(
        [], [answered(delivery_id, status=500), answered(delivery_id, "http://localhost:4/", status=204)]
    )

    row = inbox.row(delivery_id)
    assert before.target is None
    assert (row.target.by, row.target.status, row.target.seconds) == ("http://localhost:4/", 204, 0.25)
    assert row.status == 200


def test_a_failure_is_in_the_row(inbox, arrival):
    (delivery_id,) = inbox.add([arrival()])

    inbox.add([], [answered(delivery_id, failure=Failure.REFUSED, error="Connection refused.")])

    assert inbox.row(delivery_id).target.failure is Failure.REFUSED
    assert inbox.answers(delivery_id)[0].answer.error == "Connection refused."


def test_the_answer_of_devhook_can_be_stored_later(inbox, arrival):
    (delivery_id,) = inbox.add([arrival(status=None)])
    before = inbox.row(delivery_id).status

    inbox.add([], [answered(delivery_id, "receiver", status=503)])

    assert before is None
    assert inbox.row(delivery_id).status == 503
    assert inbox.answers(delivery_id) == []


def test_answers_after_a_given_one_are_returned_as_new(inbox, arrival):
    first, second = inbox.add([arrival(), arrival()])
    seen = inbox.newest_answer()

    inbox.add([], [answered(second, status=200), answered(first, status=200)])

    assert inbox.answered_since(seen) == ({first, second}, seen + 2)
    assert inbox.answered_since(seen, limit=1) == ({second}, seen + 1)
    assert inbox.answered_since(seen + 2) == (set(), seen + 2)


def test_an_answer_to_a_removed_delivery_is_left_out(inbox, arrival):
    (delivery_id,) = inbox.add([arrival()])

    inbox.add([], [answered(delivery_id + 1, status=200), answered(delivery_id, status=200)])

    assert len(inbox.answers(delivery_id)) == 1
    assert inbox.answers(delivery_id + 1) == []


def test_a_row_that_is_read_keeps_its_target(inbox, arrival, order):
    (delivery_id,) = inbox.add([arrival(document=order())])
    inbox.add([], [answered(delivery_id, status=422)])

    (row,) = Reader(inbox).read_new()

    assert row.target.status == 422
    assert row.subject.name == "#2001"
