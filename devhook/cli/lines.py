"""The faces for pipes, logs and scripts: a line per delivery for people, an object for programs."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import click

from devhook.analysis.diff import Change
from devhook.analysis.verdict import Reading
from devhook.analysis.wording import (
    SIGNATURE_SIGNS,
    answer_words,
    change_words,
    verdict_words,
    without_mirrors,
)
from devhook.cli.consultation import Consultation
from devhook.cli.narration import note, put, tell
from devhook.inbox.answers import Answered
from devhook.inbox.filter import Filter
from devhook.inbox.life import Around
from devhook.inbox.rows import Row
from devhook.inbox.search import Search
from devhook.privacy.mask import Mask
from devhook.run import Run
from devhook.signature_doctor.doctor import LEFT, NOTHING, Diagnosis
from devhook.simulator.delivery_worker import Attempt
from devhook.simulator.retrying import attempt_words
from devhook.text import visible
from devhook.webhook.delivery import Signature

_CHANGES_SHOWN: Final = 12
_EVERY: Final = 0.05
_COLOURS: Final = {
    Signature.VALID: "green",
    Signature.UNCHECKED: "yellow",
    Signature.MISSING: "red",
    Signature.INVALID: "red",
}

Show = Callable[[Row, Reading | None, Diagnosis | None, Around], str]
ShowAnswers = Callable[[Row, Sequence[Answered]], str]
ShowAttempt = Callable[[Attempt], str]


def as_lines(
    row: Row, reading: Reading | None, diagnosis: Diagnosis | None = None, around: Around | None = None
) -> str:
    """Return a delivery as a line, with a line for each of its first changes below it, and its diagnosis.

    `around` is what came beside it, as far as that is there.
    """
    sign = click.style(SIGNATURE_SIGNS[row.signature], fg=_COLOURS[row.signature])
    words = verdict_words(row.signature, row.verdict, row.change_count, row.original)
    subject = _subject_words(row)
    time = f"{row.received_at.astimezone():%H:%M:%S.%f}"[:-3]
    topic = visible(row.topic or "(no topic)")
    lines = [f"{time} {sign} {row.status} {topic:<34} {visible(subject):<10} {words}".rstrip()]
    if reading is not None:
        told = without_mirrors(reading.changes)
        for change, mirrored in told[:_CHANGES_SHOWN]:
            lines.append(f"    {visible(change_words(change, 90))}{' (and its _set)' if mirrored else ''}")
        if len(told) > _CHANGES_SHOWN:
            lines.append(f"    … and {len(told) - _CHANGES_SHOWN} more")
        if reading.hint:
            lines.append(f"    {click.style(visible(reading.hint), dim=True)}")
    if around is not None:
        lines += [f"    {click.style(visible(sentence), dim=True)}" for sentence in around.told]
    return "\n".join([*lines, *(f"    {line}" for line in diagnosis_lines(diagnosis))])


def diagnosis_lines(diagnosis: Diagnosis | None) -> list[str]:
    """What the signature doctor says, with what to do about it on lines of their own."""
    if diagnosis is None:
        return []
    if not diagnosis.mistakes:
        return [NOTHING, click.style(LEFT, dim=True)]
    told = [
        (mistake.what, click.style(mistake.comes_from, dim=True), f"→ {mistake.fix}")
        for mistake in diagnosis.mistakes
    ]
    return [line for lines in told for line in lines]


def as_json(
    row: Row, reading: Reading | None, diagnosis: Diagnosis | None = None, around: Around | None = None
) -> str:
    """Return a delivery as one JSON object on one line, ASCII only. Its keys are a contract.

    `around` is what came beside it until it is written out; what comes later is told by what came later.
    """
    subject = row.subject and {"kind": row.subject.kind, "id": row.subject.id, "name": row.subject.name}
    told: dict[str, Any] = {
        "event": "delivery",
        "id": row.id,
        "time": row.received_at.isoformat(timespec="microseconds"),
        "topic": row.topic,
        "shop": row.shop,
        "subject": subject,
        "origin": row.origin,
        "signature": row.signature,
        "verdict": row.verdict,
        "changes": [change_object(change) for change in (reading.changes if reading else ())],
        "hint": f"{row.hint} {diagnosis}" if diagnosis else row.hint,
        "compared_with": row.compared_with,
        "newer": reading.newer if reading else None,
        "repeats": _repeats(reading),
        "redundant": row.redundant,
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
    }
    return json.dumps(told, default=number)


def change_object(change: Change) -> dict[str, Any]:
    """Return a change as it stands in JSON. Its keys are a contract."""
    return {
        "kind": change.kind,
        "path": change.path,
        "pointer": change.pointer,
        "before": change.before,
        "after": change.after,
    }


def number(value: object) -> float | str:
    """Return what JSON has for a value that it does not have: a Decimal is a number."""
    return float(value) if isinstance(value, Decimal) else str(value)


def answered_as_lines(row: Row, answers: Sequence[Answered]) -> str:
    """Return what a target answered last as a line of its own: `← 200 in 41 ms  orders/updated #1001 …`."""
    last = answers[-1]
    words = answer_words(last.answer.status, last.answer.seconds, last.answer.failure)
    subject = f" {_subject_words(row)}" if row.subject else ""
    about = f"{row.topic or '(no topic)'}{subject}, delivery {row.id}, from {last.by}"
    arrow = click.style(f"← {words}", fg="green" if last.answer.accepted else "red")
    return f"{' ' * 13}{arrow}  {visible(about)}"


def answered_as_json(row: Row, answers: Sequence[Answered]) -> str:
    """Return the answers to a delivery as one JSON object on one line. Its keys are a contract."""
    told = [
        {
            "by": each.by,
            "time": each.at.isoformat(timespec="microseconds"),
            "answer": each.answer.as_json(headers=True),
        }
        for each in answers
    ]
    return json.dumps({"event": "answer", "id": row.id, "topic": row.topic, "answers": told})


def attempt_as_lines(attempt: Attempt) -> str:
    """Return what a try to deliver came to as a line: `↻ orders/paid #1001: answered 500, attempt 2 …`."""
    words = visible(attempt_words(attempt))
    ended = "red" if attempt.retry_in is None else "yellow"
    return f"{' ' * 13}{click.style(f'↻ {words}', fg='green' if attempt.answer.accepted else ended)}"


def attempt_as_json(attempt: Attempt) -> str:
    """Return a try to deliver as one JSON object on one line. Its keys are a contract."""
    told = {
        "event": "attempt",
        "time": attempt.at.isoformat(timespec="microseconds"),
        "topic": attempt.topic,
        "order": attempt.envelope.about or None,
        "webhook_id": attempt.webhook_id,
        "attempt": attempt.number,
        "answer": attempt.answer.as_json(),
        "retry_in": attempt.retry_in,
        "shopify_retry_in": attempt.shopify_retry_in,
        "removed": attempt.removed,
        "dropped": attempt.dropped,
    }
    return json.dumps(told)


def ready_as_json(run: Run) -> str:
    """Return the first line of JSON: deliveries can come in, and where. Its keys are a contract."""
    status = run.status()
    told = {
        "event": "ready",
        "time": status.listening_since.isoformat(timespec="microseconds"),
        "address": status.address,
        "public_url": status.public_url,
        "shop": status.shop,
        "leases": status.leases,
        "targets": [target.url for target in run.targets],
        "inbox": status.inbox,
    }
    return json.dumps(told)


def masked(mask: Mask | None, row: Row, reading: Reading | None) -> tuple[Row, Reading | None]:
    """Return what to show of a delivery: with pseudonyms where there is a mask."""
    if mask is None:
        return row, reading
    return row.masked(mask), reading and mask.reading(reading, row.topic)


def masked_answers(
    mask: Mask | None, row: Row, answers: Sequence[Answered]
) -> tuple[Row, Sequence[Answered]]:
    """Return what to show of the answers to a delivery: with pseudonyms where there is a mask."""
    if mask is None:
        return row, answers
    return row.masked(mask), [each.masked(mask) for each in answers]


async def in_lines(run: Run) -> None:
    """The face for people without a terminal: a line per delivery, and the sum."""
    await _follow(run, as_lines, answered_as_lines, attempt_as_lines)
    (put if run.over.is_set() else note)(str(run.tally))


async def in_json(run: Run) -> None:
    """The face for programs: stdout holds nothing but the objects."""
    put(ready_as_json(run))
    await _follow(run, as_json, answered_as_json, attempt_as_json)
    note(str(run.tally))


async def _follow(run: Run, show: Show, show_answers: ShowAnswers, show_attempt: ShowAttempt) -> None:
    """Write out what comes until the run is to end and everything that came before is written."""
    wanted = Search(run.inbox, Filter.parse(run.pattern, datetime.now().astimezone()))
    doctor = Consultation(run)
    while True:
        last_round = run.stopping.is_set() or run.over.is_set()
        while rows := run.poll():
            for row in filter(wanted.matches, rows):
                reading = run.inbox.reading(row.id)
                around = Around.of(run.inbox, row, reading)
                put(show(*masked(run.mask, row, reading), await doctor.about(row), around))
        for row in filter(wanted.matches, run.answered()):
            if answers := run.inbox.answers(row.id):
                put(show_answers(*masked_answers(run.mask, row, answers)))
        for attempt in run.take_attempts():
            put(show_attempt(attempt))
        for trouble in run.take_troubles():
            words = (trouble.message, trouble.hint)
            tell(*(map(run.mask.text, words) if run.mask else words))
        if last_round and not run.behind:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EVERY):
                await run.stopping.wait()


def _repeats(reading: Reading | None) -> dict[str, Any] | None:
    """What a duplicate repeats: the first delivery, what that was answered, and how long ago in seconds."""
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
    return row.subject.name or f"{row.subject.kind} {row.subject.id}"
