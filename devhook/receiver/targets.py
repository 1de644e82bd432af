"""Where deliveries are forwarded to: which target gets which topics, at what address. Pure."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict

from devhook.sender.target import address, host_and_port


class Target(BaseModel):
    """An app of the developer's that deliveries are forwarded to.

    `url` is its endpoint. Where it has a path, every delivery goes to just that; where it has none, to the
    path that it came on. `topics` are those it wants, as names or globs (`fulfillments/*`); a target without
    any gets what no other one asks for.
    """

    model_config = ConfigDict(frozen=True)

    url: str
    topics: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called on a screen: `localhost:3000/webhooks`."""
        return self.url.partition("://")[2].removesuffix("/")

    @property
    def place(self) -> tuple[str, int]:
        """The host and the port that it listens on."""
        return host_and_port(self.url)

    def address(self, path: str) -> str:
        """Where a delivery goes that came on `path` (a request target, query included)."""
        return address(self.url, path)


def targets_of(targets: Sequence[Target], topic: str | None) -> tuple[Target, ...]:
    """The targets that get a delivery of this topic, in their order."""
    asking = tuple(
        target for target in targets if any(fnmatchcase(topic or "", pattern) for pattern in target.topics)
    )
    return asking or tuple(target for target in targets if not target.topics)
