"""What Shopify's refusals mean, in plain words, each with its remedy: the table.

The texts are those of recorded answers (https://github.com/airhorns/shopify-draft-proxy) and of
https://shopify.dev/docs/api/usage/response-codes.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.errors import CredentialsRefused, DevhookError, InputError, NetworkError
from devhook.text import listed
from devhook.webhook.topics import Topic

# What is quoted of Shopify's own words: a page of HTML is no sentence.
_LONGEST_QUOTE: Final = 300


class ShopRefusal(BaseModel):
    """One refusal: a `code` to tell it by, what happened, what to do about it, and which error it is."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    hint: str
    kind: type[DevhookError] = DevhookError

    def error(self) -> DevhookError:
        """The error to raise."""
        return self.kind(self.message, self.hint)


_SOME_SHOP: Final = "the shop"


class RequestContext(BaseModel):
    """What was asked of the shop, for the sentences. What is not known is left empty.

    `secrets` are taken out of everything that is quoted, should the other side repeat them.
    """

    model_config = ConfigDict(frozen=True)

    shop: str = ""
    topic: Topic | None = None
    uri: str = ""
    name: str = ""
    api_version: str = ""
    secrets: tuple[SecretStr, ...] = ()

    def words(self, said: str) -> dict[str, str]:
        """What stands in the sentences for the things that were asked for, and for what Shopify said."""
        topic = self.topic
        return {
            "shop": self.shop or _SOME_SHOP,
            "topic": topic.name if topic else "this topic",
            "scopes": _alternatives(topic.scopes) if topic else "the scope that it needs",
            "uri": quoted(self.uri) or "this address",
            "name": self.name or "that was asked for",
            "version": self.api_version or "in use",
            "said": quoted(self._without_secrets(said)),
        }

    def _without_secrets(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret.get_secret_value(), "…")
        return text


class Known(NamedTuple):
    """A refusal that is understood. `message` and `hint` are filled with an Attempt's words.

    `{said}` stands for what Shopify said. `pattern` finds the refusal in that; it is loose, since wordings
    change over the years. Where the status or a code tells the refusal there is no pattern.
    """

    code: str
    message: str
    hint: str
    kind: type[DevhookError] = DevhookError
    pattern: str = ""

    def refusal(self, attempt: RequestContext, said: str = "") -> ShopRefusal:
        """This refusal of that attempt."""
        words = attempt.words(said)
        message = self.message.format_map(words)
        return ShopRefusal(
            code=self.code,
            # A shop that is not known begins a sentence as any other word.
            message=message[:1].upper() + message[1:] if message.startswith(_SOME_SHOP) else message,
            hint=self.hint.format_map(words),
            kind=self.kind,
        )


