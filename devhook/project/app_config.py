"""What `shopify.app.toml` declares: the client id, scopes, API version, topics and compliance topics.

Format: https://shopify.dev/docs/apps/build/cli-for-apps/app-configuration
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from devhook.errors import InputError
from devhook.files import is_own, read_regular
from devhook.text import listed
from devhook.toml_text import parse_toml

COMPLIANCE_TOPICS: Final = ("customers/data_request", "customers/redact", "shop/redact")
"""The topics that an app in the App Store has to declare.

https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
"""

_FILE: Final = re.compile(r"shopify\.app(?:\.([-\w]+))?\.toml")
_DEFAULT: Final = "shopify.app.toml"
_LARGEST: Final = 2**18
_VERSION: Final = re.compile(r"\d{4}-\d{2}|unstable")
_ORIGIN: Final = re.compile(r"^https?://[^/?#]*")
# A path that no shell changes, because it becomes a part of a suggested command.
_TYPED_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]{1,64}){1,8}/?")
_PRIVACY: Final = {
    "customer_data_request_url": "customers/data_request",
    "customer_deletion_url": "customers/redact",
    "shop_deletion_url": "shop/redact",
}


class DeclaredTopic(BaseModel):
    """A topic that the app declares, with the options of its subscription.

    `uri` is an address or a path below the application's URL. `filter` is Shopify's search syntax, empty
    where there is none. `include_fields`: empty for all fields.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    uri: str = ""
    filter: str = ""
    include_fields: tuple[str, ...] = ()


class AppConfig(BaseModel):
    """A `shopify.app.toml`. What the file does not contain, or in another type, is empty.

    `file`: its path.
    `client_id`: of the app; "" in a file that is not linked to an app.
    `scopes`: the access scopes that the app asks for.
    `api_version`: of the webhooks.
    `topics`: the declared topics, in the order of the file.
    `compliance`: the compliance topics among them.
    `dev_shop`: the development shop, `acme.myshopify.com`.
    """

    model_config = ConfigDict(frozen=True)

    file: Path
    client_id: str = ""
    scopes: tuple[str, ...] = ()
    api_version: str = ""
    topics: tuple[DeclaredTopic, ...] = ()
    compliance: tuple[str, ...] = ()
    dev_shop: str = ""

    @property
    def name(self) -> str:
        """The name in the file's name: `staging` of `shopify.app.staging.toml`, "" of `shopify.app.toml`."""
        found = _FILE.fullmatch(self.file.name)
        return (found and found.group(1)) or ""

    @property
    def missing_compliance(self) -> tuple[str, ...]:
        """The compliance topics that are not declared."""
        return tuple(each for each in COMPLIANCE_TOPICS if each not in self.compliance)

    @property
    def topic_names(self) -> tuple[str, ...]:
        """The declared topics that can be subscribed to, each once."""
        return tuple(dict.fromkeys(each.name for each in self.topics))

    @property
    def webhook_path(self) -> str:
        """The one path of all declared topics; "" where they have several, or none that can be typed."""
        paths = {_ORIGIN.sub("", each.uri) for each in self.topics}
        path = paths.pop() if len(paths) == 1 else ""
        return path if _TYPED_PATH.fullmatch(path) else ""


def app_folder(folder: Path) -> Path | None:
    """Return the nearest folder that contains a `shopify.app.toml`: `folder` or one above it.

    Only folders of this user are searched: another one may put a file above them.
    """
    own = itertools.takewhile(is_own, (folder, *folder.parents))
    return next((each for each in own if any(_files(each))), None)


def app_config(folder: Path, asked: str = "") -> AppConfig | None:
    """Return what the app in `folder` declares; None where there is no app.

    `asked` selects one of several files by its name (`staging`) or its file name, as `shopify app config use`
    and SHOPIFY_FLAG_APP_CONFIG do. Raise InputError for a file that cannot be read, and where the choice is
    open.
    """
    found = app_folder(folder)
    return read_app_config(_chosen(found, asked)) if found else None


def read_app_config(file: Path) -> AppConfig:
    """Return what a file declares. Raise InputError when it is not readable, or not TOML."""
    try:
        tables = parse_toml(read_regular(file, _LARGEST).decode())
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", f"Correct {file}.") from error
    except ValueError as error:
        raise InputError(f"{file} is not valid TOML: {error}.", f"Correct {file}.") from error
    return _declared(file, tables)


def _files(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(each for each in folder.glob("shopify.app*.toml") if _FILE.fullmatch(each.name))
    except OSError:
        return


def _chosen(folder: Path, asked: str) -> Path:
    files = {each.name: each for each in _files(folder)}
    wanted = {asked, f"shopify.app.{asked}.toml"} if asked else {_DEFAULT}
    found = next((file for name, file in files.items() if name in wanted), None)
    if found is None and not asked and len(files) == 1:
        (found,) = files.values()
    if found is None:
        raise InputError(
            f"{folder} has several app configurations: {listed(tuple(files))}."
            if not asked
            else f"{folder} has no app configuration {asked!r}, but {listed(tuple(files))}.",
            f"Choose one: export SHOPIFY_FLAG_APP_CONFIG={next(iter(files))}",
        )
    return found


def _declared(file: Path, tables: Mapping[str, Any]) -> AppConfig:
    webhooks = _table(tables, "webhooks")
    subscriptions = [each for each in _list(webhooks, "subscriptions") if isinstance(each, dict)]
    privacy = _table(webhooks, "privacy_compliance")
    compliance = [topic for each in subscriptions for topic in _texts(each, "compliance_topics")]
    compliance += [topic for key, topic in _PRIVACY.items() if _text(privacy, key)]
    access = _table(tables, "access_scopes")
    return AppConfig(
        file=file,
        client_id=_text(tables, "client_id"),
        scopes=tuple(filter(None, re.split(r"[,\s]+", _text(access, "scopes")))),
        api_version=version if _VERSION.fullmatch(version := _text(webhooks, "api_version")) else "",
        topics=tuple(
            DeclaredTopic(
                name=topic,
                uri=_text(each, "uri"),
                filter=_text(each, "filter"),
                include_fields=_texts(each, "include_fields"),
            )
            for each in subscriptions
            for topic in _texts(each, "topics")
        ),
        compliance=tuple(dict.fromkeys(compliance)),
        dev_shop=_text(_table(tables, "build"), "dev_store_url"),
    )


def _table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table.get(name)
    return value if isinstance(value, dict) else {}


def _list(table: Mapping[str, Any], name: str) -> list[Any]:
    value = table.get(name)
    return value if isinstance(value, list) else []


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name)
    return value.strip() if isinstance(value, str) else ""


def _texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(each for each in _list(table, name) if isinstance(each, str))
