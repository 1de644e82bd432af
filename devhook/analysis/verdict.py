"""Concludes a verdict, the changes and a hint from a delivery and the deliveries before it."""

import re
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.analysis import hints
from devhook.analysis.comparison import Comparison, Unlisted
from devhook.analysis.diff import Change, are_equal
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
    `late`: a version of its subject, of any topic, that is known to be newer arrived before it.
    """

    FIRST = "first"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    LATE = "late"


class Reading(BaseModel):
    """What devhook concluded about one delivery. Derived: it can be rebuilt from the inbox at any time.

    `subject`: what the payload is about; None if it is not known.
    `version`: when it was made, as well as is known; nanoseconds since 1970.
    `changes`, `noise`, `unlisted`, `unlisted_noise`: the Comparison with `compared_with`.
    `hint`: a sentence for the developer; may be empty.
    `original`: id of the first delivery that a duplicate repeats.
    `attempt`: its number among the attempts of its message; 2 is the first retry. None for the first.
    `waited`: microseconds since the original or, where that was refused, since the first attempt.
    `first_answer`: the status that the same delivery got; 0: none.
    `redundant`: its content came before, in a delivery of its topic, under other ids and of another action.
    `newer`: id of the newest delivery that arrived before a late one.
    `compared_with`: id of the delivery that the changes count from.
    `unordered`: the same id, where no clock says which of the two versions is the newer one.
    `unreadable`: why the payload could not be read; empty if it could.
    `repeated`: the keys that stand twice in the body, each with an earlier value (`before`) and its last one.
    `remarks`: what is wrong with the request itself, a sentence each.

    As JSON it is `payload.write_json(reading.model_dump())`: pydantic would write the Decimals of a change as
    strings.
    """

    model_config = ConfigDict(frozen=True)

    subject: Subject | None
    version: int
    verdict: Verdict
    changes: tuple[Change, ...] = ()
    noise: tuple[Change, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    unlisted_noise: int = 0
    hint: str = ""
    original: int | None = None
    attempt: int | None = None
    waited: int | None = None
    first_answer: int | None = None
    redundant: bool = False
    newer: int | None = None
    compared_with: int | None = None
    unordered: int | None = None
    unreadable: str = ""
    repeated: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def comparison(self) -> Comparison:
        """What differs from `compared_with`."""
        return Comparison(self.changes, self.noise, self.unlisted, self.unlisted_noise)

    @property
    def change_count(self) -> int:
        """How many significant changes there are, listed or not."""
        return len(self.changes) + sum(each.number for each in self.unlisted)


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
    waited = max(0, received_at - original.at) if original else 0
    attempt = _attempt(original, waited)
    if original is not None and original.signature.trusted and signature.trusted:
        reading = Reading(
            subject=subject,
            version=version,
            verdict=Verdict.DUPLICATE,
            hint=hints.of_a_duplicate(original, waited),
            original=original.id,
        )
        return reading.model_copy(update=attempt)
    base = _base(topic, subject, document, earlier)
    compared = Comparison.of(base.document, document) if base else Comparison()
    repeated = _repeated(topic, event_id, document, earlier, base) if compared.is_empty else None
    newer = earlier.newer
    if newer is not None:
        verdict, hint = Verdict.LATE, hints.of_a_late_one(newer)
    elif base is None:
        verdict, hint = _of_a_first_one(topic, subject, document, earlier)
    elif compared.changes or compared.unlisted:
        verdict = Verdict.CHANGED
        hint = hints.of_no_order(base.version, whole=base.whole) if _is_unordered(event_id, base) else ""
    elif repeated is not None:
        verdict, hint = Verdict.UNCHANGED, hints.of_a_redundant_one(repeated)
    else:
        verdict = Verdict.UNCHANGED
        hint = hints.of_no_change(topic, event_id, base.version, compared.noise, whole=base.whole)
    if original is not None:
        hint = f"{hints.of_a_retry_after_refusals(original, waited)} {hint}".rstrip()
    reading = Reading(
        subject=subject,
        version=version,
        verdict=verdict,
        **compared._asdict(),
        hint=hint if signature.trusted else hints.UNTRUSTED,
        redundant=signature.trusted and repeated is not None,
        newer=newer.id if newer else None,
        compared_with=base.version.id if base else None,
        unordered=base.version.id if base and _is_unordered(event_id, base) else None,
    )
    return reading.model_copy(update=attempt)


def _is_unordered(event_id: str | None, base: _Base) -> bool:
    """Return whether it is not known which is newer, a delivery or `base`. One action makes one version."""
    return not base.version.order.is_known and not base.version.is_of_action(event_id)


def _attempt(original: Original | None, waited: int) -> dict[str, int]:
    """Return what a reading says of the attempts before it."""
    if original is None:
        return {}
    return {"attempt": original.attempts + 1, "waited": waited, "first_answer": original.status}


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


def _repeated(
    topic: str | None, event_id: str | None, document: Document, earlier: Earlier, base: _Base | None
) -> Previous | None:
    """Return the delivery that one equal to `base` repeats; None if it is not redundant.

    It is the last one of its topic, of another action: what the topics between reported is equal too.
    """
    if base is None:
        return None
    last = earlier.same_topic
    if base.version.topic == topic and base.whole:
        last = base.version
    if last is None or last.topic != topic or last.is_of_action(event_id):
        return None
    return last if last is base.version or are_equal(last.document, document) else None


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
