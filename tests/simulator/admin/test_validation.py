import pytest

from devhook.simulator.admin import validation
from devhook.webhook.topics import topic

OWN = validation.own_domains("lamps.myshopify.com", "lamps.example")


@pytest.mark.parametrize(
    "uri",
    [
        "https://tunnel.example/hooks?a=1",
        "HTTPS://tunnel.example",
        "https://93.184.215.14/hooks",
        "https://demo.devhook.example",
        "pubsub://lamp-project:orders",
        "arn:aws:events:eu-north-1::event-source/aws.partner/shopify.com/77/lamps",
        "https://tunnel.example/" + "a" * 60_000,
    ],
)
def test_a_public_address_is_taken(uri):
    assert list(validation.address_errors(uri, OWN)) == []


@pytest.mark.parametrize(
    ("uri", "complaints"),
    [
        ("", ["Address can't be blank"]),
        ("http://tunnel.example/", ["Address protocol http:// is not supported"]),
        ("ftp://tunnel.example/", ["Address protocol ftp:// is not supported"]),
        ("ws://tunnel.example/", ["Address protocol ws:// is not supported"]),
        ("kafka://tunnel.example/", ["Address protocol kafka:// is not supported"]),
        (
            "pubsub://lamp-project:",
            [
                "Address protocol pubsub:// is not supported",
                "Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic",
            ],
        ),
        ("https://", ["Address is invalid"]),
        ("https://[", ["Address is invalid"]),
        ("https://a b.example/", ["Address is invalid"]),
        ("/hooks", ["Address is invalid"]),
        ("tunnel.example", ["Address is invalid"]),
        ("arn:aws:sns:eu-north-1", ["Address is invalid"]),
        ("https://localhost:3000/", ["Address cannot be a Shopify or an internal domain"]),
        ("https://app.localhost/", ["Address cannot be a Shopify or an internal domain"]),
        ("https://127.0.0.1/", ["Address cannot be a Shopify or an internal domain"]),
        ("https://10.1.2.3/", ["Address cannot be a Shopify or an internal domain"]),
        ("https://[::1]/", ["Address cannot be a Shopify or an internal domain"]),
        ("https://admin.shopify.com/", ["Address cannot be a Shopify or an internal domain"]),
        ("https://another.myshopify.com/", ["Address cannot be a Shopify or an internal domain"]),
        (
            "https://www.lamps.example/",
            [
                (
                    "Address cannot be any of the domains: lamps.myshopify.com, lamps.example,"
                    " www.lamps.example, checkout.lamps.example, lamps.account.myshopify.com"
                )
            ],
        ),
        ("https://tunnel.example/" + "a" * 65_600, ["Address is too big (maximum is 64 KB)"]),
    ],
)
def test_an_address_that_shopify_does_not_take_is_refused_in_its_words(uri, complaints):
    assert list(validation.address_errors(uri, OWN)) == complaints


def test_a_shop_without_a_domain_of_its_own_names_only_shopifys():
    assert validation.own_domains("lamps.myshopify.com", None) == (
        "lamps.myshopify.com",
        "lamps.account.myshopify.com",
    )


@pytest.mark.parametrize(
    ("written", "name", "uri", "complaints"),
    [
        ("JSON", "returns/approve", "https://a.example", []),
        ("XML", "orders/updated", "https://a.example", []),
        (
            "XML",
            "returns/approve",
            "https://a.example",
            ["Format 'xml' is invalid for this webhook topic. Allowed formats: json"],
        ),
        ("XML", "shop/update", "pubsub://a:b", ["Format can only be used with format: 'json'"]),
        ("JSON", "shop/update", "pubsub://a:b", []),
    ],
)
def test_xml_is_refused_where_there_is_only_json(written, name, uri, complaints):
    assert list(validation.format_errors(written, topic(name), uri)) == complaints


@pytest.mark.parametrize(
    ("name", "complaints"),
    [
        ("a", []),
        ("Devhook_orders-updated-1", []),
        ("x" * 50, []),
        ("x" * 51, ["Name is too long (maximum is 50 characters)"]),
        (
            "has spaces",
            ["Name name field can only contain alphanumeric characters, underscores, and hyphens"],
        ),
        (
            "",
            [
                "Name is too short (minimum is 1 character)",
                "Name name field can only contain alphanumeric characters, underscores, and hyphens",
            ],
        ),
    ],
)
def test_a_name_is_refused_in_shopifys_words(name, complaints):
    assert list(validation.name_errors(name)) == complaints


INVALID = "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("", []),
        ("total_price:>=100.00", []),
        ("total_price:>=100 AND (currency:EUR OR currency:'NOK') -test:true", []),
        ('line_items.title:"brass lamp"', []),
        ("NOT currency:EUR", []),
        ("lamp", [INVALID]),
        ("currency:EUR lamp", [INVALID]),
        ("(currency:EUR", [INVALID]),
        ('title:"brass', [INVALID]),
        ("title:" + "a" * 70_000, ["The specified filter exceeds the maximum allowed size."]),
    ],
)
def test_a_filter_needs_a_field_in_every_term(text, complaints):
    assert list(validation.filter_errors(text, topic("orders/updated"))) == complaints


def test_a_topic_of_metaobjects_must_have_a_filter():
    metaobjects = topic("metaobjects/update")

    assert list(validation.filter_errors(" ", metaobjects)) == [INVALID]
    assert list(validation.filter_errors("type:lamp", metaobjects)) == []
