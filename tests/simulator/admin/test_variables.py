import pytest
from graphql import parse

from devhook.simulator.admin.schema import schema
from devhook.simulator.admin.variables import variable_errors


def problems(declared, value, **others):
    document = parse(f"query A({declared}) {{ shop {{ name }} }}")
    errors = variable_errors(schema("2026-10"), document.definitions[0], {"v": value, **others})
    return [error.formatted for error in errors]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("$v: WebhookSubscriptionTopic!", "ORDERS_PAID"),
        ("$v: [WebhookSubscriptionTopic!]", ["ORDERS_PAID", "ORDERS_EDITED"]),
        ("$v: [WebhookSubscriptionTopic!]", "ORDERS_PAID"),
        ("$v: [WebhookSubscriptionTopic!]", None),
        ("$v: WebhookSubscriptionInput!", {"uri": "https://a.example", "includeFields": ["id"]}),
        ("$v: WebhookSubscriptionInput!", {"callbackUrl": "https://a.example"}),
        ("$v: ID!", 7),
        ("$v: Int", 250),
        ("$v: Boolean!", True),
        ("$other: Int! = 3, $v: Int", 1),
    ],
)
def test_a_value_that_fits_is_not_refused(declared, value):
    assert problems(declared, value) == []


@pytest.mark.parametrize(
    ("declared", "value", "path", "explanation"),
    [
        ("$v: WebhookSubscriptionTopic!", None, [], "Expected value to not be null"),
        ("$v: [ID!]", ["a", None], [1], "Expected value to not be null"),
        ("$v: WebhookSubscriptionFormat", "CSV", [], 'Expected "CSV" to be one of: JSON, XML'),
        ("$v: WebhookSubscriptionInput", "x", [], 'Expected "x" to be a key-value object.'),
        (
            "$v: WebhookSubscriptionInput",
            {"address": "x"},
            ["address"],
            "Field is not defined on WebhookSubscriptionInput",
        ),
        (
            "$v: WebhookSubscriptionInput",
            {"metafields": [{"namespace": "a"}]},
            ["metafields", 0, "key"],
            "Expected value to not be null",
        ),
        (
            "$v: WebhookSubscriptionInput",
            {"uri": 5},
            ["uri"],
            "Could not coerce value 5 to String",
        ),
        ("$v: Int", "5", [], 'Could not coerce value "5" to Int'),
        ("$v: Int", True, [], "Could not coerce value true to Int"),
        ("$v: Int", 2**31, [], "Could not coerce value 2147483648 to Int"),
        ("$v: Boolean", 1, [], "Could not coerce value 1 to Boolean"),
    ],
)
def test_a_value_that_does_not_fit_is_explained_with_its_path(declared, value, path, explanation):
    error = problems(declared, value)[0]

    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["value"] == value
    assert error["extensions"]["problems"] == [{"path": path, "explanation": explanation}]


def test_a_relative_callback_url_is_refused_in_the_sentence_itself():
    (error,) = problems("$v: WebhookSubscriptionInput!", {"callbackUrl": "/webhooks"})

    assert error["message"] == (
        "Variable $v of type WebhookSubscriptionInput! was provided invalid value"
        " for callbackUrl (Invalid url '/webhooks', missing scheme)"
    )


def test_every_variable_that_does_not_fit_is_an_error_of_its_own():
    errors = problems("$v: Int, $w: Int, $x: Int", "a", w="b", x=3)

    assert [error["extensions"]["value"] for error in errors] == ["a", "b"]
