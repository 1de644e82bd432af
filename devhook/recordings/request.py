"""What of a recorded request goes out again: what described its connection would contradict the next one."""

from typing import Final

from devhook.webhook.delivery import Delivery
from devhook.webhook.headers import is_name, is_of_the_connection, is_value

DEFAULT_TARGET: Final = "http://localhost:3000"

_HOST: Final = "host"


def sendable(delivery: Delivery) -> list[tuple[str, str]]:
    """The headers to send again, in their order; what no header can be is left out."""
    return [
        (name, value)
        for name, value in delivery.headers
        if is_name(name) and is_value(value) and not is_of_the_connection(name) and name.lower() != _HOST
    ]


def path_of(delivery: Delivery) -> str:
    """The path to send to, `/webhooks?x=1`; what cannot stand in a request line is escaped."""
    path = delivery.path if delivery.path.startswith("/") else "/"
    return "".join(
        character if "!" <= character <= "~" and character not in '"<>\\^`{|}' else f"%{ord(character):02X}"
        for character in path.encode("latin-1", "replace").decode("latin-1")
    )
