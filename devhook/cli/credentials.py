"""Credentials and signing secrets from the environment, the config file and the keyring.

No option takes a secret, because `ps` shows options to other users.
"""

import importlib
import os
from collections.abc import Mapping
from threading import Thread
from typing import Final

import click
from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.cli.configuration import GIVEN_CREDENTIALS, GivenCredentials
from devhook.cli.console import info, warn
from devhook.cli.project import current_project
from devhook.doctor.finding import Finding
from devhook.doctor.signing import SigningSecret, signing_findings
from devhook.errors import InputError
from devhook.project.env_file import env_credentials
from devhook.shop.access import Access, access
from devhook.text import duration
from devhook.webhook.signature import Secret

VARIABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "access_token": ("DEVHOOK_ACCESS_TOKEN",),
    "client_id": ("DEVHOOK_CLIENT_ID", "SHOPIFY_API_KEY"),
    "client_secret": ("DEVHOOK_CLIENT_SECRET", "SHOPIFY_API_SECRET"),
    "old_client_secret": ("DEVHOOK_OLD_CLIENT_SECRET",),
    "notifications_secret": ("DEVHOOK_NOTIFICATIONS_SECRET",),
}
"""The environment variables of each credential, in order of precedence."""

SIGNING: Final[Mapping[str, str]] = {
    "client_secret": "client secret",
    "old_client_secret": "old client secret",
    "notifications_secret": "Notifications secret",
}
"""The secrets that check deliveries, each with its name on the screen."""

MISTAKABLE: Final[Mapping[str, str]] = {"client_id": "client id", "access_token": "access token"}
"""Credentials that are often mistaken for a signing secret, each with its name on the screen."""

_OPENING: Final = ("access_token", "client_id", "client_secret")
_AGENT_SECRETS: Final = ("NGROK_AUTHTOKEN", "NGROK_API_KEY")
_SERVICE: Final = "devhook"
_SILENT: Final = 2.0
"""Seconds until a notice shows what devhook waits for."""
_SAID: Final = "devhook.env_file"
"""The key of click's `context.meta` for whether the run has said what it took from the project's `.env`."""
_UNLOCKING: Final = 58.0
"""Seconds that the user may take to unlock the keyring."""


class Found(BaseModel):
    """A value and where it was found: a variable's name, `the config file` or `the keyring`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    value: SecretStr
    source: str


class Credentials(BaseModel):
    """Credentials by name (`client_secret`). `opening` names those that authorise the Admin API."""

    model_config = ConfigDict(frozen=True)

    found: Mapping[str, Found]
    opening: tuple[str, ...]

    def access(self) -> Access:
        """Return the credentials of the Admin API. Raise InputError for missing or invalid ones."""
        given = {name: self._value(name) for name in self.opening or _OPENING}
        return access(
            given.get("access_token", ""), given.get("client_id", ""), given.get("client_secret", "")
        )

    def secrets(self) -> tuple[Secret, ...]:
        """Return the secrets that check deliveries."""
        return self._named(SIGNING)

    def mistakable(self) -> tuple[Secret, ...]:
        """Return credentials that may be mistaken for a signing secret. They never make a delivery valid."""
        return self._named(MISTAKABLE)

    def _named(self, names: Mapping[str, str]) -> tuple[Secret, ...]:
        return tuple(
            Secret(name=called, value=self._value(name))
            for name, called in names.items()
            if name in self.found
        )

    def _value(self, name: str) -> str:
        return self.found[name].value.get_secret_value() if name in self.found else ""


def credentials(shop: str = "") -> Credentials:
    """Return the credentials: environment, config file, the project's `.env`, keyring, in this order.

    The credentials of the Admin API come from the first source that, with those before it, is sufficient.
    The keyring stores credentials by shop, so it needs `shop` (`acme.myshopify.com`). It is read when the
    config file sets `keyring = true`, or when `keyring` is not set and no other source has a credential.
    """
    context = click.get_current_context(silent=True)
    configured: GivenCredentials = (
        context.meta[GIVEN_CREDENTIALS]
        if context and GIVEN_CREDENTIALS in context.meta
        else GivenCredentials({})
    )
    found = _from_environment()
    opening = _opening(found)
    found = _from_config(configured) | found
    opening = opening or _opening(found)
    found = _from_project(found, context) | found
    opening = opening or _opening(found)
    if shop and (configured.keyring or (configured.keyring is None and not found)):
        found = _from_keyring(shop, complain=configured.keyring is True) | found
        opening = opening or _opening(found)
    return Credentials(found=found, opening=opening)


def secrets_known(shop: str = "") -> tuple[Secret, ...]:
    """Return the secrets that check deliveries; with `shop`, also those in the keyring."""
    return credentials(shop).secrets()


def secret_findings(known: Credentials) -> list[Finding]:
    """Return whether each signing secret has the format of a secret."""
    return signing_findings(
        [
            SigningSecret(name=called, value=known.found[name].value, source=known.found[name].source)
            for name, called in SIGNING.items()
            if name in known.found
        ],
        [(name.replace("_", " "), found.value) for name, found in known.found.items() if name not in SIGNING],
    )


def emptied_secrets() -> dict[str, str]:
    """Return the secret variables of the environment with empty values, for a child process."""
    names = [name for names in VARIABLES.values() for name in names]
    return {name: "" for name in (*names, *_AGENT_SECRETS) if name in os.environ}


def _opening(found: Mapping[str, Found]) -> tuple[str, ...]:
    """Return the names that authorise the Admin API: the token, else the client's id and secret."""
    return next((names for names in (_OPENING[:1], _OPENING[1:]) if found.keys() >= set(names)), ())


