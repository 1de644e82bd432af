import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import compare
from devhook.analysis.verdict import Reading, Verdict
from devhook.forge.source import sample
from devhook.privacy.known_values import personal_values
from devhook.privacy.mask import Mask
from devhook.resources import fixtures
from devhook.simulator.orders.catalogue import demo_shop
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Delivery
from devhook.webhook.payload import read, read_json, write_json
from devhook.webhook.subject import Subject
from devhook.webhook.topics import topic_names

MASK = Mask(b"the key of this run")
PAYLOADS = fixtures() / "payloads"
ORDER = PAYLOADS / "orders/updated.json"

# Names of fields that tell of a person, that lead to one, and that do neither.
KEYS = (
    "addresses",
    "address1",
    "browser_ip",
    "city",
    "company",
    "customer",
    "email",
    "first_name",
    "id",
    "items",
    "landing_site",
    "latitude",
    "line_items",
    "lastName",
    "name",
    "note",
    "note_attributes",
    "order_status_url",
    "phone",
    "properties",
    "receipt",
    "price",
    "tags",
    "token",
    "tracking_numbers",
    "updated_at",
    "value",
    "zip",
    "zoe@example.com",
    "",
    "a[0].b",
    "k" * 61,
    'say "hi"',
    "two\nlines",
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**60),
    st.decimals(-200, 200, places=4),
    st.text(max_size=12),
    st.text("ab1 ,.#?/@+-:", max_size=14),
    st.emails(),
    st.ip_addresses().map(str),
    st.sampled_from(
        ["Zoë Brändle", "+49 7531 123456", "K2H 7A8", "https://a.example/b?key=c", "<b>", '"[x]"']
    ),
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=6) | st.lists(inner, max_size=4),
    max_leaves=25,
)


@st.composite
def versions(draw):
    """Two documents that have most of their fields in common."""
    before = draw(st.dictionaries(st.sampled_from(KEYS), DOCUMENTS, max_size=8))
    after = dict(before) | draw(st.dictionaries(st.sampled_from(KEYS), DOCUMENTS, max_size=2))
    for key in draw(st.sets(st.sampled_from(KEYS), max_size=1)):
        after.pop(key, None)
    return before, after


def skeleton(value):
    """The document without its values: keys in order, and of each value the type and whether it is empty."""
    if isinstance(value, dict):
        return [(MASK.text(key), skeleton(each)) for key, each in value.items()]
    if isinstance(value, list):
        return [skeleton(each) for each in value]
    return type(value), value in {"", None}


SHAPES = (
    r"\A(?:[a-z]{1,9}@[a-z]{1,9}\.org|\+[0-9 ]{8,16}|[0-9.]{7,15}|[0-9a-f:]{7,20}"
    r"|shpat_\w{6,9}|\?key=\S{3})\Z"
)


@given(DOCUMENTS, st.sampled_from([None, "orders/updated", "customers/update", "companies/create"]))
def test_a_masked_document_has_the_same_shape(document, topic):
    masked = MASK.document(document, topic)

    assert skeleton(masked) == skeleton(document)
    assert read_json(write_json(masked)) == masked


@given(versions(), st.sampled_from([None, "orders/updated", "customers/update"]))
def test_the_changes_between_masked_documents_are_the_masked_changes(pair, topic):
    before, after = pair

    found = compare(MASK.document(before, topic), MASK.document(after, topic))

    assert found == tuple(MASK.change(change, topic) for change in compare(before, after))


@given(versions(), st.sampled_from([None, "orders/updated", "customers/update"]))
def test_that_holds_for_a_mask_that_knows_both_versions(pair, topic):
    before, after = pair
    mask = MASK.knowing(personal_values(before, topic), personal_values(after, topic))

    found = compare(mask.document(before, topic), mask.document(after, topic))

    assert found == tuple(mask.change(change, topic) for change in compare(before, after))


@given(DOCUMENTS, st.sampled_from([None, "orders/updated", "customers/update", "companies/create"]))
def test_the_edge_of_an_output_finds_nothing_more_to_mask(document, topic):
    masked = MASK.document(document, topic)

    assert MASK.texts(masked) == masked


@given(st.text() | st.from_regex(SHAPES), st.text())
def test_what_is_masked_by_shape_stays_when_it_is_masked_again(text, more):
    masked = MASK.text(f"{text} {more}")

    assert MASK.text(masked) == masked


