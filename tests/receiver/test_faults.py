import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.errors import InputError
from devhook.receiver.faults import Fault, Faults, fault_of


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("500", Fault(status=500)),
        ("500x3", Fault(status=500, times=3)),
        ("slow:6s", Fault(seconds=6)),
        ("slow:0.5", Fault(seconds=0.5)),
        ("slow:6s:503x2", Fault(seconds=6, status=503, times=2)),
        ("drop", Fault(drop=True)),
        ("50%:503", Fault(status=503, share=50)),
        ("410x1@orders/*", Fault(status=410, times=1, topic="orders/*")),
    ],
)
def test_a_fault_is_typed_in_short_and_told_as_it_is_typed(typed, meant):
    assert fault_of(typed) == meant
    assert fault_of(str(meant)) == meant


@pytest.mark.parametrize(
    "typed", ["", "5000", "100", "600", "slow", "slow:61s", "0%:500", "101%:500", "500x0"]
)
def test_what_is_no_fault_is_refused_with_examples(typed):
    with pytest.raises(InputError, match="is no way to answer") as caught:
        fault_of(typed)

    assert "500x3" in caught.value.hint


@given(
    st.builds(
        Fault,
        status=st.integers(200, 599),
        seconds=st.sampled_from([0.0, 0.25, 6.0]),
        times=st.none() | st.integers(1, 99),
        share=st.integers(1, 100),
        topic=st.sampled_from([None, "orders/*", "customer.tags_added"]),
    )
)
def test_every_fault_comes_back_from_its_words(fault):
    assert fault_of(str(fault)) == fault


def test_the_next_so_many_meet_a_fault_and_then_none():
    faults = Faults([fault_of("500x2")], chance=lambda: 0.0)

    met = [faults.take("orders/paid") for _ in range(3)]

    assert [fault.status if fault else None for fault in met] == [500, 500, None]
    assert faults.left == ()


def test_what_is_left_of_a_fault_is_known():
    faults = Faults([fault_of("500x3"), fault_of("drop")], chance=lambda: 0.0)

    faults.take(None)

    assert [str(fault) for fault in faults.left] == ["500x2", "drop"]


def test_a_fault_of_a_topic_leaves_others_alone():
    faults = Faults([fault_of("500@orders/*"), fault_of("410@refunds/create")], chance=lambda: 0.0)

    assert faults.take("orders/paid").status == 500
    assert faults.take("refunds/create").status == 410
    assert faults.take("products/update") is None
    assert faults.take(None) is None


def test_a_share_is_met_by_chance():
    rolls = iter([0.49, 0.5, 0.99, 0.0])
    faults = Faults([fault_of("50%:503")], chance=lambda: next(rolls))

    assert [faults.take(None) is not None for _ in range(4)] == [True, False, False, True]


def test_chance_that_fails_leaves_the_number_as_it_is():
    faults = Faults([fault_of("50%:503x2")], chance=lambda: 0.9)

    faults.take(None)

    assert [str(fault) for fault in faults.left] == ["50%:503x2"]
