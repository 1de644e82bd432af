from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from devhook.errors import InputError
from devhook.forge import tamper as tampering
from devhook.forge.source import Source, from_sample
from devhook.privacy.mask import Mask
from devhook.tui.screens.forge_draft import Draft
from devhook.webhook.payload import read_json
from devhook.webhook.signature import Secret, sign

MOMENT = datetime(2026, 11, 23, 9, 15, 0, tzinfo=UTC)
SECRET = Secret(name="client secret", value="the app's own")


def requests(draft, *, secrets=(SECRET,), tamper=None):
    ids = iter("abcdef")
    return draft.requests(
        shop=draft.shop("acme.myshopify.com"),
        secrets=secrets,
        other_secret=SecretStr("a stranger's"),
        tamper=tamper,
        moment=MOMENT,
        uuids=lambda: next(ids),
    )


def test_a_draft_begins_with_the_payload_of_its_source():
    draft = Draft.of(from_sample("orders/delete"))

    assert draft.text == '{\n  "id": 522286293035151460\n}'
    assert (draft.changes, draft.problem) == ((), "")


def test_the_edited_payload_is_compared_with_the_original_and_sent():
    draft = Draft.of(from_sample("orders/delete")).edited('{"id": 7, "note": "a/b"}')

    assert [change.path for change in draft.changes] == ["id", "note"]
    (request,) = requests(draft)
    assert request.body == b'{"id":7,"note":"a\\/b"}'
    headers = dict(request.headers)
    assert headers["X-Shopify-Hmac-Sha256"] == sign("the app's own", request.body)
    assert headers["X-Shopify-Shop-Domain"] == "acme.myshopify.com"


def test_invalid_json_is_reported_with_its_position_and_not_sent():
    draft = Draft.of(from_sample("orders/delete")).edited('{"id": }')

    assert "line 1, column 8" in draft.problem
    with pytest.raises(InputError):
        requests(draft)


def test_a_delivery_keeps_its_bytes_until_something_is_altered():
    source = Source(topic="orders/delete", document={"id": 7}, body=b'{ "id": 7 }', shop="b.myshopify.com")
    draft = Draft.of(source)

    assert requests(draft)[0].body == b'{ "id": 7 }'
    assert requests(draft.edited('{"id": 8}'))[0].body == b'{"id":8}'
    assert draft.shop("acme.myshopify.com") == "b.myshopify.com"


def test_dependent_amounts_are_updated_in_the_text():
    draft = Draft.of(from_sample("orders/create"))
    altered = draft.edited(draft.text.replace('"quantity": 3', '"quantity": 5', 1))

    after = altered.made_consistent(MOMENT, "acme.myshopify.com")

    assert read_json(after.text.encode())["total_price"] != draft.document["total_price"]
    assert "total_price" in {change.path for change in after.changes}


def test_without_a_secret_only_unsigned_tampering_is_possible():
    draft = Draft.of(from_sample("orders/delete"))

    with pytest.raises(InputError):
        requests(draft, secrets=())
    assert requests(draft, secrets=(), tamper=tampering.MISSING_SIGNATURE)


def test_an_unreadable_payload_has_no_draft():
    with pytest.raises(InputError):
        Draft.of(Source(topic="orders/paid", unreadable="The body is not JSON."))


def test_the_original_of_a_masked_draft_contains_pseudonyms():
    draft = Draft.of(from_sample("customers/redact"))

    masked = draft.masked(Mask(b"key"))

    assert "zoe.braendle" in draft.text
    assert "zoe.braendle" not in masked.text + str(masked.source.document)
    assert masked.changes == ()
    assert "zoe.braendle" not in draft.edited("{").masked(Mask(b"key")).text


def test_a_draft_is_masked_once():
    """Its text is what the user edits: a pseudonym of a pseudonym would be a third name for one person."""
    document = {"note": "ring", "customer": {"first_name": "Zoë"}}

    once = Draft.of(Source(topic="orders/updated", document=document)).masked(Mask(b"key"))

    assert once.masked(Mask(b"key")) == once
    assert once.edited(once.text.replace("{", "{ ", 1)).masked(Mask(b"key")).document == once.document
