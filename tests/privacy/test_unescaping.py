import html
import json
import unicodedata
from urllib.parse import quote, quote_plus

from hypothesis import given
from hypothesis import strategies as st

from devhook.privacy.known_values import personal_values
from devhook.privacy.mask import Mask
from devhook.privacy.unescaping import layers, meant

MASK = Mask(b"the key of this run")
LETTERS = st.text("abcßäöéøłñ漢😀AB -", max_size=8)
ESCAPED = {
    "an address": lambda text: quote(text, safe=""),
    "a query": quote_plus,
    "an address in Latin-1": lambda text: quote(text.encode("latin-1", "replace"), safe=""),
    "every byte of an address": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "an address in an address": lambda text: quote(quote(text)),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "HTML": lambda text: text.encode("ascii", "xmlcharrefreplace").decode(),
    "HTML by name": lambda text: "".join(
        f"&{html.entities.codepoint2name.get(ord(each), f'#x{ord(each):x}')};" for each in text
    ),
    "Python's bytes": lambda text: repr(text.encode())[2:-1],
    "marks": lambda text: unicodedata.normalize("NFD", text),
    "bytes in Latin-1": lambda text: text.encode("latin-1", "replace").decode("utf-8", "surrogateescape"),
}
WHOLE = {"an address", "every byte of an address", "an address in an address", "JSON", "JSON in JSON"} | {
    "HTML", "HTML by name"
}  # fmt: skip


@given(LETTERS, st.sampled_from(sorted(WHOLE)))
def test_escaped_text_means_the_text_and_each_of_its_characters_has_its_place(text, form):
    written = ESCAPED[form](text)

    assert meant(f"<{written}>") == f"<{text}>"
    for layer in layers(f"<{written}>"):
        assert len(layer.text) == len(layer.starts) == len(layer.ends)
        assert layer.span(0, len(layer.text)) == (0, len(written) + 2)
        assert all(start < end for start, end in zip(layer.starts, layer.ends, strict=True))


def test_a_personal_value_is_found_however_its_letters_are_escaped_and_nothing_beside_it_changes():
    document = {
        "customer": {"first_name": "Jürgen", "last_name": "Müller", "email": "jürgen.müller@x.example"}
    }
    known = MASK.knowing(personal_values(document, "orders/updated"))
    for form, escaped in ESCAPED.items():
        for name in ("Müller", "MÜLLER", "Jürgen Müller", "jürgen.müller@x.example"):
            written = escaped(name)
            masked = known.text(f"GET /x?id=7&who={written}&page=2%2F3 \\u2026 &hellip; 100% \\n")

            assert written not in masked, (form, masked)
            assert "ller" not in masked.casefold(), (form, masked)
            assert masked.startswith("GET /x?id=7&who="), (form, masked)
            assert masked.endswith("&page=2%2F3 \\u2026 &hellip; 100% \\n"), (form, masked)
            assert known.text(masked) == masked, (form, masked)


def test_an_escaped_value_has_the_pseudonym_of_its_field_written_as_the_place_needs_it():
    document = {"customer": {"first_name": "Jürgen", "last_name": "Müller", "company": "Müller & Söhne"}}
    known = MASK.knowing(personal_values(document, "orders/updated"))
    first, last = (MASK.value(name, ["author"]) for name in ("Jürgen", "Müller"))
    company = MASK.value("Müller & Söhne", ["company"])

    assert known.text("/J%C3%BCrgen%20M%C3%BCller/") == f"/{first}%20{last}/"
    assert known.text("<b>M&uuml;ller &amp; S&#246;hne</b>") == f"<b>{html.escape(company)}</b>"
    assert known.text(r'{"by": "J\u00fcrgen"}') == f'{{"by": "{first}"}}'


def test_a_shape_is_found_in_escaped_text_and_a_secret_with_an_escape_in_it_to_its_end():
    for written in (
        "zoe%40example.org", "z%6fe%40example.org", "zoe&#64;example.org", r"zoe\u0040example.org",
        "%2B49%207531%20123456", "%3Ftoken%3Dhush", "?a=1&amp;token=hush", r"Bearer\u0020abcdefgh1234",
        "zo%C3%AB%40example.org",
    ):  # fmt: skip
        masked = MASK.text(f"/search?q={written}&page=2")
        assert not any(part in masked for part in ("example.org", "7531", "hush", "abcdefgh")), masked
        assert masked.endswith("&page=2")
    assert "hush" not in MASK.text("/x?token=abc%26hush%20hush")
    assert MASK.text("/x?q=zoe%40example.org").endswith("%40masked.example")
