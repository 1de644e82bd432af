"""The JSON lines between the session and the receiver's process: configuration down, events up.

It also has the signed pings that the session sends through its public address to reach its own receiver. Only
the two know the key: whoever sees a ping can send it again and gets the same 204, but cannot answer one.

The json module reads the lines: pydantic's parser rejects the half surrogates that represent the bytes of a
path that is not UTF-8.
"""

import hmac
import json
import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from devhook.errors import DevhookError, InboxError, ReceiverError
from devhook.receiver.config import ReceiverConfig
from devhook.sender.latency import LatencyHistogram
from devhook.webhook.answer_fault import AnswerFault
from devhook.webhook.signature import Secret

PING: Final = "X-Devhook-Ping"
PONG: Final = "X-Devhook-Pong"

_PING: Final = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")


class SetFaults(BaseModel):
    """Sent to a running receiver: the faults to answer with from now on, and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    faults: tuple[AnswerFault, ...]


class Ready(BaseModel):
    """The receiver accepts deliveries."""

    model_config = ConfigDict(frozen=True)

    event: Literal["ready"] = "ready"
    port: int


class Notice(BaseModel):
    """Something that happened without being asked for, and what to do about it."""

    model_config = ConfigDict(frozen=True)

    event: Literal["notice"] = "notice"
    message: str
    hint: str = ""


class FaultsLeft(BaseModel):
    """The faults in force from now on, as they are typed: some have been used up."""

    model_config = ConfigDict(frozen=True)

    event: Literal["faults"] = "faults"
    faults: tuple[str, ...]


class LatencyChanged(BaseModel):
    """The latency of all answers since the receiver's start; sent at most once a second."""

    model_config = ConfigDict(frozen=True)

    event: Literal["latency"] = "latency"
    latency: LatencyHistogram


class Failed(BaseModel):
    """The receiver cannot start and ends."""

    model_config = ConfigDict(frozen=True)

    event: Literal["failed"] = "failed"
    what: Literal["inbox", "receiver"]
    message: str
    hint: str = ""

    @property
    def error(self) -> DevhookError:
        """The failure, to be raised on the session's side."""
        kind = InboxError if self.what == "inbox" else ReceiverError
        return kind(self.message, self.hint)


class Unintelligible(Exception):
    """A line that cannot be used. The reason contains no character of the line, which may contain secrets."""


Model = TypeVar("Model", bound=BaseModel)
Event = Ready | Notice | FaultsLeft | LatencyChanged | Failed
_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def config_line(config: ReceiverConfig) -> bytes:
    """Return the line of the configuration. It contains the secrets and is for the receiver's stdin only."""
    key = config.ping_key.get_secret_value() if config.ping_key else None
    secret_fields = {"secrets": _secret_objects(config.secrets), "ping_key": key}
    return _line(config.model_dump(mode="json", exclude=set(secret_fields)) | secret_fields)


def faults_line(faults: Sequence[AnswerFault]) -> bytes:
    """Return the line of the faults to answer with from now on."""
    return _line(SetFaults(faults=tuple(faults)).model_dump(mode="json"))


def event_line(event: Event) -> bytes:
    """Return the line of an event."""
    return _line(event.model_dump())


def config_of(line: bytes) -> ReceiverConfig:
    """Return the configuration of a `config_line`. Raise Unintelligible."""
    return _read(ReceiverConfig, line)


def faults_of(line: bytes) -> SetFaults:
    """Return the faults of a `faults_line`. Raise Unintelligible."""
    return _read(SetFaults, line)


def event_of(line: bytes) -> Event:
    """Return the event of an `event_line`. Raise ValueError for any other line."""
    return _EVENT.validate_python(json.loads(line))


def _read(model: type[Model], line: bytes) -> Model:
    try:
        return model.model_validate(json.loads(line))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        # The name of an unknown field may be a secret in the wrong place.
        place = ".".join(map(str, first["loc"])) if first["type"] != "extra_forbidden" else ""
        raise Unintelligible(f"{place}: {first['msg']}" if place else first["msg"]) from None
    except (ValueError, RecursionError):
        raise Unintelligible("it is not JSON") from None


def _secret_objects(secrets: tuple[Secret, ...]) -> list[dict[str, str]]:
    return [{"name": secret.name, "value": secret.value.get_secret_value()} for secret in secrets]


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields).encode("ascii") + b"\n"


def ping(key: SecretStr, nonce: str) -> str:
    """Return the value of the ping's header. `nonce` is 32 hexadecimal digits, never used before."""
    return f"{nonce}.{_seal(key, 'ping', nonce)}"


def pong(key: SecretStr, nonce: str) -> str:
    """Return the value of the answer's header."""
    return _seal(key, "pong", nonce)


def answer_to(key: SecretStr, header: str) -> str | None:
    """Return the answer to a ping that was made with this key; None when it was not."""
    match = _PING.fullmatch(header)
    if match is None or not hmac.compare_digest(match[2], _seal(key, "ping", match[1])):
        return None
    return pong(key, match[1])


def _seal(key: SecretStr, purpose: str, nonce: str) -> str:
    return hmac.digest(key.get_secret_value().encode(), f"devhook {purpose} {nonce}".encode(), "sha256").hex()
