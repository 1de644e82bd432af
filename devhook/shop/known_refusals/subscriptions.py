"""Lists the refusals of a subscription: its address, topic, format, name and filter.

The words are those of recorded answers (https://github.com/airhorns/shopify-draft-proxy) and of the reports
in tests/cases/test_refusals.py.
"""

from typing import Final

from devhook.errors import CredentialsRefused, InputError
from devhook.shop.refusal import KnownRefusal

_PUBLIC: Final = "Use a public https:// URL: devhook listen --tunnel ngrok, or --public-url https://…"
_UNSET: Final = (
    "Set the public URL of the app (HOST, APP_URL or SHOPIFY_APP_URL in its environment), for example "
    "https://hooks.example.com, and start the app again."
)
_PUBSUB: Final = "Write it pubsub://PROJECT:TOPIC."
DECLARED: Final = (
    "Add the scope to the app, release the new version, and approve it in the shop (or install the app "
    "again); a declared scope is not yet granted."
)
"""The hint for a scope that is not granted."""
_REQUEST_APPROVAL: Final = (
    "Request the approval in the Dev Dashboard or Partner Dashboard, under API access, after selecting a "
    "distribution method. For a development store, filling in the form is enough."
)

ADDRESSES: Final = (
    KnownRefusal(
        code="taken",
        message=(
            "<{shop}|The shop> already delivers <{topic}|the topic> to <{uri}|the address>, in the same "
            "format and with the same filter."
        ),
        hint=(
            "Use another address, or remove the older subscription. devhook subscriptions list shows those "
            "of this app, but not those of shopify.app.toml or of the admin."
        ),
        words=r"already been taken",
    ),
    KnownRefusal(
        code="no_host",
        message=("The address< {uri}> has no host: a variable of the app is unset."),
        hint=_UNSET,
        kind=InputError,
        words=(
            r"Invalid url ['\"](?P<uri>(?:(?:https?:)?/{0,3}(?:undefined|null|None|nil|NaN)\b|/)[^'\"]*)"
            r"['\"], missing (?:host|scheme)|Address protocol undefined\S* is not supported"
        ),
    ),
    KnownRefusal(
        code="no_host",
        message="The address {uri} has no host.",
        hint=_UNSET,
        kind=InputError,
        words=r"Invalid url ['\"](?P<uri>[^'\"]+)['\"], missing host",
    ),
    KnownRefusal(
        code="no_host",
        message="The address has no host: it is empty.",
        hint=_UNSET,
        kind=InputError,
        words=r"Invalid url ['\"]{2}, missing",
    ),
    KnownRefusal(
        code="not_https",
        message="Shopify delivers to https:// only, and {uri} does not begin with it.",
        hint=_PUBLIC,
        kind=InputError,
        words=r"Invalid url ['\"](?P<uri>[^'\"]+)['\"], missing scheme",
    ),
    KnownRefusal(
        code="pubsub_address",
        message="The Pub/Sub address< {uri}> is not valid.",
        hint=_PUBSUB,
        kind=InputError,
        words=r"not a valid GCP pub/sub",
    ),
    KnownRefusal(
        code="not_https",
        message=(
            "Shopify does not deliver to <{uri}|the address>: it must begin with https://, not {protocol}."
        ),
        hint=_PUBLIC,
        kind=InputError,
        words=r"address\W{0,8}protocol (?P<protocol>[a-z][\w+.-]*://) is not supported",
    ),
    KnownRefusal(
        code="internal_address",
        message=(
            "Shopify does not deliver to <{uri}|the address>: its host is inside a network, or is one of "
            "Shopify's own."
        ),
        hint=_PUBLIC,
        kind=InputError,
        words=r"Shopify or an internal domain|address\W{0,8}is not allowed",
    ),
    KnownRefusal(
        code="own_domain",
        message="Shopify does not deliver to <{uri}|the address>: its host is one of the shop's own domains.",
        hint=_PUBLIC,
        kind=InputError,
        words=r"cannot be any of the domains",
    ),
    KnownRefusal(
        code="no_address",
        message="The address to deliver to is empty.",
        hint=_UNSET,
        kind=InputError,
        words=r"address\W{0,8}can(?:'|&#39;|\\?u0027|’)?t be blank",
    ),
    KnownRefusal(
        code="long_address",
        message="The address to deliver to is longer than Shopify's 64 KB.",
        hint=_PUBLIC,
        kind=InputError,
        words=r"address\W{0,8}is too big",
    ),
    KnownRefusal(
        code="event_bridge_address",
        message="Shopify rejects the EventBridge ARN< {uri}>.",
        hint=(
            "Create the event source for this app first (Dev Dashboard, the app, Settings), and copy its "
            "ARN: arn:aws:events:REGION::event-source/aws.partner/shopify.com/APP/NAME"
        ),
        kind=InputError,
        words=(
            r"arn:aws:events:[^\n]{0,300}?\b(?:is invalid|invalid URL)|"
            r"(?:is invalid|invalid url)[^\n]{0,300}?arn:aws:events:"
        ),
    ),
    KnownRefusal(
        code="bad_address",
        message="Shopify rejects the address< {uri}>: it is not a valid URL.",
        hint=_PUBLIC,
        kind=InputError,
        words=(
            r"(?:address|callback_?url)\W{0,8}is invalid|"
            r"invalid value for (?:callbackUrl|uri)(?! \(Invalid url)|"
            r"Invalid url ['\"](?P<uri>[^'\"]*)['\"]"
        ),
    ),
    KnownRefusal(
        code="toml_address",
        message="The uri of a subscription in shopify.app.toml is not valid.",
        hint=(
            "Write https://…, pubsub://PROJECT:TOPIC, an EventBridge ARN, or a path such as /webhooks, which "
            "the CLI appends to application_url."
        ),
        kind=InputError,
        words=r"URI isn't correct URI format",
    ),
)

