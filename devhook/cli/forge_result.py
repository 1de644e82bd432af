"""How `devhook forge` prints or sends its requests, reports the answers, and its exit status."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final

from devhook.cli.console import echo, echo_bytes, info, warn
from devhook.cli.inbox_access import open_inbox
from devhook.errors import ExitStatus
from devhook.forge.effects import EFFECTS, Tamper
from devhook.forge.forge import Forged
from devhook.forge.posting import UNREACHED, post
from devhook.forge.snippets import Form, printed
from devhook.inbox.journal import Send
from devhook.sender.client import Sender
from devhook.text import duration, visible

_EXAMPLE: Final = "http://localhost:3000/webhooks"


def print_requests(requests: Sequence[Forged], form: str, url: str) -> ExitStatus:
    """Write the requests to stdout in `form`; without `url`, with an example address."""
    wanted = Form(form)
    for request in requests:
        echo_bytes(printed(wanted, url or _EXAMPLE, request.headers, request.body))
    if not url and wanted not in {Form.BODY, Form.HEADERS}:
        info(f"{_EXAMPLE} is an example; set the address with --to. Nothing was sent.")
    return ExitStatus.DONE


def send_requests(
    requests: Sequence[Forged],
    url: str,
    inbox: Path,
    *,
    made_of: int | None,
    tamper: str | None,
    as_json: bool,
) -> ExitStatus:
    """Send the requests, print each answer, and return the exit status."""
    sends = asyncio.run(_sent(requests, url, inbox, made_of, tamper, as_json=as_json))
    unreached = next((send for send in sends if _unreached(send)), None)
    if unreached is not None:
        warn(unreached.answer.error, "Start the endpoint, or use another address with --to.")
        return ExitStatus.NETWORK
    return _tampered_status(sends, tamper) if tamper else _status(sends)


async def _sent(
    requests: Sequence[Forged],
    url: str,
    path: Path,
    made_of: int | None,
    tamper: str | None,
    *,
    as_json: bool,
) -> list[Send]:
    sends = []
    with open_inbox(path) as inbox:
        async with (
            Sender() as sender,
            aclosing(post(requests, url, sender, inbox, made_of=made_of)) as posted,
        ):
            async for send in posted:
                sends.append(send)
                if as_json:
                    echo(json.dumps(_as_json(send, requests[len(sends) - 1], tamper)))
                else:
                    _print_answer(send)
    return sends


def _unreached(send: Send) -> bool:
    return send.answer.failure in UNREACHED


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


def _tampered_status(sends: Sequence[Send], tamper: str) -> ExitStatus:
    effect = EFFECTS[Tamper(tamper)]
    if all(send.answer.failure is None and effect.fits(send.answer.status) for send in sends):
        info(f"The answer is as required: {effect.wanted}.")
        return ExitStatus.DONE
    worst = next(
        send.answer
        for send in sends
        if send.answer.failure is not None or not effect.fits(send.answer.status)
    )
    failure = worst.error if worst.failure is not None else f"The endpoint answered {worst.status}."
    warn(
        f"{failure} The request was made invalid on purpose: {effect.about}.",
        f"The required answer is {effect.wanted}.",
    )
    return ExitStatus.FAILED


def _as_json(send: Send, request: Forged, tamper: str | None) -> dict[str, object]:
    """Return one request and its answer as a JSON object. Its keys are a contract."""
    answer, heading = send.answer, request.heading
    effect = EFFECTS[Tamper(tamper)] if tamper else None
    fits = effect.fits(answer.status) if effect else answer.accepted
    return {
        "topic": heading.topic,
        "shop": heading.shop,
        "webhook_id": heading.webhook_id,
        "event_id": heading.event_id,
        "triggered_at": heading.triggered_at,
        "made_of": send.delivery_id,
        "url": send.url,
        "bytes": len(request.body),
        "tamper": tamper,
        "wanted": effect.wanted if effect else "2xx",
        "as_wanted": answer.failure is None and fits,
        "status": answer.status,
        "seconds": round(answer.seconds, 6),
        "headers": answer.headers,
        "body": answer.body.decode("utf-8", "replace"),
        "failure": answer.failure,
        "error": answer.error,
    }
