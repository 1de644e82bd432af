"""A delivery that an app refused although its signature is valid, beside what the app said to others."""

from typing import Final

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import ANSWERS, RECEIVER, Answered, Row, answered_of
from devhook.signature_doctor.app_refusal import REFUSALS, Judged, Refusal
from devhook.webhook.delivery import Signature
from devhook.webhook.interception.interceptor import Interception

# Deliveries that are compared, and the bytes of each: parsing them all takes a fraction of a second.
_OTHERS: Final = 12
_LARGEST: Final = 128 * 2**10
# In a recording the receiver is the app; devhook's own refuses no valid signature.
_RECORDED: Final = "SELECT 1 FROM deliveries WHERE id = ? AND imported_at IS NOT NULL"
# The newest answers only: nothing here is looked up by address.
JUDGED: Final = """
SELECT a.delivery_id, d.signed_with, max(a.status BETWEEN 200 AND 299) AS accepted
FROM answers a NOT INDEXED
JOIN deliveries d ON d.id = a.delivery_id
WHERE a.id > (SELECT max(id) FROM answers) - 500 AND a.by = ? AND a.delivery_id <> ?
    AND (a.status BETWEEN 200 AND 299 OR a.status IN (400, 401, 403))
    AND d.signature = 'valid' AND d.size <= ?
GROUP BY a.delivery_id ORDER BY a.delivery_id DESC LIMIT ?
"""


def app_answers(inbox: Inbox, delivery_id: int) -> list[Answered]:
    """Return what apps answered: the targets, and in a recording the app that was recorded."""
    answers = inbox.select(answered_of, ANSWERS, delivery_id)
    if inbox.query(_RECORDED, delivery_id):
        return answers
    return [answered for answered in answers if answered.by != RECEIVER]


def refusal(inbox: Inbox, row: Row) -> Refusal | None:
    """Return the refusal of a delivery by a target, or by the app of a recording; None if there is none.

    Of each that answered, the last answer counts.
    """
    if row.signature is not Signature.VALID:
        return None
    last = {each.by: each for each in app_answers(inbox, row.id)}
    refused = next(filter(_is_refusal, last.values()), None)
    return _found(inbox, row, refused) if refused else None


def _is_refusal(answered: Answered) -> bool:
    answer = answered.answer
    if answer.failure is not None:
        return False
    if answer.status in REFUSALS:
        return True
    # Laravel and Rails refuse a form without their token with 419 and 422, which mean much else too.
    found = _interception(answered) if answer.status in {419, 422} else None
    return found is not None and found.code == "csrf"


def _interception(answered: Answered) -> Interception | None:
    return answered.answer.interception("" if answered.by == RECEIVER else answered.by)


def _found(inbox: Inbox, row: Row, answered: Answered) -> Refusal:
    judged = inbox.query(JUDGED, answered.by, row.id, _LARGEST, _OTHERS)
    return Refusal(
        delivery=Judged(
            id=row.id,
            body=inbox.delivery(row.id).body,
            accepted=False,
            signed_with=row.signed_with or "",
        ),
        by=answered.by,
        status=answered.answer.status or 0,
        headers=answered.answer.headers,
        interception=_interception(answered),
        others=tuple(
            Judged(
                id=each["delivery_id"],
                body=inbox.delivery(each["delivery_id"]).body,
                accepted=bool(each["accepted"]),
                signed_with=each["signed_with"] or "",
            )
            for each in judged
        ),
    )
