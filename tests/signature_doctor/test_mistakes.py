import base64
import gzip
import re
import zlib
from urllib.parse import urlencode

import pytest

from devhook.signature_doctor.body_mistake import BodyMistake
from devhook.signature_doctor.case import Case, OtherBody
from devhook.signature_doctor.digests import FORMS
from devhook.signature_doctor.mistakes import MISTAKES
from devhook.signature_doctor.secret_mistakes import SECRET_MISTAKES, WITHOUT_SECRET

JSON = '{"id":7031,"note":"Tëa\\/oolong","lines":[{"sku":"A","gift":true,"tag":null}]}'.encode()


def explained(came, signed, **more):
    """The first mistakes by which `signed` became `came`."""
    case = Case(body=came, claimed="x", **more)
    guesses = (guess for mistake in MISTAKES for guess in mistake.guesses(case))
    mistakes = next((guess.mistakes for guess in guesses if guess.body == signed and signed != came), ())
    return [mistake.name for mistake in mistakes]


@pytest.mark.parametrize(
    ("came", "signed", "names"),
    [
        (JSON + b"\n", JSON, ["newline-added"]),
        (JSON + b"\r\n", JSON, ["newline-added"]),
        (b" " + JSON + b" \n", JSON, ["newline-added"]),
        (JSON, JSON + b"\n", ["newline-cut"]),
        (JSON, JSON + b"\r\n", ["newline-cut"]),
        (b"{\r\n}\r\n", b"{\n}\n", ["line-ends"]),
        (b"{\n}\n", b"{\r\n}\r\n", ["line-ends"]),
        (b"{\n}", b"{\r\n}\r\n", ["line-ends", "newline-cut"]),
        (b'{\n  "a": 1\n}\n', b'{  "a": 1}', ["line-ends"]),
        (b"\xef\xbb\xbf" + JSON, JSON, ["byte-order-mark"]),
        (JSON, b"\xef\xbb\xbf" + JSON, ["byte-order-mark"]),
        (JSON, b"", ["empty-body"]),
        (JSON, b"{}", ["no-body"]),
        (JSON, b"[object Object]", ["no-body"]),
        (JSON, JSON.decode().encode("latin-1"), ["latin-1"]),
        (JSON, JSON.decode("latin-1").encode(), ["latin-1"]),
        (JSON.decode("latin-1").encode(), JSON, ["latin-1"]),
        (JSON.decode().encode("latin-1"), JSON, ["latin-1"]),
        (JSON, JSON.replace("ë".encode(), b"?"), ["encoding"]),
        (JSON, JSON.decode().encode("utf-16-le"), ["encoding"]),
        (b'{"a":"\xff"}', '{"a":"\ufffd"}'.encode(), ["encoding"]),
        (gzip.compress(JSON, mtime=0), JSON, ["still-compressed"]),
        (zlib.compress(JSON), JSON, ["still-compressed"]),
        (JSON, gzip.compress(JSON, mtime=0), ["decompressed"]),
        (JSON, gzip.compress(JSON, 6, mtime=0), ["decompressed"]),
        (JSON, zlib.compress(JSON), ["decompressed"]),
        (JSON, base64.b64encode(JSON), ["base64-body"]),
        (base64.b64encode(JSON), JSON, ["base64-body"]),
        (urlencode({"payload": JSON}).encode(), JSON, ["form-encoded"]),
        (urlencode({"shop": "a", "x": JSON}).encode(), JSON, ["form-encoded"]),
        (urlencode({JSON: ""}).encode(), JSON, ["form-encoded"]),
        (JSON, urlencode({"payload": JSON}).encode(), ["form-encoded"]),
        (JSON, urlencode({JSON: ""}).encode(), ["form-encoded"]),
        (b'{"id":7,"note":"a b"}', b"id=7&note=a+b", ["form-encoded"]),
        (
            b'{"id":7,"lines":[{"sku":"A","gift":true,"tag":null}]}',
            b"id=7&lines%5B0%5D%5Bsku%5D=A&lines%5B0%5D%5Bgift%5D=1",
            ["form-encoded"],
        ),
        (JSON.replace(b"\\/", b"/"), JSON, ["rewritten-on-its-way"]),
        (b'{"weight": 2, "url": "a/b"}', rb'{"weight":2.0,"url":"a\/b"}', ["rewritten-on-its-way"]),
        (JSON, JSON.replace(b"\\/", b"/"), ["rewritten"]),
        (b'{"a":1}', b'{"a": 1}', ["rewritten"]),
        (b'{"a":1}', b'{\n  "a": 1\n}\n', ["rewritten", "newline-cut"]),
        (b'{"a":1}', rb'"{\"a\":1}"', ["json-string"]),
        (rb'"{\"a\":1}"', b'{"a":1}', ["json-string"]),
        (
            b'{"n":50120000001,"x":2.0,"y":0.00001}',
            b'{"n":5.0120000001E10,"x":2.0,"y":1.0E-5}',
            ["rewritten"],
        ),
        (b'{"a":[1]}', b'{\r\n  "a": [\r\n    1\r\n  ]\r\n}', ["rewritten"]),
        (b'{"a":null}', b'{"a": None}', ["python-str"]),
        (b'{"b":1,"a":null}', b'%{"a" => nil, "b" => 1}', ["elixir-inspect"]),
        (b'{"b":1000000,"a":[null,0.5]}', b"map[a:[<nil> 0.5] b:1e+06]", ["go-print"]),
        (b'{"b":12345678901,"a":[null,1e7]}', b"{b=12345678901, a=[null, 1.0E7]}", ["java-to-string"]),
        (
            b'{"t":"2025-12-31T19:00:00-05:00"}',
            b'{"t":"2026-01-01T00:00:00+00:00"}',
            ["times-in-utc"],
        ),
        (b'{"a":"x","b":true,"c":[1]}', b"x|1|Array", ["values-joined"]),
        (b'{"a":"x","b":true,"c":[1,2]}', b"x,true,1,2", ["values-joined"]),
        (b'{"a":1}', b'{"{\\"a\\":1}":""}', ["wrapped"]),
        (b'{"a":"b c"}', b'{"a":"bc"}', ["white-space-removed"]),
        (b'{"a": "b\\/c"}', b'{"a":"b\\/c"}', ["minified"]),
        ('{"a":"Café"}'.encode(), '{"a":"Cafe\u0301"}'.encode(), ["normalised"]),
        ('{"a":"😀!"}'.encode(), b'{"a":"!"}', ["emoji-lost"]),
        ('{"a":"\u200bb"}'.encode(), b'{"a":"b"}', ["controls-lost"]),
        (b'{"a":"<b>"}', b'{"a":"&lt;b&gt;"}', ["html-escaped"]),
        (b'{"a":"&amp;"}', b'{"a":"&"}', ["html-unescaped"]),
        (b'{"a_b":[{"c_d":1}]}', b'{"aB":[{"cD":1}]}', ["keys-renamed"]),
        (b'{"b":{"c":1,"a":2},"a":3}', b'{"a":3,"b":{"a":2}}', ["keys-filtered"]),
        (b'{"a":null,"b":"","c":0,"d":1}', b'{"d":1}', ["empty-fields-omitted"]),
        (b'{"a":null,"b":""}', b'{"b":""}', ["nulls-omitted"]),
        (b'{"a":[]}', b'{"a":null}', ["empty-lists-nil"]),
        (b'{"a":1,"b":true}', b'{"a":"1","b":"true"}', ["numbers-as-text"]),
        (b'{"a":[7,8]}', b'{"a":{"0":7,"1":8}}', ["force-object"]),
        (JSON, JSON[: len(JSON.decode())], ["truncated"]),
        (JSON[:-1], JSON, ["truncated"]),
        (JSON[:-4], JSON, ["truncated"]),
        (JSON[:-9], JSON, []),
        (b'{"a":{"b":["c', b'{"a":{"b":["c"]}}', ["truncated"]),
        (b'{"a":{"b":["c"', b'{"a":{"b":["c"]}}\n', ["truncated"]),
        (b'{"a":tr', b'{"a":true}', ["truncated"]),
        (b'{"a":"[{\\"', b'{"a":"[{\\""}', ["truncated"]),
    ],
)
def test_what_was_signed_is_guessed_from_what_came(came, signed, names):
    assert explained(came, signed) == names