def _from_environment() -> dict[str, Found]:
    return {
        name: Found(value=SecretStr(os.environ[variable]), source=variable)
        for name, variables in VARIABLES.items()
        for variable in [next((each for each in variables if os.environ.get(each, "").strip()), None)]
        if variable
    }


def _from_config(configured: GivenCredentials) -> dict[str, Found]:
    return {
        name: Found(value=SecretStr(value), source="the config file")
        for name, value in configured.secrets.items()
        if value.strip()
    }


def _from_project(known: Mapping[str, Found], context: click.Context | None) -> dict[str, Found]:
    """Return what the project's `.env` adds to the known credentials, and say so once in a run.

    A client id and a client secret belong together: where another source has one, the `.env` adds none.
    """
    file = None if {"client_id", "client_secret"} & known.keys() else current_project().env
    if file is None:
        return {}
    try:
        values = env_credentials(file)
    except InputError as error:
        warn(error.message, error.hint)
        return {}
    found = {name: Found(value=value, source=file.name) for name, (value, _) in values.items()}
    if found and context and not context.meta.setdefault(_SAID, False):
        context.meta[_SAID] = True
        taken = " and ".join(f"the {name.replace('_', ' ')} ({values[name][1]})" for name in found)
        info(f"From {file.name}: {taken}.")
    return found


def _from_keyring(shop: str, *, complain: bool) -> dict[str, Found]:
    """Return the shop's credentials in the OS keyring; none when it fails, with a warning on `complain`."""
    failure: list[Exception] = []
    stored: dict[str, str | None] = {}

    def read() -> None:
        try:
            keyring = importlib.import_module("keyring")
            for name in VARIABLES:
                stored[name] = keyring.get_password(_SERVICE, f"{shop}/{name.replace('_', '-')}")
        except Exception as error:  # noqa: BLE001 - every backend raises errors of its own, D-Bus's among them
            failure.append(error)

    # A backend waits without a bound, for a person who unlocks it or for a service that does not answer.
    reading = Thread(target=read, name="devhook-keyring", daemon=True)
    reading.start()
    reading.join(_SILENT)
    if reading.is_alive():
        info("Waiting for the keyring: unlock it.")
        reading.join(_UNLOCKING)
    if reading.is_alive():
        warn(
            f"The keyring did not answer within {duration(_SILENT + _UNLOCKING)}, so it is not read.",
            "Unlock it, or set DEVHOOK_ACCESS_TOKEN. To leave it unread: keyring = false in the config file.",
        )
        return {}
    if failure:
        if complain:
            warn(*_keyring_failure(failure[0]))
        return {}
    return {
        name: Found(value=SecretStr(value), source="the keyring") for name, value in stored.items() if value
    }


def _keyring_failure(error: Exception) -> tuple[str, str]:
    if isinstance(error, ImportError):
        return (
            "The config file enables the keyring, but the package keyring is not installed.",
            "pip install devhook[keyring]",
        )
    return (
        f"The keyring cannot be read: {type(error).__name__}.",
        "Unlock it, or set DEVHOOK_ACCESS_TOKEN.",
    )
