import itertools
import json
import re

import pytest
from pydantic import SecretStr

from devhook.errors import CredentialsRefused, DevhookError, InputError, NetworkError
from devhook.shop import refusals
from devhook.shop.known_refusals.access import OTHER_GRANT
from devhook.shop.known_refusals.requests import (
    EMPTY,
    FOREIGN,
    NOT_OVER_HTTPS,
    TOO_NEW,
    UNKNOWN,
    UNKNOWN_STATUS,
)
from devhook.shop.refusal import RequestContext
from devhook.shop.refusals import KNOWN
from devhook.webhook.topics import topic

ATTEMPT = RequestContext(
    shop="harbour-lamps.myshopify.com",
    topic=topic("orders/updated"),
    uri="https://tunnel.example/hooks",
    name="devhook-1",
    api_version="2026-10",
)


def said(sentence, attempt=ATTEMPT):
    return refusals.user_errors_refusal([{"field": ["webhookSubscription"], "message": sentence}], attempt)


@pytest.mark.parametrize(
    ("sentence", "code", "message", "kind"),
    [
        (
            "Address for this topic has already been taken",
            "taken",
            (
                "harbour-lamps.myshopify.com already delivers orders/updated to https://tunnel.example/hooks,"
                " in the same format and with the same filter."
            ),
            DevhookError,
        ),
        (
            "Address protocol http:// is not supported",
            "not_https",
            (
                "Shopify does not deliver to https://tunnel.example/hooks: it must begin with https://, "
                "not http://."
            ),
            InputError,
        ),
        ("Address can't be blank", "no_address", "The address to deliver to is empty.", InputError),
        (
            "Address is invalid",
            "bad_address",
            "Shopify rejects the address https://tunnel.example/hooks: it is not a valid URL.",
            InputError,
        ),
        (
            "Address cannot be a Shopify or an internal domain",
            "internal_address",
            (
                "Shopify does not deliver to https://tunnel.example/hooks: its host is inside a "
                "network, or is"
                " one of Shopify's own."
            ),
            InputError,
        ),
        (
            "Address cannot be any of the domains: a.myshopify.com, a.account.myshopify.com",
            "own_domain",
            (
                "Shopify does not deliver to https://tunnel.example/hooks: its host is one of the shop's "
                "own domains."
            ),
            InputError,
        ),
        (
            "Address is too big (maximum is 64 KB)",
            "long_address",
            "The address to deliver to is longer than Shopify's 64 KB.",
            InputError,
        ),
        (
            "Format 'xml' is invalid for this webhook topic. Allowed formats: json",
            "json_only",
            "orders/updated is delivered as JSON only.",
            InputError,
        ),
        (
            "Format can only be used with format: 'json'",
            "cloud_json_only",
            "Google Pub/Sub and Amazon EventBridge receive JSON only.",
            InputError,
        ),
        (
            "Name already exists, no duplicate allowed",
            "name_taken",
            "Another subscription in harbour-lamps.myshopify.com already has the name devhook-1.",
            DevhookError,
        ),
        (
            "Name is too long (maximum is 50 characters)",
            "bad_name",
            "The name of the subscription, devhook-1, is not valid.",
            InputError,
        ),
        (
            "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on.",
            "bad_filter",
            "Shopify cannot read the filter.",
            InputError,
        ),
        (
            "The specified filter exceeds the maximum allowed size.",
            "long_filter",
            "The filter is longer than Shopify allows.",
            InputError,
        ),
        (
            "You cannot create a webhook subscription with the specified topic",
            "scope",
            (
                "harbour-lamps.myshopify.com rejects orders/updated: the app is not granted read_orders,"
                " read_marketplace_orders or read_buyer_membership_orders there."
            ),
            CredentialsRefused,
        ),
        (
            (
                "This app is not approved to subscribe to webhook topics containing protected customer data."
                " See https://shopify.dev/docs/apps/launch/protected-customer-data for more details."
            ),
            "customer_data",
            (
                "harbour-lamps.myshopify.com rejects orders/updated: it contains protected customer data,"
                " and the app is not approved for that."
            ),
            CredentialsRefused,
        ),
        (
            "Webhook subscription does not exist",
            "gone",
            "The subscription does not exist in harbour-lamps.myshopify.com.",
            DevhookError,
        ),
    ],
)
def test_what_shopify_says_against_a_subscription_is_explained(sentence, code, message, kind):
    refusal = said(sentence)

    assert (refusal.code, refusal.kind) == (code, kind)
    assert refusal.message == message
    assert refusal.hint


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        (
            (
                "You do not have permission to create or update webhooks with orders/create topic."
                " This topic contains protected customer data."
            ),
            "customer_data",
        ),
        ("You do not have permission to create or update webhooks with shop/update topic.", "scope"),
        ("Address is not allowed", "internal_address"),
    ],
)
def test_wordings_that_were_only_reported_are_understood_too(sentence, code):
    assert said(sentence).code == code