TOPICS: Final = (
    KnownRefusal(
        code="compliance_topic",
        message="{asked} cannot be subscribed to through the Admin API.",
        hint=(
            "Declare it in shopify.app.toml, under [[webhooks.subscriptions]]: compliance_topics = "
            '["{asked}"]'
        ),
        kind=InputError,
        words=r"Invalid topic specified: (?P<asked>customers/data_request|customers/redact|shop/redact)",
    ),
    KnownRefusal(
        code="customer_data",
        message=(
            "<{shop}|The shop> rejects <{topic}|the topic>: it contains protected customer data, and the app "
            "is not approved for that."
        ),
        hint=_REQUEST_APPROVAL,
        kind=CredentialsRefused,
        words=(
            r"(?:This app is )?not approved to subscribe to webhook topics.{0,40}protected customer data|"
            r"do not have permission to create.{0,120}protected customer data"
        ),
    ),
    KnownRefusal(
        code="customer_data",
        message=(
            "The app is not approved for protected customer data, which REST requests< to {shop}> for orders "
            "and customers contain."
        ),
        hint=_REQUEST_APPROVAL,
        kind=CredentialsRefused,
        words=r"(?:This app is )?not approved to access REST endpoints",
    ),
    KnownRefusal(
        code="customer_data",
        message=(
            "The app is not approved for protected customer data, so <{shop}|the shop> denies access to the "
            "{object}."
        ),
        hint=_REQUEST_APPROVAL,
        kind=CredentialsRefused,
        words=r"(?:This app is )?not approved to (?:access|use) the (?P<object>\w+ (?:object|field))",
    ),
    KnownRefusal(
        code="customer_data",
        message="The app is not approved for protected customer data< in {shop}>.",
        hint=_REQUEST_APPROVAL,
        kind=CredentialsRefused,
        words=r"protected customer data",
        vague=True,
    ),
    KnownRefusal(
        code="rest_topic_name",
        message="The REST API has no topic {asked}: it writes topics in lower case, with a slash<: {topic}>.",
        hint=(
            "Write the topic with a slash, or use the GraphQL mutation webhookSubscriptionCreate, which "
            "takes {asked}."
        ),
        kind=InputError,
        words=r"Invalid topic specified: (?P<asked>(?-i:[A-Z][A-Z]+(?:_[A-Z]+)+))\b",
    ),
    KnownRefusal(
        code="scope",
        message=(
            "<{shop}|The shop> rejects <{topic}|the topic>: the app is not granted <{scopes}|its "
            "scope> there."
        ),
        hint=f"{DECLARED} The topic's name may also be wrong: orders/updated, not orders/update.",
        kind=CredentialsRefused,
        words=(
            r"with the specified topic|Invalid topic specified(?:: (?P<asked>[a-z]\w*[/.]\w+))?|"
            r"do not have permission to create"
        ),
    ),
    KnownRefusal(
        code="toml_scope",
        message="shopify.app.toml subscribes to {topic}, and its access_scopes lack {scope}.",
        hint=(
            "Add the scope under [[access_scopes]], remove use_legacy_install_flow (app-specific "
            "subscriptions need declared scopes), and type: shopify app deploy"
        ),
        kind=CredentialsRefused,
        words=r"Missing scope for webhook topic: (?P<topic>[\w/.]+) \((?P<scope>[^)]*)\)",
    ),
    KnownRefusal(
        code="unknown_topic",
        message="API version {version} has no topic {asked}.",
        hint="List topics and their versions: devhook topics",
        kind=InputError,
        words=r"Topic ['\"]?(?P<asked>[\w/.]+)['\"]? does not exist for ApiVersion ['\"]?(?P<version>[\w-]+)",
    ),
    KnownRefusal(
        code="unknown_topic",
        message="<API version {version}|The API version in use> has no <topic {topic}|such topic>.",
        hint="List topics and their versions: devhook topics",
        kind=InputError,
        words=r"of type WebhookSubscriptionTopic|Argument 'topic'",
    ),
    KnownRefusal(
        code="no_topic",
        message="The request to create a subscription names no topic.",
        hint="List the topics: devhook topics",
        kind=InputError,
        words=r"missing required arguments: topic|topic\W{0,8}can(?:'|&#39;|\\?u0027|’)?t be blank",
    ),
)