def quoted(text: str) -> str:
    """Foreign text on one line of bearable length."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"


def _alternatives(scopes: Sequence[str]) -> str:
    return listed(scopes) or "what it needs"


_PUBLIC: Final = "Use a public https:// address: devhook listen --tunnel ngrok, or --public-url https://…"
DECLARED: Final = (
    "Add the scope to the app, release that version, and approve it in the shop (or install the app again); "
    "a declared scope is not yet granted."
)
"""What to do about a scope that was not granted."""

_LATER: Final = "Try again later; see www.shopifystatus.com."

SENTENCES: Final = (
    Known(
        "taken",
        "{shop} already delivers {topic} to {uri}, in the same format and with the same filter.",
        "Use another address, or remove the older subscription. devhook subscriptions list shows "
        "those of this app, but not those of shopify.app.toml or of the admin.",
        pattern=r"already been taken",
    ),
    Known(
        "customer_data",
        "{shop} rejects {topic}: it contains protected customer data, and the app is not approved for that.",
        "Request the approval in the Dev Dashboard or Partner Dashboard, under API access, after "
        "selecting a distribution method. For a development store, filling in the form is enough.",
        CredentialsRefused,
        pattern=r"protected customer data",
    ),
    Known(
        "scope",
        "{shop} rejects {topic}: the app is not granted {scopes} there.",
        f"{DECLARED} The topic's name may also be wrong: orders/updated, not orders/update.",
        CredentialsRefused,
        pattern=r"specified topic|Invalid topic specified|do not have permission to create",
    ),
    Known(
        "not_https",
        "Shopify does not deliver to {uri}: an address must begin with https://.",
        _PUBLIC,
        InputError,
        pattern=r"protocol \S+ is not supported|not a valid GCP",
    ),
    Known(
        "internal_address",
        "Shopify does not deliver to {uri}: it is an address inside a network, or one of Shopify's own.",
        _PUBLIC,
        InputError,
        pattern=r"Shopify or an internal domain|[Aa]ddress is not allowed",
    ),
    Known(
        "own_domain",
        "Shopify does not deliver to {uri}: it is one of the shop's own domains.",
        _PUBLIC,
        InputError,
        pattern=r"cannot be any of the domains",
    ),
    Known(
        "no_address",
        "The address to deliver to is empty.",
        _PUBLIC,
        InputError,
        pattern=r"[Aa]ddress can't be blank",
    ),
    Known(
        "long_address",
        "The address to deliver to is longer than Shopify's 64 KB.",
        _PUBLIC,
        InputError,
        pattern=r"[Aa]ddress is too big",
    ),
    Known(
        "bad_address",
        "Shopify cannot read the address {uri}.",
        _PUBLIC,
        InputError,
        pattern=r"[Aa]ddress is invalid|invalid value for callbackUrl",
    ),
    Known(
        "json_only",
        "{topic} is delivered as JSON only.",
        "Remove --format xml for this topic.",
        InputError,
        pattern=r"Allowed formats: json",
    ),
    Known(
        "cloud_json_only",
        "Google Pub/Sub and Amazon EventBridge receive JSON only.",
        "Remove --format xml, or use an https:// address.",
        InputError,
        pattern=r"can only be used with format: 'json'",
    ),
    Known(
        "name_taken",
        "Another subscription in {shop} already has the name {name}.",
        "Names are unique in a shop, ignoring case: use another one.",
        pattern=r"Name already exists",
    ),
    Known(
        "bad_name",
        "A subscription cannot have the name {name}.",
        "A name has 1 to 50 letters, digits, hyphens and underscores.",
        InputError,
        pattern=r"Name is too|Name name field",
    ),
    Known(
        "bad_filter",
        "Shopify cannot read the filter.",
        "Every term needs a field: total_price:>=100 AND currency:EUR. metaobjects/* requires a filter.",
        InputError,
        pattern=r"specified filter is invalid",
    ),
    Known(
        "long_filter",
        "The filter is longer than Shopify allows.",
        "Use a shorter filter.",
        InputError,
        pattern=r"filter exceeds",
    ),
    Known(
        "gone",
        "The subscription does not exist in {shop}.",
        "Shopify removes a subscription after eight failed deliveries in a row, and the register() "
        "call of an app removes subscriptions that are not its own.",
        pattern=r"subscription does not exist",
    ),
    Known(
        "unknown_topic",
        "API version {version} of {shop} has no topic {topic}.",
        "List topics and their versions: devhook topics",
        InputError,
        pattern=r"of type WebhookSubscriptionTopic|Argument 'topic'",
    ),
    Known(
        "unknown_field",
        "API version {version} does not support the request: {said}",
        "Use a newer version: --api-version",
        pattern=r"doesn't exist on type|doesn't accept argument|Field is not defined on",
    ),
)

STATUSES: Final[Mapping[int, Known]] = {
    401: Known(
        "token",
        "{shop} rejects the access token.",
        "Copy the Admin API access token (shpat_…) of an app that is installed in this shop; a "
        "client secret or an app automation token does not work. Uninstalling the app revokes its tokens.",
        CredentialsRefused,
    ),
    402: Known(
        "frozen", "{shop} is frozen because of an unpaid bill.", "The owner of the shop must pay Shopify."
    ),
    403: Known(
        "forbidden",
        "{shop} rejects the request: the app is not granted the scope that it needs.",
        DECLARED,
        CredentialsRefused,
    ),
    404: Known(
        "no_shop",
        "There is no shop {shop}, or no Admin API at this address.",
        "The shop's name is part of the address of its admin: https://admin.shopify.com/store/NAME",
        InputError,
    ),
    423: Known("locked", "{shop} is locked by Shopify.", "The owner of the shop must contact Shopify."),
    429: Known(
        "too_often",
        "The rate limit of {shop} is exceeded.",
        "Wait a minute, and check what else uses the same app.",
    ),
    430: Known(
        "security",
        "Shopify rejects these requests as an attack (430 Security Rejection).",
        "Wait, or use another network; a shared address or a VPN may be the cause.",
    ),
    530: Known("no_dns", "Shopify cannot resolve {shop} (530).", "Check the shop's name.", NetworkError),
    540: Known("disabled", "The API of {shop} is temporarily disabled (540).", _LATER, NetworkError),
}

GRANTS: Final[Mapping[str, Known]] = {
    "app_not_installed": Known(
        "app_not_installed",
        "The app is not installed in {shop}.",
        "Install it there (Dev Dashboard, the app, Install app), then try again.",
        CredentialsRefused,
    ),
    "shop_not_permitted": Known(
        "shop_not_permitted",
        "The client id and secret are not valid for {shop}: app and shop must belong to the same "
        "organisation.",
        "Use an app of the shop's own organisation, or an access token: set DEVHOOK_ACCESS_TOKEN.",
        CredentialsRefused,
    ),
    "application_cannot_be_found": Known(
        "unknown_client",
        "There is no app with this client id.",
        "Copy client id and secret from the app's settings in the Dev Dashboard again.",
        CredentialsRefused,
    ),
    "invalid_client": Known(
        "client_secret",
        "Shopify rejects the client secret.",
        "Copy client id and secret from the app's settings in the Dev Dashboard again; a rotated "
        "secret is invalid once it is revoked.",
        CredentialsRefused,
    ),
}

OTHER_GRANT: Final = Known(
    "no_token",
    "{shop} issues no token for this client id and secret: {said}",
    "Check the app in the Dev Dashboard, or use an access token: set DEVHOOK_ACCESS_TOKEN.",
    CredentialsRefused,
)
DENIED: Final = Known("denied", "{shop} rejects the app: {said}", DECLARED, CredentialsRefused)
THROTTLED: Final = Known(
    "throttled",
    "The app has no API points left in {shop}.",
    "Wait a minute, and check what else uses the same app.",
)
REDIRECTED: Final = Known(
    "redirected",
    "{shop} redirects to {said}.",
    "The shop may have another myshopify.com domain now; check the address of its admin.",
    InputError,
)
FAILED: Final = Known("failed", "{shop} answered {said}: an error at Shopify.", _LATER, NetworkError)
OTHER_STATUS: Final = Known(
    "status", "{shop} answered: {said}", "Check that the API version is still supported: --api-version"
)
OTHER: Final = Known(
    "unknown",
    "{shop} answered: {said}",
    "devhook does not know this error of Shopify.",
)
EMPTY: Final = Known("no_data", "{shop} answered without data.", _LATER, NetworkError)
FOREIGN: Final = Known(
    "foreign",
    "The answer for {shop} is not from the Admin API; it has the type {said}.",
    "A proxy, a login portal or a firewall may have answered; check HTTPS_PROXY and the network.",
    NetworkError,
)
TOO_NEW: Final = Known(
    "too_new",
    "{topic} is not in API version {version}; it exists since {said}.",
    "Use a newer version: --api-version",
    InputError,
)
NOT_OVER_HTTPS: Final = Known(
    "not_over_https",
    "{topic} is never delivered over HTTPS.",
    "Shopify delivers it to Google Pub/Sub and Amazon EventBridge only; remove it.",
    InputError,
)
