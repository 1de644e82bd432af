"""The deliveries that `devhook load` sends: of the inbox, of a recording, or of a scenario."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from random import SystemRandom
from typing import Final

from devhook import event_loop
from devhook.cli.console import info
from devhook.cli.inbox_access import complete_readings, open_existing, selection_of
from devhook.errors import InputError
from devhook.inbox.recorded import recorded
from devhook.load.template import StoryTemplate, stories
from devhook.recordings.recording import LONGEST_LINE, read_recording
from devhook.scenario.loading import load_scenario
from devhook.simulator.scenario_deliveries import scenario_deliveries
from devhook.text import counted
from devhook.webhook.delivery import Delivery, Signature

_MOST: Final = 5_000
_MOST_BYTES: Final = 64 * 2**20
"""Each worker keeps them in memory; more would make no other load."""


def load_stories(
    inbox: Path, words: tuple[str, ...], recording: Path | None, scenario: str | None
) -> list[StoryTemplate]:
    """Return what is sent, by orders. Raise InputError for nothing, and for more than one source."""
    if sum([bool(words), recording is not None, scenario is not None]) > 1:
        raise InputError("Words, --from and --scenario are three sources of deliveries.", "Give one of them.")
    if scenario is not None:
        found = event_loop.run(scenario_deliveries(load_scenario(scenario), SystemRandom()))
    elif recording is not None:
        found = list(_bounded(_trusted(_of_file(recording))))
    else:
        found = _of_inbox(inbox, words)
    made = stories(found)
    if not made:
        raise InputError(
            "There is no delivery with a topic and a valid signature to send.",
            "Use a scenario: devhook load --scenario order-lifecycle --to 3000",
        )
    sent = sum(len(story.deliveries) for story in made)
    if left := len(found) - sent:
        info(f"{counted(left, 'delivery')} left out: without a topic, or with the Webhook-Id of another.")
    return made


def _of_inbox(inbox: Path, words: tuple[str, ...]) -> list[Delivery]:
    selection = selection_of(words)
    with open_existing(inbox) as opened:
        if selection.filter:
            complete_readings(opened)
        selected = selection.resolve(opened)
        ids = [row.id for row in islice(selected.rows(), _MOST + 1)]
        if not ids:
            raise InputError(*selected.nothing())
        chosen = (recorded(opened, number, with_answers=False) for number in ids)
        return list(_bounded(_trusted((each.delivery, each.signature) for each in chosen)))


def _of_file(path: Path) -> Iterator[tuple[Delivery, Signature]]:
    try:
        with path.open("rb") as file:
            lines = iter(partial(file.readline, LONGEST_LINE), b"")
            for each in read_recording(lines, str(path)):
                yield each.delivery, each.signature
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", "Give a recording that devhook export wrote."
        ) from error


def _trusted(found: Iterable[tuple[Delivery, Signature]]) -> Iterator[Delivery]:
    """Yield the deliveries that Shopify sent; a forged one is not sent again with a valid signature."""
    left = 0
    for delivery, signature in found:
        if signature.trusted:
            yield delivery
        else:
            left += 1
    if left:
        info(f"{counted(left, 'delivery')} left out: without a valid signature.")


def _bounded(deliveries: Iterable[Delivery]) -> Iterator[Delivery]:
    size = 0
    for number, delivery in enumerate(deliveries):
        size += len(delivery.body)
        if number >= _MOST or size > _MOST_BYTES:
            info(f"Only the first {counted(number, 'delivery')} are used; they are sent again and again.")
            return
        yield delivery
