"""Lists the refusals of an app, a token or a client id, and of a shop that is not available.

https://shopify.dev/docs/api/usage/response-codes
https://shopify.dev/docs/apps/build/authentication-authorization
"""

from typing import Final

from devhook.errors import CredentialsRefused, InputError, NetworkError
from devhook.shop.known_refusals.subscriptions import DECLARED
from devhook.shop.refusal import KnownRefusal

_COPY_AGAIN: Final = "Copy client id and secret from the app's settings in the Dev Dashboard again"

TOKENS: Final = (
    KnownRefusal(
        code="token_must_expire",
        message="<{shop}|Shopify> no longer accepts access tokens of the app that do not expire.",
        hint=(
            "Request an expiring offline token (expiring=1 in the token request) and refresh it every hour; "
            "devhook needs no token with SHOPIFY_API_KEY and SHOPIFY_API_SECRET. "
            "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens"
        ),
        kind=CredentialsRefused,
        words=r"Non-expiring access tokens are no longer accepted",
    ),
    KnownRefusal(
        code="merchant_approval",
        message=(
            "<The scope {scope}|A scope> is not approved in <{shop}|the shop>: its owner has not granted it "
            "to the app."
        ),
        hint=DECLARED,
        kind=CredentialsRefused,
        words=r"requires merchant approval(?: for (?P<scope>[\w, ]*?\w) scope)?",
    ),
    KnownRefusal(
        code="token",
        message="<{shop}|The shop> rejects the access token.",
        hint=(
            "Copy the Admin API access token (shpat_…) of an app that is installed in the shop; a client "
            "secret or an app automation token does not work. Uninstalling the app revokes its tokens."
        ),
        kind=CredentialsRefused,
        words=r"Invalid API key or access token|unrecognized login or wrong password",
        statuses={401},
    ),
    KnownRefusal(
        code="denied",
        message="<{shop}|The shop> denies access to the field {field}. Required access: {required}.",
        hint=DECLARED,
        kind=CredentialsRefused,
        words=(
            r"Access denied for (?P<field>\w+) field\.? Required access: "
            r"(?P<required>[^\n\"]{1,250}?)(?=\.?$|\. |\.?[\"\n])"
        ),
    ),
    KnownRefusal(
        code="denied",
        message="<{shop}|The shop> denies access to the field {field}: the app is not granted its scope.",
        hint=DECLARED,
        kind=CredentialsRefused,
        words=r"Access denied for (?P<field>\w+) field",
    ),
    KnownRefusal(
        code="denied",
        message="<{shop}|The shop> denies access to {object}: the app is not granted its scope.",
        hint=DECLARED,
        kind=CredentialsRefused,
        words=r"(?:^|['\"])(?P<object>[A-Z]\w{1,80}) access denied\.?(?:['\"]|$)",
    ),
    KnownRefusal(
        code="denied",
        message="<{shop}|The shop> denies the app access.",
        hint=DECLARED,
        kind=CredentialsRefused,
        words=r"^\W*access denied\W*$|\baccess denied to\b|\bACCESS_DENIED\b",
        error_codes={"ACCESS_DENIED"},
        vague=True,
    ),
    KnownRefusal(
        code="forbidden",
        message="<{shop}|The shop> rejects the request (403).",
        hint=f"The app usually lacks a scope. {DECLARED}",
        quoting_hint=(
            "devhook does not know this error of Shopify: its words say what the app or the token lacks."
        ),
        kind=CredentialsRefused,
        statuses={403},
        vague=True,
    ),
)

