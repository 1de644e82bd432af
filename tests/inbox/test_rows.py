from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import Change, Kind
from devhook.inbox.rows import changes_of, changes_text, microseconds, moment, storable
from devhook.privacy.mask import Mask
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
