import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook import json_pointer

# RFC 6901, section 5.
DOCUMENT = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
KEYS = {
    "/foo": "foo",
    "/": "",
    "/a~1b": "a/b",
    "/c%d": "c%d",
    "/e^f": "e^f",
    "/g|h": "g|h",
    "/i\\j": "i\\j",
    '/k"l': 'k"l',
    "/ ": " ",
    "/m~0n": "m~n",
}

keys = st.text(alphabet=st.sampled_from("~/01ab-"), max_size=4) | st.text(max_size=4)
documents = st.recursive(
    st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


def every_place(document, steps=()):
    inside = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in inside:
        yield document, key, (*steps, key)
        if isinstance(value, dict | list):
            yield from every_place(value, (*steps, key))


def test_the_examples_of_the_rfc_lead_where_it_says():
    for pointer, key in KEYS.items():
        assert json_pointer.walk(DOCUMENT, pointer) == (DOCUMENT, key)
        assert json_pointer.spell([key]) == pointer
    assert json_pointer.walk(DOCUMENT, "/foo/0") == (["bar", "baz"], 0)


def test_the_empty_pointer_is_the_whole_document_which_nothing_holds():
    assert json_pointer.spell(()) == ""
    assert json_pointer.parse("") == ()
    assert json_pointer.walk(DOCUMENT, "") is None


@pytest.mark.parametrize(
    "pointer", ["/nowhere", "/foo/2", "/foo/-", "/foo/01", "/foo/-1", "/foo/²", "/foo/bar", "/a~1b/0"]
)
def test_a_pointer_that_leads_nowhere_finds_nothing(pointer):
    assert json_pointer.walk(DOCUMENT, pointer) is None


def test_the_tilde_is_unescaped_last():
    assert json_pointer.unescape("~01") == "~1"


def test_without_a_document_what_can_be_an_index_is_one():
    assert json_pointer.steps("/lines/0/01/a~1b") == ("lines", 0, "01", "a/b")


@given(st.lists(keys))
def test_what_was_spelled_is_parsed_back(steps):
    assert json_pointer.parse(json_pointer.spell(steps)) == tuple(steps)


@given(keys)
def test_an_escaped_key_is_unescaped_back_and_holds_no_slash(key):
    assert "/" not in json_pointer.escape(key)
    assert json_pointer.unescape(json_pointer.escape(key)) == key


@given(documents.filter(lambda document: isinstance(document, dict | list)))
def test_every_place_of_a_document_has_a_pointer_that_leads_to_it(document):
    pointers = set()
    for holder, key, steps in every_place(document):
        pointer = json_pointer.spell(steps)
        found = json_pointer.walk(document, pointer)
        assert found is not None
        assert found[0] is holder
        assert found[1] == key
        pointers.add(pointer)
    assert len(pointers) == len(list(every_place(document)))
