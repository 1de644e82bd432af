import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.errors import InputError
from devhook.webhook.answer_fault import AnswerFault, Faults, parse_fault


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("500", AnswerFault(status=500)),
        ("500x3", AnswerFault(status=500, times=3)),
        ("slow:6s", AnswerFault(seconds=6)),
        ("slow:0.5", AnswerFault(seconds=0.5)),
        ("slow:6s:503x2", AnswerFault(seconds=6, status=503, times=2)),
        ("drop", AnswerFault(drop=True)),
        ("50%:503", AnswerFault(status=503, share=50)),
        ("410x1@orders/*", AnswerFault(status=410, times=1, topic="orders/*")),
    ],
)
def test_a_fault_is_typed_in_short_and_told_as_it_is_typed(typed, meant):
    assert parse_fault(typed) == meant
    assert parse_fault(str(meant)) == meant


@pytest.mark.parametrize(
    "typed", ["", "5000", "100", "600", "slow", "slow:61s", "0%:500", "101%:500", "500x0"]
)
def test_what_is_no_fault_is_refused_with_examples(typed):
    with pytest.raises(InputError, match="is not a fault") as caught:
        parse_fault(typed)

    assert "500x3" in caught.value.hint


@given(
    st.builds(
        AnswerFault,
        status=st.integers(200, 599),
        seconds=st.sampled_from([0.0, 0.25, 6.0]),
        times=st.none() | st.integers(1, 99),
        share=st.integers(1, 100),
        topic=st.sampled_from([None, "orders/*", "customer.tags_added"]),
    )
)
def test_every_fault_comes_back_from_its_words(fault):
    assert parse_fault(str(fault)) == fault


def test_the_next_so_many_meet_a_fault_and_then_none():
    faults = Faults([parse_fault("500x2")], chance=lambda: 0.0)

    met = [faults.take("orders/paid") for _ in range(3)]

    assert [fault.status if fault else None for fault in met] == [500, 500, None]
    assert faults.left == ()


def test_what_is_left_of_a_fault_is_known():
    faults = Faults([parse_fault("500x3"), parse_fault("drop")], chance=lambda: 0.0)

    faults.take(None)

    assert [str(fault) for fault in faults.left] == ["500x2", "drop"]


def test_a_fault_of_a_topic_leaves_others_alone():
    faults = Faults([parse_fault("500@orders/*"), parse_fault("410@refunds/create")], chance=lambda: 0.0)

    assert faults.take("orders/paid").status == 500
    assert faults.take("refunds/create").status == 410
    assert faults.take("products/update") is None
    assert faults.take(None) is None


def test_a_share_is_met_by_chance():
    rolls = iter([0.49, 0.5, 0.99, 0.0])
    faults = Faults([parse_fault("50%:503")], chance=lambda: next(rolls))

    assert [faults.take(None) is not None for _ in range(4)] == [True, False, False, True]


def test_chance_that_fails_leaves_the_number_as_it_is():
    faults = Faults([parse_fault("50%:503x2")], chance=lambda: 0.9)

    faults.take(None)

    assert [str(fault) for fault in faults.left] == ["50%:503x2"]
