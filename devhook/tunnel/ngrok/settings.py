"""The agent's configuration, and which parts of the user's own ngrok configuration are used."""

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pyngrok import installer

from devhook.errors import TunnelError
from devhook.tunnel.agent_tunnel import PAUSES

# The user's own tunnels are not opened; pyngrok needs the agent's log in its default form, and its API at a
# free port.
_DROPPED: Final = ("endpoints", "tunnels")
_DROPPED_OF_THE_AGENT: Final = ("log", "log_format", "log_level", "web_addr", "console_ui")
_LOOPBACK: Final = ("127.0.0.1", "localhost")


class NgrokSettings(BaseModel):
    """How the agent is started. Times are seconds.

    `executable`: the path of the agent; None to search for it.
    `token`: the authtoken; None for the one in NGROK_AUTHTOKEN or in ngrok's own configuration.
    `domain`: the domain of the address; None for the account's own, which is the same each time.
    `start_timeout`: how long a start may take.
    `pauses`: the pause before each restart of an agent that ended; their number limits the restarts.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    executable: Path | None = None
    token: SecretStr | None = None
    domain: str | None = None
    start_timeout: float = Field(default=20.0, gt=0)
    pauses: tuple[float, ...] = PAUSES

    @property
    def url(self) -> str | None:
        """The address to request; None for the account's own."""
        return f"https://{self.domain.removeprefix('https://').rstrip('/')}" if self.domain else None


class AgentConfig(BaseModel):
    """The agent's configuration file.

    `content`: the file's text, as JSON, which is YAML too.
    `secrets`: the tokens and keys that ngrok's messages may repeat.
    `token_inside`: whether `content` contains the authtoken that was given.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    content: SecretStr
    secrets: tuple[SecretStr, ...]
    token_inside: bool

    @property
    def known(self) -> tuple[str, ...]:
        """The plain values of `secrets`."""
        return tuple(secret.get_secret_value() for secret in self.secrets)


def agent_config(token: SecretStr | None, environment: Mapping[str, str]) -> AgentConfig:
    """Return the configuration of an agent that uses this token; None for the token that ngrok knows.

    It is derived from the user's own configuration, which may name a proxy, certificates and the token. The
    user's file is not changed: pyngrok would write one where there is none. Raise TunnelError if the user's
    file cannot be parsed.
    """
    config = _derived(_user_config())
    agent = config.get("agent", config)
    if token is not None:
        agent["authtoken"] = token.get_secret_value()
    secrets = [environment.get("NGROK_AUTHTOKEN"), environment.get("NGROK_API_KEY")]
    secrets += [agent.get("authtoken"), agent.get("api_key")]
    return AgentConfig(
        content=SecretStr(json.dumps(config)),
        secrets=tuple(SecretStr(secret) for secret in secrets if isinstance(secret, str) and secret),
        token_inside=token is not None,
    )


def has_configured_token() -> bool:
    """Return whether the user's own ngrok configuration contains an authtoken."""
    config = _derived(_user_config())
    return bool(config.get("agent", config).get("authtoken"))


def bypass_proxy_for_loopback(environment: MutableMapping[str, str]) -> None:
    """Exclude this machine from the proxy, for the agent's API, which pyngrok requests through urllib."""
    for name in ("no_proxy", "NO_PROXY"):
        excluded = [host.strip() for host in environment.get(name, "").split(",") if host.strip()]
        if "*" not in excluded:
            environment[name] = ",".join(dict.fromkeys((*excluded, *_LOOPBACK)))


def _derived(user: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is used of the user's configuration. Version 3 has the agent's settings under `agent`."""
    version = str(user.get("version", "3"))
    used = {name: value for name, value in user.items() if name not in _DROPPED}
    if version != "3":
        return {"version": version} | _for_the_agent(used)
    agent = used.get("agent")
    return {**used, "version": "3", "agent": _for_the_agent(agent if isinstance(agent, dict) else {})}


def _for_the_agent(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in _DROPPED_OF_THE_AGENT}


def _user_config() -> dict[str, Any]:
    path = Path(installer.get_default_ngrok_dir()) / "ngrok.yml"
    if not path.exists():
        return {}
    try:
        user: object = installer.get_ngrok_config(str(path), use_cache=False)
    except Exception:  # noqa: BLE001 - whatever the YAML parser behind pyngrok raises
        user = None
    if isinstance(user, dict):
        return user
    # Not raised from the parser's error, which quotes the line.
    raise TunnelError(f"ngrok's own configuration cannot be parsed: {path}.", "Type: ngrok config check")