def test_a_declared_scope_is_distinguished_from_a_granted_one():
    assert said("You cannot create a webhook subscription with the specified topic").hint.startswith(
        "Add the scope to the app, release the new version,"
    )


def test_the_known_sentence_speaks_when_there_are_several():
    refusal = refusals.user_errors_refusal(
        [{"message": "Something new"}, {"message": "Address can't be blank"}], ATTEMPT
    )

    assert refusal.code == "no_address"


def test_an_unknown_sentence_is_passed_on_as_shopifys():
    refusal = said("The moon\nis full")

    assert refusal.code == "unknown"
    assert refusal.message == "harbour-lamps.myshopify.com answered: The moon is full"
    assert refusal.hint == "devhook does not know this error of Shopify."


def test_an_unknown_sentence_is_quoted_in_full_and_a_page_is_cut():
    assert said("x" * 1900).message.endswith("x" * 1900)
    refusal = said("x" * 5000)

    assert len(refusal.message) < 2100
    assert refusal.message.endswith("x…")


def test_unknown_facts_are_left_out():
    refusal = said("You cannot create a webhook subscription with the specified topic", RequestContext())

    assert refusal.message == ("The shop rejects the topic: the app is not granted its scope there.")


TABLES = (*KNOWN, OTHER_GRANT, EMPTY, FOREIGN, TOO_NEW, NOT_OVER_HTTPS, UNKNOWN_STATUS, UNKNOWN)
# Placeholders, and a word that is repeated.
PLACEHOLDER = re.compile(r"\{\w+\}|<|\b(?:this|that) (?:shop|topic|address|name|version)\b|\bNone\b")
TWICE = re.compile(r"\b(\w+) \1\b", re.IGNORECASE)
GAP = re.compile(r" [,.;:]|  |\( |[,;:]\.|: *\Z|\b(?:to|for|of|in|is|an?) [.,;:]")


def groups_of(known):
    """The facts that a refusal's text, or its code, always contains."""
    named = {re.sub(r"_\d+\Z", "", group) for group in known.pattern.groupindex} if known.pattern else set()
    return dict.fromkeys(named | {"status", "since", "location"}, "some/value")


@pytest.mark.parametrize("known", TABLES, ids=lambda known: known.code)
def test_no_sentence_has_a_gap_or_a_placeholder_whatever_is_known_of_the_request(known):
    parts = {
        "shop": ("", "harbour-lamps.myshopify.com"),
        "topic": (None, topic("orders/updated"), topic("app/uninstalled")),
        "uri": ("", "https://tunnel.example/hooks"),
        "name": ("", "devhook-1"),
        "api_version": ("", "2026-10"),
    }
    if known in (TOO_NEW, NOT_OVER_HTTPS):  # They are about the topic and the version that devhook asked for.
        parts |= {"topic": parts["topic"][1:], "api_version": parts["api_version"][1:]}
    for values in itertools.product(*parts.values()):
        context = RequestContext(**dict(zip(parts, values, strict=True)))
        for answer in ("", "The moon is full."):
            if not answer and "{answer}>" not in known.message and "{answer}" in known.message:
                continue
            refusal = known.refusal(context, groups_of(known), answer)

            for sentence in (refusal.message, refusal.hint):
                assert not PLACEHOLDER.search(sentence), sentence
                assert not TWICE.search(sentence), sentence
                assert not GAP.search(sentence), sentence
            first = refusal.message.split()[0]
            assert first[0].isupper() or "." in first or "/" in first or first == context.shop, (
                refusal.message
            )
            assert refusal.message.endswith((".", "read", "}")), refusal.message
            assert refusal.error().message == refusal.message


