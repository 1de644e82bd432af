"""`devhook topics`: lists the webhook topics with their scopes and companions."""

from collections.abc import Iterable
from typing import Final

import click

from devhook.cli.console import echo, info
from devhook.errors import InputError
from devhook.webhook.companions import Bond, Companion, companions
from devhook.webhook.topics import UNDOCUMENTED, Topic, matching
from devhook.webhook.topics import topic as find_topic
from devhook.webhook.topics import topics as catalogue

_GAP: Final = "  "


@click.command()
@click.argument("words", nargs=-1, metavar="[WORDS]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per topic.")
def topics(*, words: tuple[str, ...], as_json: bool) -> None:
    """List the webhook topics with their scopes and related topics.

    WORDS filter the list: all must occur in the topic's name, its scopes or its related topics (devhook
    topics refund, devhook topics read_returns). The full name of a topic shows its details; a pattern
    ('orders/*') lists the topics that match.
    """
    found = _found(words)
    if as_json:
        for topic in found:
            echo(_as_object(topic))
    elif len(found) == 1 and words:
        _page(found[0])
    else:
        _table(found)
        info(f"{len(found)} topics. For details of one: devhook topics {found[0].name}")


def _found(words: tuple[str, ...]) -> list[Topic]:
    """Return the topics that match the words, those with the words in their names first."""
    if len(words) == 1:
        try:
            return list(matching(words[0]))
        except InputError:
            pass  # then it is a word to search for
    wanted = [word.casefold() for word in words]
    named = [each for each in catalogue() if all(word in _name_of(each) for word in wanted)]
    # A word with a slash is a topic name: orders/update must not find the companions of orders/updated.
    about = [
        each for each in catalogue() if all("/" not in word and word in _text_of(each) for word in wanted)
    ]
    found = [*named, *(each for each in about if each not in named)]
    if not found:
        if len(words) == 1:
            find_topic(words[0])  # raises, with the nearest names
        raise InputError(f"No topic matches all of these words: {' '.join(words)}.", "Remove one of them.")
    return found


def _name_of(topic: Topic) -> str:
    return f"{topic.name} {topic.enum}".casefold()


def _text_of(topic: Topic) -> str:
    return " ".join([_name_of(topic), *topic.scopes, *(each.pattern for each in companions(topic.name))])


def _table(found: list[Topic]) -> None:
    """Print a line for each topic, and its companions on the next line."""
    rows = [
        (each.name, each.first_seen_in, each.order_ref or "-", _data(each), _either(each.scopes))
        for each in found
    ]
    head = ("TOPIC", "SINCE", "ORDER'S ID", "CUSTOMER DATA", "SCOPE, ONE OF")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
    echo(_line(head, widths))
    for row, topic in zip(rows, found, strict=True):
        echo(_line(row, widths))
        if patterns := dict.fromkeys(each.pattern for each in companions(topic.name)):
            echo(click.style(f"{_GAP}companions: {', '.join(patterns)}", dim=True))


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    *cells, last = row
    return _GAP.join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), last])


def _page(topic: Topic) -> None:
    """Print the details of one topic."""
    facts = {
        "In the API": topic.enum,
        "Scope": _either(topic.scopes),
        "Order's id": topic.order_ref or "not in the body, or not documented",
        "Since": f"{topic.first_seen_in} or earlier"
        if topic.first_seen_in == _OLDEST
        else topic.first_seen_in,
        "Customer data": "protected (the app needs approval)"
        if topic.protected_customer_data
        else "not protected",
        "Delivered": "over HTTPS" if topic.http_delivery else "to Google Pub/Sub and Amazon EventBridge only",
    }
    if topic.filter_required:
        facts["Filter"] = "required"
    facts["Payload"] = (
        "not documented by Shopify"
        if topic.name in UNDOCUMENTED
        else f"devhook forge {topic.name} --print body"
    )
    echo(click.style(topic.name, bold=True))
    for name, fact in facts.items():
        echo(f"{_GAP}{name:<14} {fact}")
    found = companions(topic.name)
    _listed("Fires with it", (each for each in found if each.bond is Bond.BESIDE))
    _listed("Carries what it omits", (each for each in found if each.bond is Bond.TELLS))


# The oldest schema that the catalogue is made from; earlier versions are unknown.
_OLDEST: Final = "2025-01"


def _listed(title: str, found: Iterable[Companion]) -> None:
    reasons: dict[str, list[str]] = {}
    for each in found:
        reasons.setdefault(each.why, []).append(each.pattern)
    if reasons:
        echo(f"{_GAP}{title}:")
    for why, patterns in reasons.items():
        echo(f"{_GAP * 2}{', '.join(patterns)}")
        echo(click.style(f"{_GAP * 3}{why}", dim=True))


def _as_object(topic: Topic) -> dict[str, object]:
    """Return a topic as a JSON object. Its keys are a contract."""
    return {
        "topic": topic.name,
        "enum": topic.enum,
        "scopes": topic.scopes,
        "order_ref": topic.order_ref,
        "since": topic.first_seen_in,
        "http": topic.http_delivery,
        "filter_required": topic.filter_required,
        "protected_customer_data": topic.protected_customer_data,
        "companions": [
            {"topics": each.pattern, "bond": each.bond, "why": each.why} for each in companions(topic.name)
        ],
    }


def _either(scopes: tuple[str, ...]) -> str:
    return ", ".join(scopes) or "none needed"


def _data(topic: Topic) -> str:
    return "protected" if topic.protected_customer_data else "-"
