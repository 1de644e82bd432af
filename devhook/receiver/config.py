"""The receiver's configuration: where it listens, which requests it accepts, where it forwards them."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from devhook.inbox.retention import Keep
from devhook.receiver.targets import Forward, Target
from devhook.webhook.answer_fault import AnswerFault
from devhook.webhook.delivery import Origin
from devhook.webhook.signature import Secret


class ReceiverConfig(BaseModel):
    """The receiver's configuration. Sizes are bytes, times seconds.

    `inbox`: the folder of the inbox.
    `host`, `port`: the address to listen on; port 0 selects a free one.
    `secrets`: the secrets that signatures are checked with.
    `origin`: the origin of deliveries that devhook itself did not send.
    `secret_path`: the only path that is accepted; None: every path.
    `body_limit`: a larger body is answered 413.
    `header_limit`: longer headers of one request are answered 431.
    `header_timeout`: from the opening of a connection to its first byte, and from there to the end of the
    headers.
    `read_timeout`: from there to the end of the body.
    `idle_timeout`: between two requests of a connection; longer than a tunnel's, so that a request never
    meets a connection that closes.
    `connections`: the number of open connections; beyond it the idlest is closed.
    `grace`: how long open requests may take once the receiver is to end.
    `ping_key`: the key of the session's pings through the public address; None: there are none.
    `keep`: how much of the inbox is kept.
    `targets`: where deliveries are forwarded to.
    `forward`: which deliveries are forwarded.
    `wait_for_target`: whether the sender gets the answer of the first target.
    `faults`: the faults to answer with.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    inbox: Path
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    secrets: tuple[Secret, ...] = ()
    origin: Origin = Origin.SHOPIFY
    secret_path: str | None = None
    body_limit: int = Field(default=5 * 2**20, gt=0)
    header_limit: int = Field(default=64 * 2**10, gt=0)
    header_timeout: float = Field(default=10.0, gt=0)
    read_timeout: float = Field(default=30.0, gt=0)
    idle_timeout: float = Field(default=300.0, gt=0)
    connections: int = Field(default=512, gt=0)
    grace: float = Field(default=5.0, ge=0)
    ping_key: SecretStr | None = None
    keep: Keep = Keep()
    targets: tuple[Target, ...] = ()
    forward: Forward = Forward.TRUSTED
    wait_for_target: bool = False
    faults: tuple[AnswerFault, ...] = ()
