"""Lists the errors of Shopify's libraries and command line about webhooks, as they stand in an app's log."""

from typing import Final

from devhook.errors import InputError
from devhook.shop.refusal import KnownRefusal

_SIGNATURE: Final = (
    "devhook names the mistake behind a wrong signature: forward the deliveries through it with devhook "
    "listen --forward-to 3000, or type: devhook verify body.json --hmac …"
)

LIBRARIES: Final = (
    KnownRefusal(
        code="missing_headers",
        message="The app rejects a webhook that lacks <{headers}|headers that Shopify sends>.",
        hint=(
            "A real delivery has them: a proxy removed them, or the request is not Shopify's. devhook forge "
            "sends deliveries with all of them."
        ),
        kind=InputError,
        words=(
            r"Missing one or more of the required HTTP headers to process webhooks: "
            r"\[?(?P<headers>[\w\"', -]+)|"
            r"(?:missing_headers\W{1,4})?missingHeaders\W{1,4}\[?(?P<headers_2>[\w\"', -]+)|"
            r"\bmissing_headers: \[?(?P<headers_3>[\w\"', -]+)|\bmissing_headers\b"
        ),
    ),
    KnownRefusal(
        code="invalid_hmac",
        message="The app rejects a webhook< of {subject}>: the signature does not fit.",
        hint=_SIGNATURE,
        words=(
            r"Could not validate request for topic (?P<subject>[\w/.]+)|Invalid webhook HMAC|"
            r"reason: invalid_hmac|Unable to verify request HMAC|Invalid webhook signature|"
            r"Could not validate request HMAC|HMAC (?:validation|verification) failed"
        ),
    ),
    KnownRefusal(
        code="missing_hmac",
        message="The app rejects a webhook that has no signature.",
        hint=(
            "Shopify signs every delivery over HTTPS. Was this one sent by something else, or did a proxy "
            "remove X-Shopify-Hmac-Sha256? devhook forge sends signed deliveries."
        ),
        words=r"reason: missing_hmac|does not contain an HMAC value",
    ),
    KnownRefusal(
        code="missing_body",
        message="The app rejects a webhook whose body is empty when the library reads it.",
        hint=(
            "A parser read the body before: let the library read the raw one (express.text({{type: '*/*'}}), "
            "await request.text())."
        ),
        words=r"reason: missing_body|No body was received when processing webhook",
    ),
    KnownRefusal(
        code="hidden_error",
        message="The library fails on an answer of Shopify that has no data, and hides its error.",
        hint=(
            "Type devhook subscriptions list with the same shop and token: it sends such a request and "
            "explains the answer. Usually the token is not valid or a scope is missing."
        ),
        words=r"(?:property|reading) '(?:webhookSubscriptions|webhookSubscriptionCreate)'",
        vague=True,
    ),
    KnownRefusal(
        code="no_handler",
        message="The app has no handler for the topic {asked}.",
        hint=(
            "Add it to the webhooks that the app registers, and start the app again; or remove the "
            "subscription: devhook subscriptions list"
        ),
        words=(
            r"No (?:HTTP )?webhooks? (?:is |are )?registered for topic (?P<asked>[\w/.]+)|"
            r"No handler (?:was )?registered for topic (?P<asked_2>[\w/.]+)"
        ),
    ),
    KnownRefusal(
        code="csrf",
        message="The app's protection against CSRF rejects the webhook: it expects the token of a form.",
        hint=(
            "Exempt the route of webhooks: skip_forgery_protection (Rails), "
            "csrf_exempt (Django), validateCsrfTokens(except: …) (Laravel). The signature protects it."
        ),
        words=(
            r"InvalidAuthenticityToken|Can(?:'|’)?t verify CSRF token|CSRF verification failed|"
            r"CSRF token (?:is )?missing|TokenMismatchException"
        ),
    ),
    KnownRefusal(
        code="toml_section",
        message="The CLI rejects the section [{section}] of shopify.app.toml as a whole.",
        hint="Update the CLI (npm install -g @shopify/cli@latest), and type: shopify app config validate",
        kind=InputError,
        words=r"\[\]: Unrecognized key\(s\) in object: ['\"](?P<section>\w+)['\"]",
    ),
    KnownRefusal(
        code="toml_keys",
        message=(
            "The CLI rejects [[webhooks]] in shopify.app.toml: it contains keys that are not allowed there."
        ),
        hint="Update the CLI (npm install -g @shopify/cli@latest), and type: shopify app config validate",
        kind=InputError,
        words=r"webhooks\W{1,40}Validation errors\W{1,12}Unexpected key\(s\) were found",
    ),
)
