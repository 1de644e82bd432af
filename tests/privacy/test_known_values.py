import json
import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.diff import compare
from devhook.analysis.verdict import Reading, Verdict
from devhook.privacy.known_values import KnownValues, personal_values
from devhook.privacy.mask import Mask, told_by, values_of
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery
from devhook.webhook.headers import readable
from devhook.webhook.payload import write_json

MASK = Mask(b"the key of this run")
NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
JSON = ("Content-Type", "application/json")

# No word of a text around a value, or of a field, has xq.
LETTERS = st.text("abcdeßäöéøłñABC", min_size=1, max_size=6)
WORDS = st.builds("{}xq{}".format, LETTERS, LETTERS)
NUMBERS = st.builds(
    "{}{}{}{}{}".format,
    st.integers(100, 999),
    st.sampled_from(" -"),
    st.integers(100, 999),
    st.sampled_from(" -/."),
    st.integers(100, 9999),
)
VALUES = st.fixed_dictionaries(
    {
        "first_name": WORDS,
        "last_name": WORDS,
        "address1": st.builds("{} {}".format, WORDS, st.integers(1, 99)),
        "address2": WORDS,
        "city": WORDS,
        "company": st.builds("{} & {}".format, WORDS, WORDS),
        "email": st.builds("{}xq@qx.example".format, st.text("abc", min_size=1)),
        "phone": NUMBERS,
        "zip": st.integers(10_000, 99_999).map(str),
    }
)
TURNS = st.sampled_from([str, str.upper, str.lower, lambda value: re.sub(r"[ -]", "  ", value)])


def holds(text, value):
    """Whether the words of the value stand in the text, in any case."""
    words = re.findall(r"\w+", value.casefold())
    phrase = r"\W+".join(map(re.escape, words))
    return re.search(rf"(?<!\w){phrase}(?!\w)", text.casefold()) is not None


@given(VALUES, TURNS, st.sampled_from(["{}", "call {}, please", "({})", "x\n{}'s", "a_{}_b", "→{}!"]))
def test_a_personal_value_is_left_in_no_text_of_a_delivery_and_its_answers(values, turn, sentence):
    texts = [sentence.format(turn(value)) for value in values.values()]
    full_name = f"{values['first_name']} {values['last_name']}"
    document = {
        "id": 1001,
        "customer": {"first_name": values["first_name"], "last_name": values["last_name"]},
        "shipping_address": {**values, "name": full_name},
        "title": " / ".join(texts),
        "line_items": [{"title": text, "price": "1.00"} for text in [*texts, f"for {full_name}"]],
        "staff comment": {"events": texts},
    }
    text = "; ".join(texts)
    as_received = text.encode().decode("latin-1")
    headers = (("X-Shopify-Topic", "orders/updated"), JSON, ("X-App", as_received))
    delivery = Delivery(received_at=NOON, path=f"/{as_received}", headers=headers, body=write_json(document))
    mask = MASK.knowing(values_of(delivery))
    failed = Answer(seconds=1, failure=Failure.REFUSED, error=text)
    said = Answer(status=500, seconds=1, headers=(("X-Error", text),), body=f"Error: {text}".encode())
    object_said = Answer(status=500, seconds=1, headers=(JSON,), body=json.dumps({"oops": texts}).encode())
    changes = compare({"title": ""}, document)
    reading = Reading(subject=None, version=1, verdict=Verdict.CHANGED, changes=changes, hint=text)

    masked = mask.delivery(delivery)
    shown = [
        readable(masked.path),
        json.dumps(json.loads(masked.body), ensure_ascii=False),
        *(readable(value) for _, value in masked.headers),
        *(str(mask.answer(each)) for each in (failed, said)),
        json.dumps(json.loads(mask.answer(object_said).body), ensure_ascii=False),
        json.dumps(mask.reading(reading, "orders/updated").model_dump(mode="json"), ensure_ascii=False),
    ]

    for value in (*values.values(), full_name):
        assert not any(holds(each, value) for each in shown), (value, shown)
    # The mask of the run finds what is in the delivery itself.
    assert MASK.delivery(delivery) == masked


def test_a_value_of_the_version_before_is_found():
    before = {"customer": {"first_name": "Anna"}, "title": "call Anna"}
    after = {"customer": {"first_name": "Berta"}, "title": "call Anna or Berta"}
    mask = MASK.knowing(told_by(compare(before, after), "orders/updated"))

    masked = mask.document(after, "orders/updated")["title"]

    assert masked == f"call {MASK.value('Anna', ['author'])} or {MASK.value('Berta', ['author'])}"


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"first_name": "Bo"}, "Bo called"),
        ({"first_name": "Ann"}, "an annual Anna and Hannah"),
        ({"first_name": "Test", "last_name": "Customer"}, "Test Customer: test of a customer"),
        ({"first_name": "Note", "last_name": "Order"}, '{"note": "order"}'),
        ({"city": "Berlin", "province": "Berlin", "country": "Germany"}, "moved to Berlin"),
        ({"zip": "1016"}, "1016 items"),
        ({"company": "Acme"}, "acme-dev.myshopify.com"),
        ({"tags": "blue"}, "blue shirt"),
    ],
)
def test_what_tells_nothing_of_a_person_stays(document, text):
    assert MASK.knowing(personal_values({"shipping_address": document}, "orders/updated")).text(text) == text


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"first_name": "Bo", "last_name": "Li"}, "Bo Li"),
        ({"last_name": "山田"}, "山田様、こんにちは"),
        ({"name": "山田太郎"}, "Hello 山田太郎!"),
        ({"phone": "0171 / 234-56-78"}, "01712345678"),
        ({"address1": "Große Gasse 7"}, "GROSSE GASSE 7"),
        ({"last_name": "O'Brien"}, "o’brien"),
    ],
)
def test_a_name_or_number_is_found_in_the_forms_that_people_write(document, text):
    masked = MASK.knowing(personal_values({"shipping_address": document}, "orders/updated")).text(text)

    assert text not in masked


def test_a_customer_called_as_a_field_renames_no_field():
    document = {"customer": {"first_name": "Quantity"}, "quantity": 1, "Quantity Discount": "quantity"}

    masked = MASK.knowing(personal_values(document, None)).document(document)

    assert list(masked)[:2] == ["customer", "quantity"]
    assert "Quantity" not in list(masked)[2]


@pytest.mark.thorough
def test_many_and_long_values_take_linear_time():
    names = [{"name": f"Anna{number} Anna Anna Anna"} for number in range(20_000)]
    begun = time.process_time()

    known = KnownValues(personal_values({"customer": names}, None))
    for text in ("anna " * 100_000, "anna" * 100_000, "-" * 400_000, "%41" * 100_000, "\\u0041" * 50_000):
        list(Mask(b"key", known).edits(text))

    # Square in the number of names or in the length of a word it would be minutes.
    assert time.process_time() - begun < 10
