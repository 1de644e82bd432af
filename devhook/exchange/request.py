"""What of a recorded request goes out again: what described its connection would contradict the next one."""

import re
from typing import Final

from devhook.webhook.delivery import Delivery

DEFAULT_TARGET: Final = "http://localhost:3000"

_OF_THE_CONNECTION: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A name that is no name could be read as an option, and a line end as the end of the header.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def sendable(delivery: Delivery) -> list[tuple[str, str]]:
    """The headers to send again, in their order; what no header can be is left out."""
    return [
        (name, value)
        for name, value in delivery.headers
        if name.lower() not in _OF_THE_CONNECTION and _NAME.fullmatch(name) and not _CONTROLS.search(value)
    ]


def path_of(delivery: Delivery) -> str:
    """The path to send to, `/webhooks?x=1`; what cannot stand in a request line is escaped."""
    path = delivery.path if delivery.path.startswith("/") else "/"
    return "".join(
        character if "!" <= character <= "~" and character not in '"<>\\^`{|}' else f"%{ord(character):02X}"
        for character in path.encode("latin-1", "replace").decode("latin-1")
    )
