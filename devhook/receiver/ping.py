"""How a session checks that its public address leads to its own receiver: a signed ping and its answer.

Both are made with a key that only this session and its receiver know. Whoever sees a ping pass by can send it
again, and gets the same 204; what it cannot do is answer one.
"""

import hmac
import re
from typing import Final

from pydantic import SecretStr

PING: Final = "X-Devhook-Ping"
PONG: Final = "X-Devhook-Pong"

_PING: Final = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")


def ping(key: SecretStr, nonce: str) -> str:
    """Return the value of the ping's header. `nonce` is 32 hexadecimal digits, never used before."""
    return f"{nonce}.{_seal(key, 'ping', nonce)}"


def pong(key: SecretStr, nonce: str) -> str:
    """Return the value of the answer's header."""
    return _seal(key, "pong", nonce)


def answer_to(key: SecretStr, header: str) -> str | None:
    """Return the answer to a ping that was made with this key; None when it was not."""
    match = _PING.fullmatch(header)
    if match is None or not hmac.compare_digest(match[2], _seal(key, "ping", match[1])):
        return None
    return pong(key, match[1])


def _seal(key: SecretStr, purpose: str, nonce: str) -> str:
    return hmac.digest(key.get_secret_value().encode(), f"devhook {purpose} {nonce}".encode(), "sha256").hex()
