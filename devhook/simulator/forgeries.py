"""What a stranger makes of a delivery: its body altered, another secret's signature, or none."""

import re
from typing import Final

from pydantic import SecretStr

from devhook.sending.heading import SIGNATURE_HEADER, WEBHOOK_ID_HEADER
from devhook.sending.scenario import Fault
from devhook.simulator.envelope import Envelope
from devhook.webhook.signature import sign

FORGERIES: Final = frozenset({Fault.TAMPERED, Fault.WRONG_SECRET, Fault.MISSING_HEADER})

# Where a digit of money stands, in JSON or XML: what somebody would alter. An order's total comes first.
_DIGITS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rb"""total[_-]price(?:":"|[^<>]*>)(\d)""",
        rb"""(?:price|amount)(?:":"|[^<>]*>)(\d)""",
        rb"""(\d)\D*\Z""",
    )
)


def forged(envelope: Envelope, fault: Fault, *, webhook_id: str, other_secret: SecretStr) -> Envelope:
    """Return what a stranger sends in place of `envelope`, under an id of its own.

    With the id of the true delivery it would look like its duplicate, or the true one like a duplicate of it.
    """
    body = tampered(envelope.body) if fault is Fault.TAMPERED else envelope.body
    replaced = {WEBHOOK_ID_HEADER: webhook_id}
    if fault is Fault.WRONG_SECRET:
        replaced[SIGNATURE_HEADER] = sign(other_secret.get_secret_value(), body)
    headers = tuple(
        (name, replaced.get(name, value))
        for name, value in envelope.headers
        if not (fault is Fault.MISSING_HEADER and name == SIGNATURE_HEADER)
    )
    return envelope.model_copy(
        update={"webhook_id": webhook_id, "headers": headers, "body": body, "forged": True}
    )


def tampered(body: bytes) -> bytes:
    """Return `body` with one byte altered: a digit of an amount, else the last digit, else the last byte.

    The length stays, and a digit stays a digit, so that what comes out can still be read.
    """
    found = next(filter(None, (digit.search(body) for digit in _DIGITS)), None)
    if found is None:
        return body[:-1] + b" " if body else body
    position = found.start(1)
    digit = b"%d" % (int(found[1]) % 9 + 1)
    return body[:position] + digit + body[position + 1 :]
