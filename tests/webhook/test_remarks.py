from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from devhook.webhook.delivery import Delivery
from devhook.webhook.remarks import remarks
from devhook.webhook.topics import topic_names

USUAL = {
    "Content-Type": "application/json",
    "X-Shopify-Topic": "orders/paid",
    "X-Shopify-Shop-Domain": "acme.myshopify.com",
    "X-Shopify-API-Version": "2026-10",
    "X-Shopify-Webhook-Id": "w-1",
}


def said(document=None, body=b"{}", *, unreadable=False, **headers):
    given = USUAL | {name.replace("_", "-"): value for name, value in headers.items()}
    delivery = Delivery(
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        headers=tuple((name, value) for name, value in given.items() if value is not None),
        body=body,
    )
    return remarks(delivery, {} if document is None else document, unreadable=unreadable)


def test_nothing_is_said_of_a_delivery_of_any_topic_with_shopifys_headers():
    for topic in topic_names():
        assert said(X_Shopify_Topic=topic) == ()


def test_a_topic_that_does_not_exist_is_said_with_the_nearest_one():
    for topic, meant in (
        ("orders/update", " Did you mean orders/updated?"),
        ("ORDERS_PAID", " Did you mean orders/paid?"),
        ("customer/tags_added", " Did you mean customer.tags_added?"),
        ("zzz", ""),
    ):
        assert said(X_Shopify_Topic=topic) == (f"There is no topic {topic} in the Admin API 2026-10.{meant}",)
    assert said(X_Shopify_Topic="x" * 8_000) == (f"There is no topic {'x' * 60}… in the Admin API 2026-10.",)


def test_the_topics_of_events_are_not_those_of_webhooks():
    assert said(X_Shopify_Topic=None, shopify_topic="Product") == ()


def test_missing_headers_are_said_in_one_sentence():
    assert said(X_Shopify_API_Version=None) == (
        "X-Shopify-API-Version is missing; Shopify documents it for every delivery.",
    )
    assert said(X_Shopify_Shop_Domain="", Content_Type=None) == (
        "X-Shopify-Shop-Domain and Content-Type are missing; Shopify documents them for every delivery.",
    )


def test_a_content_type_that_the_body_contradicts_is_said():
    xml = b"<order/>"

    assert said(Content_Type="text/plain") == (
        "Content-Type says text/plain, and the body is JSON; Shopify sends application/json.",
    )
    assert said(body=xml, Content_Type="text/plain") == (
        "Content-Type says text/plain, and the body is XML; Shopify sends application/xml.",
    )
    assert said(body=xml, Content_Type="text/xml") == ()
    assert said(body=b"", Content_Type="text/plain") == ()
    assert said(Content_Type="text/plain", unreadable=True) == ()


def test_a_body_that_is_no_object_is_said():
    assert said('{"id":1}') == ("The body is a JSON text that holds JSON: it was encoded twice.",)
    assert said("tea") == ("The body is a text; Shopify sends an object.",)
    assert said([1]) == ("The body is not an object; Shopify sends an object.",)


@given(
    st.dictionaries(st.sampled_from(list(USUAL)), st.none() | st.text(max_size=20)), st.binary(max_size=40)
)
def test_any_request_is_said_something_of_or_nothing(headers, body):
    given = {name.replace("-", "_"): value for name, value in headers.items()}

    assert all(sentence.endswith((".", "?")) for sentence in said(body=body, unreadable=True, **given))
