"""Deliveries and their answers as lines of text and as JSON objects."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

import click

from devhook.analysis.comparison import Unlisted
from devhook.analysis.diff import Change
from devhook.analysis.story import diagnosed
from devhook.analysis.verdict import Reading
from devhook.analysis.wording import (
    SIGNATURE_SIGNS,
    answer_words,
    change_words,
    oddities,
    unlisted_words,
    value_words,
    without_mirrors,
)
from devhook.cli.console import echo
from devhook.cli.masking import run_mask
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered, Row
from devhook.inbox.journal import Send
from devhook.inbox.timeline import Around, mask_of
from devhook.privacy.mask import Mask
from devhook.signature_doctor.app_refusal import ExplainedRefusal
from devhook.signature_doctor.doctor import Diagnosis
from devhook.text import visible
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Signature

_CHANGES_SHOWN: Final = 12
_LONGEST_NUMBER: Final = 200
_COLOURS: Final = {
    Signature.VALID: "green",
    Signature.UNCHECKED: "yellow",
    Signature.MISSING: "red",
    Signature.INVALID: "red",
}


def as_lines(
    row: Row, reading: Reading | None, diagnosis: Diagnosis | None = None, around: Around | None = None
) -> str:
    """Return a delivery as a line, followed by lines for its first changes, related deliveries and diagnosis.

    `around` are the related deliveries in the inbox.
    """
    sign = click.style(SIGNATURE_SIGNS[row.signature], fg=_COLOURS[row.signature])
    subject = _subject_words(row)
    time = f"{row.received_at.astimezone():%H:%M:%S.%f}"[:-3]
    topic = visible(row.topic or "(no topic)")
    status = {None: "–", 0: "✗"}.get(row.status, row.status)
    happened = visible(_happened(row, diagnosis))
    lines = [f"{time} {sign} {status:<3} {topic:<34} {visible(subject):<10} {happened}".rstrip()]
    if row.unreadable:
        lines.append(f"    {click.style(visible(row.unreadable), fg='red')}")
    lines += [f"    {click.style(visible(sentence), fg='yellow')}" for sentence in oddities(reading)]
    if reading is not None:
        changes = without_mirrors(reading.changes)
        for change, mirrored in changes[:_CHANGES_SHOWN]:
            lines.append(f"    {visible(change_words(change, 90))}{' (and its _set)' if mirrored else ''}")
        if len(changes) > _CHANGES_SHOWN:
            lines.append(f"    … and {len(changes) - _CHANGES_SHOWN:,} more")
        if reading.unlisted:
            lines.append(f"    {visible(unlisted_words(reading.unlisted))}")
        if reading.hint:
            lines.append(f"    {click.style(visible(reading.hint), dim=True)}")
    if around is not None:
        lines += [f"    {click.style(visible(sentence), dim=True)}" for sentence in around.told]
    return "\n".join([*lines, *(f"    {line}" for line in diagnosis_lines(diagnosis))])


def _happened(row: Row, diagnosis: Diagnosis | None) -> str:
    mistakes = diagnosis.mistakes if diagnosis else ()
    return diagnosed(row.happened, mistakes[0].what) if mistakes else row.happened


def diagnosis_lines(diagnosis: Diagnosis | None) -> list[str]:
    """Return the entries of a diagnosis: what is so, its cause and what to do, on lines of their own."""
    if diagnosis is None:
        return []
    lines: list[str] = []
    for what, comes_from, fix in diagnosis.entries:
        lines.append(what)
        lines += [click.style(comes_from, dim=True)] if comes_from else []
        lines.append(click.style(fix, dim=True) if diagnosis.is_open else f"→ {fix}")
    return lines


def delivery_object(
    row: Row, reading: Reading | None, diagnosis: Diagnosis | None = None, around: Around | None = None
) -> dict[str, Any]:
    """Return a delivery as a JSON object. Its keys are a contract.

    `around` are the related deliveries so far; a later one lists this delivery in its own object.
    """
    subject = row.subject and {"kind": row.subject.kind, "id": row.subject.id, "name": row.subject.name}
    return {
        "event": "delivery",
        "id": row.id,
        "time": row.received_at.isoformat(timespec="microseconds"),
        "topic": row.topic,
        "shop": row.shop,
        "webhook_id": row.webhook_id,
        "event_id": row.event_id,
        "api_version": row.api_version,
        "subject": subject,
        "origin": row.origin,
        "signature": row.signature,
        "verdict": row.verdict,
        "changes": [change_object(change) for change in (reading.changes if reading else ())],
        "unlisted": unlisted_objects(reading.unlisted if reading else ()),
        "hint": f"{row.hint} {diagnosis}" if diagnosis else row.hint,
        "unreadable": row.unreadable,
        "repeated": [
            {"path": each.path, "pointer": each.pointer, "values": [each.before, each.after]}
            for each in (reading.repeated if reading else ())
        ],
        "remarks": list(reading.remarks) if reading else [],
        "compared_with": row.compared_with,
        "newer": reading.newer if reading else None,
        "unordered": reading.unordered if reading else None,
        "attempt": row.attempt or 1,
        "repeats": _repeats(reading),
        "redundant": row.redundant,
        "summary": _happened(row, diagnosis),
        "says": row.says,
        "companions": [
            {
                "id": each.id,
                "topic": each.topic,
                "seconds_later": each.after / 1_000_000_000,
                "same_action": each.same_action,
                "says": each.says,
            }
            for each in (around.companions if around else ())
        ],
        "causes": [
            {
                "what": cause.what,
                "proof": cause.proof,
                "topic": cause.topic,
                "shown_by": [each.id for each in cause.shown_by],
            }
            for cause in (around.causes if around else ())
        ],
        "answer": {"status": row.status},
        "target": row.target and row.target.model_dump(mode="json"),
        "replayed": row.replayed,
    }


def change_object(change: Change) -> dict[str, Any]:
    """Return a change as a JSON object. Its keys are a contract.

    `spelled` is there only where a reader of JSON loses how the bodies spell a number. Such a reader has
    doubles: 0.1 and 0.10 are equal to it, and 1E400 is infinite.
    """
    values = {"before": change.before, "after": change.after}
    told = {"kind": change.kind, "path": change.path, "pointer": change.pointer, **values}
    if any(isinstance(value, Decimal | int) and not _is_double(value) for value in values.values()):
        told["spelled"] = {name: value_words(value, _LONGEST_NUMBER) for name, value in values.items()}
    return told


def _is_double(value: Decimal | int) -> bool:
    """Return whether a double holds the number and is spelled the same."""
    try:
        return isinstance(value, bool) or str(value) in {repr(float(value)), str(int(float(value)))}
    except (OverflowError, ValueError):
        return False


def unlisted_objects(unlisted: Iterable[Unlisted]) -> list[dict[str, Any]]:
    """Return the counts of changes that are not listed as JSON objects. Their keys are a contract."""
    return [{"part": each.part, "count": each.number} for each in unlisted]


def answered_as_lines(
    row: Row, answers: Sequence[Answered], refusal: ExplainedRefusal | None = None, *, again: bool = False
) -> str:
    """Return the last answer of a target as a line: `← 200 in 41 ms  orders/updated #1001 …`.

    Below it stands why the target probably refused a valid delivery, in one line if it was told before.
    """
    last = answers[-1]
    words = answer_words(last.answer.status, last.answer.seconds, last.answer.failure)
    subject = f" {_subject_words(row)}" if row.subject else ""
    about = f"{row.topic or '(no topic)'}{subject}, delivery {row.id}, from {last.by}"
    found = last.answer.interception(last.by)
    arrow = click.style(f"← {words}", fg="green" if last.answer.accepted and not found else "red")
    instead = f"\n{' ' * 15}{visible(found.message)} {visible(found.hint)}" if found and not refusal else ""
    lines = [f"{' ' * 13}{arrow}  {visible(about)}{instead}"]
    return "\n".join([*lines, *(f"    {line}" for line in refusal_lines(refusal, again=again))])


def refusal_lines(refusal: ExplainedRefusal | None, *, again: bool = False) -> list[str]:
    """Return what is said of a valid delivery that the app refused, and the next command."""
    if refusal is None:
        return []
    if again:
        return [f"{refusal.what} Probably for the same reason as before."]
    lines = [refusal.what]
    for cause in refusal.probably:
        lines += [visible(cause.what), f"→ {visible(cause.fix)}"]
    return [*lines, f"→ To find out: {visible(refusal.next)}"]


def answered_object(
    row: Row, answers: Sequence[Answered], refusal: ExplainedRefusal | None = None
) -> dict[str, Any]:
    """Return the answers to a delivery as a JSON object. Its keys are a contract."""
    objects = [
        {
            "by": each.by,
            "time": each.at.isoformat(timespec="microseconds"),
            "answer": each.answer.as_json(headers=True),
        }
        for each in answers
    ]
    return {
        "event": "answer",
        "id": row.id,
        "topic": row.topic,
        "answers": objects,
        "refused": refusal and refusal.model_dump(mode="json"),
    }


def mask_of_run(inbox: Inbox, row: Row) -> Mask | None:
    """Return the mask for what is shown of a delivery; None when the run has none."""
    mask = run_mask()
    return mask and mask_of(mask, inbox, row.id)


def masked(inbox: Inbox, row: Row, reading: Reading | None) -> tuple[Row, Reading | None]:
    """Return a delivery and its reading, masked when the run has a mask."""
    mask = mask_of_run(inbox, row)
    if mask is None:
        return row, reading
    return row.masked(mask), reading and mask.reading(reading, row.topic)


def masked_refusal(inbox: Inbox, row: Row, refusal: ExplainedRefusal) -> ExplainedRefusal:
    """Return an explained refusal of a delivery, its address masked when the run has a mask."""
    mask = mask_of_run(inbox, row)
    if mask is None:
        return refusal
    return refusal.model_copy(update={"by": mask.text(refusal.by), "next": mask.text(refusal.next)})


def masked_answers(inbox: Inbox, row: Row, answers: Sequence[Answered]) -> tuple[Row, Sequence[Answered]]:
    """Return a delivery and the answers to it, masked when the run has a mask."""
    mask = mask_of_run(inbox, row)
    if mask is None:
        return row, answers
    return row.masked(mask), [each.masked(mask) for each in answers]


def masked_answer(inbox: Inbox, delivery_id: int | None, answer: Answer) -> Answer:
    """Return an answer to a delivery, masked when the run has a mask."""
    mask = run_mask()
    if mask is None:
        return answer
    of = () if delivery_id is None else (delivery_id,)
    return mask_of(mask, inbox, *of).answer(answer)


def masked_send(inbox: Inbox, send: Send) -> Send:
    """Return a request that was sent, masked when the run has a mask."""
    mask = run_mask()
    if mask is None:
        return send
    made_of = () if send.delivery_id is None else (send.delivery_id,)
    return send.masked(mask_of(mask, inbox, *made_of))


def _repeats(reading: Reading | None) -> dict[str, Any] | None:
    """Return the original of a duplicate: its id, its answer, and the seconds since it."""
    if reading is None or reading.original is None:
        return None
    return {
        "id": reading.original,
        "attempt": reading.attempt,
        "seconds_later": (reading.waited or 0) / 1_000_000,
        "first_answer": reading.first_answer,
    }


def _subject_words(row: Row) -> str:
    if row.subject is None:
        return ""
    return row.subject.name or f"{row.subject.noun} {row.subject.id}"


class DeliveryTable:
    """Writes rows to stdout, as lines that begin with the id, or as JSON.

    Lines contain the time only; a line with the date comes before the first line of each other day.
    """

    def __init__(self, inbox: Inbox, *, json: bool) -> None:
        self._inbox = inbox
        self._json = json
        self._day = date.today()  # noqa: DTZ011 - the user's day

    def show(self, rows: Iterable[Row]) -> None:
        """Write the rows in the given order."""
        for each in rows:
            around = Around.of(self._inbox, each, exact := self._inbox.reading(each.id))
            row, reading = masked(self._inbox, each, exact)
            if self._json:
                echo(delivery_object(row, reading, around=around))
                continue
            day = row.received_at.astimezone().date()
            if day != self._day:
                echo(click.style(f"{day:%A, %Y-%m-%d}", dim=True))
                self._day = day
            echo(f"{click.style(f'{row.id:>5}', dim=True)} {as_lines(row, reading, around=around)}")
