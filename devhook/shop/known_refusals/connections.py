"""Lists the errors of an app that does not reach its shop: its name cannot be looked up."""

from typing import Final

from devhook.errors import InputError, NetworkError
from devhook.shop.refusal import KnownRefusal

CONNECTIONS: Final = (
    KnownRefusal(
        code="shop_with_scheme",
        message="The app uses the shop's URL as the name of a host.",
        hint="Set the shop's name without https:// and without a path: NAME.myshopify.com.",
        kind=InputError,
        words=r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) https?://",
    ),
    KnownRefusal(
        code="shop_unset",
        message="The app requests a shop without a name: a variable of the app is unset.",
        hint="Set the shop's name in the app's environment, for example NAME.myshopify.com.",
        kind=InputError,
        words=(
            r"(?:getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Could not resolve host:|TCP connection to) "
            r"(?:undefined|null|nil|None)?\.myshopify\.com"
        ),
    ),
    KnownRefusal(
        code="shop_unresolved",
        message="The app cannot resolve <{shop}|the name of the shop>.",
        hint="Check the shop's name, and that the machine of the app reaches the internet.",
        kind=NetworkError,
        words=(
            r"(?:getaddrinfo (?:ENOTFOUND|EAI_AGAIN)|Could not resolve host:) [\w-]{1,100}\.myshopify\.com|"
            r"TCP connection to [\w-]{1,100}\.myshopify\.com:443 \(getaddrinfo|"
            r"Failed to resolve ['\"][\w-]{1,100}\.myshopify\.com"
        ),
    ),
)