SHOPS: Final = (
    KnownRefusal(
        code="unavailable",
        message=(
            "<{shop}|The shop> is not available: it is frozen because of an unpaid bill, paused or closed."
        ),
        hint="Open its admin: its owner may have to pay a bill of Shopify, or choose a plan.",
        words=r"\bUnavailable Shop\b|this (?:shop|store) is currently unavailable",
        error_codes={"SHOP_INACTIVE"},
    ),
    KnownRefusal(
        code="frozen",
        message="<{shop}|The shop> is frozen because of an unpaid bill (402).",
        hint="The owner of the shop must pay Shopify.",
        words=r"402 (?:Client Error: )?Payment Required",
        statuses={402},
        vague=True,
    ),
    KnownRefusal(
        code="no_shop",
        message=(
            "<There is no shop {shop}|The shop does not exist>, or it has no Admin API at the requested "
            "address."
        ),
        hint=(
            "The shop's name is part of the address of its admin: https://admin.shopify.com/store/NAME. A "
            "path of the Admin API begins with /admin/api/VERSION/."
        ),
        kind=InputError,
        words=r"^\W*(?:errors?\W{0,4})?Not Found\W*$",
        statuses={404},
        vague=True,
    ),
    KnownRefusal(
        code="locked",
        message="<{shop}|The shop> is locked by Shopify (423).",
        hint="The owner of the shop must contact Shopify.",
        statuses={423},
    ),
    KnownRefusal(
        code="no_dns",
        message="Shopify cannot resolve <{shop}|the name of the shop> (530).",
        hint="Check the shop's name.",
        kind=NetworkError,
        statuses={530},
    ),
    KnownRefusal(
        code="disabled",
        message="The API of <{shop}|the shop> is temporarily disabled (540).",
        hint="Try again later; see www.shopifystatus.com.",
        kind=NetworkError,
        statuses={540},
    ),
)

GRANTS: Final = (
    KnownRefusal(
        code="app_not_installed",
        message="The app is not installed in <{shop}|the shop>.",
        hint="Install it there (Dev Dashboard, the app, Install app), then try again.",
        kind=CredentialsRefused,
        words=r"application is not installed on this shop|app_not_installed",
        error_codes={"app_not_installed"},
    ),
    KnownRefusal(
        code="shop_not_permitted",
        message=(
            "The client id and secret are not valid for <{shop}|the shop>: app and shop must belong to the "
            "same organisation."
        ),
        hint="Use an app of the shop's own organisation, or an access token: set DEVHOOK_ACCESS_TOKEN.",
        kind=CredentialsRefused,
        words=r"Client credentials cannot be performed|shop_not_permitted",
        error_codes={"shop_not_permitted"},
    ),
    KnownRefusal(
        code="unknown_client",
        message="There is no app with this client id.",
        hint=f"{_COPY_AGAIN}.",
        kind=CredentialsRefused,
        words=r"application_cannot_be_found|Could not find Shopify API application with api_key",
        error_codes={"application_cannot_be_found"},
    ),
    KnownRefusal(
        code="client_secret",
        message="Shopify rejects the client secret.",
        hint=f"{_COPY_AGAIN}; a rotated secret is invalid once it is revoked.",
        kind=CredentialsRefused,
        words=r"\binvalid_client\b",
        error_codes={"invalid_client"},
    ),
    KnownRefusal(
        code="authorization_code",
        message="The authorization code of the installation was used before, or has expired.",
        hint=(
            "Exchange a code once, and only in the callback; a page that is loaded twice sends it twice. "
            "Start the installation again for a new one."
        ),
        kind=CredentialsRefused,
        words=r"authorization code was not found or was already used",
    ),
    KnownRefusal(
        code="redirect_uri",
        message="The redirect_uri of the installation is not one of the app's.",
        hint=(
            "Add exactly that URL to redirect_urls, under [[auth]] in shopify.app.toml, and type: shopify "
            "app deploy"
        ),
        kind=CredentialsRefused,
        words=(
            r"redirect_uri is (?:missing|not whitelisted)|"
            r"redirect_uri and application url must have matching hosts"
        ),
    ),
    KnownRefusal(
        code="session_token",
        message=(
            "<{shop}|Shopify> rejects the session token: it has expired, or is one of another app or shop."
        ),
        hint="Exchange a session token within its minute: call shopify.idToken() for every request.",
        kind=CredentialsRefused,
        words=r"invalid subject[_ ]token|invalid_subject_token",
        error_codes={"invalid_subject_token"},
    ),
    KnownRefusal(
        code="refresh_token",
        message="<{shop}|Shopify> rejects the refresh token: it has expired, or was used before.",
        hint=(
            "A refresh token is valid for 90 days, and each use gives a new one. Install the app again in "
            "the shop."
        ),
        kind=CredentialsRefused,
        words=r"refresh[ _]token (?:has expired|is expired|is invalid|was revoked)|\binvalid_grant\b",
        error_codes={"invalid_grant"},
    ),
)

OTHER_GRANT: Final = KnownRefusal(
    code="no_token",
    message="<{shop}|Shopify> issues no token for the client id and secret: {answer}",
    hint="Check the app in the Dev Dashboard, or use an access token: set DEVHOOK_ACCESS_TOKEN.",
    kind=CredentialsRefused,
)
