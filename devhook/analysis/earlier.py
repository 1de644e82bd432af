"""What the inbox knows of the deliveries before one: the input that a verdict is concluded from."""

from pydantic import BaseModel, ConfigDict

from devhook.webhook.delivery import Signature
from devhook.webhook.document import Document


class Original(BaseModel):
    """The first of the earlier deliveries with the same Webhook-Id.

    `status`: the status that its sender got; 0: none.
    `accepted`: one of them was answered 2xx.
    `attempts`: how many of them there are.
    `at`: when the first arrived, microseconds since 1970.
    `other_body`: its body differs from the one being read.
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
    """An earlier trusted version of the same part, or of the whole order that contains the part.

    `shape` is its `Subject.document`: bodies with the same shape have the same fields.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None
    event_id: str | None
    version: int
    shape: str = "order"
    document: Document


class Newest(BaseModel):
    """The newest trusted version of the subject, of any topic, that arrived before the delivery."""

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None = None
    version: int


class Earlier(BaseModel):
    """The earlier deliveries that a verdict depends on; None: there is no such delivery.

    `original`: the first delivery with the same Webhook-Id.
    `previous`: the newest version of the same part that is older than the delivery, by version.
    `order`: the order's last body before the delivery, if it is newer than `previous` and the delivery is
    about a part of an order.
    `newer`: a newer version that arrived first; it makes the delivery late.
    """

    model_config = ConfigDict(frozen=True)

    original: Original | None = None
    previous: Previous | None = None
    order: Previous | None = None
    newer: Newest | None = None
