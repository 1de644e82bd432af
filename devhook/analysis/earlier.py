"""What the inbox knows of the deliveries before one: the input that a verdict is concluded from."""

from pydantic import BaseModel, ConfigDict

from devhook.analysis.clocks import VersionOrder
from devhook.webhook.delivery import Signature
from devhook.webhook.document import Document


class Original(BaseModel):
    """The first of the earlier attempts: deliveries with the same Webhook-Id and topic.

    A trusted one comes before one that is not. One that is not trusted is an attempt only if its body is the
    same: anyone can copy a Webhook-Id, and a secret that was wrong at first makes a delivery untrusted.

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
    `order` is how the delivery stands to it in time; never older.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None
    event_id: str | None
    order: VersionOrder = VersionOrder.NEWER
    shape: str = "order"
    document: Document

    def is_of_action(self, event_id: str | None) -> bool:
        """Return whether the action `event_id` triggered it too; without an id that is not known."""
        return event_id is not None and event_id == self.event_id


class Newest(BaseModel):
    """A trusted version of the subject, of any topic, that arrived first and is known to be newer."""

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None = None


class Earlier(BaseModel):
    """The earlier deliveries that a verdict depends on; None: there is no such delivery.

    `original`: the first attempt of the same message.
    `previous`: the newest version of the same part that is older than the delivery; where no clock says which
    are older, the last one that arrived before it.
    `same_topic`: the same among the deliveries with its topic, if `previous` has another topic.
    `order`: the order's last body before the delivery, if it is newer than `previous` and the delivery is
    about a part of an order.
    `newer`: a newer version that arrived first; it makes the delivery late.
    """

    model_config = ConfigDict(frozen=True)

    original: Original | None = None
    previous: Previous | None = None
    same_topic: Previous | None = None
    order: Previous | None = None
    newer: Newest | None = None
