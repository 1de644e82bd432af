"""Lists the refusals of a request as such: limits, its form, its API version, and failures at Shopify.

https://shopify.dev/docs/api/usage/limits
https://shopify.dev/docs/api/usage/response-codes
"""

from typing import Final

from devhook.errors import InputError, NetworkError
from devhook.shop.refusal import KnownRefusal

_LATER: Final = "Try again later; see www.shopifystatus.com."
_WAIT: Final = "Wait a minute, and check what else uses the same app."
_QUOTED: Final = "devhook does not know this error of Shopify: its words say which value it rejects."

LIMITS: Final = (
    KnownRefusal(
        code="too_often",
        message=(
            "The call limit of the REST API< in {shop}> is exceeded: more than {calls} calls in a second."
        ),
        hint=(
            "Wait as many seconds as Retry-After says, and send at most two requests a second. GraphQL has a "
            "limit of its own, which is larger."
        ),
        words=r"Exceeded (?P<calls>\d+) calls per second",
    ),
    KnownRefusal(
        code="max_cost",
        message="The query costs {cost} points, and one query may cost {most} at most.",
        hint=(
            "Ask for fewer objects (first: 50) or fewer fields, in pages; a bulk operation has no such "
            "limit. https://shopify.dev/docs/api/usage/bulk-operations/queries"
        ),
        kind=InputError,
        words=(
            r"Query cost is (?P<cost>[\d,.]+), which exceeds the single query max cost limit "
            r"\((?P<most>[\d,.]+)\)"
        ),
    ),
    KnownRefusal(
        code="max_cost",
        message="The query costs more points than one query may.",
        hint="Ask for fewer objects (first: 50) or fewer fields, in pages.",
        kind=InputError,
        words=r"exceeds the single query max cost limit|\bMAX_COST_EXCEEDED\b",
        error_codes={"MAX_COST_EXCEEDED"},
        vague=True,
    ),
    KnownRefusal(
        code="throttled",
        message="The app has no API points left in <{shop}|the shop>.",
        hint=_WAIT,
        words=r"^\W*(?:message\W{0,4})?Throttled\W*$|\bTHROTTLED\b",
        error_codes={"THROTTLED"},
    ),
    KnownRefusal(
        code="security",
        message="Shopify rejects these requests as an attack (430 Security Rejection).",
        hint="Wait, or use another network; a shared address or a VPN may be the cause.",
        words=(
            r"Shopify Security Rejection|"
            r"a device from your location is sending large amounts of web requests"
        ),
        statuses={430},
    ),
    KnownRefusal(
        code="too_often",
        message="The rate limit of <{shop}|the shop> is exceeded (429).",
        hint=_WAIT,
        statuses={429},
        vague=True,
    ),
)

FORMS: Final = (
    KnownRefusal(
        code="unknown_field",
        message=(
            "<API version {version}|The API version in use> has no {field} on {type}; the request needs "
            "another version."
        ),
        hint="Use a newer version: --api-version",
        words=r"Field ['\"](?P<field>\w+)['\"] doesn(?:'|\\?u0027|’)?t exist on type ['\"](?P<type>\w+)",
    ),
    KnownRefusal(
        code="unknown_field",
        message="<API version {version}|The API version in use> does not know {field}< in {type}>.",
        hint="Use a newer version: --api-version",
        words=(
            r"invalid value for (?P<field>\w+) \(Field is not defined on (?P<type>\w+)|"
            r"Cannot query field ['\"](?P<field_2>\w+)['\"] on type"
        ),
    ),
    KnownRefusal(
        code="unknown_field",
        message="<API version {version}|The API version in use> does not support the request: {answer}",
        hint="Use a newer version: --api-version",
        words=r"doesn't exist on type|doesn't accept argument|Field is not defined on",
    ),
    KnownRefusal(
        code="bad_query",
        message="Shopify cannot read the GraphQL document: {answer}",
        hint="Test it in the GraphiQL app of the shop: shopify app dev, then g",
        kind=InputError,
        words=(
            r"Parse error on|syntax error, unexpected|Field must have selections|Unexpected end of document"
        ),
    ),
    KnownRefusal(
        code="bad_variable",
        message="The value of {variable} is not valid: {answer}",
        hint="Compare it with the input's fields: https://shopify.dev/docs/api/admin-graphql",
        kind=InputError,
        words=r"Variable (?P<variable>\$\w+) of type \S+ was provided invalid value",
        vague=True,
    ),
    KnownRefusal(
        code="no_parameter",
        message="The body of the request has no valid {parameter}.",
        hint=(
            'Send it as JSON, in its wrapper ({{"webhook": {{"topic": …}}}}), with Content-Type: '
            "application/json."
        ),
        kind=InputError,
        words=r"Required parameter missing or invalid(?:\W{1,4}(?P<parameter>\w+))",
    ),
    KnownRefusal(
        code="no_parameter",
        message="The body of the request lacks a parameter, or has it in another form.",
        hint=(
            'Send JSON, in its wrapper ({{"webhook": {{"topic": …}}}}), with Content-Type: application/json.'
        ),
        kind=InputError,
        words=r"Required parameter missing or invalid",
    ),
    KnownRefusal(
        code="bad_request",
        message="<{shop}|The shop> cannot read the request (400).",
        hint=(
            "Send JSON, with Content-Type: application/json, to the shop's myshopify.com domain, and a topic "
            "in its form: orders/updated for REST."
        ),
        quoting_hint=_QUOTED,
        kind=InputError,
        words=r"(?:json_decode\(|unexpected token at )'Bad Request'",
        statuses={400},
        vague=True,
    ),
    KnownRefusal(
        code="unprocessable",
        message="<{shop}|The shop> rejects what the request contains (422).",
        hint=(
            "Its answer says why: log the body (error.response.body, response.text). Usually the topic lacks "
            "its scope, or the address is not a public https:// URL."
        ),
        quoting_hint=_QUOTED,
        kind=InputError,
        statuses={422},
        vague=True,
    ),
    KnownRefusal(
        code="not_acceptable",
        message="<{shop}|The shop> has no answer in the form that the request asks for (406).",
        hint=(
            "Check the path (REST: /admin/api/VERSION/webhooks.json; GraphQL: "
            "/admin/api/VERSION/graphql.json) and that it is the shop's myshopify.com domain."
        ),
        kind=InputError,
        statuses={406},
    ),
    KnownRefusal(
        code="media_type",
        message="<{shop}|The shop> does not accept the request's Content-Type (415).",
        hint="Send Content-Type: application/json.",
        kind=InputError,
        statuses={415},
    ),
)

