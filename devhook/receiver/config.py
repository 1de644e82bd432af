"""What the receiver is told at its start: where to listen, what to take, what to check against."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from devhook.inbox.retention import Keep
from devhook.receiver.faults import AnswerFault
from devhook.receiver.forwarding import Target
from devhook.webhook.delivery import Origin
from devhook.webhook.signature import Secret


class ReceiverConfig(BaseModel):
    """What the receiver is told at its start. Sizes are bytes, times seconds.

    `port` 0 takes any free one. Without `secret_path` every path is taken. `body_limit`: a larger body is
    answered 413. `header_timeout`: from a request's first byte to the end of its headers; `read_timeout`:
    from there to the end of its body; `idle_timeout`: how long a connection is kept open for the next request
    (longer than tunnels keep theirs, so that it is never us who closes while a request is on its way).
    `grace`: how long open requests may take once the receiver is told to end. `ping_key`: what the session's
    pings through the public address are made with; without one there are none. `targets`: where deliveries
    are forwarded to; with `wait_for_target` the sender is told what the first of them answers. `faults`: how
    deliveries are answered on purpose. `keep`: how much of what came is kept.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    inbox: Path
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    secrets: tuple[Secret, ...] = ()
    origin: Origin = Origin.SHOPIFY
    secret_path: str | None = None
    body_limit: int = Field(default=5 * 2**20, gt=0)
    header_timeout: float = Field(default=10.0, gt=0)
    read_timeout: float = Field(default=30.0, gt=0)
    idle_timeout: float = Field(default=300.0, gt=0)
    grace: float = Field(default=5.0, ge=0)
    ping_key: SecretStr | None = None
    keep: Keep = Keep()
    targets: tuple[Target, ...] = ()
    wait_for_target: bool = False
    faults: tuple[AnswerFault, ...] = ()
