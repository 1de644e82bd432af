import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.errors import CredentialsRefused
from devhook.shop.explanation import explained
from devhook.shop.refusal import RequestContext
from devhook.webhook.topics import topic

TAKEN = "Address for this topic has already been taken"
NAME_TAKEN = "Name already exists, no duplicate allowed"
REFUSED_TOPIC = "You cannot create a webhook subscription with the specified topic"
PROTECTED = (
    "This app is not approved to subscribe to webhook topics containing protected customer data."
    " See https://shopify.dev/docs/apps/launch/protected-customer-data for more details."
)


def codes(text):
    said = text if isinstance(text, str) else json.dumps(text)
    return [each.code for each in explained(said, RequestContext())]


def user_errors(*sentences):
    errors = [{"field": ["webhookSubscription"], "message": each} for each in sentences]
    return {"data": {"webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": errors}}}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (user_errors(TAKEN), ["taken"]),
        (user_errors(TAKEN, NAME_TAKEN), ["taken", "name_taken"]),
        (user_errors(PROTECTED), ["customer_data"]),
        ({"errors": "[API] Invalid API key or access token (unrecognized login)"}, ["token"]),
        ({"errors": "Not Found"}, ["no_shop"]),
        ({"errors": {"address": ["for this topic has already been taken"]}}, ["taken"]),
        ({"errors": {"address": ["can't be blank"]}}, ["no_address"]),
        ({"errors": {"topic": ["Invalid topic specified. Topics allowed: app/uninstalled"]}}, ["scope"]),
        (
            {
                "errors": [
                    {
                        "message": "Access denied for webhookSubscriptionCreate field. Required access: x",
                        "extensions": {"code": "ACCESS_DENIED"},
                    }
                ]
            },
            ["denied"],
        ),
        ({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}, ["throttled"]),
        ({"errors": [{"message": "Field 'name' doesn't exist on type 'X'"}]}, ["unknown_field"]),
        ({"error": "shop_not_permitted"}, ["shop_not_permitted"]),
        ({"error": "invalid_client"}, ["client_secret"]),
    ],
)  # fmt: skip
def test_an_answer_of_the_api_is_explained_whatever_its_shape(answer, expected):
    assert codes(answer) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<html><title>400 - Oauth error app_not_installed</title></html>", ["app_not_installed"]),
        ("<h1>400 - Oauth error something_new</h1>", ["no_token"]),
        ("Client credentials cannot be performed on this shop.", ["shop_not_permitted"]),
        (f"2026-11-23 12:00:01 ERROR webhooks: {TAKEN}", ["taken"]),
        (f'{{"level":50,"body":{json.dumps(json.dumps(user_errors(REFUSED_TOPIC)))}}}', ["scope"]),
        ("ActiveResource: Failed. Response code = 423. Response message = Locked.", ["locked"]),
        ("HTTP/2 402\ncontent-type: application/json", ["frozen"]),
        ('{"status": 429}', ["too_often"]),
        ("HTTP/1.1 503 Service Unavailable", ["failed"]),
        ("status: 540", ["disabled"]),
        (
            (
                "You do not have permission to create or update webhooks with orders/create topic."
                " This topic contains protected customer data."
            ),
            ["customer_data"],
        ),
        (
            (
                '{:errors=>{"address"=>["for this topic has already been taken"],'
                ' "topic"=>["Invalid topic specified"]}}'
            ),
            ["taken", "scope"],
        ),
    ],
)
def test_pages_and_lines_of_logs_are_explained(text, expected):
    assert codes(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "200 OK",
        "{}",
        '{"data": {"shop": {}}}',
        "order 404 has 429 items",
        "{" * 500,
        "[[[",
        "\x00\x1b",
    ],
)
def test_text_without_a_refusal_is_not_explained(text):
    assert explained(text, RequestContext()) == ()


def test_every_error_of_a_subscription_can_be_found_in_a_log():
    known = {
        "taken": TAKEN,
        "customer_data": PROTECTED,
        "scope": REFUSED_TOPIC,
        "not_https": "Address protocol http:// is not supported",
        "internal_address": "Address cannot be a Shopify or an internal domain",
        "own_domain": "Address cannot be any of the domains: x.myshopify.com",
        "no_address": "Address can't be blank",
        "long_address": "Address is too big (maximum is 64 KB)",
        "bad_address": "Address is invalid",
        "json_only": "Format 'xml' is invalid for this webhook topic. Allowed formats: json",
        "cloud_json_only": "Format can only be used with format: 'json'",
        "name_taken": NAME_TAKEN,
        "bad_name": "Name is too long (maximum is 50 characters)",
        "bad_filter": "The specified filter is invalid, please ensure you specify the field(s) you wish.",
        "long_filter": "The specified filter exceeds the maximum allowed size.",
        "gone": "Webhook subscription does not exist",
        "unknown_topic": "Variable $topic of type WebhookSubscriptionTopic! was provided invalid value",
        "unknown_field": "Field 'name' doesn't exist on type 'WebhookSubscription'",
    }
    log = "\n".join(f"ERROR [webhooks] {sentence}" for sentence in known.values())

    assert set(codes(log)) == set(known)
    assert {code: codes(f"ERROR [webhooks] {said}") for code, said in known.items()} == {
        code: [code] for code in known
    }


