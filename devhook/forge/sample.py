"""The payloads that devhook brings along: which topics have one, and what it says."""

from typing import Final

from devhook.errors import InputError
from devhook.resources import fixtures
from devhook.text import nearest
from devhook.webhook.payload import Document, read_json

SAMPLE_SHOP: Final = "devhook-demo.myshopify.com"
"""The shop that the payloads are of. It does not exist."""


def sample_topics() -> tuple[str, ...]:
    """Return the topics that there is a payload for, by name; those of compliance are among them."""
    folder = fixtures() / "payloads"
    return tuple(
        sorted(file.relative_to(folder).with_suffix("").as_posix() for file in folder.rglob("*.json"))
    )


def sample(topic: str) -> Document:
    """Return the payload for `topic` (`orders/updated`).

    Raises InputError where there is none, with the nearest topics that have one.
    """
    known = sample_topics()
    if topic not in known:
        near = nearest(topic, known) or [name for name in known if name.startswith("orders/")]
        raise InputError(f"devhook has no payload of its own for {topic}.", f"It has: {', '.join(near)}")
    return read_json((fixtures() / "payloads" / f"{topic}.json").read_bytes())
