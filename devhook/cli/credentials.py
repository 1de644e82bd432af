"""What opens a shop and what signs its deliveries: from the environment, the config file, a keyring.

No option takes a secret: `ps` shows options to everybody.
"""

import importlib
import os
from collections.abc import Mapping
from typing import Final

import click
from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.cli.configuration import KEPT, Kept
from devhook.cli.console import warn
from devhook.shop.access import Access, access
from devhook.webhook.signature import Secret

VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "access_token": ("DEVHOOK_ACCESS_TOKEN",),
    "client_id": ("DEVHOOK_CLIENT_ID", "SHOPIFY_API_KEY"),
    "client_secret": ("DEVHOOK_CLIENT_SECRET", "SHOPIFY_API_SECRET"),
    "old_client_secret": ("DEVHOOK_OLD_CLIENT_SECRET",),
    "notifications_secret": ("DEVHOOK_NOTIFICATIONS_SECRET",),
}
"""The variables that each is looked for in, in this order."""

SIGNING: Final[Mapping[str, str]] = {
    "client_secret": "client secret",
    "old_client_secret": "old client secret",
    "notifications_secret": "Notifications secret",
}
"""What deliveries are checked with, and what the screen calls each by."""

MISTAKABLE: Final[Mapping[str, str]] = {"client_id": "client id", "access_token": "access token"}
"""What is often taken for a secret to sign with, and what the screen calls each by."""

_OPENING: Final = ("access_token", "client_id", "client_secret")
_SERVICE: Final = "devhook"


class Found(BaseModel):
    """A value and where it was found: a variable's name, `the config file` or `the keyring`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    value: SecretStr
    source: str


class Credentials(BaseModel):
    """What was found, by name (`client_secret`). `opening` names those that open the shop."""

    model_config = ConfigDict(frozen=True)

    found: Mapping[str, Found]
    opening: tuple[str, ...]

    def access(self) -> Access:
        """What opens the shop. Raises InputError where it is missing or cannot be right."""
        given = {name: self._value(name) for name in self.opening or _OPENING}
        return access(
            given.get("access_token", ""), given.get("client_id", ""), given.get("client_secret", "")
        )

    def secrets(self) -> tuple[Secret, ...]:
        """The secrets to check deliveries with."""
        return self._called(SIGNING)

    def mistakable(self) -> tuple[Secret, ...]:
        """What may have been taken for one of them. No delivery is valid that it signed."""
        return self._called(MISTAKABLE)

    def _called(self, names: Mapping[str, str]) -> tuple[Secret, ...]:
        return tuple(
            Secret(name=called, value=self._value(name))
            for name, called in names.items()
            if name in self.found
        )

    def _value(self, name: str) -> str:
        return self.found[name].value.get_secret_value() if name in self.found else ""


def credentials(shop: str = "") -> Credentials:
    """Find what there is: the environment goes before the config file, which goes before the keyring.

    What opens the shop comes of the first of them that holds enough for it, with those before. The keyring
    keeps a shop's credentials, so `shop` (`acme.myshopify.com`) must be known. It is asked when the config
    file says `keyring = true`, or when it says nothing and there is nothing else.
    """
    context = click.get_current_context(silent=True)
    configured: Kept = context.meta[KEPT] if context and KEPT in context.meta else Kept({})
    found = _from_environment()
    opening = _opening(found)
    found = _from_config(configured) | found
    opening = opening or _opening(found)
    if shop and (configured.keyring or (configured.keyring is None and not found)):
        found = _from_keyring(shop, complain=configured.keyring is True) | found
        opening = opening or _opening(found)
    return Credentials(found=found, opening=opening)


def secrets_known(shop: str = "") -> tuple[Secret, ...]:
    """Return the secrets to check deliveries with; those of the keyring too where the shop is known."""
    return credentials(shop).secrets()


def _opening(found: Mapping[str, Found]) -> tuple[str, ...]:
    """Which of them open the shop: the token goes before the client's id and secret."""
    return next((names for names in (_OPENING[:1], _OPENING[1:]) if found.keys() >= set(names)), ())


def _from_environment() -> dict[str, Found]:
    return {
        name: Found(value=SecretStr(os.environ[variable]), source=variable)
        for name, variables in VARIABLES.items()
        for variable in [next((each for each in variables if os.environ.get(each, "").strip()), None)]
        if variable
    }


def _from_config(configured: Kept) -> dict[str, Found]:
    return {
        name: Found(value=SecretStr(value), source="the config file")
        for name, value in configured.secrets.items()
        if value.strip()
    }


def _from_keyring(shop: str, *, complain: bool) -> dict[str, Found]:
    """What the OS keyring keeps of this shop. One that is not there or fails is none; who asked is told."""
    try:
        keyring = importlib.import_module("keyring")
        kept = {
            name: keyring.get_password(_SERVICE, f"{shop}/{name.replace('_', '-')}") for name in VARIABLES
        }
    except ImportError:
        if complain:
            warn(
                "The config file enables the keyring, but the package keyring is not installed.",
                "pip install devhook[keyring]",
            )
        return {}
    except Exception as error:  # noqa: BLE001 - every backend raises errors of its own, D-Bus's among them
        if complain:
            warn(
                f"The keyring cannot be read: {type(error).__name__}.",
                "Unlock it, or set DEVHOOK_ACCESS_TOKEN.",
            )
        return {}
    return {
        name: Found(value=SecretStr(value), source="the keyring") for name, value in kept.items() if value
    }
