"""`devhook topics`: the catalogue, searched."""

import json

import pytest


def names(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["topic"] for line in done.stdout.splitlines()]


def test_all_topics_are_listed(devhook):
    done = devhook("topics")

    assert done.returncode == 0
    head, *lines = done.stdout.splitlines()
    assert head.split("  ")[0] == "TOPIC"
    assert len([line for line in lines if not line.startswith(" ")]) == 218
    assert done.stderr.startswith("218 topics.")


def test_a_line_shows_version_order_reference_customer_data_scopes_and_companions(devhook):
    lines = devhook("topics", "edit").stdout.splitlines()

    line = next(index for index, each in enumerate(lines) if each.startswith("orders/edited"))
    assert lines[line].split() == [
        "orders/edited", "2025-01", "order_edit.order_id", "protected",
        "read_orders,", "read_marketplace_orders,", "read_buyer_membership_orders",
    ]  # fmt: skip
    assert lines[line + 1] == "  companions: orders/updated"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["refunds"], ["refunds/create", "orders/updated"]),
        (["REFUNDS_CREATE"], ["refunds/create"]),
        (["read_draft_orders"], ["draft_orders/create", "draft_orders/delete", "draft_orders/update"]),
        (["orders/par*"], ["orders/partially_fulfilled"]),
        (["routing"], ["fulfillment_orders/order_routing_complete"]),
        (["order_tr", "create"], ["order_transactions/create", "orders/updated"]),
    ],
    ids=["in names, then in companions", "enum", "scope", "pattern", "name", "all words"],
)
def test_words_narrow_the_list(devhook, words, found):
    assert names(devhook("topics", "--json", *words)) == found


def test_json_is_one_object_for_each_topic(devhook):
    done = devhook("topics", "orders/edited", "--json")

    told = json.loads(done.stdout)
    companions = told.pop("companions")
    assert told == {
        "topic": "orders/edited",
        "enum": "ORDERS_EDITED",
        "scopes": ["read_orders", "read_marketplace_orders", "read_buyer_membership_orders"],
        "order_ref": "order_edit.order_id",
        "since": "2025-01",
        "http": True,
        "filter_required": False,
        "protected_customer_data": True,
    }
    assert {each["topics"] for each in companions} == {"orders/updated"}
    assert {each["bond"] for each in companions} == {"beside", "tells"}


def test_one_topic_by_its_name_has_a_page(devhook):
    page = devhook("topics", "ORDERS_UPDATED").stdout

    assert page.startswith("orders/updated\n")
    for text in ("read_orders", "Order's id     id", "protected", "orders/paid", "fulfillment_orders/*"):
        assert text in page
    assert "does not carry the location" in page


def test_a_topic_that_needs_no_scope_and_a_filter_say_so(devhook):
    assert "none needed" in devhook("topics", "app/uninstalled").stdout
    assert "required" in devhook("topics", "metaobjects/create").stdout
    assert "Pub/Sub" in devhook("topics", "audit_events/admin_api_activity").stdout


def test_a_page_says_where_the_payload_is_and_that_shopify_does_not_document_it(devhook):
    assert "devhook forge disputes/create --print body" in devhook("topics", "disputes/create").stdout
    assert "not documented by Shopify" in devhook("topics", "returns/process").stdout


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("orders/updatet", "orders/updated"),
        ("fulfilments/create", "fulfillments/create"),
        ("shop/redact", "TOML"),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest_names(devhook, word, nearest):
    done = devhook("topics", word)

    assert (done.returncode, done.stdout) == (2, "")
    assert word in done.stderr
    assert nearest.lower() in done.stderr.lower()


def test_words_that_match_no_topic_together_are_reported(devhook):
    done = devhook("topics", "refunds", "products")

    assert done.returncode == 2
    assert "refunds products" in done.stderr


def test_typed_text_cannot_act_on_the_terminal(devhook):
    done = devhook("topics", "\x1b[31m")

    assert done.returncode == 2
    assert "\x1b" not in done.stderr
