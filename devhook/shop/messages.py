"""Lists the known refusals of Shopify, each with a message and a hint.

The patterns match texts of recorded answers (https://github.com/airhorns/shopify-draft-proxy) and of
https://shopify.dev/docs/api/usage/response-codes.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.errors import CredentialsRefused, DevhookError, InputError, NetworkError
from devhook.text import listed
from devhook.webhook.topics import Topic

# Characters of Shopify's text that a message quotes; the text may be a page of HTML.
_LONGEST_QUOTE: Final = 300


class ShopRefusal(BaseModel):
    """A refusal.

    `code`: identifies it.
    `message`, `hint`: what happened, and what to do about it.
    `kind`: the class of the error.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    hint: str
    kind: type[DevhookError] = DevhookError

    def error(self) -> DevhookError:
        """Return the error to raise."""
        return self.kind(self.message, self.hint)


_SOME_SHOP: Final = "the shop"


class RequestContext(BaseModel):
    """The request that the shop refused; unknown values are empty.

    `shop`: the domain.
    `topic`, `uri`, `name`: of the requested subscription.
    `api_version`: of the request.
    `secrets`: removed from every quoted text.
    """

    model_config = ConfigDict(frozen=True)

    shop: str = ""
    topic: Topic | None = None
    uri: str = ""
    name: str = ""
    api_version: str = ""
    secrets: tuple[SecretStr, ...] = ()

    def placeholders(self, answer: str) -> dict[str, str]:
        """Return the values of the placeholders in messages and hints. `answer` is Shopify's text."""
        topic = self.topic
        return {
            "shop": self.shop or _SOME_SHOP,
            "topic": topic.name if topic else "this topic",
            "scopes": _alternatives(topic.scopes) if topic else "the required scope",
            "uri": quoted(self.uri) or "this address",
            "name": self.name or "that was requested",
            "version": self.api_version or "in use",
            "answer": quoted(self._without_secrets(answer)),
        }

    def _without_secrets(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret.get_secret_value(), "…")
        return text


class KnownRefusal(NamedTuple):
    """A known refusal.

    `code`: identifies it.
    `message`, `hint`: with the placeholders of a RequestContext.
    `kind`: the class of the error.
    `pattern`: matches Shopify's text, loosely, because its wording changes; empty if a status or a code
    identifies the refusal.
    """

    code: str
    message: str
    hint: str
    kind: type[DevhookError] = DevhookError
    pattern: str = ""

    def refusal(self, context: RequestContext, answer: str = "") -> ShopRefusal:
        """Return the refusal of a request. `answer` is Shopify's text."""
        values = context.placeholders(answer)
        message = self.message.format_map(values)
        return ShopRefusal(
            code=self.code,
            # "the shop" gets a capital at the start of a sentence; a domain does not.
            message=message[:1].upper() + message[1:] if message.startswith(_SOME_SHOP) else message,
            hint=self.hint.format_map(values),
            kind=self.kind,
        )


