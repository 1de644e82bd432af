from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from devhook.tui.tabs.version_numbers import VersionNumbers


def typed(count, keys):
    """What stands there after these keys; a comma ends a number."""
    return reduce(
        lambda told, key: told.ended() if key == "," else told.typed(int(key)), keys, VersionNumbers(count)
    )


def test_a_digit_continues_the_number_while_a_version_has_the_longer_one():
    for count, keys, pair, complete in (
        (9, "37", (3, 7), True),
        (9, "3", None, False),
        (23, "37", (3, 7), True),
        (23, "12", None, False),
        (23, "1,2", (1, 2), False),
        (23, "1,22", (1, 22), True),
        (23, "1223", (12, 23), True),
        (9, "03", None, False),
        (2, "17", None, False),
    ):
        told = typed(count, keys)
        assert (told.pair, told.is_complete) == (pair, complete), keys


@given(st.integers(1, 500), st.data())
def test_any_two_versions_can_be_typed_with_a_comma_between(count, data):
    first, second = (data.draw(st.integers(1, count)) for _ in range(2))

    assert typed(count, f"{first},{second}").pair == (first, second)


@given(st.integers(0, 500), st.text("0123456789,", max_size=12))
def test_no_other_number_than_a_versions_stands_there(count, keys):
    assert all(1 <= number <= count for number in typed(count, keys).numbers)
