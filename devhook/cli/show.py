"""`devhook show`: one delivery as a page of text or as a JSON object."""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import click

from devhook.analysis.story import told_whole
from devhook.analysis.verdict import Reading
from devhook.analysis.wording import (
    SIGNATURE_SIGNS,
    answer_words,
    change_words,
    noise_words,
    oddities,
    unlisted_words,
    without_mirrors,
)
from devhook.cli.console import echo, echo_bytes
from devhook.cli.credentials import credentials
from devhook.cli.events import (
    delivery_object,
    diagnosis_lines,
    mask_of_run,
    masked,
    masked_refusal,
    refusal_lines,
)
from devhook.cli.inbox_access import (
    Words,
    WordsCommand,
    complete_readings,
    open_existing,
    selection_of,
)
from devhook.errors import InputError
from devhook.inbox.app_answers import AppAnswer, app_answers
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Row
from devhook.inbox.mistakes import keep_mistake
from devhook.inbox.refusals import refusal
from devhook.inbox.timeline import Around, case_of
from devhook.replay.answer_changes import body_changes, body_lines, compared
from devhook.signature_doctor.app_refusal import ExplainedRefusal, explain
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.text import counted, duration, visible
from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.headers import readable
from devhook.webhook.payload import Unreadable, is_xml, read_json, write_pretty
from devhook.webhook.xml_payload import xml_text

_BODY_LINES: Final = 40


@click.command(cls=WordsCommand)
@click.argument("words", nargs=-1, required=True, metavar="ID|WORD...", type=Words())
@click.option("--raw", is_flag=True, help="Write only the body, byte for byte.")
@click.option("--headers", is_flag=True, help="Write only the headers.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with headers and body.")
@click.pass_obj
def show(inbox: Path, *, words: tuple[str, ...], raw: bool, headers: bool, as_json: bool) -> None:
    """Show everything about one delivery.

    It is selected by its id (devhook log shows the ids), by last, -2 (the one before the last), or by filter
    words that match one delivery.

    \b
      devhook show last
      devhook show 41 --raw | devhook verify - --hmac …
    """  # noqa: D301 - click requires the character itself
    if raw + headers + as_json > 1:
        raise InputError("--raw, --headers and --json cannot be used together.", "Use one of them.")
    selected = selection_of(words)
    with open_existing(inbox) as opened:
        complete_readings(opened)
        (asked_for,) = selected.resolve(opened).few(1)
        exact = opened.reading(asked_for.id)
        around = Around.of(opened, asked_for, exact)
        row, reading = masked(opened, asked_for, exact)
        delivery = opened.delivery(row.id)
        mask = mask_of_run(opened, row)
        delivery = mask.delivery(delivery) if mask else delivery
        if raw:
            echo_bytes(delivery.body)
        elif headers:
            for name, value in delivery.headers:
                echo(visible(f"{name}: {value}"))
        elif as_json:
            echo(_as_object(row, reading, delivery, around, _Findings.of(opened, asked_for)))
        else:
            for line in _page(row, reading, delivery, around, _Findings.of(opened, asked_for)):
                echo(line)


class _Findings(NamedTuple):
    """What is found out beside the row: the app's answers, and why the signature or the app says no.

    `diagnosis`: of an invalid signature. `refusal`: of a valid one, by the app.
    """

    answers: tuple[AppAnswer, ...] = ()
    diagnosis: Diagnosis | None = None
    refusal: ExplainedRefusal | None = None

    @classmethod
    def of(cls, inbox: Inbox, row: Row) -> Self:
        """Diagnose the delivery of `row`; an invalid signature only where a secret is known."""
        known = credentials(row.shop or "")
        mask = mask_of_run(inbox, row)
        answers = tuple(each.masked(mask) if mask else each for each in app_answers(inbox, row.id))
        if row.signature is Signature.INVALID and known.secrets():
            case = case_of(inbox, row.id, inbox.delivery(row.id))
            diagnosis = diagnose(case, known.secrets(), known.mistakable())
            keep_mistake(inbox, row.id, diagnosis)
            return cls(answers, diagnosis=diagnosis)
        refused = refusal(inbox, row)
        return cls(answers, refusal=masked_refusal(inbox, row, explain(refused)) if refused else None)


def _as_object(
    row: Row,
    reading: Reading | None,
    delivery: Delivery,
    around: Around,
    findings: _Findings,
) -> dict[str, Any]:
    """Return the object of `devhook log --json` with request, headers and body. Its keys are a contract."""
    content: dict[str, Any] = delivery_object(row, reading, findings.diagnosis, around)
    content |= {
        "method": delivery.method,
        "path": delivery.path,
        "headers": delivery.headers,
        "signed_with": row.signed_with,
        "original": row.original,
        "refused": findings.refusal and findings.refusal.model_dump(mode="json"),
        "answers": [_answer_object(each) for each in findings.answers],
    }
    try:
        content["body"] = delivery.body.decode()
    except UnicodeDecodeError:
        content["body_base64"] = base64.b64encode(delivery.body).decode()
    return content


def _answer_object(given: AppAnswer) -> dict[str, Any]:
    return {
        "time": given.at.isoformat(timespec="microseconds"),
        "url": given.url,
        "origin": given.origin,
        "edited": given.edited,
        "answer": given.answer.as_json(headers=True),
    }