def quoted(text: str) -> str:
    """Return Shopify's text on one line, of 300 characters at most."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def _alternatives(scopes: Sequence[str]) -> str:
    return listed(scopes) or "the required scope"


_PUBLIC: Final = "Use a public https:// address: devhook listen --tunnel ngrok, or --public-url https://…"
DECLARED: Final = (
    "Add the scope to the app, release that version, and approve it in the shop (or install the app again); "
    "a declared scope is not yet granted."
)
"""The hint for a scope that is not granted."""

_LATER: Final = "Try again later; see www.shopifystatus.com."

SENTENCES: Final = (
    KnownRefusal(
        "taken",
        "{shop} already delivers {topic} to {uri}, in the same format and with the same filter.",
        "Use another address, or remove the older subscription. devhook subscriptions list shows "
        "those of this app, but not those of shopify.app.toml or of the admin.",
        pattern=r"already been taken",
    ),
    KnownRefusal(
        "customer_data",
        "{shop} rejects {topic}: it contains protected customer data, and the app is not approved for that.",
        "Request the approval in the Dev Dashboard or Partner Dashboard, under API access, after "
        "selecting a distribution method. For a development store, filling in the form is enough.",
        CredentialsRefused,
        pattern=r"protected customer data",
    ),
    KnownRefusal(
        "scope",
        "{shop} rejects {topic}: the app is not granted {scopes} there.",
        f"{DECLARED} The topic's name may also be wrong: orders/updated, not orders/update.",
        CredentialsRefused,
        pattern=r"specified topic|Invalid topic specified|do not have permission to create",
    ),
    KnownRefusal(
        "not_https",
        "Shopify does not deliver to {uri}: an address must begin with https://.",
        _PUBLIC,
        InputError,
        pattern=r"protocol \S+ is not supported|not a valid GCP",
    ),
    KnownRefusal(
        "internal_address",
        "Shopify does not deliver to {uri}: it is an address inside a network, or one of Shopify's own.",
        _PUBLIC,
        InputError,
        pattern=r"Shopify or an internal domain|[Aa]ddress is not allowed",
    ),
    KnownRefusal(
        "own_domain",
        "Shopify does not deliver to {uri}: it is one of the shop's own domains.",
        _PUBLIC,
        InputError,
        pattern=r"cannot be any of the domains",
    ),
    KnownRefusal(
        "no_address",
        "The address to deliver to is empty.",
        _PUBLIC,
        InputError,
        pattern=r"[Aa]ddress can't be blank",
    ),
    KnownRefusal(
        "long_address",
        "The address to deliver to is longer than Shopify's 64 KB.",
        _PUBLIC,
        InputError,
        pattern=r"[Aa]ddress is too big",
    ),
    KnownRefusal(
        "bad_address",
        "Shopify cannot read the address {uri}.",
        _PUBLIC,
        InputError,
        pattern=r"[Aa]ddress is invalid|invalid value for callbackUrl",
    ),
    KnownRefusal(
        "json_only",
        "{topic} is delivered as JSON only.",
        "Remove --format xml for this topic.",
        InputError,
        pattern=r"Allowed formats: json",
    ),
    KnownRefusal(
        "cloud_json_only",
        "Google Pub/Sub and Amazon EventBridge receive JSON only.",
        "Remove --format xml, or use an https:// address.",
        InputError,
        pattern=r"can only be used with format: 'json'",
    ),
    KnownRefusal(
        "name_taken",
        "Another subscription in {shop} already has the name {name}.",
        "Use another name. Names are unique in a shop, regardless of case.",
        pattern=r"Name already exists",
    ),
    KnownRefusal(
        "bad_name",
        "A subscription cannot have the name {name}.",
        "A name has 1 to 50 letters, digits, hyphens and underscores.",
        InputError,
        pattern=r"Name is too|Name name field",
    ),
    KnownRefusal(
        "bad_filter",
        "Shopify cannot read the filter.",
        "Every term needs a field: total_price:>=100 AND currency:EUR. metaobjects/* requires a filter.",
        InputError,
        pattern=r"specified filter is invalid",
    ),
    KnownRefusal(
        "long_filter",
        "The filter is longer than Shopify allows.",
        "Use a shorter filter.",
        InputError,
        pattern=r"filter exceeds",
    ),
    KnownRefusal(
        "gone",
        "The subscription does not exist in {shop}.",
        "Shopify removes a subscription after eight failed deliveries in a row, and the register() "
        "call of an app removes subscriptions that are not its own.",
        pattern=r"subscription does not exist",
    ),
    KnownRefusal(
        "unknown_topic",
        "API version {version} of {shop} has no topic {topic}.",
        "List topics and their versions: devhook topics",
        InputError,
        pattern=r"of type WebhookSubscriptionTopic|Argument 'topic'",
    ),
    KnownRefusal(
        "unknown_field",
        "API version {version} does not support the request: {answer}",
        "Use a newer version: --api-version",
        pattern=r"doesn't exist on type|doesn't accept argument|Field is not defined on",
    ),
)

STATUSES: Final[Mapping[int, KnownRefusal]] = {
    401: KnownRefusal(
        "token",
        "{shop} rejects the access token.",
        "Copy the Admin API access token (shpat_…) of an app that is installed in this shop; a "
        "client secret or an app automation token does not work. Uninstalling the app revokes its tokens.",
        CredentialsRefused,
    ),
    402: KnownRefusal(
        "frozen", "{shop} is frozen because of an unpaid bill.", "The owner of the shop must pay Shopify."
    ),
    403: KnownRefusal(
        "forbidden",
        "{shop} rejects the request: the app is not granted the required scope.",
        DECLARED,
        CredentialsRefused,
    ),
    404: KnownRefusal(
        "no_shop",
        "There is no shop {shop}, or no Admin API at this address.",
        "The shop's name is part of the address of its admin: https://admin.shopify.com/store/NAME",
        InputError,
    ),
    423: KnownRefusal(
        "locked", "{shop} is locked by Shopify.", "The owner of the shop must contact Shopify."
    ),
    429: KnownRefusal(
        "too_often",
        "The rate limit of {shop} is exceeded.",
        "Wait a minute, and check what else uses the same app.",
    ),
    430: KnownRefusal(
        "security",
        "Shopify rejects these requests as an attack (430 Security Rejection).",
        "Wait, or use another network; a shared address or a VPN may be the cause.",
    ),
    530: KnownRefusal(
        "no_dns", "Shopify cannot resolve {shop} (530).", "Check the shop's name.", NetworkError
    ),
    540: KnownRefusal("disabled", "The API of {shop} is temporarily disabled (540).", _LATER, NetworkError),
}

GRANTS: Final[Mapping[str, KnownRefusal]] = {
    "app_not_installed": KnownRefusal(
        "app_not_installed",
        "The app is not installed in {shop}.",
        "Install it there (Dev Dashboard, the app, Install app), then try again.",
        CredentialsRefused,
    ),
    "shop_not_permitted": KnownRefusal(
        "shop_not_permitted",
        "The client id and secret are not valid for {shop}: app and shop must belong to the same "
        "organisation.",
        "Use an app of the shop's own organisation, or an access token: set DEVHOOK_ACCESS_TOKEN.",
        CredentialsRefused,
    ),
    "application_cannot_be_found": KnownRefusal(
        "unknown_client",
        "There is no app with this client id.",
        "Copy client id and secret from the app's settings in the Dev Dashboard again.",
        CredentialsRefused,
    ),
    "invalid_client": KnownRefusal(
        "client_secret",
        "Shopify rejects the client secret.",
        "Copy client id and secret from the app's settings in the Dev Dashboard again; a rotated "
        "secret is invalid once it is revoked.",
        CredentialsRefused,
    ),
}

OTHER_GRANT: Final = KnownRefusal(
    "no_token",
    "{shop} issues no token for this client id and secret: {answer}",
    "Check the app in the Dev Dashboard, or use an access token: set DEVHOOK_ACCESS_TOKEN.",
    CredentialsRefused,
)
DENIED: Final = KnownRefusal("denied", "{shop} rejects the app: {answer}", DECLARED, CredentialsRefused)
THROTTLED: Final = KnownRefusal(
    "throttled",
    "The app has no API points left in {shop}.",
    "Wait a minute, and check what else uses the same app.",
)
REDIRECTED: Final = KnownRefusal(
    "redirected",
    "{shop} redirects to {answer}.",
    "The shop may have another myshopify.com domain now; check the address of its admin.",
    InputError,
)
FAILED: Final = KnownRefusal("failed", "{shop} answered {answer}: an error at Shopify.", _LATER, NetworkError)
OTHER_STATUS: Final = KnownRefusal(
    "status", "{shop} answered: {answer}", "Check that the API version is still supported: --api-version"
)
OTHER: Final = KnownRefusal(
    "unknown",
    "{shop} answered: {answer}",
    "devhook does not know this error of Shopify.",
)
EMPTY: Final = KnownRefusal("no_data", "{shop} answered without data.", _LATER, NetworkError)
FOREIGN: Final = KnownRefusal(
    "foreign",
    "The answer for {shop} is not from the Admin API; it has the type {answer}.",
    "A proxy, a login portal or a firewall may have answered; check HTTPS_PROXY and the network.",
    NetworkError,
)
TOO_NEW: Final = KnownRefusal(
    "too_new",
    "{topic} is not in API version {version}; it exists since {answer}.",
    "Use a newer version: --api-version",
    InputError,
)
NOT_OVER_HTTPS: Final = KnownRefusal(
    "not_over_https",
    "{topic} is never delivered over HTTPS.",
    "Remove this topic; Shopify delivers it to Google Pub/Sub and Amazon EventBridge only.",
    InputError,
)