def test_a_repeated_sentence_is_explained_once():
    assert codes("\n".join([TAKEN] * 3) + json.dumps(user_errors(TAKEN))) == ["taken"]


def test_the_sentence_is_preferred_to_the_status():
    assert codes(f"HTTP/1.1 403 Forbidden\n\n{PROTECTED}") == ["customer_data"]


def test_the_topic_that_the_text_names_makes_the_sentence_concrete():
    asked = '{"variables": {"topic": "ORDERS_PAID"}} -> '

    (found,) = explained(asked + REFUSED_TOPIC, RequestContext(shop="acme.myshopify.com"))

    assert found.message == (
        "acme.myshopify.com rejects orders/paid: the app is not granted read_orders or"
        " read_marketplace_orders there."
    )
    assert found.kind is CredentialsRefused


def test_given_facts_complete_the_text_and_never_replace_it():
    options = RequestContext(topic=topic("refunds/create"), shop="acme.myshopify.com")

    (found,) = explained(f"orders/paid: {REFUSED_TOPIC}", options)
    assert "acme.myshopify.com rejects orders/paid" in found.message
    (found,) = explained(f"kiln.myshopify.com: {REFUSED_TOPIC}", options)
    assert "kiln.myshopify.com rejects refunds/create" in found.message
    (found,) = explained(f"orders/paid or orders/create in kiln.myshopify.com: {REFUSED_TOPIC}", options)
    assert "kiln.myshopify.com rejects refunds/create" in found.message


def test_each_line_of_a_log_has_its_own_shop_and_topic():
    log = f"orders/paid kiln.myshopify.com: {TAKEN}\nshop/update acme.myshopify.com: {NAME_TAKEN}"

    assert [each.message.split(",")[0] for each in explained(log, RequestContext())] == [
        "kiln.myshopify.com already delivers orders/paid to the address",
        "Another subscription in acme.myshopify.com already has the same name.",
    ]


def test_the_topics_that_would_be_allowed_are_not_taken_for_the_one_asked_for():
    text = '{"errors":{"topic":["Invalid topic specified. Topics allowed: app/uninstalled"]}}'

    assert "rejects the topic" in explained(text, RequestContext())[0].message


@pytest.mark.parametrize(
    "text",
    [
        (
            "Argument 'topic' on Field 'webhookSubscriptionCreate' has an invalid value (ORDERS_UPDATE)."
            " Expected type 'WebhookSubscriptionTopic!'."
        ),
        json.dumps(
            {
                "errors": [
                    {
                        "message": "Variable $topic of type WebhookSubscriptionTopic! was provided",
                        "extensions": {
                            "code": "INVALID_VARIABLE",
                            "problems": [
                                {"explanation": 'Expected "ORDERS_UPDATE" to be one of: ORDERS_PAID'}
                            ],
                        },
                    }
                ]
            }
        ),
        'POST {"webhook":{"topic":"orders/update"}}: Invalid topic specified',
    ],
    ids=["literal", "variable", "REST"],
)
def test_a_topic_that_does_not_exist_is_named_with_the_nearest(text):
    (found,) = explained(text, RequestContext())

    assert "There is no topic" in found.message
    assert "orders/updated" in found.hint


def test_a_token_in_the_text_is_quoted_nowhere():
    token = "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"
    said = f"Access denied for shop field. Required access: {token}"

    (found,) = explained(json.dumps({"errors": [{"message": said}]}), RequestContext())

    assert token not in found.message + found.hint


def test_a_token_that_a_terminal_broke_is_quoted_nowhere_either():
    for cut in range(8, 36):
        token = "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"
        broken = f"{token[:cut]}\n{token[cut:]}"

        (found,) = explained(f'{{"errors": "The moon and {broken} are odd"}}', RequestContext())

        assert found.message == "Shopify answered: The moon and … are odd"


def test_a_redirect_is_explained_with_its_target():
    (found,) = explained("HTTP/2 301\nlocation: https://new.myshopify.com/admin", RequestContext())

    assert found.message == "The shop redirects to https://new.myshopify.com/admin."


