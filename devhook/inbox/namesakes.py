"""What the inbox knows of a signature that does not hold: other bodies that came under its Webhook-Id."""

from typing import Final

from devhook.inbox.past import shop_key
from devhook.inbox.rows import storable
from devhook.inbox.store import Inbox
from devhook.signature_doctor.case import Case, OtherBody
from devhook.webhook.delivery import Delivery

# Only trusted ones: what a stranger sent explains nobody's signature, and the index holds no others.
NAMESAKES: Final = """
SELECT delivery_id FROM readings.readings
WHERE trusted AND shop = ? AND webhook_id = ? AND delivery_id <> ? ORDER BY delivery_id LIMIT 3
"""


def case_of(inbox: Inbox, delivery_id: int, delivery: Delivery) -> Case:
    """Everything that may explain the signature that a delivery claims."""
    return Case(
        body=delivery.body, claimed=delivery.hmac or "", others=_namesakes(inbox, delivery_id, delivery)
    )


def _namesakes(inbox: Inbox, delivery_id: int, delivery: Delivery) -> tuple[OtherBody, ...]:
    if delivery.webhook_id is None:
        return ()
    found = inbox.query(NAMESAKES, shop_key(delivery.shop), storable(delivery.webhook_id), delivery_id)
    return tuple(OtherBody(id=other, body=inbox.delivery(other).body) for (other,) in found)