OPTIONS: Final = (
    KnownRefusal(
        code="json_only",
        message="<{topic}|The topic> is delivered as JSON only.",
        hint="Use the format JSON: remove --format xml.",
        kind=InputError,
        words=r"Allowed formats: json",
    ),
    KnownRefusal(
        code="cloud_json_only",
        message="Google Pub/Sub and Amazon EventBridge receive JSON only.",
        hint="Use the format JSON (remove --format xml), or an https:// address.",
        kind=InputError,
        words=r"can only be used with format: 'json'",
    ),
    KnownRefusal(
        code="name_taken",
        message="Another subscription in <{shop}|the shop> already has <the name {name}|the same name>.",
        hint="Use another name. Names are unique in a shop, regardless of case.",
        words=r"Name already exists",
    ),
    KnownRefusal(
        code="bad_name",
        message="The name of the subscription<, {name},> is not valid.",
        hint="A name has 1 to 50 letters, digits, hyphens and underscores.",
        kind=InputError,
        words=r"Name is too (?:short|long)|Name name field",
    ),
    KnownRefusal(
        code="bad_filter",
        message="Shopify cannot read the filter.",
        hint=(
            "Every term needs a field: total_price:>=100 AND currency:EUR. metaobjects/* requires a filter."
        ),
        kind=InputError,
        words=r"specified filter is invalid",
    ),
    KnownRefusal(
        code="long_filter",
        message="The filter is longer than Shopify allows.",
        hint="Use a shorter filter.",
        kind=InputError,
        words=r"filter exceeds",
    ),
    KnownRefusal(
        code="gone",
        message="The subscription does not exist in <{shop}|the shop>.",
        hint=(
            "Shopify removes a subscription after eight failed deliveries in a row, and the register() call "
            "of an app removes subscriptions that are not its own."
        ),
        words=r"subscription does not exist",
    ),
)
