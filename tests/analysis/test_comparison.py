import json
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.comparison import LISTED, MORE, Comparison, shortened
from devhook.analysis.diff import Difference, are_equal, compare, differences
from devhook.analysis.wording import unlisted_words, value_words
from devhook.webhook.document import DEEPEST
from devhook.webhook.payload import read_json, write_line

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def size(document):
    return len(write_line(document))


@given(DOCUMENTS, DOCUMENTS)
def test_a_small_comparison_lists_every_change_whole(before, after):
    compared = Comparison.of(before, after)

    found = compare(before, after)
    assert compared.changes == tuple(change for change in found if not change.noise)
    assert compared.noise == tuple(change for change in found if change.noise)
    assert (compared.unlisted, compared.unlisted_noise) == ((), 0)
    assert compared.is_empty == are_equal(before, after) == (compare(before, after) == ())


def test_of_many_changes_the_first_are_listed_and_the_others_are_counted_by_part():
    def order(number):
        lines = [{"id": line, "price": number, "updated_at": number} for line in range(3_000)]
        return {"note": number, "line_items": lines, "notes": [number] * 10}

    compared = Comparison.of(order(1), order(2))

    assert [each.path for each in compared.changes[:2]] == ["note", "line_items[0].price"]
    assert (len(compared.changes), len(compared.noise), compared.unlisted_noise) == (LISTED, LISTED, 1_000)
    assert compared.unlisted == (("line_items", 1_001), ("notes", 10))
    assert compared.total == 1 + 3_000 + 3_000 + 10
    assert unlisted_words(compared.unlisted) == (
        "1,011 more changes are not listed: 1,001 in line_items, 10 in notes."
    )


def test_of_many_parts_twenty_are_named():
    compared = Comparison.of({}, {f"field{number}": number for number in range(5_000)})

    assert len(compared.unlisted) == 21
    assert compared.unlisted[-1] == (None, 2_980)
    assert unlisted_words(compared.unlisted).endswith(" 2,980 in other parts.")


def _large_values():
    yield "a" * 4_000_000
    yield "é𝄞" * 1_000_000
    yield list(range(500_000))
    yield {f"key{number}": "x" for number in range(300_000)}
    yield {"k" * 4_000_000: "v" * 100}
    yield [["x" * 1_000] * 100] * 100
    yield read_json(f"0.{'1' * 1_000_000}".encode())


def test_a_large_value_is_listed_in_part():
    for value in _large_values():
        (change,) = Comparison.of({"x": None}, {"x": value}).changes

        assert size(change.after) < 150_000
        assert MORE in json.dumps(change.after, ensure_ascii=False)
        assert len(value_words(change.after)) <= 60


def test_a_list_in_part_counts_no_more_items_than_it_has():
    (change,) = Comparison.of({"x": 1}, {"x": list(range(500_000))}).changes

    assert value_words(change.after) == f"[more than {len(change.after) - 1:,} items]"


def test_a_text_is_not_cut_within_an_address():
    text = f"{'word ' * 12_798}mira.sol@example.com"

    kept, _ = shortened(text, 64_000)

    assert kept.endswith("word…")


def test_the_values_of_all_changes_together_are_bounded():
    many = [Comparison.of([n] * 10, ["y" * 30_000 + str(n)] * 10) for n in range(2)]
    large = Comparison.of({f"f{n}": "" for n in range(500)}, {f"f{n}": "x" * 50_000 for n in range(500)})

    assert all(not each.unlisted for each in many)
    assert size([each.model_dump() for each in large.changes]) < 1_000_000
    assert large.total == 500


def test_a_change_whose_pointer_is_too_long_is_counted():
    compared = Comparison.of({"k" * 5_000: 1}, {"k" * 5_000: 2})

    assert compared.changes == ()
    assert [each.number for each in compared.unlisted] == [1]
    assert len(compared.unlisted[0].part) < 100


def test_no_pointer_is_spelled_that_is_too_long(monkeypatch):
    """One of 2 MB for each of 250,000 fields would take an hour."""

    def spelled(difference):
        raise AssertionError(difference.place.new)

    monkeypatch.setattr(Difference, "change", spelled)
    key = "k" * 2_000_000

    compared = Comparison.of({key: {f"f{n}": 1 for n in range(9)}}, {key: {f"f{n}": 2 for n in range(9)}})

    assert [each.number for each in compared.unlisted] == [9]


def test_differences_are_found_one_at_a_time():
    """A million of them at once would take more memory than the bodies."""
    before, after = ({"x": [number] * 1_000_000} for number in range(2))

    assert [found.place.new for found in islice(differences(before, after), 3)] == [0, 1, 2]


def test_the_items_of_a_very_long_list_are_compared_by_position():
    before = {"line_items": [{"id": number} for number in range(20_001)]}
    after = {"line_items": [{"id": number} for number in range(1, 20_001)]}

    compared = Comparison.of(before, after)

    assert compared.total == 20_001
    assert (compared.changes[0].path, compared.changes[0].before) == ("line_items[0].id", 0)


def test_the_tags_of_a_very_long_list_are_one_change():
    before, after = ({"tags": ", ".join(f"{n}{tag}" for n in range(30_000))} for tag in "ab")

    (change,) = Comparison.of(before, after).changes

    assert change.path == "tags"


def test_the_deepest_document_is_compared():
    before, after = (read_json(f"{'[' * DEEPEST}{n}{']' * DEEPEST}".encode()) for n in range(2))

    assert Comparison.of(before, after).total == 1
