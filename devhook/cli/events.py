"""The faces for pipes, logs and scripts: a line per delivery for people, an object for programs."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
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
from devhook.cli.console import echo, info, warn
from devhook.cli.diagnosis_budget import DiagnosisBudget
from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.answers import Answered
from devhook.inbox.life import Around
from devhook.inbox.rows import Row
from devhook.privacy.mask import Mask
from devhook.session.session import Session
from devhook.signature_doctor.doctor import LEFT, NOTHING, Diagnosis
from devhook.simulator.delivery_worker import Attempt
from devhook.simulator.retrying import attempt_words
from devhook.text import visible
from devhook.webhook.delivery import Signature
from devhook.webhook.payload import write_line

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
    """Return a delivery as one JSON object on one line, ASCII only (see `delivery_object`)."""
    return write_line(delivery_object(row, reading, diagnosis, around))


def delivery_object(
    row: Row, reading: Reading | None, diagnosis: Diagnosis | None = None, around: Around | None = None
) -> dict[str, Any]:
    """Return a delivery as it stands in JSON. Its keys are a contract.

    `around` is what came beside it until it is written out; what comes later is told by what came later.
    """
    subject = row.subject and {"kind": row.subject.kind, "id": row.subject.id, "name": row.subject.name}
    return {
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


def change_object(change: Change) -> dict[str, Any]:
    """Return a change as it stands in JSON. Its keys are a contract."""
    return {
        "kind": change.kind,
        "path": change.path,
        "pointer": change.pointer,
        "before": change.before,
        "after": change.after,
    }


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


def ready_as_json(session: Session) -> str:
    """Return the first line of JSON: deliveries can come in, and where. Its keys are a contract."""
    status = session.status()
    told = {
        "event": "ready",
        "time": status.listening_since.isoformat(timespec="microseconds"),
        "address": status.address,
        "public_url": status.public_url,
        "shop": status.shop,
        "leases": status.leases,
        "targets": [target.url for target in session.targets],
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


async def lines_output(session: Session) -> None:
    """The face for people without a terminal: a line per delivery, and the sum."""
    await _follow(session, as_lines, answered_as_lines, attempt_as_lines)
    (echo if session.over.is_set() else info)(str(session.tally))


async def json_output(session: Session) -> None:
    """The face for programs: stdout holds nothing but the objects."""
    echo(ready_as_json(session))
    await _follow(session, as_json, answered_as_json, attempt_as_json)
    info(str(session.tally))


async def _follow(session: Session, show: Show, show_answers: ShowAnswers, show_attempt: ShowAttempt) -> None:
    """Write out what comes until the run is to end and everything that came before is written."""
    wanted = Search(session.inbox, Filter.parse(session.pattern, datetime.now().astimezone()))
    doctor = DiagnosisBudget(session)
    while True:
        last_round = session.stopping.is_set() or session.over.is_set()
        while rows := session.poll():
            for row in filter(wanted.matches, rows):
                reading = session.inbox.reading(row.id)
                around = Around.of(session.inbox, row, reading)
                echo(show(*masked(session.mask, row, reading), await doctor.about(row), around))
        for row in filter(wanted.matches, session.answered()):
            if answers := session.inbox.answers(row.id):
                echo(show_answers(*masked_answers(session.mask, row, answers)))
        for attempt in session.take_attempts():
            echo(show_attempt(attempt))
        for notice in session.take_notices():
            words = (notice.message, notice.hint)
            warn(*(map(session.mask.text, words) if session.mask else words))
        if last_round and not session.behind:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_EVERY):
                await session.stopping.wait()


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
