"""Where requests may be sent to: an endpoint on this machine, any other only when that is asked for."""

import ipaddress
from urllib.parse import urlsplit

from devhook.errors import InputError


def target_url(text: str, *, allow_remote: bool = False) -> str:
    """Return the address that `text` means, when requests may be sent there.

    What is signed with an app's secret is true to whoever gets it, so an address beyond this machine has to
    be asked for. Raises InputError for such a one, and for what is no http:// or https:// address.
    """
    url = text.strip()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in {"http", "https"}:
        raise InputError(f"{text!r} is not an http:// or https:// address.", _meant(url))
    if not (allow_remote or is_this_machine(host)):
        raise InputError(
            f"{host} is not this machine: what is signed for the app would be true there.",
            "If it is an endpoint of yours that may be tested, add --allow-remote.",
        )
    return url


def is_this_machine(host: str) -> bool:
    """Whether `host` is a loopback address, or a name that can only be one (RFC 6761)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")


def _meant(url: str) -> str:
    """The address that was probably meant, where a port or a host without its scheme was given."""
    if url.isdecimal():
        return f"Did you mean http://localhost:{url}/ ?"
    if url and "://" not in url and not url.startswith("/"):
        return f"Did you mean http://{url} ?"
    return "Write it like this: http://localhost:3000/webhooks"
