import pytest

from devhook.privacy.personal import Area, Personal, kind_of, root


def kind_at(path, topic=None):
    field = root(topic)
    for key in path.split("."):
        field = field.inside(key)
    return kind_of(field)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("email", Personal.EMAIL),
        ("contact_email", Personal.EMAIL),
        ("phone", Personal.PHONE),
        ("sms_marketing_phone", Personal.PHONE),
        ("browser_ip", Personal.IP),
        ("client_details.browser_ip", Personal.IP),
        ("client_details.user_agent", Personal.TEXT),
        ("note", Personal.TEXT),
        ("order_edit.staff_note", Personal.TEXT),
        ("fulfillment_hold.reason_notes", Personal.TEXT),
        ("note_attributes.value", Personal.TEXT),
        ("line_items.properties.value", Personal.TEXT),
        ("line_items.properties.Name", Personal.TEXT),
        ("order_status_url", Personal.LINK),
        ("landing_site", Personal.VISIT),
        ("cart_token", Personal.TOKEN),
        ("token", Personal.TOKEN),
        ("shipping_address.name", Personal.NAME),
        ("shippingAddress.firstName", Personal.NAME),
        ("shipping-address.first-name", Personal.NAME),
        ("destination.name", Personal.NAME),
        ("billing_address.company", Personal.COMPANY),
        ("billing_address.latitude", Personal.COORDINATE),
        ("billing_address.zip", Personal.SERIAL),
        ("customer.tags", Personal.TAGS),
        ("customer.nickname", Personal.TEXT),
        ("customer.default_address.delivery_hint", Personal.TEXT),
        ("fulfillments.tracking_number", Personal.SERIAL),
        ("fulfillments.tracking_urls", Personal.LINK),
        ("receipt.payer.anything", Personal.TOKEN),
        ("payment_details.credit_card_number", Personal.SERIAL),
        ("po_number", Personal.SERIAL),
        ("customer_tax_id", Personal.SERIAL),
        ("company.tax_settings.tax_registration_id", Personal.SERIAL),
        ("company.external_id", Personal.SERIAL),
        ("localization_extensions.value", Personal.TEXT),
        ("gift_card.code", Personal.TOKEN),
        ("recipient_attributes.preferred_name", Personal.NAME),
        ("landing_site_ref", Personal.TOKEN),
    ],
)
def test_what_tells_of_a_person_is_known_by_its_place(path, kind):
    assert kind_at(path) is kind


@pytest.mark.parametrize(
    "path",
    [
        "id",
        "admin_graphql_api_id",
        "name",
        "tags",
        "total_price",
        "updated_at",
        "customer.id",
        "customer.admin_graphql_api_id",
        "customer.state",
        "customer.currency",
        "customer.created_at",
        "customer.verified_email_at",
        "shipping_address.country",
        "shipping_address.country_code",
        "shipping_address.province",
        "line_items.name",
        "line_items.title",
        "line_items.sku",
        "line_items.properties.name",
        "fulfillments.name",
        "transactions.message",
        "discount_codes.code",
    ],
)
def test_what_makes_a_delivery_understood_is_not_personal(path):
    assert kind_at(path) is None


@pytest.mark.parametrize(
    ("topic", "path", "kind"),
    [
        ("customers/update", "name", Personal.NAME),
        ("customers/update", "tags", Personal.TAGS),
        ("customers_marketing_consent/update", "anything", Personal.TEXT),
        ("companies/create", "name", Personal.COMPANY),
        ("carts/create", "id", Personal.TOKEN),
        ("gift_cards/create", "code", Personal.TOKEN),
        ("products/update", "name", None),
        ("discounts/redeemcode_added", "redeem_code.code", Personal.TOKEN),
        ("tender_transactions/create", "remote_reference", Personal.TOKEN),
        ("audit_events/admin_api_activity", "events.event.context.context_metadata.client_ip", Personal.IP),
        ("customers/redact", "customer.email", Personal.EMAIL),
        ("customers/redact", "shop_domain", None),
        ("customers/data_request", "shop_domain", None),
        ("shop/redact", "shop_domain", None),
        ("order_transactions/create", "message", None),
        (None, "name", None),
    ],
)
def test_the_topic_tells_what_the_document_as_a_whole_is(topic, path, kind):
    assert kind_at(path, topic) is kind


def test_the_area_reaches_down_to_any_depth():
    field = root("orders/updated").inside("customer").inside("metafields").inside("value")

    assert field.area is Area.PERSON
    assert kind_of(field) is Personal.TEXT
