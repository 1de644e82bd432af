"""The interface of an export format, and the parts of a recorded request that are sent again."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from devhook.inbox.recorded import Recorded
from devhook.webhook.delivery import Delivery
from devhook.webhook.headers import is_name, is_of_the_connection, is_value
from devhook.webhook.signature import Secret

DEFAULT_TARGET: Final = "http://localhost:3000"

_HOST: Final = "host"


class ExportOptions(NamedTuple):
    """What an export depends on besides the deliveries.

    - `file_name`: the name of the file that is written.
    - `to`: the URL that requests are sent to; None: each is sent to its own path.
    - `test_secret`: the secret that masked deliveries are signed with; None: nothing is masked.
    """

    file_name: str = "test_webhooks.py"
    to: str | None = None
    test_secret: Secret | None = None


class ExportFormat(NamedTuple):
    """A format that deliveries are written in.

    - `name`: the value of `--as`; `summary`: its line in the help.
    - `suffixes`: the file name extensions that select it, in lower case.
    - `write`: yields the file in parts; a line end follows each.
    - `takes_address`: whether the address of the requests can be chosen.
    """

    name: str
    summary: str
    suffixes: tuple[str, ...]
    write: Callable[[Iterable[Recorded], ExportOptions], Iterator[str]]
    takes_address: bool = False


def sendable(delivery: Delivery) -> list[tuple[str, str]]:
    """Return the headers to send again, in their order, without invalid ones."""
    return [
        (name, value)
        for name, value in delivery.headers
        if is_name(name) and is_value(value) and not is_of_the_connection(name) and name.lower() != _HOST
    ]


def path_of(delivery: Delivery) -> str:
    """Return the path to send to (`/webhooks?x=1`), with characters escaped that a request line forbids."""
    path = delivery.path if delivery.path.startswith("/") else "/"
    return "".join(
        character if "!" <= character <= "~" and character not in '"<>\\^`{|}' else f"%{ord(character):02X}"
        for character in path.encode("latin-1", "replace").decode("latin-1")
    )