@given(DOCUMENTS)
def test_masking_hangs_on_nothing_but_the_key_and_the_document(document):
    again = Mask(b"the key of this run").document(document)

    assert again == MASK.document(document)


def test_with_another_key_other_pseudonyms_come_out():
    document = {"email": "zoe@example.com", "customer": {"first_name": "Zoë", "note": "Rings twice"}}

    one, other = MASK.document(document), Mask(b"another").document(document)

    assert one["email"] != other["email"]
    assert one["customer"]["first_name"] != other["customer"]["first_name"]
    assert one["customer"]["note"] != other["customer"]["note"]


# A marker that no pseudonym can hold, since their words have neither letter.
PECULIAR = st.text("qxQXéß漢 ", min_size=3, max_size=20).map(lambda text: f"Qx{text.strip()}xQ")


@given(st.data())
def test_nothing_of_a_person_is_left_in_a_masked_order(data):
    order = read_json(ORDER.read_bytes())
    told = []

    def fill(value, keys, made):
        for key in keys:
            value[key] = data.draw(made)
            told.append(value[key])

    fill(order, ("note",), PECULIAR)
    fill(order, ("email", "contact_email", "phone"), PECULIAR.map(lambda text: f"{text[:2]}@{text[2:4]}.org"))
    fill(order["customer"], ("first_name", "last_name", "email", "note", "tags", "nickname"), PECULIAR)
    for place in ("billing_address", "shipping_address"):
        fill(order[place], ("name", "company", "address1", "address2", "city", "zip", "phone"), PECULIAR)
        fill(order[place], ("latitude", "longitude"), st.decimals(-90, 90, places=7))
    fill(order["customer"]["default_address"], ("name", "address1", "city"), PECULIAR)
    fill(order["refunds"][0], ("note",), PECULIAR)
    order["line_items"][0]["properties"] = [{"name": "Engraving"}]
    fill(order["line_items"][0]["properties"][0], ("value",), PECULIAR)

    masked = MASK.document(order, "orders/updated")

    text = json.dumps(masked, ensure_ascii=False, default=str) + write_json(masked).decode()
    assert [value for value in told if len(str(value)) > 4 and str(value) in text] == []
    assert not {"q", "x"} & set(masked["customer"]["first_name"].lower())


def test_what_makes_a_delivery_understood_stays():
    kept = {"id", "order_id", "name", "sku", "title", "price", "financial_status", "updated_at", "currency"}
    kept |= {"amount", "customer_since", "shop_domain"}
    personal = {
        # A cart's id is its token: it opens the cart.
        "carts": {"id"},
        "companies": {"name"},
        "company_contacts": {"title"},
        "company_locations": {"name"},
        "shipping_addresses": {"name"},
    }
    for topic in topic_names():
        document = sample(topic)

        masked = MASK.document(document, topic)

        here = kept - personal.get(topic.partition("/")[0], set())
        assert {key: masked[key] for key in masked if key in here} == {
            key: document[key] for key in document if key in here
        }, topic
        assert [item.get("sku") for item in masked.get("line_items", [])] == [
            item.get("sku") for item in document.get("line_items", [])
        ], topic


def test_nothing_of_a_customer_stays_in_any_payload():
    told = {"555-01", "@example.com"}
    for each in demo_shop().customers:
        told |= {each.first_name, each.last_name, each.address.address1, each.address.zip}
    for topic in topic_names():
        masked = MASK.document(sample(topic), topic)

        text = json.dumps(masked, ensure_ascii=False, default=str)
        assert [value for value in told if value in text] == [], topic


def test_an_orders_people_get_pseudonyms_that_look_like_their_kind():
    order = read_json(ORDER.read_bytes())

    masked = MASK.document(order, "orders/updated")

    address = masked["shipping_address"]
    assert masked["email"].endswith("@masked.example")
    assert masked["email"] == masked["contact_email"] == masked["customer"]["email"]
    assert address["phone"].startswith("+999")
    assert address["zip"].isdigit()
    assert len(address["zip"]) == len(order["shipping_address"]["zip"])
    assert address["name"] == f"{address['first_name']} {address['last_name']}"
    assert address["country"] == order["shipping_address"]["country"]
    assert isinstance(address["latitude"], Decimal)
    assert masked["customer"]["id"] == order["customer"]["id"]
    assert masked["name"] == order["name"]


