"""What a line of the agent's log says about its session with ngrok."""

from enum import Enum, auto
from typing import Final, NamedTuple

from pyngrok.log import NgrokLog


class News(Enum):
    """`lost`: there is no session. `back`: there is one again. `started`: the endpoint has its address."""

    LOST = auto()
    BACK = auto()
    STARTED = auto()


class Sign(NamedTuple):
    """News of the session, with the agent's own words for the reason: they may hold a token."""

    news: News
    reason: str = ""


_MESSAGES: Final = {
    "session closed, starting reconnect loop": News.LOST,
    "failed to reconnect session": News.LOST,
    "client session established": News.BACK,
    "started tunnel": News.STARTED,
}


def sign_of(line: str) -> Sign | None:
    """Return the news in a line of the log. Cheap for the other lines: a busy tunnel writes many."""
    for message, news in _MESSAGES.items():
        if message in line:
            log = NgrokLog(line)
            if log.msg == message:
                return Sign(news, log.err or "")
    return None
