"""Concludes a verdict, the changes and a hint from a delivery and the deliveries before it."""

import re
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.analysis import hints
from devhook.analysis.diff import Change, compare
from devhook.analysis.earlier import Earlier, Original, Previous
from devhook.analysis.order_parts import in_the_shape_of, part_in
from devhook.webhook.delivery import Signature
from devhook.webhook.document import Document
from devhook.webhook.subject import Subject

_DELETION: Final = re.compile(r".+/(delete|remove)")
# Topics of a subject that existed before.
_CONTINUATION: Final = re.compile(r".+/(update|updated|paid|fulfilled|partially_fulfilled|cancelled)")
# The fields of a body that only identifies its subject.
_ID_ONLY: Final = frozenset({"id", "admin_graphql_api_id"})


class Verdict(StrEnum):
    """How a delivery relates to the earlier deliveries of its subject.

    `first`: there is no earlier version to compare with.
    `changed`: a significant field differs from the previous version.
    `unchanged`: only noise fields differ, or none.
    `duplicate`: its Webhook-Id arrived before.
    `late`: a newer version of its subject, of any topic, arrived before it.
    """

    FIRST = "first"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    LATE = "late"


class Reading(BaseModel):
    """What devhook concluded about one delivery. Derived: it can be rebuilt from the inbox at any time.

    `subject`: what the payload is about; None if it is not known.
    `version`: nanoseconds since 1970; orders the versions of a subject.
    `changes`, `noise`: the significant changes and the others, against `compared_with`.
    `hint`: a sentence for the developer; may be empty.
    `original`: id of the first delivery that a duplicate repeats.
    `attempt`: for a duplicate, its number among the deliveries with its Webhook-Id; 2 is the first retry.
    `waited`: for a duplicate, microseconds since the original.
    `first_answer`: for a duplicate, the status that the original got; 0: none.
    `redundant`: the same content as `compared_with`, under other ids and of another action.
    `newer`: id of the newest delivery that arrived before a late one.
    `compared_with`: id of the delivery that the changes count from.
    `unreadable`: why the payload could not be read; empty if it could.

    As JSON it is `payload.write_json(reading.model_dump())`: pydantic would write the Decimals of a change as
    strings.
    """

    model_config = ConfigDict(frozen=True)

    subject: Subject | None
    version: int
    verdict: Verdict
    changes: tuple[Change, ...] = ()
    noise: tuple[Change, ...] = ()
    hint: str = ""
    original: int | None = None
    attempt: int | None = None
    waited: int | None = None
    first_answer: int | None = None
    redundant: bool = False
    newer: int | None = None
    compared_with: int | None = None
    unreadable: str = ""


class _Base(BaseModel):
    """What a delivery is compared with; `document` is the expected body if nothing changed."""

    model_config = ConfigDict(frozen=True)

    version: Previous
    document: Document
    whole: bool


def conclude(
    topic: str | None,
    signature: Signature,
    event_id: str | None,
    subject: Subject | None,
    version: int,
    document: Document,
    earlier: Earlier,
    received_at: int = 0,
) -> Reading:
    """Return the reading of a delivery; `received_at` is in microseconds since 1970.

    A delivery with an invalid signature is compared, to show what it would have changed, but is never a
    duplicate: anyone can copy a Webhook-Id. A duplicate of a trusted delivery is not compared.
    """
    original = earlier.original
    if original is not None and original.signature.trusted and signature.trusted:
        return _of_a_duplicate(subject, version, original, max(0, received_at - original.at))
    base = _base(topic, subject, document, earlier)
    changes = compare(base.document, document) if base else ()
    significant = tuple(change for change in changes if not change.noise)
    noise = tuple(change for change in changes if change.noise)
    newer = earlier.newer
    if newer is not None:
        verdict, hint = Verdict.LATE, hints.of_a_late_one(newer)
    elif base is None:
        verdict, hint = _of_a_first_one(topic, subject, document, earlier)
    elif significant:
        verdict, hint = Verdict.CHANGED, ""
    else:
        verdict = Verdict.UNCHANGED
        hint = hints.of_no_change(topic, event_id, base.version, noise, whole=base.whole)
    return Reading(
        subject=subject,
        version=version,
        verdict=verdict,
        changes=significant,
        noise=noise,
        hint=hint if signature.trusted else hints.UNTRUSTED,
        redundant=signature.trusted and base is not None and not changes and _repeats(topic, event_id, base),
        newer=newer.id if newer else None,
        compared_with=base.version.id if base else None,
    )


def _of_a_duplicate(subject: Subject | None, version: int, original: Original, waited: int) -> Reading:
    return Reading(
        subject=subject,
        version=version,
        verdict=Verdict.DUPLICATE,
        hint=hints.of_a_duplicate(original, waited),
        original=original.id,
        attempt=original.attempts + 1,
        waited=waited,
        first_answer=original.status,
    )


def _base(topic: str | None, subject: Subject | None, document: Document, earlier: Earlier) -> _Base | None:
    """Return what to compare with: the newest body of the same part, by itself or inside its order.

    Fields of a part that an order's body lacks are taken from the part's previous version, else ignored.
    """
    own = _own_base(topic, subject, document, earlier.previous)
    if earlier.order is None or subject is None:
        return own
    like = own.document if own else document
    part = part_in(earlier.order.document, subject.part)
    told = None if part is None else in_the_shape_of(like, part)
    return own if told is None else _Base(version=earlier.order, document=told, whole=False)


def _own_base(
    topic: str | None, subject: Subject | None, document: Document, previous: Previous | None
) -> _Base | None:
    if previous is None or not _comparable(topic, document, previous):
        return None
    if subject is None or previous.shape == subject.document:
        return _Base(version=previous, document=previous.document, whole=True)
    told = in_the_shape_of(document, previous.document)
    return None if told is None else _Base(version=previous, document=told, whole=False)


def _repeats(topic: str | None, event_id: str | None, base: _Base) -> bool:
    """Return whether a delivery equal to `base` belongs to another action, and so is redundant."""
    same_action = event_id is not None and event_id == base.version.event_id
    return base.whole and topic == base.version.topic and not same_action


def _comparable(topic: str | None, document: Document, previous: Previous) -> bool:
    """Return whether the bodies can be compared: beside `{"id": 1}` every other field would be removed."""
    return _is_deletion(topic) == _is_deletion(previous.topic) and (
        _is_only_an_id(document) == _is_only_an_id(previous.document)
    )


def _is_deletion(topic: str | None) -> bool:
    return topic is not None and _DELETION.fullmatch(topic) is not None


def _is_only_an_id(document: Document) -> bool:
    return type(document) is dict and document.keys() <= _ID_ONLY


def _of_a_first_one(
    topic: str | None, subject: Subject | None, document: Document, earlier: Earlier
) -> tuple[Verdict, str]:
    if _is_deletion(topic):
        return Verdict.CHANGED, hints.of_a_deletion(subject)
    previous = earlier.previous
    if previous is not None and not _comparable(topic, document, previous):
        return Verdict.FIRST, hints.of_an_id_only(previous)
    goes_on = topic is not None and _CONTINUATION.fullmatch(topic) is not None
    return Verdict.FIRST, hints.of_a_first_one(topic, subject, document, goes_on=goes_on)