def test_a_stream_may_be_cut_in_two_in_three_or_in_pieces_of_any_size():
    body = '{"note":"Zoë — 😀"}'.encode()
    after_e, after_dash = body.index("ë".encode()) + 1, body.index("—".encode()) + 2

    def decoded(*edges, errors="replace"):
        pieces = [body[start:end] for start, end in zip((0, *edges), (*edges, None), strict=True)]
        return "".join(piece.decode(errors=errors) for piece in pieces).encode()

    for text in (
        decoded(after_e),
        decoded(after_e, after_dash),
        decoded(*range(4, len(body), 4)),
        decoded(*range(1, len(body))),
        decoded(after_e, errors="ignore"),
    ):
        assert explained(body, text) == ["split-character"]


def test_another_body_of_the_same_webhook_id_may_have_been_signed():
    before = OtherBody(id=41, body=b'{"id":1}')

    assert explained(b'{"id":2}', b'{"id":1}', others=(before,)) == ["old-body"]


def test_the_length_that_the_header_says_may_be_what_was_signed():
    assert explained(JSON, JSON[:11], content_length=11) == ["truncated"]


def test_a_length_that_is_none_of_the_bodys_is_no_guess():
    assert explained(JSON, JSON[:0], content_length=0) == ["empty-body"]
    assert explained(JSON, JSON + b"x", content_length=len(JSON) + 1) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"\xff\xfe",
        b"%",
        b"=&=",
        b"[" * 1000,
        b'{"a":' * 500,
        b'"\\',
        b'"\\ud83e"',
        b"1" * 5000,
        b"-0.0",
    ],
)
def test_no_body_breaks_it(body):
    case = Case(body=body, claimed="x", content_length=3)

    assert all(guess.mistakes for mistake in MISTAKES for guess in mistake.guesses(case))


def test_every_mistake_is_told_in_whole_sentences_under_a_name_for_programs():
    told = [
        *FORMS,
        *(each.told("client secret") for each in (*SECRET_MISTAKES, *WITHOUT_SECRET)),
        *(each.told for each in MISTAKES if isinstance(each, BodyMistake)),
    ]

    assert len({each.name for each in told}) > 90
    for each in told:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.name)
        for sentence in (each.what, each.comes_from, each.fix):
            assert sentence.endswith(".")
            assert "{secret}" not in sentence
            assert "  " not in sentence
