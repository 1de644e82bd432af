from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.webhook.document import Unreadable
from devhook.webhook.payload import read_json
from devhook.webhook.xml_payload import read_xml, xml_text

ORDER = """<?xml version="1.0" encoding="UTF-8"?>
<order>
  <id type="integer">820982911946154508</id>
  <name>#2044</name>
  <note></note>
  <closed-at type="dateTime" nil="true"/>
  <updated-at type="dateTime">2026-11-24T09:15:00+01:00</updated-at>
  <total-price type="decimal">18.40</total-price>
  <test type="boolean">false</test>
  <confirmed type="boolean">true</confirmed>
  <gateway nil="true"/>
  <line-items type="array">
    <line-item>
      <id type="integer">41</id>
      <title>Tea &amp; biscuits, 100 g · ½ lb</title>
      <tax-lines type="array">
        <tax-line><title>VAT</title><rate type="float">0.07</rate></tax-line>
      </tax-lines>
      <properties type="array">
      </properties>
    </line-item>
  </line-items>
  <payment-gateway-names type="array">
    <payment-gateway-name>manual</payment-gateway-name>
  </payment-gateway-names>
  <shipping-lines type="array"/>
  <billing-address type="Address">
    <city>Bremen</city>
    <latitude type="float" nil="true"/>
  </billing-address>
</order>
"""
THE_SAME_IN_JSON = """{
  "id": 820982911946154508, "name": "#2044", "note": "", "closed_at": null,
  "updated_at": "2026-11-24T09:15:00+01:00", "total_price": "18.40", "test": false, "confirmed": true,
  "gateway": null,
  "line_items": [{"id": 41, "title": "Tea & biscuits, 100 g · ½ lb",
                  "tax_lines": [{"title": "VAT", "rate": 0.07}], "properties": []}],
  "payment_gateway_names": ["manual"], "shipping_lines": [],
  "billing_address": {"city": "Bremen", "latitude": null}
}"""

BOMB = b"""<!DOCTYPE order [
  <!ENTITY a "hahahahaha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
]>
<order><note>&c;</note></order>"""


def reason_for(body: bytes) -> str:
    with pytest.raises(Unreadable) as failure:
        read_xml(body)
    return failure.value.reason


def test_an_order_reads_as_its_json_would():
    document = read_xml(ORDER.encode())

    assert document == read_json(THE_SAME_IN_JSON.encode())
    assert type(document["id"]) is int
    assert type(document["test"]) is bool
    assert type(document["line_items"][0]["tax_lines"][0]["rate"]) is Decimal


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("<v type='integer'>-5</v>", -5),
        ("<v type='integer'> 5\n</v>", 5),
        ("<v type='float'>2.0</v>", Decimal("2.0")),
        ("<v type='float'>1e-05</v>", Decimal("0.00001")),
        ("<v type='boolean'>1</v>", True),
        ("<v type='boolean'>0</v>", False),
        ("<v type='decimal'>630</v>", "630"),
        ("<v type='date'>2026-11-24</v>", "2026-11-24"),
        ("<v>  two  </v>", "  two  "),
        ("<v><![CDATA[<b>tea</b>]]> &lt;</v>", "<b>tea</b> <"),
        ("<v type='symbol'>paid</v>", "paid"),
        ("<v nil='true'>ignored</v>", None),
        ("<v nil='false'>kept</v>", "kept"),
        ("<v><a>1</a><a>2</a></v>", {"a": "2"}),
        ("<v type='array'><x>1</x><y type='integer'>2</y><z/></v>", ["1", 2, ""]),
    ],
)
def test_a_value_has_the_type_it_says(element, value):
    read = read_xml(f"<r>{element}</r>".encode())["v"]

    assert read == value
    assert isinstance(read, type(value))


@pytest.mark.parametrize("kind", ["integer", "float", "boolean", "decimal", "dateTime", "date"])
def test_what_is_typed_and_empty_is_none(kind):
    assert read_xml(f"<r><v type='{kind}'></v></r>".encode()) == {"v": None}


@pytest.mark.parametrize("kind", ["integer", "float", "boolean"])
@pytest.mark.parametrize("text", ["many", "1_000", "٣", "NaN", "9" * 5000 + "x", "1e9999999"])
def test_what_is_not_what_its_type_says_stays_text(kind, text):
    assert read_xml(f"<r><v type='{kind}'>{text}</v></r>".encode()) == {"v": text}