@pytest.mark.parametrize("known", [each for each in TABLES if each.pattern], ids=lambda known: known.code)
def test_a_group_that_is_not_matched_leaves_no_gap(known):
    needed = set(re.findall(r"\{(\w+)\}", re.sub(r"<[^<>]*>", "", known.message + known.hint))) - {"answer"}

    refusal = known.refusal(RequestContext(), dict.fromkeys(needed, "some/value"), "Said.")

    assert not GAP.search(refusal.message), refusal.message


def test_the_topic_named_in_the_text_is_preferred_to_the_requested_one():
    refusal = said(
        "Variable $w of type X! was provided invalid value for uri (Invalid url '/x', missing host)"
    )

    assert refusal.message == "The address /x has no host: a variable of the app is unset."


def test_shopifys_text_is_preferred_to_the_status():
    """A 403 has several causes; its text names the one."""
    for words, code in (
        ("[API] Non-expiring access tokens are no longer accepted for the Admin API.", "token_must_expire"),
        ("[API] This action requires merchant approval for read_orders scope.", "merchant_approval"),
        (
            "[API] This app is not approved to access REST endpoints with protected customer data.",
            "customer_data",
        ),
        ("Unavailable Shop", "unavailable"),
    ):
        refusal = refusals.status_refusal(403, json.dumps({"errors": words}), ATTEMPT)

        assert (refusal.code, "scope is" in refusal.message) == (code, False) or code == "merchant_approval"
    refusal = refusals.status_refusal(403, json.dumps({"errors": "[API] Quite new"}), ATTEMPT)
    assert "scope" not in refusal.hint
    assert refusal.message == (
        "harbour-lamps.myshopify.com rejects the request (403). It says: [API] Quite new"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"errors": {"address": ["for this topic has already been taken"]}}, "taken"),
        (
            {"errors": {"topic": ["Invalid topic specified. Topics allowed: app/uninstalled, carts/create"]}},
            "scope",
        ),
    ],
)
def test_the_legacy_422_is_understood(body, code):
    assert refusals.status_refusal(422, json.dumps(body), ATTEMPT).code == code


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (301, "redirected", InputError),
        (401, "token", CredentialsRefused),
        (402, "frozen", DevhookError),
        (403, "forbidden", CredentialsRefused),
        (404, "no_shop", InputError),
        (418, "status", DevhookError),
        (423, "locked", DevhookError),
        (429, "too_often", DevhookError),
        (430, "security", DevhookError),
        (500, "failed", NetworkError),
        (504, "failed", NetworkError),
        (530, "no_dns", NetworkError),
        (540, "disabled", NetworkError),
        (783, "failed", NetworkError),
    ],
)
@pytest.mark.parametrize(
    "body", ["", "<html><h1>Oh</h1></html>", '{"errors":"Oh"}', '{"errors":{"base":["Oh"]}}', "[1]", "null"]
)
def test_a_status_is_explained_whatever_the_body(status, code, kind, body):
    refusal = refusals.status_refusal(status, body, ATTEMPT, "https://other.example/admin")

    assert (refusal.code, refusal.kind) == (code, kind)
    assert refusal.message
    assert refusal.hint
    assert "<" not in refusal.message