@pytest.mark.parametrize("width", range(12, 60, 3))
@pytest.mark.parametrize("sentence", [TAKEN, PROTECTED, "Access denied for orders field."])
def test_a_terminal_may_break_box_and_colour_the_text_anywhere(sentence, width):
    """Cut at every width: in the middle of a word, and at a space that the terminal leaves out."""
    lines = [sentence[start : start + width] for start in range(0, len(sentence), width)]
    bare = [line.strip() for line in lines]
    boxed = [f"│ {line.ljust(width)} │" for line in lines]
    coloured = [f"\x1b[31m┃\x1b[0m    {line}" for line in lines]
    quoted = [f"> {line}" for line in lines]
    of_a_process = [f"15:28:15 web.1   | {line}" for line in lines]
    framed = [f"╭{'─' * (width + 2)}╮", *boxed, f"╰{'─' * (width + 2)}╯"]
    expected = codes(sentence)

    for broken in (lines, bare, boxed, coloured, quoted, of_a_process, framed):
        assert codes("\n".join(broken)) == expected
        assert codes("\r\n".join(broken)) == expected
    body = json.dumps({"errors": [{"message": sentence}]})
    cut = [body[start : start + width] for start in range(0, len(body), width)]
    assert codes("\n".join(cut)) == expected


def test_errors_that_are_not_known_are_quoted_in_full_beside_those_that_are():
    found = explained(json.dumps(user_errors("The moon\nis \x1b[31mfull", TAKEN)), RequestContext())

    assert [each.code for each in found] == ["taken", "unknown"]
    assert found[1].message == "Shopify answered: The moon is ␛[31mfull"
    (found,) = explained(f"HTTP/2 403\n\n{json.dumps({'errors': '[API] Quite new'})}", RequestContext())
    assert found.message == "The shop rejects the request (403). It says: [API] Quite new"
    (found,) = explained('{"errors": "' + "long " * 300 + '"}', RequestContext())
    assert found.message.count("long") == 300


@given(st.text(max_size=300), st.sampled_from([TAKEN, "", '{"errors":', "[API] ", "HTTP/1.1 403 "]))
def test_any_text_is_read_without_a_failure_and_no_sentence_has_a_placeholder(text, around):
    for found in explained(f"{text}{around}{text}", RequestContext()):
        assert "<{" not in found.message + found.hint
        assert "{shop}" not in found.message


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("HTTP/2 404\nngrok-error-code: ERR_NGROK_3200\n\n<html>offline</html>", "ngrok_offline", "no agent"),
        ("<h1>Error 1033</h1> Ray ID: 9 Cloudflare Tunnel error", "cloudflare_tunnel_down", "cloudflared"),
        ('403 Forbidden Blocked request. This host ("a.example") is not allowed.', "vite_host", "a.example"),
        ("DisallowedHost: Invalid HTTP_HOST header: 'a.example'. You may", "django_host", "a.example"),
        ('lvl=eror err="The endpoint is already online. ERR_NGROK_334"', "ngrok_agent", "already online"),
    ],
)
def test_the_page_of_a_tunnel_or_a_development_server_is_explained(text, code, part):
    (found,) = explained(text, RequestContext())

    assert found.code == code
    assert part in found.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<html><title>Access denied</title><body><h1>Access denied</h1></body></html>", ["denied"]),
        ("HTTP/1.1 403 Forbidden\n\nAccess denied", ["denied"]),
        ("403 Forbidden", ["forbidden"]),
        ("{'errors': {'address': ['is invalid']}}", ["bad_address"]),
        ("topic can't be blank, address can't be blank", ["no_topic", "no_address"]),
        ('{"errors": {"address": ["protocol http:// is not supported"]}}', ["not_https"]),
        ("#<ActiveModel::Error attribute=address, type=Address can't be blank>", ["no_address"]),
        ('["field"]=>\n array(2) {}\n ["message"]=>\n string(18) "Address is invalid"', ["bad_address"]),
        ('["field"]=>\n array(2) {}\n ["message"]=>\n string(9) "Quite new"', ["unknown"]),
        ("(422 Unprocessable Entity) address: for this topic has already been taken", ["taken"]),
        ("Query cost is 1723, which exceeds the single query max cost limit (1000).", ["max_cost"]),
        ('{"errors":{"base":["The moon is full"]}}', ["unknown"]),
        ('{"error":"invalid_grant","error_description":"The refresh token has expired."}', ["refresh_token"]),
    ],
)  # fmt: skip
def test_the_form_in_which_a_language_prints_an_error_makes_no_difference(text, expected):
    assert codes(text) == expected
