import pytest
from graphql import parse

from devhook.simulator.admin.errors import document_errors
from devhook.simulator.admin.schema import schema


def refused(document, version="2026-10"):
    return [error.formatted for error in document_errors(schema(version), parse(document))]


def test_a_valid_document_is_not_refused():
    assert refused("query A { shop { name } }") == []


def test_an_unknown_topic_in_the_document_has_shopifys_words():
    document = """mutation Subscribe {
  webhookSubscriptionCreate(topic: ORDERS_UPDATE, webhookSubscription: {uri: "https://a.example"}) {
    userErrors { message }
  }
}"""

    assert refused(document) == [
        {
            "message": (
                "Argument 'topic' on Field 'webhookSubscriptionCreate' has an invalid value (ORDERS_UPDATE)."
                " Expected type 'WebhookSubscriptionTopic!'."
            ),
            "locations": [{"line": 2, "column": 3}],
            "path": ["mutation Subscribe", "webhookSubscriptionCreate", "topic"],
            "extensions": {
                "code": "argumentLiteralsIncompatible",
                "typeName": "Field",
                "argumentName": "topic",
            },
        }
    ]


@pytest.mark.parametrize(
    ("document", "message", "path"),
    [
        (
            "mutation M { webhookSubscriptionUpdate(id: 1, webhookSubscription: null) { __typename } }",
            (
                "Argument 'webhookSubscription' on Field 'webhookSubscriptionUpdate' has an invalid value"
                " (null). Expected type 'WebhookSubscriptionInput!'."
            ),
            ["mutation M", "webhookSubscriptionUpdate", "webhookSubscription"],
        ),
        (
            "query Q { webhookSubscriptions(first: 1, sortKey: TOPIC) { nodes { id } } }",
            (
                "Argument 'sortKey' on Field 'webhookSubscriptions' has an invalid value (TOPIC)."
                " Expected type 'WebhookSubscriptionSortKeys'."
            ),
            ["query Q", "webhookSubscriptions", "sortKey"],
        ),
        (
            "{ webhookSubscriptions(first: 1, topics: [NONE, NIL]) { nodes { id } } }",
            (
                "Argument 'topics' on Field 'webhookSubscriptions' has an invalid value ([NONE, NIL])."
                " Expected type '[WebhookSubscriptionTopic!]'."
            ),
            ["query", "webhookSubscriptions", "topics"],
        ),
        (
            (
                "mutation M { webhookSubscriptionUpdate(id: 1, webhookSubscription: {format: CSV})"
                " { userErrors { message } } }"
            ),
            (
                "Argument 'format' on InputObject 'WebhookSubscriptionInput' has an invalid value (CSV)."
                " Expected type 'WebhookSubscriptionFormat'."
            ),
            ["mutation M", "webhookSubscriptionUpdate", "webhookSubscription", "format"],
        ),
        (
            (
                "mutation M { webhookSubscriptionUpdate(id: 1, webhookSubscription: {address: 1})"
                " { userErrors { message } } }"
            ),
            "InputObject 'WebhookSubscriptionInput' doesn't accept argument 'address'",
            ["mutation M", "webhookSubscriptionUpdate", "webhookSubscription", "address"],
        ),
        (
            "{ list: webhookSubscriptions(first: 1, address: 1) { nodes { id } } }",
            "Field 'webhookSubscriptions' doesn't accept argument 'address'",
            ["query", "list", "address"],
        ),
        (
            "{ shop { ...Named } } fragment Named on Shop { title }",
            "Field 'title' doesn't exist on type 'Shop'",
            ["fragment Named", "title"],
        ),
        (
            "{ ... on QueryRoot { orders } }",
            "Field 'orders' doesn't exist on type 'QueryRoot'",
            ["query", "... on QueryRoot", "orders"],
        ),
        (
            "{ webhookSubscription { id } }",
            "Field 'webhookSubscription' is missing required arguments: id",
            ["query", "webhookSubscription"],
        ),
    ],
)
def test_a_refusal_has_shopifys_words_and_path(document, message, path):
    assert [(error["message"], error["path"]) for error in refused(document)] == [(message, path)]


def test_all_missing_arguments_are_named_in_one_sentence():
    errors = refused("mutation M { webhookSubscriptionCreate { userErrors { message } } }")

    assert errors == [
        {
            "message": (
                "Field 'webhookSubscriptionCreate' is missing required arguments: topic, webhookSubscription"
            ),
            "locations": [{"line": 1, "column": 14}],
            "path": ["mutation M", "webhookSubscriptionCreate"],
            "extensions": {
                "code": "missingRequiredArguments",
                "className": "Field",
                "name": "webhookSubscriptionCreate",
                "arguments": "topic, webhookSubscription",
            },
        }
    ]


def test_the_name_of_a_subscription_is_unknown_before_2026_04():
    document = "{ webhookSubscriptions(first: 1) { nodes { name } } }"

    assert refused(document, "2026-04") == []
    assert [error["message"] for error in refused(document, "2026-01")] == [
        "Field 'name' doesn't exist on type 'WebhookSubscription'"
    ]


@pytest.mark.parametrize(
    "document",
    [
        "query A($unused: Int) { shop { name } }",
        "query A($size: Int = FOUR) { webhookSubscriptions(first: $size) { nodes { id } } }",
        "{ shop @include { name } }",
        "{ shop @include(unless: true) { name } }",
    ],
)
def test_errors_without_a_capture_keep_the_librarys_text(document):
    assert all(error["message"] and error["locations"] for error in refused(document))
    assert refused(document) != []
