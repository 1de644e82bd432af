"""Errors of Shopify as people reported them: which refusal each is, and what its sentence contains.

The names of shops, hosts and apps are replaced; the words of Shopify, of the libraries and of the terminals
are those of the reports.
"""

import json
from typing import NamedTuple

import pytest

from devhook.shop.explanation import explained
from devhook.shop.refusal import RequestContext
from devhook.shop.refusals import KNOWN

GITHUB = "https://github.com/"


class Report(NamedTuple):
    """A report: its address, the text, the codes of its refusals, and parts of their sentences."""

    report: str
    text: str
    codes: list[str]
    parts: tuple[str, ...] = ()


REPORTS = [
    Report(
        "Shopify/shopify-cli/issues/311",
        "Failed to register webhook { userErrors:\n"
        "┃    [ { field: [Array],\n"
        "┃        message:\n"
        "┃         'You cannot create a webhook subscription with the specified topic' } ],\n"
        "┃   webhookSubscription: null }",
        ["scope"],
        ("The shop rejects the topic",),
    ),
    Report(
        "Shopify/shopify-cli/issues/302",
        "Argument 'topic' on Field 'webhookSubscriptionCreate' has an invalid value. "
        "Expected type 'WebhookSubscriptionTopic!'",
        ["unknown_topic"],
        ("The API version in use has no such topic.", "devhook topics"),
    ),
    Report(
        "gnikyt/laravel-shopify/issues/149",
        "Client error: `POST https://kiln.myshopify.com/admin/webhooks.json` resulted in a "
        "`422 Unprocessable Entity` response:\n"
        r'{"errors":{"topic":["Invalid topic specified. Topics allowed: app\/uninstalled, carts\/create, c'
        " (truncated...)",
        ["scope"],
        ("kiln.myshopify.com rejects the topic",),
    ),
    Report(
        "gnikyt/laravel-shopify/issues/745",
        '"body" => array:1 [▶️\n    "topic" => array:1 [▶️\n      0 => "Invalid topic specified: '
        "orders/create."
        " Does it exist? Is there a missing access scope? Topics allowed: app/uninstalled, "
        'collections/create"',
        ["scope"],
        ("The shop rejects orders/create: the app is not granted read_orders",),
    ),
    Report(
        "gnikyt/laravel-shopify/issues/945",
        "GuzzleHttp\\Exception\\ClientException: Client error: `POST https://kiln.myshopify.com/admin/"
        "webhooks.json` resulted in a `422 Unprocessable Entity` response:\n"
        '{"errors":{"topic":["Invalid topic specified: APP_UNINSTALLED. Does it exist? Is there a '
        "missing access"
        " scope? Topics al (truncated...)",
        ["rest_topic_name"],
        ("has no topic APP_UNINSTALLED", "with a slash: app/uninstalled."),
    ),
    Report(
        "Shopify/shopify_app/issues/546",
        "ShopifyApp::WebhooksManager::CreationFailed: Topic Invalid topic specified. Topics allowed: "
        "app/uninstalled, carts/create, carts/update, checkouts/create, orders/updated, shop/update",
        ["scope"],
        ("The shop rejects the topic: the app is not granted its scope there.",),
    ),
    Report(
        "Shopify/shopify_app/issues/263",
        "ShopifyApp::WebhooksManager::CreationFailed: Address for this topic has already been taken\n"
        "  from shopify_app/webhooks_manager.rb:49:in `create_webhook'",
        ["taken"],
        ("The shop already delivers the topic to the address",),
    ),
    Report(
        "kinngh/shopify-node-express-mongodb-app/issues/84",
        "[{\nfield: [ 'webhookSubscription' ],\nmessage: 'This app is not approved to subscribe to webhook "
        "topics containing protected customer data. See https://partners.shopify.com/1/apps/2/customer_data "
        "for more details.'\n }\n ]",
        ["customer_data"],
        ("it contains protected customer data", "distribution method"),
    ),
    Report(
        "Shopify/shopify-api-js/issues/194",
        "Failed to register webhook [\n  {\n    field: [ 'webhookSubscription', 'callbackUrl' ],\n"
        "    message: 'Address is invalid'\n  }\n]",
        ["bad_address"],
        ("Shopify rejects the address: it is not a valid URL.",),
    ),
    Report(
        "bold-commerce/go-shopify/issues/171",
        "address: is invalid ",
        ["bad_address"],
        ("Shopify rejects the address",),
    ),
    Report(
        "craftcms/shopify/issues/193",
        json.dumps(
            {
                "data": {
                    "webhookSubscriptionCreate": {
                        "webhookSubscription": None,
                        "userErrors": [
                            {
                                "field": ["webhookSubscription", "callbackUrl"],
                                "message": "Address cannot be any of the domains: "
                                "kiln.myshopify.com, kiln.com,"
                                " www.kiln.com, checkout.kiln.com, kiln.account.myshopify.com",
                            }
                        ],
                    }
                }
            },
            indent=2,
        ),
        ["own_domain"],
        ("one of the shop's own domains",),
    ),
    Report(
        "Shopify/shopify_app/issues/1020",
        'Failed to register webhook {\nerrors: [\n{\nmessage: "Invalid url '
        "'undefined/webhooks/products/create',"
        ' missing host",\nlocations: [Array],\npath: [Array],\nextensions: [Object]\n}\n]\n}\n'
        "TypeError: Cannot read property 'appSubscriptionCreate' of undefined",
        ["no_host"],
        ("The address undefined/webhooks/products/create has no host", "HOST, APP_URL or SHOPIFY_APP_URL"),
    ),
    Report(
        "Kyon147/laravel-shopify/issues/408",
        "[2025-04-08 06:39:35] local.ERROR: Variable $webhookSubscription of type "
        "WebhookSubscriptionInput! was "
        "provided invalid value for callbackUrl (Invalid url '/webhook/app-uninstalled', missing scheme) "
        '{"exception":"[object] (Exception(code: 0): Variable $webhookSubscription of type '
        "WebhookSubscription"
        "Input! was provided invalid value for callbackUrl (Invalid url '/webhook/app-uninstalled', missing "
        "scheme) at /var/www/html/app/Services/ApiHelper.php:521)",
        ["no_host"],
        ("The address /webhook/app-uninstalled has no host",),
    ),
    Report(
        "PipedreamHQ/pipedream/issues/7845",
        '{"errors":"[API] This app is not approved to access REST endpoints with protected customer '
        "data. See "
        'https://partners.shopify.com/1/apps/2/customer_data for more details."}',
        ["customer_data"],
        ("The app is not approved for protected customer data", "REST"),
    ),
    Report(
        "Shopify/shopify-app-template-node/issues/1190",
        "2022-12-07 12:12:20 | backend  | HttpResponseError: Received an error response (403 Forbidden) from "
        'Shopify:\n2022-12-07 12:12:20 | backend  | "[API] This app is not approved to access REST endpoints '
        "with protected customer data. See \n                                 "
        "https://partners.shopify.com/1/apps"
        '/2/customer_data for more details."\n2022-12-07 12:12:20 | backend  | If you report this '
        "error, please "
        "include this id: 01142bc8-868b-470e-898a-0e92fb74f39e",
        ["customer_data"],
    ),
    Report(
        "Shopify/shopify-api-js/issues/748",
        "Error :  message: 'This app is not approved to access the MailingAddress object.",
        ["customer_data"],
        ("denies access to the MailingAddress object",),
    ),
    Report(
        "chatwoot/chatwoot/issues/14462",
        '{"errors":"[API] Non-expiring access tokens are no longer accepted for the Admin API.\n'
        "Start using expiring offline tokens: "
        "https://shopify.dev/docs/apps/build/authentication-authorization/"
        'access-tokens/offline-access-tokens#expiring-vs-non-expiring-offline-tokens"}',
        ["token_must_expire"],
        ("no longer accepts access tokens", "expiring=1"),
    ),
    Report(
        "Shopify/shopify-app-js/issues/3234",
        '{ "networkStatusCode": 403, "message": "GraphQL Client: Forbidden" }',
        ["forbidden"],
        ("The shop rejects the request (403).",),
    ),
    Report(
        "gnikyt/laravel-shopify/issues/190",
        "Client error: `GET https://kiln.myshopify.com/admin/orders.json` resulted in a `403 "
        "Forbidden` response:"
        '\n{"errors":"[API] This action requires merchant approval for read_orders scope."}\n (View: '
        "/home/vagrant/code/rs/resources/views/orders.blade.php)",
        ["merchant_approval"],
        ("The scope read_orders is not approved in kiln.myshopify.com",),
    ),
    Report(
        "kinngh/shopify-nextjs-prisma-app/issues/33",
        "HttpResponseError: Received an error response (403 Forbidden) from Shopify:\n"
        '"[API] This action requires merchant approval for read_themes scope."',
        ["merchant_approval"],
        ("The scope read_themes is not approved in the shop",),
    ),
    Report(
        "Shopify/subscriptions-reference-app/issues/13",
        json.dumps(
            {
                "errors": [
                    {
                        "message": "Access denied for subscriptionContracts field.",
                        "locations": [{"line": 4, "column": 5}],
                        "path": ["customer", "subscriptionContracts"],
                        "extensions": {
                            "code": "ACCESS_DENIED",
                            "documentation": "https://shopify.dev/api/usage/access-scopes",
                        },
                    }
                ],
                "data": None,
            }
        ),
        ["denied"],
        ("denies access to the field subscriptionContracts: the app is not granted its scope.",),
    ),
    Report(
        "Shopify/shopify_python_api/issues/256",
        '{\n  "errors": "Exceeded 4 calls per second for api client. Reduce request rates to resume '
        'uninterrupted service."\n}',
        ["too_often"],
        ("more than 4 calls in a second",),
    ),
    Report(
        "MONEI/Shopify-api-node/issues/518",
        "Error code: 429 (Too many request)\nError message: REASON: Exceeded 2 calls per second for "
        "api client. "
        "Reduce request rates to resume uninterrupted service.",
        ["too_often"],
        ("more than 2 calls in a second",),
    ),
    Report(
        "Shopify/shopify-app-js/issues/577",
        " GraphqlQueryError: Query cost is 1723, which exceeds the single query max cost limit (1000).\n\n"
        " See https://shopify.dev/concepts/about-apis/rate-limits for more information on how the\n"
        " cost of a query is calculated.",
        ["max_cost"],
        ("The query costs 1723 points, and one query may cost 1000 at most.",),
    ),
    Report(
        "Shopify/shopify-cli/issues/1770",
        'ShopifyCLI::API::APIRequestClientError: 402{"errors":"Unavailable Shop"}',
        ["unavailable"],
        ("The shop is not available",),
    ),
    Report(
        "orbit-apps/elixir-shopifyapi/pull/382",
        '%HTTPoison.Response{body: "{\\"errors\\":\\"Unavailable Shop\\"}", status_code: 403}',
        ["unavailable"],
    ),
    Report(
        "Shopify/cli/issues/4275",
        "╭─ error ────────────────────────────────╮\n│                                        │\n"
        "│  [402] API request client error        │\n│                                        │\n"
        "╰────────────────────────────────────────╯",
        ["frozen"],
        ("The shop is frozen",),
    ),
    Report(
        "PostHog/posthog/pull/63714",
        "402 Client Error: Payment Required for url: "
        "https://kiln.myshopify.com/admin/api/2025-10/graphql.json",
        ["frozen"],
        ("kiln.myshopify.com is frozen",),
    ),
    Report(
        "Shopify/mobile-buy-sdk-android/issues/766",
        "- Internal error. Looks like something went wrong on our end.\n"
        "  Request ID: 580249b0-0886-4b26-b697-ba3c88ae0c0f-1724771017 (include this in support requests).",
        ["failed"],
        ("Shopify's support finds it by 580249b0-0886-4b26-b697-ba3c88ae0c0f-1724771017",),
    ),
    Report(
        "Shopify/shopify-app-template-node/issues/1326",
        "HttpInternalError: Shopify internal error:\nIf you report this error, please include this id: 5\n"
        "  response: {\n    code: 503,\n    statusText: 'Service Unavailable',\n    body: '<!--\\n' +\n"
        "      '  The source of truth for this generic error page is "
        "https://github.com/Shopify/error-pages.\\n'",
        ["failed"],
        ("Shopify answered with its page for internal errors.",),
    ),
    Report(
        "Shopify/shopify-cli/issues/263",
        "`block in request': 401 (ShopifyCli::Helpers::API::APIRequestUnauthorizedError)\n"
        '{"errors":"[API] Invalid API key or access token (unrecognized login or wrong password)"}',
        ["token"],
        ("The shop rejects the access token.",),
    ),
    Report(
        "frappe/ecommerce_integrations/issues/414",
        '"exception": "pyactiveresource.connection.UnauthorizedAccess: Response(code=401, '
        'body=\\"b\'{\\"errors\\"'
        ':\\"[API] Invalid API key or access token (unrecognized login or wrong password)\\"}\'\\", '
        "headers={}",
        ["token"],
    ),
    Report(
        "Kyon147/laravel-shopify/issues/459",
        '[2025-11-02 17:07:26] local.INFO: {"errors":true,"response":{},"status":401,"body":"[API] '
        "Invalid API "
        'key or access token (unrecognized login or wrong password)","exception":{}}',
        ["token"],
    ),
    Report(
        "Shopify/shopify-api-js/issues/1145",
        "15:28:15 │ remix      │ [shopify-api/DEBUG] Received malformed webhook request | {valid: "
        "false, reason: "
        "missing_headers, missingHeaders: X-Shopify-API-Version}\n15:28:15 │ remix      │ "
        "[shopify-app/DEBUG] "
        "Webhook validation failed | {valid: false, reason: missing_headers, missingHeaders: "
        "X-Shopify-API-Version}\n15:28:15 │ remix      │ POST /webhooks 400 - - 4.401 ms",
        ["missing_headers"],
        ("lacks X-Shopify-API-Version",),
    ),
    Report(
        "Shopify/shopify-api-ruby/issues/1261",
        "ShopifyAPI::Errors::InvalidWebhookError: Missing one or more of the required HTTP headers "
        "to process "
        'webhooks: ["x-shopify-shop-domain"]',
        ["missing_headers"],
        ("x-shopify-shop-domain",),
    ),
    Report(
        "Shopify/shopify-api-js/issues/320",
        "InvalidWebhookError: Could not validate request for topic products/create",
        ["invalid_hmac"],
        ("a webhook of products/create", "devhook verify"),
    ),
    Report(
        "Shopify/shopify-api-ruby/issues/1266",
        "ShopifyAPI::Errors::InvalidWebhookError: Invalid webhook HMAC.",
        ["invalid_hmac"],
    ),
    Report(
        "Shopify/shopify-node-app/issues/122",
        "Error: Unable to verify request HMAC\n    at withWebhook "
        "(/app/node_modules/@shopify/shopify-express/"
        'middleware/webhooks.js:21:22)\n::1 - - [18/Jun/2018:14:37:24 +0000] "POST /order-create '
        'HTTP/1.1" 401 -',
        ["invalid_hmac"],
    ),
    Report(
        "Shopify/shopify-api-js/issues/702",
        "[shopify-app/ERROR] Failed to process webhook: Error: No HTTP webhooks registered for topic "
        "CARTS_UPDATE",
        ["no_handler"],
        ("no handler for the topic CARTS_UPDATE",),
    ),
    Report(
        "Shopify/shopify_app/issues/527",
        'Processing by HomeController#uninstall as */*\n  Parameters: {"id"=>7041073}\n'
        "Can't verify CSRF token authenticity.",
        ["csrf"],
        ("CSRF",),
    ),
    Report(
        "nozzlegear/ShopifySharp/issues/70",
        '{"error":"invalid_request","error_description":"The authorization code was not found or was already '
        'used"}',
        ["authorization_code"],
        ("The authorization code of the installation was used before",),
    ),
    Report(
        "Shopify/shopify_app/issues/329",
        "Oauth error invalid_request: The redirect_uri is missing or not whitelisted",
        ["redirect_uri"],
    ),
    Report(
        "Shopify/embedded-app-example/issues/32",
        "Oauth error invalid_request: Could not find Shopify API application with api_key",
        ["unknown_client"],
        ("There is no app with this client id.",),
    ),
    Report(
        "Shopify/shopify-api-ruby/issues/1322",
        "A 400 error (ShopifyAPI::Errors::HttpResponseError) occurred during the token exchange. Response: "
        '{\\"error\\"=>\\"app_not_installed\\", \\"error_description\\"=>\\"The application is not '
        "installed on "
        'this shop.\\"}',
        ["app_not_installed"],
        ("The app is not installed in the shop.",),
    ),
    Report(
        "kinngh/shopify-node-express-mongodb-app/issues/135",
        "---> An error occured in isInitialLoad HttpResponseError: Received an error response (400 "
        "Bad Request) "
        "from Shopify:\n    body: {\n      error: 'invalid_subject_token',\n      error_description: 'Token "
        "exchange cannot be performed due to an invalid subject token.'\n    },",
        ["session_token"],
        ("rejects the session token",),
    ),
    Report(
        "Shopify/cli/issues/3516",
        "╭─ error ──────────────────────────────────────────────────────────────────────╮\n"
        "│                                                                              │\n"
        "│  Topic 'RETURNS_APPROVE' does not exist for ApiVersion '2024-01'             │\n"
        "│                                                                              │\n"
        "│  Allowed values: app/uninstalled, app_purchases_one_time/update              │\n"
        "╰──────────────────────────────────────────────────────────────────────────────╯",
        ["unknown_topic"],
        ("API version 2024-01 has no topic RETURNS_APPROVE.",),
    ),
    Report(
        "Shopify/cli/issues/5505",
        "╭─ error ──────────────────────────────────────────────────────────────────────╮\n"
        "│  App configuration is not valid                                              │\n"
        "│  • [webhooks.subscriptions.0.uri]: URI isn't correct URI format of           │\n"
        "│  https://, pubsub://{project}:topic or Eventbridge ARN                       │\n"
        "╰──────────────────────────────────────────────────────────────────────────────╯",
        ["toml_address"],
        ("shopify.app.toml",),
    ),
    Report(
        "Shopify/cli/pull/6003",
        "Missing scope for webhook topic: orders/create (read_orders or read_marketplace_orders)",
        ["toml_scope"],
        ("subscribes to orders/create", "lack read_orders or read_marketplace_orders"),
    ),
    Report(
        "Shopify/cli/issues/4757",
        "Version couldn't be created.\nwebhooks\nValidation errors\n- Unexpected key(s) were found",
        ["toml_keys"],
    ),
    Report(
        "Shopify/shopify-cli/pull/668",
        r'"{\"errors\":[{\"message\":\"Parse error on \\\")\\\" (RPAREN) at [1, '
        r"28]\",\"locations\":[{\"line\":1,"
        r'\"column\":28}]}]}"',
        ["bad_query"],
        ("cannot read the GraphQL document",),
    ),
    Report(
        "kinngh/shopify-node-express-mongodb-app/issues/137",
        "HttpResponseError: Received an error response (406 Not Acceptable) from Shopify:\n{\n"
        '  "networkStatusCode": 406,\n  "message": "GraphQL Client: Not Acceptable",\n  "response": {\n'
        '    "size": 0,\n    "timeout": 0\n  }\n}',
        ["not_acceptable"],
        ("(406)",),
    ),
    Report(
        "Shopify/shopify-api-js/issues/1030",
        "Received an error response (430 undefined) from Shopify:\n  If you report this error, "
        "please include "
        "this id: ca80e168-8bb9-4021-acb9-c03206d2edf8",
        ["security"],
    ),
    Report(
        "Shopify/shopify-api-ruby/issues/453",
        "ActiveResource::ResourceNotFound: Failed.  Response code = 404.  Response message = Not Found.",
        ["no_shop"],
    ),
    Report(
        "MONEI/Shopify-api-node/issues/538",
        "HTTPError: Response code 503 (Service Unavailable)",
        ["failed"],
        ("Shopify answered 503: an error at Shopify.",),
    ),
    Report(
        "gnikyt/laravel-shopify/issues/1113",
        "'address' => \"arn:aws:events:eu-west-2::event-source/aws.partner/shopify.com/9/staging\"\n"
        "local.ERROR: Invalid url 'arn:aws:events:eu-west-2::event-source/aws.partner/shopify.com/9/staging'",
        ["event_bridge_address"],
    ),
    Report(
        "MONEI/Shopify-api-node/issues/603",
        "RequestError: getaddrinfo ENOTFOUND https://kiln.myshopify.com\n"
        "    at ClientRequest.<anonymous> (C:\\app\\got\\dist\\source\\core\\index.js:970:111) {\n"
        "  code: 'ENOTFOUND',",
        ["shop_with_scheme"],
        ("without https://",),
    ),
    Report(
        "Shopify/shopify-api-ruby/issues/405",
        "SocketError: Failed to open TCP connection to .myshopify.com:443 "
        "(getaddrinfo: Name or service not known)",
        ["shop_unset"],
        ("a variable of the app is unset",),
    ),
    Report(
        "Shopify/shopify-app-template-remix/issues/1089",
        "╭─ error ──────────────────────────────────────────────────────────╮\n"
        "│                                                                  │\n"
        "│  App configuration is not valid                                  │\n"
        "│  Validation errors in shopify.app.toml:                          │\n"
        "│                                                                  │\n"
        "│  • []: Unrecognized key(s) in object: 'webhooks'                 │\n"
        "│                                                                  │\n"
        "╰──────────────────────────────────────────────────────────────────╯\n",
        ["toml_section"],
        ("the section [webhooks]", "Update the CLI"),
    ),
    Report(
        "Shopify/shopify-app-template-node/issues/1296",
        "Webhook request is invalid, returning 401: Could not validate request HMAC\n"
        "Failed to process webhook: Error: Could not validate request HMAC",
        ["invalid_hmac"],
        ("devhook verify",),
    ),
    Report(
        "Shopify/shopify-api-php/issues/400",
        "#0 C:\\app\\HttpResponse.php(48): json_decode('Bad Request', true, 512, 4194304)\n"
        "#2 C:\\app\\Registry.php(104): isWebhookRegistrationNeeded(Object(Shopify\\Clients\\Graphql))",
        ["bad_request"],
        ("(400)",),
    ),
    Report(
        "MONEI/Shopify-api-node/issues/127",
        "HTTPError: Response code 422 (Unprocessable Entity)",
        ["unprocessable"],
        ("log the body",),
    ),
    Report(
        "Shopify/shopify-api-js/issues/341",
        "TypeError: Cannot read properties of null (reading 'webhookSubscriptions')",
        ["hidden_error"],
        ("devhook subscriptions list",),
    ),
    Report(
        "Shopify/graphql-js-client/issues/141",
        '{"data": {"scriptTagCreate": null}, "errors": [{"message": "ScriptTagCreate access denied", '
        '"locations": [{"line": 2, "column": 3}], "path": ["scriptTagCreate"]}]}',
        ["denied"],
        ("denies access to ScriptTagCreate",),
    ),
]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.report)
def test_a_reported_error_is_explained(report):
    found = explained(report.text, RequestContext())

    assert [each.code for each in found] == report.codes
    told = " ".join(f"{each.message} {each.hint}" for each in found)
    for part in report.parts:
        assert part in told