def test_a_customers_own_name_and_tags_are_personal_and_a_products_are_not():
    document = {"name": "Zoë Brändle", "title": "Dr", "tags": "Léon, Noël"}

    customer = MASK.document(document, "customers/update")
    product = MASK.document(document, "products/update")

    assert not set(customer.values()) & set(document.values())
    assert len(customer["tags"].split(", ")) == 2
    assert product == document


def test_a_change_of_a_tag_or_in_a_named_address_names_nobody_in_its_path():
    before = {
        "customer": {"tags": "VIP", "addresses": [{"id": 1, "name": "Zoë Brändle", "city": "Konstanz"}]}
    }
    after = {
        "customer": {"tags": "VIP, Opa", "addresses": [{"id": 1, "name": "Zoë Brändle", "city": "Bregenz"}]}
    }

    changes = [MASK.change(change) for change in compare(before, after)]

    told = " ".join(f"{change.path} {change.before} {change.after}" for change in changes)
    assert len(changes) == 2
    assert not [word for word in ("Opa", "VIP", "Zoë", "Brändle", "Konstanz", "Bregenz") if word in told]


@pytest.mark.parametrize("tag", ["Opa", "Opa #2", "[Opa]", "Opa, Opa", "a" * 80])
def test_the_label_of_a_masked_tag_is_the_masked_tag(tag):
    before, after = {"customer": {"tags": "x"}}, {"customer": {"tags": f"x, {tag}"}}

    found = compare(MASK.document(before), MASK.document(after))

    assert found == tuple(MASK.change(change) for change in compare(before, after))


def test_a_change_that_was_kept_without_its_steps_is_masked_by_its_pointer():
    before = {"customer": {"addresses": [{"id": 1, "city": "Konstanz"}]}}
    after = {"customer": {"addresses": [{"id": 1, "city": "Bregenz"}]}}
    (change,) = compare(before, after)

    masked = MASK.change(change.model_copy(update={"steps": ()}))

    assert (masked.path, masked.after) == (change.path, MASK.change(change).after)


def test_a_value_alone_is_masked_as_in_its_document():
    document = {"customer": {"addresses": [{"city": "Konstanz"}]}, "name": "Zoë"}

    masked = MASK.document(document, "customers/update")

    city = MASK.value("Konstanz", ("customer", "addresses", 0, "city"), "customers/update")
    assert city == masked["customer"]["addresses"][0]["city"]
    assert MASK.value(document, (), "customers/update") == masked


def test_a_header_keeps_what_it_is_for_and_loses_its_secrets():
    headers = [
        ("X-Shopify-Topic", "orders/updated"),
        ("X-Shopify-Hmac-Sha256", "kq1cBgJsuwYp4O5SxGdqqxDEDv5gS4gD0x1zs4cmUcg="),
        ("Authorization", "Bearer abc"),
        ("cookie", "a=b"),
        ("X-Access-Token", "shpat_0123456789abcdef"),
        ("X-Forwarded-For", "84.112.3.4, 2a02:908::17"),
        ("From", "zoe@example.org"),
    ]

    masked = MASK.headers(headers)

    assert [name for name, _ in masked] == [name for name, _ in headers]
    assert masked[:2] == tuple(headers[:2])
    told = " ".join(value for _, value in masked[2:])
    assert not [word for word in ("abc", "a=b", "0123456789", "84.112", "908", "zoe") if word in told]


def test_a_body_is_written_as_shopify_writes():
    body = write_json({"id": 1, "email": "zoe@example.org", "price": "1.00", "url": "a/b <c>"})

    masked = MASK.body(body, "application/json", "orders/updated")

    assert masked.startswith(b'{"id":1,"email":"')
    assert masked.endswith(b'@masked.example","price":"1.00","url":"a\\/b \\u003cc\\u003e"}')


XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<order>
  <id type="integer">574</id>
  <email>zoe@example.org</email>
  <note nil="true"/>
  <name>#1884</name>
  <line-items type="array">
    <line-item><name>Mug</name><properties type="array">
      <property><name>Engraving</name><value>F\xc3\xbcr Opa</value></property>
    </properties></line-item>
  </line-items>
  <shipping-address type="Address">
    <first-name>Zo\xc3\xab</first-name>
    <zip>78462</zip>
    <latitude type="float">47.7697</latitude>
  </shipping-address>
