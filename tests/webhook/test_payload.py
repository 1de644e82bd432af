import base64
import codecs
import gzip
import re
from contextlib import suppress
from copy import deepcopy
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.webhook.document import Number
from devhook.webhook.payload import (
    Unreadable,
    read,
    read_beside,
    read_json,
    read_with_repeated,
    write_json,
    write_line,
    write_pretty,
)

TEA = b'{"id":7031,"title":"Oolong"}'


def reason_for(body: bytes) -> str:
    with pytest.raises(Unreadable) as failure:
        read_json(body)
    assert str(failure.value) == failure.value.reason
    return failure.value.reason


def exactly(document):
    """The document with the type of every value, since True == 1 == Decimal(1)."""
    if isinstance(document, dict):
        return {key: exactly(value) for key, value in document.items()}
    if isinstance(document, list):
        return [exactly(value) for value in document]
    return type(document), document


def halves_apart(text: str) -> bool:
    """Whether no halves of a surrogate pair stand side by side: JSON cannot tell them from one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") == text


# Half surrogates and the writer's own mark are in the alphabet on purpose.
texts = st.text(st.characters() | st.sampled_from('\ud83d\udf75\ufdd0"\\/<>&\u2028')).filter(halves_apart)
numbers = st.decimals(allow_nan=False, allow_infinity=False).map(Decimal)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


class TestReading:
    def test_an_integer_keeps_every_digit(self):
        assert (
            read_json(b"820982911946154508123456789012345678901") == 820982911946154508123456789012345678901
        )

    def test_a_number_with_a_point_or_an_exponent_is_a_decimal_with_its_digits(self):
        document = read_json(b'{"weight":2.0,"rate":0.10,"far":1e3,"grams":2}')

        assert exactly(document) == {
            "weight": (Decimal, Decimal("2.0")),
            "rate": (Decimal, Decimal("0.10")),
            "far": (Number, Decimal("1e3")),
            "grams": (int, 2),
        }
        assert str(document["rate"]) == "0.10"

    def test_every_number_is_written_as_the_body_spells_it(self):
        for spelling in ("1e3", "1E400", "1.0E+2", "-0", "-0.0", "0.10", "0", "0e0", "123456789012345678901"):
            document = read_json(f'{{"n":{spelling}}}'.encode())
            assert (str(document["n"]), write_json(document)) == (spelling, f'{{"n":{spelling}}}'.encode())
            assert read_json(write_line([deepcopy(document)]).encode()) == [document]

    def test_of_a_key_that_is_there_twice_the_last_value_counts(self):
        assert read_json(b'{"note":"first","note":"last"}') == {"note": "last"}

    def test_a_byte_order_mark_is_passed_over(self):
        assert read_json(codecs.BOM_UTF8 + TEA) == {"id": 7031, "title": "Oolong"}

    def test_half_a_surrogate_pair_survives(self):
        body = rb'{"note":"\ud83d tea"}'

        assert read_json(body) == {"note": "\ud83d tea"}
        assert write_json(read_json(body)) == body

    @pytest.mark.parametrize("body", [b"", b" \r\n", codecs.BOM_UTF8])
    def test_an_empty_body_is_called_that(self, body):
        assert reason_for(body) == "The body is empty."

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (
                b'{"id":1',
                "The body is not JSON: expecting ',' delimiter (line 1, column 8).",
            ),
            (
                b'{\n "id": 1,\n "note": "tea}',
                "The body is not JSON: unterminated string (line 3, column 10).",
            ),
            (b'["a\tb"]', "The body is not JSON: invalid control character (line 1, column 4)."),
            (TEA + b"{}", "The body is not JSON: extra data (line 1, column 29)."),
            (b"hello", "The body is not JSON: expecting value (line 1, column 1)."),
        ],
    )
    def test_a_mistake_is_told_with_its_line_and_column(self, body, reason):
        assert reason_for(body) == reason

    @pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
    def test_what_only_javascript_calls_a_number_is_refused(self, constant):
        assert (
            reason_for(f'{{"rate":{constant}}}'.encode()) == f"The body holds {constant}, which is not JSON."
        )

    @pytest.mark.parametrize(
        ("body", "position", "byte"),
        [
            (b'{"note":"caf\xe9"}', 12, "0xE9"),
            (codecs.BOM_UTF8 + b'"\xff"', 4, "0xFF"),
            ('"tea"'.encode("utf-16"), 0, "0xFF"),
        ],
    )
    def test_what_is_not_utf8_is_told_with_its_position(self, body, position, byte):
        assert reason_for(body) == f"The body is not UTF-8: the byte at position {position} is {byte}."

    @pytest.mark.parametrize("number", ["9" * 5000, "-" + "9" * 5000, "1e99999999999999999999"])
    def test_a_number_beyond_what_python_reads_is_refused(self, number):
        assert reason_for(number.encode()) == "The body holds a number that is too large."

    @pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
    def test_a_body_may_be_a_hundred_levels_deep_and_no_more(self, opening, closing):
        read_json(opening * 100 + b"1" + closing * 100)

        too_deep = "The body is nested more than 100 levels deep."
        assert reason_for(opening * 101 + b"1" + closing * 101) == too_deep
        assert reason_for(opening * 200_000 + b"1" + closing * 200_000) == too_deep

    def test_whoever_wraps_a_document_may_allow_for_the_wrapping(self):
        assert read_json(b"[" * 102 + b"]" * 102, deepest=102)
        with pytest.raises(Unreadable, match="more than 102 levels"):
            read_json(b"[" * 103 + b"]" * 103, deepest=102)

    @given(st.binary() | st.text('{}[]",:0123eE+-.ntu\\ ').map(str.encode))
    def test_any_bytes_are_read_or_refused(self, body):
        with suppress(Unreadable):
            write_json(read_json(body))


class TestWriting:
    def test_the_bytes_are_those_that_shopify_sends(self):
        document = {
            "url": "https://tea.example.com/cart?a=1&b=<2>",
            "note": "Grüße \U0001f375",
            "lines": 'a\u2028b\u2029c\n\t"\\\x1b',
            "weight": Decimal("2.0"),
            "quantity": 2,
            "test": False,
            "phone": None,
            "refunds": [],
            "receipt": {},
        }

        assert write_json(document) == (
            rb'{"url":"https:\/\/tea.example.com\/cart?a=1\u0026b=\u003c2\u003e",'
            b'"note":"Gr\xc3\xbc\xc3\x9fe \xf0\x9f\x8d\xb5",'
            rb'"lines":"a\u2028b\u2029c\n\t\"\\\u001b",'
            b'"weight":2.0,"quantity":2,"test":false,"phone":null,"refunds":[],"receipt":{}}'
        )

    def test_keys_keep_their_order_and_are_escaped_too(self):
        assert write_json({"b/c": 1, "a": 2}) == rb'{"b\/c":1,"a":2}'

    @pytest.mark.parametrize(
        ("number", "written"),
        [
            (Decimal("0.10"), b"0.10"),
            (Decimal("1e3"), b"1E+3"),
            (Decimal(2), b"2.0"),
            (Decimal("-0"), b"-0.0"),
            (
                Decimal("0.1234567890123456789012345678901234567890"),
                b"0.1234567890123456789012345678901234567890",
            ),
            (2.5, b"2.5"),
            (1e300, b"1e+300"),
            (10**40, b"1" + b"0" * 40),
        ],
    )
    def test_a_number_is_written_with_its_digits(self, number, written):
        assert write_json([number, number]) == b"[" + written + b"," + written + b"]"

    @pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("-Infinity"), float("nan"), float("inf")])
    def test_a_number_that_json_does_not_have_is_refused(self, number):
        with pytest.raises(ValueError, match="JSON"):
            write_json({"rate": number})

    def test_what_no_document_holds_is_refused(self):
        with pytest.raises(TypeError, match="A document holds no set"):
            write_json({"tags": {"tea"}})

    @pytest.mark.parametrize(
        "text", ["\ufdd0", "\ufdd02.0", 'a"\ufdd02.0', "\ufdd0\ufdd0\ufdd02.0", "a\ufdd0b"]
    )
    def test_a_text_that_looks_like_the_writers_mark_stays_a_text(self, text):
        document = {"rate": Decimal("0.10"), "note": text, text: [Decimal("2.0"), text]}

        assert exactly(read_json(write_json(document))) == exactly(document)

    @given(documents)
    def test_what_is_written_reads_back_the_same(self, document):
        assert exactly(read_json(write_json(document))) == exactly(document)


class TestTheContentType:
    @pytest.mark.parametrize(
        "content_type", ["application/json", "Application/JSON; charset=utf-8", "a/b+json"]
    )
    def test_json_is_read_as_json_even_where_it_looks_like_xml(self, content_type):
        assert read(TEA, content_type) == {"id": 7031, "title": "Oolong"}
        with pytest.raises(Unreadable, match=r"The body looks like XML, and Content-Type says JSON\."):
            read(b"<a/>", content_type)

    @pytest.mark.parametrize(
        "content_type", ["application/xml", "text/xml; charset=utf-8", "application/atom+xml"]
    )
    def test_xml_is_read_as_xml_even_where_it_looks_like_json(self, content_type):
        assert read(b"<tea><id type='integer'>7</id></tea>", content_type) == {"id": 7}
        with pytest.raises(Unreadable, match=r"The body looks like JSON, and Content-Type says XML\."):
            read(TEA, content_type)

    @pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
    def test_any_other_type_leaves_it_to_the_first_character(self, content_type):
        assert read(TEA, content_type) == {"id": 7031, "title": "Oolong"}
        assert read(codecs.BOM_UTF8 + b"\n<tea><id type='integer'>7</id></tea>", content_type) == {"id": 7}


def test_what_a_body_looks_like_is_named_where_its_content_type_says_otherwise():
    for body, content_type, reason in (
        (gzip.compress(TEA), "application/json", "gzip: it is still compressed, and Content-Type says JSON."),
        (b"<!DOCTYPE html><p>", "application/json", "HTML, and Content-Type says JSON."),
        (
            b"payload=%7B%22id%22%3A1%7D&a=",
            "application/json",
            "a form (name=value&…), and Content-Type says",
        ),
        (b"id=1", "application/x-www-form-urlencoded", "a form (name=value&…), not like JSON."),
        ("{}".encode("utf-16"), "application/json", "UTF-16, and Content-Type says JSON."),
        (base64.b64encode(TEA), "application/json", "base64, and Content-Type says JSON."),
        (b'--x\r\nContent-Disposition: form-data; name="a"', "", "a multipart form, not like JSON."),
    ):
        for reading in (read, partial(read_beside, known=())):
            with pytest.raises(Unreadable, match=re.escape(f"The body looks like {reason}")):
                reading(body, content_type)


def test_keys_that_stand_more_than_once_are_found_with_all_their_values():
    body = b'{"note":1,"a":[{"x":0},{"x":1,"y":2,"x":3,"x":{"z":1,"z":2}}],"note":2}'

    document, repeated = read_with_repeated(body, "application/json")

    assert document == read_json(body)
    assert repeated == (
        (("note",), (1, 2)),
        (("a", 1, "x"), (1, 3, {"z": 2})),
        (("a", 1, "x", "z"), (1, 2)),
    )
    assert read_with_repeated(TEA, "application/json")[1] == ()
    assert read_with_repeated(b"<r><a>1</a><b/><a>2</a></r>", "text/xml")[1] == ((("a",), ("1", "2")),)
    assert len(read_with_repeated(b'[{"a":1,"a":2}' + b',{"a":1,"a":2}' * 5_000 + b"]", "")[1]) == 20


def test_the_form_for_people_keeps_every_digit_and_can_be_read_back():
    document = {"id": 820982911946154508, "weight": Decimal("2.0"), "tags": ["a/b"], "note": "half \ud83d"}

    pretty = write_pretty(document)

    assert '  "weight": 2.0,\n' in pretty
    assert '"a/b"' in pretty
    assert read_json(pretty.encode()) == document


def test_the_form_for_programs_is_one_line_of_ascii_that_keeps_every_digit():
    document = {"id": 820982911946154508, "price": Decimal("1.50"), "note": "Þór 👍\n\u2028", "tags": ["a/b"]}

    line = write_line(document)

    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert line.startswith('{"id": 820982911946154508, "price": 1.50, "note": ')
    assert read_json(line.encode()) == document
