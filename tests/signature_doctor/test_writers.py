import hashlib
import json
from pathlib import Path

import pytest

from devhook.signature_doctor.writers import WRITERS, as_shopify_wrote, rewritten
from devhook.webhook.payload import read_json

REAL = json.loads(Path(__file__).with_name("written.json").read_text())


def written(document, name):
    return dict(rewritten(document, WRITERS))[name]


def read(text):
    return read_json(text.encode())


@pytest.mark.parametrize("name", REAL["written"])
def test_a_document_is_written_as_the_real_writer_wrote_it(name):
    assert written(read(REAL["document"]), name).decode() == REAL["written"][name]


def test_every_choice_of_phps_flags_is_written_as_php_does():
    real = json.loads(Path(__file__).with_name("php_flags.json").read_text())

    ours = {hashlib.sha256(body).hexdigest() for _, body in rewritten(read(real["document"]), WRITERS)}

    assert set(real["sha256"]) - ours == set()


def test_rails_escapes_what_html_has_and_no_slash():
    document = read('{"a":"<b> & \\/","c":2.0,"d":"é\\u2028"}')

    assert (
        written(document, "Rails' to_json")
        == '{"a":"\\u003cb\\u003e \\u0026 /","c":2.0,"d":"é\\u2028"}'.encode()
    )


def test_gson_escapes_what_html_has_and_equals_and_apostrophes():
    assert written(read('{"a":"<=\'é"}'), "Java's Gson") == '{"a":"\\u003c\\u003d\\u0027é"}'.encode()


def test_dotnet_escapes_in_capitals_and_leaves_what_is_escaped_already():
    document = read(r'{"a":"é\"+`<\\u00e9\\\"","b":1e25}')

    assert (
        written(document, ".NET's System.Text.Json")
        == rb'{"a":"\u00E9\u0022\u002B\u0060\u003C\\u00e9\\\u0022","b":1e+25}'
    )


def test_names_are_given_once_and_ways_to_write_are_not_twice_the_same():
    ways = list(rewritten(read(REAL["document"]), WRITERS))

    assert len({name for name, _ in ways}) == len(WRITERS)
    assert len({body for _, body in ways}) == len(WRITERS)


def test_a_writer_that_has_no_form_for_a_number_is_left_out():
    names = {name for name, _ in rewritten(read('{"a":1e999}'), WRITERS)}

    assert "JavaScript's JSON.stringify" in names
    assert "Ruby's JSON.generate" not in names
    assert written(read('{"a":1e999}'), "JavaScript's JSON.stringify") == b'{"a":null}'


def test_integers_too_large_for_a_double_are_null_in_javascript():
    assert written([10**400, -(10**400)], "JavaScript's JSON.stringify") == b"[null,null]"


def test_numbers_within_strings_stay_as_they_are():
    document = read('{"a":"1e-05, -0.0, \\"2.5e-07","b":0.00001}')

    assert written(document, "JavaScript's JSON.stringify") == rb'{"a":"1e-05, -0.0, \"2.5e-07","b":0.00001}'


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        (["b", "10", "9", "0", "a"], ["0", "9", "10", "b", "a"]),
        (["01", "-1", "1.5", "4294967295", "4294967294"], ["4294967294", "01", "-1", "1.5", "4294967295"]),
        (["²", "\u0661", "7"], ["7", "²", "\u0661"]),
    ],
)
def test_javascript_puts_keys_first_that_are_an_index(keys, order):
    document = dict.fromkeys(keys)

    assert list(json.loads(written(document, "JavaScript's JSON.stringify"))) == order


def test_only_as_many_ways_are_taken_as_are_asked_for():
    assert [name for name, _ in rewritten({"a": 1}, WRITERS[:2])] == [writer.name for writer in WRITERS[:2]]


def test_half_a_surrogate_pair_is_escaped():
    assert written(read(r'["\ud83e"]'), "JavaScript's JSON.stringify") == rb'["\ud83e"]'


def test_shopify_wrote_whole_doubles_with_a_zero():
    first, second = as_shopify_wrote(read('{"url":"a/b","weight":2,"lines":[{"rate":1,"quantity":1}]}'))

    assert first == rb'{"url":"a\/b","weight":2,"lines":[{"rate":1,"quantity":1}]}'
    assert second == rb'{"url":"a\/b","weight":2.0,"lines":[{"rate":1.0,"quantity":1}]}'
