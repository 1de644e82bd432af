"""Writes recorded deliveries as a scenario, in TOML that preserves every byte."""

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Final

from devhook.inbox.recorded import Recorded
from devhook.scenario.model import LONGEST_PAUSE
from devhook.text import visible
from devhook.webhook.delivery import ORIGIN_HEADER, PROOF_HEADER

# Headers of the connection, not of the delivery.
_OMITTED: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", ORIGIN_HEADER.lower(), PROOF_HEADER.lower()}
)


def scenario_lines(title: str, recorded: Iterable[Recorded]) -> Iterator[str]:
    """Yield the lines of a scenario that sends these deliveries again, with the pauses between them.

    A pause above LONGEST_PAUSE is shortened to it.
    """
    yield f"title = {_text(title)}"
    count = trusted = 0
    last = None
    for each in recorded:
        received_at = each.delivery.received_at
        pause = 0.0 if last is None else (received_at - last).total_seconds()
        last = received_at
        count += 1
        trusted += each.signature.trusted
        yield from ("", f"# delivery {each.id}: {visible(each.delivery.topic or 'no topic')}")
        yield from _step(each, min(max(pause, 0.0), LONGEST_PAUSE))
    yield from ("", "[expect]", f"deliveries = {count}", f"valid = {trusted}", f"invalid = {count - trusted}")


def _step(each: Recorded, pause: float) -> Iterator[str]:
    delivery = each.delivery
    yield "[[steps]]"
    yield 'do = "deliver"'
    if pause:
        yield f"after = {pause:.6f}"
    yield f"path = {_text(delivery.path)}"
    yield f'signature = "{each.signature.value}"'
    yield "headers = ["
    for name, value in delivery.headers:
        if name.lower() not in _OMITTED:
            yield f"    [{_text(name)}, {_text(value)}],"
    yield "]"
    try:
        yield f"body = {_text(delivery.body.decode())}"
    except UnicodeDecodeError:
        yield f'body_base64 = "{base64.b64encode(delivery.body).decode()}"'


def _text(text: str) -> str:
    """Return `text` as a TOML string: a literal if all characters are visible, else one with escapes.

    A carriage return is not visible, and TOML would normalise it together with its line feed.
    """
    on_one_line = text.replace("\n", "").replace("\t", "")
    if visible(on_one_line) == on_one_line:
        if on_one_line == text and "'" not in text:
            return f"'{text}'"
        if "'''" not in text and not text.endswith("'"):
            # TOML ignores the line feed after the opening quotes.
            return f"'''\n{text}'''"
    return "".join(map(_escaped, json.dumps(text, ensure_ascii=False)))


def _escaped(character: str) -> str:
    return character if visible(character) == character else f"\\U{ord(character):08x}"
