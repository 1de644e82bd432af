"""What devhook tells the agent, and what of the user's own ngrok configuration it keeps."""

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pyngrok import installer

from devhook.errors import TunnelError

# Seconds before each attempt to start an agent that died by itself.
_PAUSES: Final = (1.0, 3.0, 10.0, 30.0, 60.0)
# Tunnels of the user's are no business of this agent; pyngrok needs its log as it is by default, and its API
# at a port that is free.
_NOT_KEPT: Final = ("endpoints", "tunnels")
_NOT_KEPT_OF_THE_AGENT: Final = ("log", "log_format", "log_level", "web_addr", "console_ui")
_LOOPBACK: Final = ("127.0.0.1", "localhost")


class NgrokSettings(BaseModel):
    """How the agent is to be started. Times are seconds.

    `executable`: the agent, else it is looked for. `token`: else the one that ngrok itself knows, from
    NGROK_AUTHTOKEN or from its own configuration. `domain`: else the one that the account has; it is the
    same each time. `start_timeout`: what a start may take, whatever the agent does. `pauses`: what is waited
    before each new start of an agent that died.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    executable: Path | None = None
    token: SecretStr | None = None
    domain: str | None = None
    start_timeout: float = Field(default=20.0, gt=0)
    pauses: tuple[float, ...] = _PAUSES

    @property
    def url(self) -> str | None:
        """The address that is asked for; None for the account's own."""
        return f"https://{self.domain.removeprefix('https://').rstrip('/')}" if self.domain else None


class AgentConfig(BaseModel):
    """The agent's configuration as it is written, and the secrets that ngrok's words may repeat."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    content: SecretStr
    secrets: tuple[SecretStr, ...]
    token_inside: bool

    @property
    def known(self) -> tuple[str, ...]:
        """The secrets, to be looked for."""
        return tuple(secret.get_secret_value() for secret in self.secrets)


def agent_config(token: SecretStr | None, environment: Mapping[str, str]) -> AgentConfig:
    """Return the configuration of an agent that is to use this token.

    It is made of the user's own, which may name the way out (a proxy, certificates) and hold the token. The
    user's file is left as it is: pyngrok would write one where there is none.
    """
    kept = _kept(Path(installer.get_default_ngrok_dir()) / "ngrok.yml")
    agent = kept.get("agent", kept)
    if token is not None:
        agent["authtoken"] = token.get_secret_value()
    secrets = [environment.get("NGROK_AUTHTOKEN"), environment.get("NGROK_API_KEY")]
    secrets += [agent.get("authtoken"), agent.get("api_key")]
    return AgentConfig(
        content=SecretStr(json.dumps(kept)),
        secrets=tuple(SecretStr(secret) for secret in secrets if isinstance(secret, str) and secret),
        token_inside=token is not None,
    )


def spare_loopback(environment: MutableMapping[str, str]) -> None:
    """Keep a proxy away from the agent's API on this machine, which pyngrok asks through urllib."""
    for name in ("no_proxy", "NO_PROXY"):
        spared = [host.strip() for host in environment.get(name, "").split(",") if host.strip()]
        if "*" not in spared:
            environment[name] = ",".join(dict.fromkeys((*spared, *_LOOPBACK)))


def _kept(path: Path) -> dict[str, Any]:
    """Return what is kept of the user's configuration. Version 3 has the agent's settings under `agent`."""
    user = _read(path) if path.exists() else {}
    version = str(user.get("version", "3"))
    kept = {name: value for name, value in user.items() if name not in _NOT_KEPT}
    if version != "3":
        return {"version": version} | _for_the_agent(kept)
    agent = kept.get("agent")
    return {**kept, "version": "3", "agent": _for_the_agent(agent if isinstance(agent, dict) else {})}


def _for_the_agent(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in _NOT_KEPT_OF_THE_AGENT}


def _read(path: Path) -> dict[str, Any]:
    try:
        user: object = installer.get_ngrok_config(str(path), use_cache=False)
    except Exception:  # noqa: BLE001 - whatever the YAML parser behind pyngrok raises
        user = None
    if isinstance(user, dict):
        return user
    # Not raised from the parser's error, which quotes the line.
    raise TunnelError(f"ngrok's own configuration cannot be read: {path}.", "Type: ngrok config check")