@pytest.mark.parametrize("topic", ["customers/data_request", "customers/redact", "shop/redact"])
def test_a_compliance_topic_is_declared_and_is_no_matter_of_scopes(topic):
    escaped = topic.replace("/", "\\/")
    text = (
        f'422: {{"errors":{{"topic":["Invalid topic specified: {escaped}. Topics allowed: shop\\/update"]}}}}'
    )

    (found,) = explained(text, RequestContext())

    assert found.message == f"{topic} cannot be subscribed to through the Admin API."
    assert f'compliance_topics = ["{topic}"]' in found.hint
    assert "scope" not in found.message + found.hint


def test_the_shop_in_the_text_is_named_and_the_word_address_stands_once():
    (found,) = explained(
        'code=404, body={"errors":"Not Found"} https://kiln.myshopify.com/admin/api/x.json', RequestContext()
    )
    assert "kiln.myshopify.com" in found.message
    (found,) = explained("[ { field: [ 'callbackUrl' ], message: 'Address is invalid' } ]", RequestContext())
    assert f"{found.message} {found.hint}".lower().count("address") == 1


def test_the_reports_are_public_and_each_code_is_one_of_the_table():
    assert len({report.report for report in REPORTS}) == len(REPORTS) >= 30
    assert {code for report in REPORTS for code in report.codes} <= {known.code for known in KNOWN}
