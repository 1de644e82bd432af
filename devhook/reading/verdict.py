"""What a delivery means beside the ones before it: a verdict, the changes, and a hint in plain words."""

import re
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.reading.changes import Change, compare
from devhook.webhook.delivery import Signature
from devhook.webhook.document import Document
from devhook.webhook.subject import Subject

_DELETION: Final = re.compile(r".+/(delete|remove)")
_SUCCESS: Final = range(200, 300)
# Topics that tell of something which was there before.
_CONTINUATION: Final = re.compile(r".+/(update|updated|paid|fulfilled|partially_fulfilled|cancelled)")
# The fields of a body that says no more than whom it is about.
_ID_ONLY: Final = frozenset({"id", "admin_graphql_api_id"})


class Verdict(StrEnum):
    """What a delivery is among those of its subject.

    `first`: nothing earlier is known that it could be compared with. `unchanged`: nothing but quiet fields
    differs. `duplicate`: its Webhook-Id came before. `late`: a newer version came before it.
    """

    FIRST = "first"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    LATE = "late"


class Reading(BaseModel):
    """What devhook concluded about one delivery. Derived: it can be made again from the inbox at any time.

    `version` is in nanoseconds since the epoch. `twin` is the delivery that a duplicate repeats,
    `compared_with` the one that the changes count from; both are ids in the inbox. `unreadable` says why the
    payload could not be read, and is empty when it could.

    As JSON it is `payload.write_json(reading.model_dump())`: pydantic's own JSON would make the Decimals of a
    change strings.
    """

    model_config = ConfigDict(frozen=True)

    subject: Subject | None
    version: int
    verdict: Verdict
    changes: tuple[Change, ...] = ()
    quiet: tuple[Change, ...] = ()
    hint: str = ""
    twin: int | None = None
    compared_with: int | None = None
    unreadable: str = ""


class Twin(BaseModel):
    """An earlier delivery with the same Webhook-Id. `status` is what its sender was answered (0: nothing)."""

    model_config = ConfigDict(frozen=True)

    id: int
    status: int
    signature: Signature


class Previous(BaseModel):
    """The newest trusted version of the same document that is not newer than the one to be read."""

    model_config = ConfigDict(frozen=True)

    id: int
    topic: str | None
    event_id: str | None
    version: int
    document: Document


class Newest(BaseModel):
    """The newest trusted version of the same document, whenever it came."""

    model_config = ConfigDict(frozen=True)

    id: int
    version: int


class Earlier(BaseModel):
    """What the inbox knows that bears on a delivery: None where there is no such delivery."""

    model_config = ConfigDict(frozen=True)

    twin: Twin | None = None
    previous: Previous | None = None
    newest: Newest | None = None


def conclude(
    topic: str | None,
    signature: Signature,
    event_id: str | None,
    subject: Subject | None,
    version: int,
    document: Document,
    earlier: Earlier,
) -> Reading:
    """Return what a delivery means beside the `earlier` ones.

    A delivery whose signature failed is compared, so that one sees what it would have changed, but repeats
    nothing: anybody can copy a Webhook-Id. What repeats a trusted one is not compared at all.
    """
    twin = earlier.twin
    if twin is not None and twin.signature.trusted and signature.trusted:
        return Reading(
            subject=subject, version=version, verdict=Verdict.DUPLICATE, hint=_of_a_copy(twin), twin=twin.id
        )
    previous = earlier.previous
    if previous is not None and not _comparable(topic, document, previous):
        previous = None
    changes = compare(previous.document, document) if previous else ()
    loud = tuple(change for change in changes if not change.quiet)
    quiet = tuple(change for change in changes if change.quiet)
    if earlier.newest is not None and version < earlier.newest.version:
        verdict, hint = Verdict.LATE, _of_a_late_one(earlier.newest)
    elif previous is None:
        verdict, hint = _of_a_first_one(topic, subject, earlier)
    elif loud:
        verdict, hint = Verdict.CHANGED, ""
    else:
        verdict, hint = Verdict.UNCHANGED, _of_no_change(topic, event_id, previous, quiet)
    return Reading(
        subject=subject,
        version=version,
        verdict=verdict,
        changes=loud,
        quiet=quiet,
        hint=hint if signature.trusted else _of_a_failed(signature),
        compared_with=previous.id if previous else None,
    )


def _comparable(topic: str | None, document: Document, previous: Previous) -> bool:
    """Whether comparing says anything: next to the `{"id": 1}` of orders/delete, all else would be gone."""
    return _is_deletion(topic) == _is_deletion(previous.topic) and (
        _is_only_an_id(document) == _is_only_an_id(previous.document)
    )


def _is_deletion(topic: str | None) -> bool:
    return topic is not None and _DELETION.fullmatch(topic) is not None


def _is_only_an_id(document: Document) -> bool:
    return type(document) is dict and document.keys() <= _ID_ONLY


def _of_a_copy(twin: Twin) -> str:
    if not twin.status:
        return f"A retry: delivery {twin.id} got no answer."
    if twin.status in _SUCCESS:
        return f"The same Webhook-Id as delivery {twin.id}; handle it once."
    return f"A retry: delivery {twin.id} was answered {twin.status}."


def _of_a_late_one(newest: Newest) -> str:
    return f"Delivery {newest.id} is newer and came first; do not overwrite what it said with this."


def _of_a_failed(signature: Signature) -> str:
    if signature is Signature.MISSING:
        return "There is no signature, so this counts for nothing."
    return "The signature failed, so this counts for nothing."


def _of_a_first_one(topic: str | None, subject: Subject | None, earlier: Earlier) -> tuple[Verdict, str]:
    what = subject.kind.replace("_", " ") if subject else "resource"
    if _is_deletion(topic):
        return Verdict.CHANGED, f"The {what} was deleted."
    if earlier.previous is not None:
        told = (
            f"Only the id is told, here or in delivery {earlier.previous.id}, so there is nothing to compare."
        )
        return Verdict.FIRST, told
    if subject is not None and topic is not None and _CONTINUATION.fullmatch(topic):
        return Verdict.FIRST, f"devhook saw no earlier version of this {what}."
    return Verdict.FIRST, ""


def _of_no_change(
    topic: str | None, event_id: str | None, previous: Previous, quiet: tuple[Change, ...]
) -> str:
    if event_id is not None and event_id == previous.event_id:
        if topic == previous.topic:
            return f"The same action and topic as delivery {previous.id}: two subscriptions may ask for it."
        return (
            f"The same action as delivery {previous.id} ({previous.topic}): one action fires several topics."
        )
    if topic == "orders/updated":
        # Facts 5: the assigned location, metafields, risk and app data are not in the order's body.
        return (
            "What was touched is not in the body: metafields, risk, or the location"
            " (fulfillment_orders/moved tells that)."
        )
    if quiet:
        return f"Only the time of the last update differs from delivery {previous.id}."
    return f"The body says the same as that of delivery {previous.id}."
