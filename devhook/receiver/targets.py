"""The apps that deliveries are forwarded to: where each is, and which deliveries it gets.

This module loads no network library: every command that has an option for a target reads it.
"""

from collections.abc import Sequence
from enum import StrEnum
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict

from devhook.sender.target import address, host_and_port
from devhook.webhook.delivery import Signature


class Forward(StrEnum):
    """Which deliveries are forwarded: trusted ones (valid, or unchecked without a secret), or all."""

    TRUSTED = "trusted"
    ALL = "all"

    def includes(self, signature: Signature) -> bool:
        """Return whether a delivery with this signature is forwarded."""
        return self is Forward.ALL or signature.trusted


class Target(BaseModel):
    """An app of the developer's that deliveries are forwarded to.

    `url`: the endpoint. With a path, every delivery goes to that path; without one, to the path it came on.
    `topics`: the topics it wants, as names or globs (`fulfillments/*`); empty: those that no other wants.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    topics: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name on a screen: `localhost:3000/webhooks`."""
        return self.url.partition("://")[2].removesuffix("/")

    @property
    def place(self) -> tuple[str, int]:
        """The host and the port that it listens on."""
        return host_and_port(self.url)

    @property
    def is_bare(self) -> bool:
        """Whether it has no path of its own."""
        return "/" not in self.name

    def address(self, path: str) -> str:
        """Return the URL for a delivery that came on `path` (a request target with its query)."""
        return address(self.url, path)


def targets_of(targets: Sequence[Target], topic: str | None) -> tuple[Target, ...]:
    """Return the targets that get a delivery of this topic, in their order."""
    asking = tuple(
        target for target in targets if any(fnmatchcase(topic or "", pattern) for pattern in target.topics)
    )
    return asking or tuple(target for target in targets if not target.topics)
