from hypothesis import given
from hypothesis import strategies as st

from devhook.tui.find import Find, Haystack, Hit

TEXT = Haystack("total: 12\nTotal tax\nnothing\nsubtotal, total")
lines = st.lists(st.text(alphabet="abAB .\u00e4", max_size=8), min_size=1, max_size=8)


def test_lower_case_finds_upper_case_too_and_upper_case_only_itself():
    assert [hit.line for hit in Find.of("total", TEXT).hits] == [0, 1, 3, 3]
    assert Find.of("Total", TEXT).hits == [Hit(1, 0, 5)]


@given(lines, st.text(alphabet="abA", min_size=1, max_size=2))
def test_every_hit_is_where_the_text_is(text, query):
    find = Find.of(query, Haystack("\n".join(text)))

    for line, start, end, _ in find.hits:
        assert text[line][start:end].lower() == query.lower()
    matching = [line for line in text if query in (line if query != query.lower() else line.lower())]
    assert len(find.by_line) == len(matching)


@given(st.text(alphabet="abc", min_size=1, max_size=30), st.integers(1, 5), st.data())
def test_what_is_broken_over_lines_is_found_as_if_it_were_whole(value, width, data):
    pieces = [value[at : at + width] for at in range(0, len(value), width)]
    start = data.draw(st.integers(0, len(value) - 1))
    query = value[start : data.draw(st.integers(start + 1, len(value)))]
    lines = ["first", *(f"{'' if number else '>'}  {piece}" for number, piece in enumerate(pieces)), "last"]
    joins = dict.fromkeys(range(2, 1 + len(pieces)), 2)

    find = Find.of(query, Haystack("\n".join(lines), joins))

    assert find.hits
    for hit in find.hits:
        parts = [lines[part.line][part.start : part.end] for part in (hit, *hit.rest)]
        assert "".join(parts) == query


def test_signs_of_regular_expressions_are_text():
    assert Find.of("[0].", Haystack("a[0].b\na0b")).hits == [Hit(0, 1, 5)]


def test_the_first_hit_is_the_first_one_from_the_cursor_on():
    assert Find.of("total", TEXT, 1).words() == "2 of 4"
    assert Find.of("tax", TEXT, 3).words() == "1 of 1 · continued from the beginning"


def test_the_hits_go_round_and_it_is_said():
    find = Find.of("total", TEXT, 3)
    assert find.words() == "3 of 4"

    last = find.stepped(1)
    assert last.words() == "4 of 4"
    assert last.stepped(1).words() == "1 of 4 · continued from the beginning"
    assert last.stepped(1).stepped(-1).words() == "4 of 4 · continued from the end"


def test_from_a_moved_cursor_the_next_hit_is_the_next_below_it():
    find = Find.of("total", TEXT)

    assert find.stepped(1, beside=2).current == 2
    assert find.stepped(-1, beside=2).current == 1
    assert find.stepped(1, beside=1).current == 2


def test_nothing_found_is_said_and_stays_so():
    find = Find.of("zebra", TEXT)

    assert (find.words(), find.hit, find.stepped(1)) == ("not found", None, find)
    assert Find.of("", TEXT).words() == ""


def test_of_very_many_hits_the_first_ten_thousand_are_marked():
    find = Find.of("a", Haystack("a" * 10_001))

    assert find.words() == "1 of more than 10,000"
    assert Find.of("a", Haystack("a" * 10_000)).words() == "1 of 10,000"
