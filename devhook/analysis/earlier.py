"""What the inbox knows of the deliveries before one: the input that a verdict is concluded from."""

from pydantic import BaseModel, ConfigDict

from devhook.webhook.delivery import Signature
from devhook.webhook.document import Document


class Original(BaseModel):
    """The first of the earlier deliveries with the same Webhook-Id.

    `status` is what its sender was answered (0: nothing), `accepted` whether any of them was answered 2xx.
    `attempts` counts them; `at` is when the first came, in microseconds since 1970. `other_body`: the body
    that is to be read differs from its.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    status: int
    signature: Signature
    accepted: bool = False
    attempts: int = 1
    at: int = 0
    other_body: bool = False


class Previous(BaseModel):
    """An earlier trusted version: of the same part of the subject, or the whole order that has it as a part.

    `shape` is its `Subject.document`: bodies have the same fields where it is equal.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None
    event_id: str | None
    version: int
    shape: str = "order"
    document: Document


class Newest(BaseModel):
    """The newest trusted version of the subject, of whatever topic, among those that came before."""

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None = None
    version: int


class Earlier(BaseModel):
    """What the inbox knows that bears on a delivery: None where there is no such delivery.

    `previous` is the newest version of the same part that is older than the delivery, whenever it came;
    `order` the order's last body before the delivery, if that is newer than `previous` and the delivery tells
    of a part of an order. `newer` is given when there is one: it makes the delivery late.
    """

    model_config = ConfigDict(frozen=True)

    original: Original | None = None
    previous: Previous | None = None
    order: Previous | None = None
    newer: Newest | None = None