</order>
"""


def test_a_body_in_xml_says_the_masked_document():
    masked = MASK.body(XML, "application/xml", "orders/updated")

    assert read(masked, "application/xml") == MASK.document(read(XML, "application/xml"), "orders/updated")
    text = masked.decode()
    assert not [word for word in ("zoe@", "Opa", "Zoë", "78462", "47.76") if word in text]
    assert "<name>#1884</name>" in text
    assert "<name>Engraving</name>" in text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"name=Zoe&email=zoe%40example.org", "application/x-www-form-urlencoded"),
        (b"{'email': 'zoe@example.org'}", "application/json"),
        (b"<order><email>zoe@example.org</order>", "application/xml"),
        (b"\x1f\x8b\x00zoe@example.org", ""),
    ],
)
def test_a_body_that_cannot_be_read_is_replaced_by_its_size(body, content_type):
    masked = MASK.body(body, content_type)

    assert masked == f"(masked: {len(body)} bytes that cannot be read)".encode()


def test_an_empty_body_stays_empty():
    assert MASK.body(b"", "application/json") == b""


def test_a_masked_delivery_keeps_its_place_and_loses_its_people():
    delivery = Delivery(
        received_at=datetime(2026, 3, 14, tzinfo=UTC),
        path="/hooks?token=hush",
        headers=(("X-Shopify-Topic", "customers/update"), ("Content-Type", "application/json")),
        body=b'{"id":7,"name":"Zo\xc3\xab"}',
    )

    masked = MASK.delivery(delivery)

    assert masked.received_at == delivery.received_at
    assert masked.headers == delivery.headers
    assert "hush" not in masked.path
    assert read_json(masked.body)["id"] == 7
    assert "Zoë" not in masked.body.decode()


def test_a_subject_keeps_its_id_unless_that_is_a_token():
    order = Subject(kind="order", id="450789469", name="#1001", document="order")
    company = Subject(kind="company", id="12", name="Brändle GmbH", document="company")
    cart = Subject(kind="cart", id="hWN13d7153ebb6ffc27e85120d9", document="cart")

    assert MASK.subject(order) == order
    assert MASK.subject(company).id == "12"
    assert "Brändle" not in str(MASK.subject(company).name)
    assert MASK.subject(cart).id == MASK.document({"id": cart.id, "token": cart.id}, "carts/create")["token"]


def test_a_reading_of_masked_documents_is_the_masked_reading():
    before, after = {"id": 7, "name": "Zoë"}, {"id": 7, "name": "Zoe", "email": "zoe@example.org"}
    subject = Subject(kind="customer", id="7", name="Zoë", document="customer")
    reading = Reading(subject=subject, version=1, verdict=Verdict.CHANGED, changes=compare(before, after))

    masked = MASK.reading(reading, "customers/update")

    whole = [MASK.document(each, "customers/update") for each in (before, after)]
    assert masked.changes == compare(*whole)
    assert masked.subject is not None
    assert masked.subject.name == whole[0]["name"]
    assert masked.verdict is Verdict.CHANGED


def test_an_answer_that_repeats_what_was_sent_is_masked_like_it():
    body = b'{"error":"no such customer","customer":{"id":7,"email":"zoe@example.org","name":"Zo\xc3\xab"}}'
    answer = Answer(status=422, headers=(("Content-Type", "application/json"),), body=body, seconds=0.1)

    masked = MASK.answer(answer)

    assert (masked.status, masked.headers, masked.seconds) == (422, answer.headers, 0.1)
    assert b"no such customer" in masked.body
    assert b"zoe@" not in masked.body
    assert "Zoë" not in masked.body.decode()


@pytest.mark.parametrize("kind", ["text/html", "text/plain", ""])
def test_an_answer_in_words_of_its_own_keeps_them(kind):
    body = b"<h1>KeyError</h1>\xff zoe@example.org in line 7"
    answer = Answer(status=500, headers=(("content-type", kind),), body=body, seconds=0.1)

    masked = MASK.answer(answer).body

    assert masked.startswith(b"<h1>KeyError</h1>\xff ")
    assert masked.endswith(b"@masked.example in line 7")
