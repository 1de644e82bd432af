"""What stands in the way of a public address: the ngrok agent and its token, or the user's own address."""

import json
from collections.abc import Mapping
from typing import Final

from devhook.doctor.finding import Finding, obstacle, ok
from devhook.tunnel.given_address import public_address
from devhook.tunnel.ngrok.error_codes import ERROR_MEANINGS
from devhook.tunnel.ngrok.executable import checked_version, found
from devhook.tunnel.ngrok.settings import agent_config

_NO_TOKEN: Final = ERROR_MEANINGS["4018"]


async def agent_findings(environment: Mapping[str, str]) -> list[Finding]:
    """Whether there is an ngrok agent that is new enough. It is asked its version and not started."""
    executable = found(None, environment)
    version = await checked_version(executable)
    return [ok("ngrok", f"The ngrok agent is version {version} ({executable}).")]


async def token_findings(environment: Mapping[str, str]) -> list[Finding]:
    """Whether ngrok has a token. Whether it is the right one shows when a tunnel is opened."""
    if environment.get("NGROK_AUTHTOKEN", "").strip():
        return [ok("ngrok token", "ngrok has a token from NGROK_AUTHTOKEN.")]
    kept = json.loads(agent_config(None, {}).content.get_secret_value())
    if kept.get("agent", kept).get("authtoken"):
        return [ok("ngrok token", "ngrok has a token in its own configuration.")]
    return [obstacle("ngrok token", _NO_TOKEN.message, _NO_TOKEN.hint)]


async def address_findings(url: str) -> list[Finding]:
    """Whether Shopify would deliver to that address. It is not asked."""
    return [ok("address", f"{public_address(url)} is an address that Shopify can deliver to.")]
