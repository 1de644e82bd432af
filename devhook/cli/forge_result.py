"""How `devhook forge` prints or sends its requests, reports the answers, and its exit status."""

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final

from devhook import event_loop
from devhook.cli.console import echo, echo_bytes, info, warn
from devhook.cli.events import masked_send
from devhook.cli.inbox_access import open_inbox
from devhook.cli.send_report import unreached_hint
from devhook.errors import ExitStatus
from devhook.forge.compose import ForgedRequest, send_forged
from devhook.forge.snippets import SnippetFormat, render
from devhook.forge.tamper import Tamper
from devhook.inbox.journal import Send
from devhook.sender.client import Sender
from devhook.text import duration, visible

_EXAMPLE: Final = "http://localhost:3000/webhooks"
_START: Final = "Start the endpoint, or use another address with --to."


def print_requests(requests: Sequence[ForgedRequest], form: str, url: str) -> ExitStatus:
    """Write the requests to stdout in `form`; without `url`, with an example address."""
    wanted = SnippetFormat(form)
    for request in requests:
        echo_bytes(render(wanted, url or _EXAMPLE, request.headers, request.body))
    if not url and wanted not in {SnippetFormat.BODY, SnippetFormat.HEADERS}:
        info(f"{_EXAMPLE} is an example; set the address with --to. Nothing was sent.")
    return ExitStatus.DONE


def send_requests(
    requests: Sequence[ForgedRequest],
    url: str,
    inbox: Path,
    *,
    made_of: int | None,
    tamper: Tamper | None,
    as_json: bool,
) -> ExitStatus:
    """Send the requests, print each answer, and return the exit status."""
    sends = event_loop.run(_sent(requests, url, inbox, made_of, tamper, as_json=as_json))
    unreached = next((send for send in sends if _unreached(send)), None)
    if unreached is not None:
        warn(unreached.answer.error, unreached_hint(unreached.answer.failure, _START))
        return ExitStatus.NETWORK
    answered = (send.answer.interception(send.url) for send in sends)
    if found := next((each for each in answered if each and not each.of_app), None):
        warn(found.message, found.hint)
        return ExitStatus.NETWORK
    return _tampered_status(sends, tamper) if tamper else _status(sends)


async def _sent(
    requests: Sequence[ForgedRequest],
    url: str,
    path: Path,
    made_of: int | None,
    tamper: Tamper | None,
    *,
    as_json: bool,
) -> list[Send]:
    sends = []
    with open_inbox(path) as inbox:
        async with (
            Sender() as sender,
            aclosing(send_forged(requests, url, sender, inbox, made_of=made_of)) as posted,
        ):
            async for send in posted:
                sends.append(send)
                if as_json:
                    echo(_as_json(masked_send(inbox, send), requests[len(sends) - 1], tamper))
                else:
                    _print_answer(masked_send(inbox, send))
    return sends


def _unreached(send: Send) -> bool:
    return send.answer.unreached


def _print_answer(send: Send) -> None:
    answer = send.answer
    if answer.status is None:
        return
    echo(f"{answer.status} in {duration(answer.seconds)}")
    for line in answer.body.decode("utf-8", "replace").splitlines():
        echo(visible(line))
    if answer.cut:
        info("The answer is cut here.")


def _status(sends: Sequence[Send]) -> ExitStatus:
    answer = sends[-1].answer
    if answer.accepted:
        return ExitStatus.DONE
    if answer.failure is not None:
        warn(answer.error, "Shopify counts that as a failure and retries.")
    elif answer.status == 401:  # noqa: PLR2004 - the status for an invalid signature
        warn(
            "The endpoint rejected the signature.",
            "Check that it uses the same secret and the raw body: devhook doctor",
        )
    else:
        warn(
            f"The endpoint answered {answer.status}.",
            "Shopify counts only 2xx as success and retries after any other answer.",
        )
    return ExitStatus.FAILED


def _tampered_status(sends: Sequence[Send], tamper: Tamper) -> ExitStatus:
    if all(send.answer.failure is None and tamper.fits(send.answer.status) for send in sends):
        info(f"The answer is as required: {tamper.wanted}.")
        return ExitStatus.DONE
    worst = next(
        send.answer
        for send in sends
        if send.answer.failure is not None or not tamper.fits(send.answer.status)
    )
    failure = worst.error if worst.failure is not None else f"The endpoint answered {worst.status}."
    warn(
        f"{failure} The request was made invalid on purpose: {tamper.effect}.",
        f"The required answer is {tamper.wanted}.",
    )
    return ExitStatus.FAILED


def _as_json(send: Send, request: ForgedRequest, tamper: Tamper | None) -> dict[str, object]:
    """Return one request and its answer as a JSON object. Its keys are a contract."""
    answer = send.answer
    return {
        "topic": request.topic,
        "shop": request.value("X-Shopify-Shop-Domain"),
        "webhook_id": request.value("X-Shopify-Webhook-Id"),
        "event_id": request.value("X-Shopify-Event-Id"),
        "triggered_at": request.value("X-Shopify-Triggered-At"),
        "made_of": send.delivery_id,
        "url": send.url,
        "bytes": len(request.body),
        "tamper": tamper.name if tamper else None,
        "wanted": tamper.wanted if tamper else "2xx",
        "as_wanted": answer.failure is None and tamper.fits(answer.status) if tamper else answer.accepted,
        "answer": answer.as_json(headers=True),
    }