def test_an_unknown_status_is_reported_with_what_was_said():
    assert refusals.status_refusal(409, '{"errors":{"query":"missing"}}', ATTEMPT).message == (
        "harbour-lamps.myshopify.com answered 409: query: missing"
    )
    refused = refusals.status_refusal(422, '{"errors":{"query":["missing"]}}', ATTEMPT)
    assert refused.message == (
        "harbour-lamps.myshopify.com rejects what the request contains (422). It says: query: missing"
    )
    assert refused.is_quotation


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("app_not_installed", "app_not_installed"),
        ("shop_not_permitted", "shop_not_permitted"),
        ("application_cannot_be_found", "unknown_client"),
        ("invalid_client", "client_secret"),
        ("brand_new_code", "no_token"),
    ],
)
def test_a_refused_grant_is_explained_from_its_page_and_from_its_json(code, known):
    page = f"<html><head><title>400 - Oauth error {code}</title></head><body>…</body></html>"

    for body in (page, json.dumps({"error": code})):
        refusal = refusals.grant_refusal(400, body, ATTEMPT)
        assert (refusal.code, refusal.kind) == (known, CredentialsRefused)


@pytest.mark.parametrize(("status", "code"), [(404, "no_shop"), (503, "failed"), (402, "frozen")])
def test_a_grant_that_fails_otherwise_is_explained_by_its_status(status, code):
    assert refusals.grant_refusal(status, "<html></html>", ATTEMPT).code == code


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([{"message": "Access denied for x field.", "extensions": {"code": "ACCESS_DENIED"}}], "denied"),
        ([{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "throttled"),
        (
            [{"message": "Variable $topic of type WebhookSubscriptionTopic! was provided invalid value"}],
            "unknown_topic",
        ),
        (
            [{"message": "Variable $w … invalid value for callbackUrl (Invalid url '/x', missing scheme)"}],
            "no_host",
        ),
        ([{"message": "Field 'name' doesn't exist on type 'WebhookSubscription'"}], "unknown_field"),
        ("Not Found", "no_shop"),
        ({"query": "Required parameter missing or invalid"}, "no_parameter"),
        (
            [
                {
                    "message": "This app is not approved to access the Order object.",
                    "extensions": {"code": "ACCESS_DENIED"},
                }
            ],
            "customer_data",
        ),
        ([{"message": "Query cost", "extensions": {"code": "MAX_COST_EXCEEDED"}}], "max_cost"),
        ([], "unknown"),
        ([None, 5], "unknown"),
        (True, "unknown"),
    ],
)
def test_errors_of_every_shape_are_explained(errors, code):
    refusal = refusals.graphql_refusal(errors, ATTEMPT)

    assert refusal.code == code
    assert refusal.hint


def test_what_access_was_denied_to_is_named():
    refusal = refusals.graphql_refusal(
        [
            {
                "message": "Access denied for orders field. Required access: `read_orders` access scope.",
                "extensions": {"code": "ACCESS_DENIED"},
            }
        ],
        ATTEMPT,
    )

    assert refusal.message == (
        "harbour-lamps.myshopify.com denies access to the field orders."
        " Required access: `read_orders` access scope."
    )


@pytest.mark.parametrize(
    ("name", "version", "uri", "code"),
    [
        ("inventory_transfers/updated", "2026-04", "https://a.example", "too_new"),
        ("inventory_transfers/updated", "2026-07", "https://a.example", None),
        ("inventory_transfers/updated", "unstable", "https://a.example", None),
        ("orders/link_requested", "2025-07", "https://a.example", None),
        ("audit_events/admin_api_activity", "2026-10", "https://a.example", "not_over_https"),
        ("audit_events/admin_api_activity", "2026-10", "pubsub://a:b", None),
    ],
)
def test_some_topics_are_refused_before_anyone_is_asked(name, version, uri, code):
    refusal = refusals.topic_refusal(RequestContext(topic=topic(name), api_version=version, uri=uri))

    assert (refusal.code if refusal else None) == code


def test_a_secret_that_the_other_side_repeats_is_not_quoted():
    attempt = ATTEMPT.model_copy(update={"secrets": (SecretStr("shpat_hidden"),)})

    refusal = refusals.graphql_refusal("x" * 295 + " shpat_hidden", attempt)

    assert "shpat" not in refusal.message
    assert "hidden" not in repr(attempt)