def _page(
    row: Row,
    reading: Reading | None,
    delivery: Delivery,
    around: Around,
    findings: _Findings,
) -> Iterator[str]:
    """Yield the lines of the page."""
    yield click.style(visible(f"delivery {row.id}  {row.topic or '(no topic)'}"), bold=True)
    for name, fact in (*_facts(row, reading, delivery), *_replays(findings.answers)):
        yield f"  {name:<12} {visible(fact)}"
    for sentence in oddities(reading):
        yield f"  {'remark':<12} {visible(sentence)}"
    for name, fact in _related(around):
        yield f"  {name:<12} {visible(fact)}"
    if findings.diagnosis is not None:
        yield from _section("signature diagnosis")
        yield from (f"  {line}" for line in diagnosis_lines(findings.diagnosis))
    if findings.refusal is not None:
        yield from _section("refused by your app")
        yield from (f"  {line}" for line in refusal_lines(findings.refusal))
    if lines := list(_body_difference(findings.answers)):
        yield from _section("the answer's body, before and after")
        yield from (f"  {visible(line)}" for line in lines)
    if reading is not None and reading.change_count:
        yield from _section(f"changed since delivery {reading.compared_with}")
        yield from _changes(reading)
    yield from _section("headers")
    for name, value in delivery.headers:
        yield f"  {visible(f'{name}: {readable(value)}')}"
    yield from _section("payload")
    for line in payload_lines(delivery):
        yield f"  {visible(line)}"


def _related(around: Around) -> Iterator[tuple[str, str]]:
    """Yield the related deliveries, and possible causes when nothing visible changed."""
    for sentence in around.told:
        yield "related", sentence
    for cause in around.causes:
        if not cause.shown_by:
            yield "perhaps", f"{cause.what} {cause.proof}"


def _facts(row: Row, reading: Reading | None, delivery: Delivery) -> Iterator[tuple[str, str]]:
    yield "received", f"{row.received_at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3]
    yield "shop", row.shop or "not given"
    if row.subject is not None:
        name = f" ({row.subject.name})" if row.subject.name else ""
        yield "subject", f"{row.subject.noun} {row.subject.id}{name}"
    signed = f", with the {row.signed_with}" if row.signed_with else ""
    yield "signature", f"{SIGNATURE_SIGNS[row.signature]} {row.signature}{signed}"
    if happened := told_whole(row.summary, row.signature, reading, delivery):
        yield "happened", happened
    yield "verdict", ". ".join(filter(None, [row.words, row.hint])) or "not analysed yet"
    if row.unreadable:
        yield "unreadable", row.unreadable
    yield from _answers(row)
    yield "origin", row.origin
    yield "Webhook-Id", row.webhook_id or "none"
    yield "Event-Id", row.event_id or "none"
    yield "API version", row.api_version or "not given"
    yield "request", f"{delivery.method} {delivery.path}, {counted(row.size, 'byte')}"


def _answers(row: Row) -> Iterator[tuple[str, str]]:
    yield (
        "answered",
        "no answer is recorded"
        if row.status is None
        else str(row.status or "no: the connection was dropped"),
    )
    if row.target is not None:
        answer = str(row.target.status or row.target.failure)
        yield "target", f"{answer} from {row.target.by} in {duration(row.target.seconds)}"


def _replays(answers: Sequence[AppAnswer]) -> Iterator[tuple[str, str]]:
    """Yield the answers to replays, each beside the one before it."""
    for number, given in enumerate(answers):
        if given.origin is None:
            continue
        words = answer_words(given.answer.status, given.answer.seconds, given.answer.failure)
        _, differences = compared(answers, number)
        status, arrow, _ = differences.status.partition(" → ")
        edited = ", edited," if given.edited else ""
        at = f"{given.at.astimezone():%H:%M:%S}"
        yield "sent again", f"at {at}{edited} to {given.url}: {status}{arrow}{words}"


def _body_difference(answers: Sequence[AppAnswer]) -> Iterator[str]:
    """Yield how the body of the last replay's answer differs from the one before it."""
    if not answers or answers[-1].origin is None:
        return
    last = answers[-1]
    before, _ = compared(answers, len(answers) - 1)
    if before is None:
        return
    changes = body_changes(before.answer, last.answer)
    if changes is None:
        yield from body_lines(before.answer, last.answer)[:_BODY_LINES]
    else:
        yield from (change_words(change, 200) for change in changes[:_BODY_LINES])


def _changes(reading: Reading) -> Iterator[str]:
    for change, mirrored in without_mirrors(reading.changes):
        yield f"  {visible(change_words(change, 200))}{' (and its _set)' if mirrored else ''}"
    if reading.unlisted:
        yield f"  {visible(unlisted_words(reading.unlisted))}"
    if reading.noise:
        noise = noise_words(reading.noise, reading.unlisted_noise)
        yield click.style(f"  {visible(f'noise: {noise}')}", dim=True)


def payload_lines(delivery: Delivery) -> Iterator[str]:
    """Yield the payload: JSON indented, with numbers as in the body; XML in its encoding; else as text."""
    if not delivery.body:
        yield "(empty)"
        return
    body = delivery.body
    try:
        if is_xml(body, delivery.content_type):
            yield from xml_text(body).splitlines()
        else:
            yield from write_pretty(read_json(body)).split("\n")
    except Unreadable:
        try:
            yield from body.decode().splitlines()
        except UnicodeDecodeError:
            yield f"({counted(len(body), 'byte')} that are not text; --raw writes them)"


def _section(title: str) -> Iterator[str]:
    yield ""
    yield click.style(title, bold=True)
