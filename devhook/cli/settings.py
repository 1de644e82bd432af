"""The settings of the config files, and which of them a checked-out project may set.

A project's file is data of whoever wrote the project. A setting is free when no value of it lets data leave
this machine, writes or deletes a file, exposes a port, chooses the inbox, or decides what happens in a shop.
Any other setting needs the permission of this user (see `trust_store`).
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from devhook.errors import InputError
from devhook.sender.target import is_this_machine, target_url


def _never(_value: Any) -> bool:
    return False


def _always(_value: Any) -> bool:
    return True


def _is_true(value: Any) -> bool:
    return value is True


def _is_false(value: Any) -> bool:
    return value is False


def _is_none(value: Any) -> bool:
    return bool(value == "none")


def _is_loopback_host(value: Any) -> bool:
    return isinstance(value, str) and is_this_machine(value)


def _is_loopback_target(value: Any) -> bool:
    """Return whether each address is on this machine; one that is not an address is not."""
    addresses = value if isinstance(value, list) else [value]
    try:
        for address in addresses:
            target_url(str(address))
    except InputError:
        return False
    return True


def _is_loopback_route(value: Any) -> bool:
    routes = value if isinstance(value, list) else [value]
    return all(_is_loopback_target(str(route).partition("=")[2]) for route in routes)


class Setting(NamedTuple):
    """One setting.

    `name`: as in a config file, with underscores; `demo.answer` is that of one command only.
    `effect`: what a value that is not free does, as `devhook trust` shows it.
    `is_free`: whether a project may set a value without permission.
    """

    name: str
    effect: str = ""
    is_free: Callable[[Any], bool] = _never


def _free(*names: str) -> tuple[Setting, ...]:
    return tuple(Setting(name, is_free=_always) for name in names)


_REMOTE: Final = "sends deliveries to another machine"
_SECRETS: Final = "sets a credential, or a secret that makes deliveries valid"
_LIMIT: Final = "decides which deliveries are removed from the inbox"

SETTINGS: Final = (
    # What is received and shown.
    *_free("topics", "topic", "port", "path", "suggest", "format", "include_fields", "filter"),
    *_free("metafield_namespace", "wait_for_target", "output", "json", "no_color", "page", "shell"),
    *_free(
        "words", "limit", "log.all", "follow", "timeout", "count", "include_past", "show.headers", "shape"
    ),
    # What is sent to a target on this machine, and what is written to stdout.
    *_free(
        "scenario", "present", "speed", "retry_speed", "times", "shuffle", "seed", "only_late", "concurrency"
    ),
    *_free("new_ids", "set", "add", "unset", "consistent", "tamper", "only", "skip", "list", "as", "title"),
    *_free("demo.answer", "dry_run", "web"),
    *_free("rate", "ramp", "burst", "for", "orders", "shops", "duplicates", "retries", "fail_if"),
    Setting("mask", "shows personal data", _is_true),
    Setting("theme", "chooses the colours of your screen"),
    Setting("keys", "changes what your keys do"),
    Setting("show.raw", "writes bodies to the terminal as they arrived"),
    # What leaves this machine or makes it reachable.
    Setting("forward_to", _REMOTE, _is_loopback_target),
    Setting("route", _REMOTE, _is_loopback_route),
    Setting("to", "sends requests signed with your secret to another machine", _is_loopback_target),
    Setting("url", "sends requests signed with your secret to another machine", _is_loopback_target),
    Setting("allow_remote", "allows targets on another machine", _is_false),
    Setting("count_from", "sends requests to another machine", _is_loopback_target),
    Setting("master", "lets other machines connect to a master of load tests"),
    Setting("worker", "lets another machine start load tests here"),
    Setting("workers", "starts so many processes"),
    Setting("host", "exposes the port to other machines", _is_loopback_host),
    Setting("web_host", "exposes the screen to other machines", _is_loopback_host),
    Setting("install_ngrok", "fetches ngrok's agent from bin.ngrok.com", _is_false),
    Setting("tunnel", "exposes the port to the Internet", _is_none),
    Setting("domain", "exposes the port to the Internet"),
    Setting("public_url", "subscribes the shop to this address"),
    Setting("admin_origin", "sends the access token to this address"),
    # What happens in a shop, and with which credentials.
    Setting("shop", "chooses the shop: devhook listen subscribes it, and opens a tunnel"),
    Setting("api_version", "chooses the version of the Admin API"),
    Setting("action", "removes subscriptions from the shop"),
    Setting("dead", "removes subscriptions from the shop"),
    Setting("yes", "allows a file without asking"),
    Setting("revoke", "removes a permission"),
    Setting(
        "forward", "forwards unsigned requests of strangers to your app", lambda value: value == "trusted"
    ),
    Setting("answer", "answers with failures, after which the shop removes a subscription"),
    Setting("body_limit", "changes which deliveries are rejected"),
    Setting("sign_with", "chooses the secret that signs"),
    Setting("resign", "signs deliveries with your secret"),
    Setting("hmac", "chooses the signature that is checked"),
    Setting("keyring", "reads credentials from the keyring", _is_false),
    *(
        Setting(f"secrets.{name}", _SECRETS)
        for name in (
            "access_token",
            "client_id",
            "client_secret",
            "old_client_secret",
            "notifications_secret",
        )
    ),
    # What is stored, read, written and removed.
    Setting("inbox", "chooses the inbox"),
    Setting("keep_days", _LIMIT),
    Setting("keep_count", _LIMIT),
    Setting("keep_bytes", _LIMIT),
    Setting("keep_untrusted", _LIMIT),
    Setting("prune.all", "removes all deliveries from the inbox"),
    Setting("salvage", "exports what a damaged inbox still contains"),
    Setting("out", "writes this file"),
    Setting("force", "overwrites files"),
    Setting("junit", "writes this file"),
    Setting("html", "writes this file"),
    Setting("file", "reads this file"),
    Setting("source", "reads this file or inbox"),
    Setting("files", "reads these files into the inbox"),
    Setting("scenarios.names", "reads these files"),
    Setting("verify.headers", "reads this file"),
    Setting("from", "reads this file or delivery"),
    Setting("watch", "reads files below this path"),
    Setting("edit", "opens an editor"),
    Setting("exec", "runs this command"),
    Setting("print", "prints requests signed with your secret"),
)
"""Every setting, once."""

_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}


def setting_of(table: str, name: str) -> Setting:
    """Return a setting by its table (empty for the top of the file) and its name; one for unknown names."""
    if table == "keys":
        return _BY_NAME[table]
    unknown = Setting(name, "is a setting that devhook does not know")
    return _BY_NAME.get(f"{table}.{name}") or _BY_NAME.get(name, unknown)
