import pytest

from devhook.analysis.hints import duration_words


@pytest.mark.parametrize(
    ("microseconds", "words"),
    [
        (0, "0.0 s"),
        (210_000, "0.2 s"),
        (41_900_000, "41 s"),
        (119_000_000, "119 s"),
        (720_000_000, "12 min"),
        (12_600_000_000, "3.5 h"),
    ],
)
def test_a_stretch_of_time_is_told_in_one_unit(microseconds, words):
    assert duration_words(microseconds) == words
