"""Finds the interceptor that gave an answer, or whose page a text contains."""

from typing import Final

from devhook.webhook.interception.interceptor import AnswerHead, Interception
from devhook.webhook.interception.servers import DEVELOPMENT_SERVERS, FRAMEWORKS, PROXIES
from devhook.webhook.interception.tunnels import TUNNELS

INTERCEPTORS: Final = (*TUNNELS, *DEVELOPMENT_SERVERS, *PROXIES, *FRAMEWORKS)
"""All interceptors; the first that fits counts."""


def interception_of(head: AnswerHead, server: str = "the app") -> Interception | None:
    """Return what answered instead of `server`; None if nothing shows that it was not `server`."""
    if _is_plain_success(head):
        return None
    return next((found for each in INTERCEPTORS if (found := each.interception(head, server))), None)


def interceptions_in(text: str) -> list[Interception]:
    """Return the interceptors whose pages or errors a pasted text contains."""
    by_name: dict[str, Interception] = {}
    for each in INTERCEPTORS:
        if found := each.in_pasted(text):
            by_name.setdefault(found.by, found)
    return list(by_name.values())


def _is_plain_success(head: AnswerHead) -> bool:
    """Return whether the answer is a 2xx that is no page: it needs no search."""
    html = "html" in head.headers.get("content-type", "").lower() or head.text.lstrip()[:1] == "<"
    return head.status in range(200, 300) and not html and "ngrok-error-code" not in head.headers
