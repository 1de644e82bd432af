"""What a stranger makes of a delivery: its body altered, another secret's signature, or none."""

from typing import Final

from pydantic import SecretStr

from devhook.forge.shopify_headers import SIGNATURE_HEADER, WEBHOOK_ID_HEADER
from devhook.forge.tampering import tampered
from devhook.scenario.model import Fault
from devhook.simulator.envelope import Envelope
from devhook.webhook.signature import sign

FORGERIES: Final = frozenset({Fault.TAMPERED, Fault.WRONG_SECRET, Fault.MISSING_HEADER})

# What was recorded may spell its headers otherwise.
_SIGNATURE: Final = SIGNATURE_HEADER.lower()
_WEBHOOK_ID: Final = WEBHOOK_ID_HEADER.lower()


def forged(envelope: Envelope, fault: Fault, *, webhook_id: str, other_secret: SecretStr) -> Envelope:
    """Return what a stranger sends in place of `envelope`, under an id of its own.

    With the id of the true delivery it would look like its duplicate, or the true one like a duplicate of it.
    """
    body = tampered(envelope.body) if fault is Fault.TAMPERED else envelope.body
    replaced = {_WEBHOOK_ID: webhook_id}
    if fault is Fault.WRONG_SECRET:
        replaced[_SIGNATURE] = sign(other_secret.get_secret_value(), body)
    headers = tuple(
        (name, replaced.get(name.lower(), value))
        for name, value in envelope.headers
        if not (fault is Fault.MISSING_HEADER and name.lower() == _SIGNATURE)
    )
    return envelope.model_copy(
        update={"webhook_id": webhook_id, "headers": headers, "body": body, "forged": True}
    )
