import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.privacy.patterns import edited, edits
from devhook.privacy.personal import Personal


def found(text):
    """What is replaced in `text`, as (kind, what)."""
    met = []

    def note(kind, what):
        met.append((kind, what))
        return "…"

    edited(text, edits(text, note))
    return met


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("to Zoë <zoe.b+shop@mail.example.org>, please", Personal.EMAIL, "zoe.b+shop@mail.example.org"),
        ("zoë@überlingen.example", Personal.EMAIL, "zoë@überlingen.example"),
        ("call +49 7531 123-456 now", Personal.PHONE, "+49 7531 123-456"),
        ("+1(502)-459-2181", Personal.PHONE, "+1(502)-459-2181"),
        ("(502) 459-2181", Personal.PHONE, "(502) 459-2181"),
        ("502-459-2181", Personal.PHONE, "502-459-2181"),
        ("from 84.112.3.4:443", Personal.IP, "84.112.3.4"),
        ("for=84.112.3.4;proto=https", Personal.IP, "84.112.3.4"),
        ("http://84.112.3.4/x", Personal.IP, "84.112.3.4"),
        ("2a02:908:1b2::17, a proxy", Personal.IP, "2a02:908:1b2::17"),
        ("2a02:908:1b2:0:1:2:3:17", Personal.IP, "2a02:908:1b2:0:1:2:3:17"),
        ("shpat_0123456789abcdef0123456789abcdef", Personal.TOKEN, "shpat_0123456789abcdef0123456789abcdef"),
        ("with shpss_abcdef123 it", Personal.TOKEN, "shpss_abcdef123"),
        ("b1946ac92492d2347c6235b4d2611184", Personal.TOKEN, "b1946ac92492d2347c6235b4d2611184"),
        ("Bearer abc.def-ghi", Personal.TOKEN, "abc.def-ghi"),
        ("eyJhbGciOiJIUzI1.eyJpc3MiOi.c2ln", Personal.TOKEN, "eyJhbGciOiJIUzI1.eyJpc3MiOi.c2ln"),
        ("/hook?token=hush&x=1", Personal.TOKEN, "hush"),
        ("https://me:hush@host.example/x", Personal.TOKEN, "me:hush"),
        (
            "k=aGVsbG8gd29ybGQgaGVsbG8gd29ybGQx0Q==",
            Personal.TOKEN,
            "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQx0Q==",
        ),
    ],
)
def test_what_is_personal_by_its_shape_is_found(text, kind, what):
    assert found(text) == [(kind, what)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-14T14:02:11.204+01:00",
        "2026-03-14T14:02:11.204123456Z",
        "14:02:11",
        "gid://shopify/Order/522284923510749612",
        "820982911946154508",
        "#1001.1",
        "199.00",
        "-18.50",
        "MUG-EMBER-350",
        "1Z1234512345123456",
        "978-3-16-148410-0",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0.0.0 Safari/537.36",
        "9f2c6a1e-13d4-4b1f-9a55-0c5d2e7b1a90",
        "http://127.0.0.1:4000/ and [::1]:4000 and 0.0.0.0",
        "Rack::Utils, Abc::Def",
        "devhook-demo.myshopify.com",
        "application/json; charset=utf-8",
        "gzip;q=1.0,deflate;q=0.6,identity;q=0.3",
        "999.999.999.999",
    ],
)
def test_what_only_looks_alike_is_left_alone(text):
    assert list(edits(text, lambda _kind, _what: "…")) == []


PIECES = ["a@b.cd", "+49 7531 123456", "502-459-2181", "1.2.3.4", "::", "fe80::1", "shpat_abcdef1", "?key=v"]


@given(
    st.lists(st.sampled_from([*PIECES, "x", " ", ".", "=", "("]) | st.text(max_size=3), max_size=8).map(
        "".join
    )
)
def test_the_quick_look_lets_nothing_pass_that_the_long_one_finds(text):
    assert bool(found(text)) is bool(found(f"@ {text}"))


@pytest.mark.thorough
def test_the_time_is_in_proportion_to_the_text():
    pieces = ["a", "a.", "a+", "A1a", "1.", "1:", ":", "+1 ", "eyJ-", "shpat_", "?token=", "://", "a@", "@a."]

    for piece in [*pieces, "(111) ", "f"]:
        text = piece * (200_000 // len(piece))
        begun = time.process_time()
        edited("@" + text, edits("@" + text, lambda _kind, _what: ""))

        # Square in the length it would be minutes.
        assert time.process_time() - begun < 10, piece
