import pytest

from devhook.errors import ExitStatus, InputError
from devhook.webhook.topics import matching, name_meant, topic, topics


def test_there_are_218_topics_in_order_and_none_twice():
    names = [each.name for each in topics()]

    assert len(names) == 218
    assert names == sorted(set(names))


def test_every_enum_is_its_name_in_capitals():
    for each in topics():
        assert each.enum == each.name.upper().replace("/", "_").replace(".", "_")


@pytest.mark.parametrize("word", ["orders/updated", "ORDERS_UPDATED", " orders/updated\n"])
def test_a_topic_is_taken_by_name_or_by_enum(word):
    found = topic(word)

    assert found.name == "orders/updated"
    assert found.enum == "ORDERS_UPDATED"
    assert "read_orders" in found.scopes
    assert found.order_ref == "id"
    assert found.http_delivery
    assert found.protected_customer_data


def test_a_topic_knows_where_the_order_stands_and_what_delivery_it_allows():
    assert topic("orders/edited").order_ref == "order_edit.order_id"
    assert topic("products/update").order_ref is None
    assert not topic("audit_events/admin_api_activity").http_delivery
    assert topic("metaobjects/update").filter_required
    assert topic("app/uninstalled").scopes == ()


@pytest.mark.parametrize("name", ["customer.tags_added", "orders/partially_fulfilled"])
def test_every_topic_is_found_by_both_its_words(name):
    assert topic(name) is topic(name.upper().replace("/", "_").replace(".", "_"))


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("orders/update", "orders/updated"),
        ("order/create", "orders/create"),
        ("orders/canceled", "orders/cancelled"),
        ("fulfilment/create", "fulfillments/create"),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest_topics(word, nearest):
    with pytest.raises(InputError) as failure:
        topic(word)

    assert failure.value.message == f"There is no topic '{word}'."
    assert failure.value.hint.startswith(f"Did you mean {nearest}")
    assert " or " in failure.value.hint
    assert failure.value.status is ExitStatus.USAGE


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("orders.updated", "orders/updated"),
        ("orders_updated", "orders/updated"),
        ("Orders/Updated", "orders/updated"),
        ("ORDERS/UPDATED", "orders/updated"),
        ("customer/tags_added", "customer.tags_added"),
    ],
)
def test_another_spelling_of_a_topic_is_answered_with_that_one(word, meant):
    with pytest.raises(InputError) as failure:
        topic(word)

    assert failure.value.hint == f"Did you mean {meant}?"


@pytest.mark.parametrize("word", ["", "§§§", "qqqqqqqq"])
def test_a_word_near_to_nothing_is_answered_with_how_topics_are_written(word):
    with pytest.raises(InputError) as failure:
        topic(word)

    assert "orders/updated or ORDERS_UPDATED" in failure.value.hint


@pytest.mark.parametrize("name", ["customers/redact", "customers/data_request", "shop/redact"])
def test_a_compliance_topic_is_answered_with_where_it_belongs(name):
    for word in (name, name.upper().replace("/", "_")):
        with pytest.raises(InputError) as failure:
            topic(word)

        assert failure.value.message == f"{name} cannot be subscribed to through the Admin API."
        assert failure.value.hint.endswith(f'compliance_topics = ["{name}"]')


def test_a_glob_means_all_topics_that_it_matches():
    names = [each.name for each in matching("refunds/*")]
    orders = [each.name for each in matching("orders/*")]

    assert names == ["refunds/create"]
    assert len(orders) == 11
    assert all(name.startswith("orders/") for name in orders)
    assert [each.name for each in matching("ORDERS_P*")] == ["orders/paid", "orders/partially_fulfilled"]
    assert matching("*") == topics()


def test_a_pattern_without_a_wildcard_is_one_topic():
    assert matching(" ORDERS_PAID ") == (topic("orders/paid"),)
    with pytest.raises(InputError):
        matching("orders/payed")


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("order/*", "Did you mean orders/*?"),
        ("Company_Contacts/*", "Did you mean company_contacts/*?"),
        (
            "company_contact/*",
            "Did you mean company_contacts/*, company_contact_roles/* or company_locations/*?",
        ),
        (
            "zzz*",
            (
                "A topic is written orders/updated or ORDERS_UPDATED; orders/* are all that begin so."
                " All topics: devhook topics"
            ),
        ),
    ],
)
def test_a_glob_that_matches_nothing_is_answered_with_the_nearest_family(pattern, hint):
    with pytest.raises(InputError) as failure:
        matching(pattern)

    assert failure.value.message == f"No topic matches '{pattern}'."
    assert failure.value.hint == hint


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("orders/updated", "orders/updated"),
        ("ORDERS_PARTIALLY_FULFILLED", "orders/partially_fulfilled"),
        ("customers/redact", "customers/redact"),
        ("SHOP_REDACT", "shop/redact"),
    ],
)
def test_a_topic_that_a_delivery_may_bear_is_one_of_compliance_too(word, name):
    assert name_meant(word) == name


def test_a_word_that_means_no_topic_is_answered_with_the_nearest():
    with pytest.raises(InputError) as refused:
        name_meant("orders/update")

    assert "orders/updated" in refused.value.hint