def test_an_integer_beyond_what_python_reads_stays_text():
    assert read_xml(b"<r><v type='integer'>" + b"9" * 4301 + b"</v></r>") == {"v": "9" * 4301}


def test_comments_and_instructions_are_passed_over():
    assert read_xml(b"<?xml version='1.0'?><!-- tea --><r><?php x?><v><!-- -->2</v></r>") == {"v": "2"}


@pytest.mark.parametrize("body", [b"", b"\n "])
def test_an_empty_body_is_called_that(body):
    assert reason_for(body) == "The body is empty."


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<order>\n  <id>1</name>\n</order>", "The body is not XML: mismatched tag (line 2, column 10)."),
        (b"<order>", "The body is not XML: no element found (line 1, column 8)."),
        (b"tea", "The body is not XML: syntax error (line 1, column 1)."),
        (b"<r>\xff</r>", "The body is not UTF-8: the byte at position 3 is 0xFF."),
        (
            b"<?xml version='1.0' encoding='iso-8859-6'?><r>\xff</r>",
            "The body is not ISO8859-6: the byte at position 46 is 0xFF.",
        ),
        (
            b"<?xml version='1.0' encoding='zlib'?><r>\xff</r>",
            "The body declares the encoding zlib, which devhook does not read.",
        ),
        (b"<r>&tea;</r>", "The body is not XML: undefined entity (line 1, column 4)."),
    ],
)
def test_a_mistake_is_told_with_its_line_and_column(body, reason):
    assert reason_for(body) == reason


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        b'<!DOCTYPE order SYSTEM "http://127.0.0.1:9/order.dtd"><order/>',
        b'<!DOCTYPE order [<!ENTITY f SYSTEM "file:///etc/hostname">]><order>&f;</order>',
        b"<!DOCTYPE order><order/>",
    ],
)
def test_a_dtd_is_refused(body):
    assert reason_for(body) == "The body has a DTD, which is refused: it could hold an entity bomb."


def test_a_body_may_be_a_hundred_levels_deep_and_no_more():
    read_xml(b"<a>" * 100 + b"</a>" * 100)

    too_deep = "The body is nested more than 100 levels deep."
    assert reason_for(b"<a>" * 101 + b"</a>" * 101) == too_deep
    assert reason_for(b"<a>" * 100_000) == too_deep


def test_a_body_is_read_in_the_encoding_that_it_declares():
    for encoding in (
        *("utf-8", "UTF-16", "utf-16-le", "utf-16-be", "ISO-8859-1", "iso-8859-15", "windows-1252"),
        *("UTF-32", "gb18030"),
    ):
        text = f"<?xml version='1.0' encoding='{encoding}'?><r><v>Crème brûlée</v></r>"
        assert read_xml(text.encode(encoding)) == {"v": "Crème brûlée"}, encoding
        assert xml_text(text.encode(encoding)) == text
    japanese = "<?xml version='1.0' encoding='Shift_JIS'?><r>山田</r>"
    assert read_xml(japanese.encode("shift_jis")) == "山田"


def test_elements_with_one_name_are_noted_and_the_last_one_counts():
    noted = []

    assert read_xml(b"<r><v>1</v><v>2</v><w type='array'><i>1</i><i>2</i></w></r>", noted) == {
        "v": "2",
        "w": ["1", "2"],
    }
    assert noted == [({"v": "2", "w": ["1", "2"]}, [("v", "1"), ("v", "2"), ("w", ["1", "2"])])]


def test_a_declaration_chooses_none_of_the_other_codecs():
    assert read_xml(b"<?xml version='1.0' encoding='rot13'?><r>abc</r>") == "abc"
    assert read_xml(b"<?xml version='1.0' encoding='utf-7'?><r>+AGE-</r>") == "+AGE-"
    assert read_xml("<?xml version='1.0' encoding='no-such-thing'?><r>Tée</r>".encode()) == "Tée"


@given(st.binary() | st.text("<>/a-!?[]&;\"'= ").map(str.encode))
def test_any_bytes_are_read_or_refused(body):
    with suppress(Unreadable):
        read_xml(body)