FAILURES: Final = (
    KnownRefusal(
        code="failed",
        message="<{shop}|Shopify> failed with an internal error<; Shopify's support finds it by {request}>.",
        hint=_LATER,
        kind=NetworkError,
        words=(
            r"Internal error\. Looks like something went wrong on our end\."
            r"(?:\s*Request ID: (?P<request>[\w-]{8,80}))?"
        ),
    ),
    KnownRefusal(
        code="failed",
        message="<{shop}|Shopify> failed with an internal error.",
        hint=_LATER,
        kind=NetworkError,
        words=r"\bINTERNAL_SERVER_ERROR\b",
        error_codes={"INTERNAL_SERVER_ERROR"},
        vague=True,
    ),
    KnownRefusal(
        code="failed",
        message="<{shop}|Shopify> answered with its page for internal errors.",
        hint=_LATER,
        kind=NetworkError,
        words=r"generic error page is https://github\.com/Shopify/error-pages|Shopify internal error:",
        vague=True,
    ),
    KnownRefusal(
        code="failed",
        message="<{shop}|Shopify> answered {status}: an error at Shopify.",
        hint=_LATER,
        kind=NetworkError,
        statuses=range(500, 1000),
        vague=True,
    ),
)

REDIRECTED: Final = KnownRefusal(
    code="redirected",
    message="<{shop}|The shop> redirects to <{location}|another address>.",
    hint="The shop may have another myshopify.com domain now; check the address of its admin.",
    kind=InputError,
    statuses=range(300, 400),
)
EMPTY: Final = KnownRefusal(
    code="no_data", message="<{shop}|The shop> answered without data.", hint=_LATER, kind=NetworkError
)
FOREIGN: Final = KnownRefusal(
    code="foreign",
    message="The answer for <{shop}|the shop> is not from the Admin API; it has the type {answer}.",
    hint="A proxy, a login portal or a firewall may have answered; check HTTPS_PROXY and the network.",
    kind=NetworkError,
)
TOO_NEW: Final = KnownRefusal(
    code="too_new",
    message="{topic} is not in API version {version}; it exists since {since}.",
    hint="Use a newer version: --api-version",
    kind=InputError,
)
NOT_OVER_HTTPS: Final = KnownRefusal(
    code="not_over_https",
    message="{topic} is never delivered over HTTPS.",
    hint="Remove the topic; Shopify delivers it to Google Pub/Sub and Amazon EventBridge only.",
    kind=InputError,
)
UNKNOWN_STATUS: Final = KnownRefusal(
    code="status",
    message="<{shop}|Shopify> answered {status}<: {answer}|, without a reason.>",
    hint="devhook does not know this error. See https://shopify.dev/docs/api/usage/response-codes",
)
UNKNOWN: Final = KnownRefusal(
    code="unknown",
    message="<{shop}|Shopify> answered<: {answer}| with an error that cannot be read.>",
    hint="devhook does not know this error of Shopify.",
)
