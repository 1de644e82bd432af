"""Recognises an answer that something in front of the app gave: a tunnel, a proxy, a framework. Pure.

Such an answer says nothing about the app, whatever its status: ngrok's page for browsers is a 200.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit

# Characters of a body that are searched.
_SEARCHED: Final = 16_384
_REDIRECTS: Final = range(300, 400)


class AnswerHead(NamedTuple):
    """An answer, as far as interceptors are recognised by it.

    `status`, `headers`: None and empty for a text that is only a body. The names of headers are lower case.
    `text`: the body.
    `url`: the requested address, or empty.
    """

    status: int | None
    headers: Mapping[str, str]
    text: str
    url: str = ""


class Sign(NamedTuple):
    """What identifies an interceptor; all that is given must hold.

    `statuses`: one of them is the status.
    `headers`, `body`: patterns, which are searched without regard to case; `.` also matches line ends.
    `to_https`: the answer redirects to the same host, over https.
    """

    statuses: Collection[int] = ()
    headers: Mapping[str, str] = {}
    body: str = ""
    to_https: bool = False


class Interception(NamedTuple):
    """An answer that was not the app's.

    `code`: identifies what happened.
    `by`: what answered: `ngrok`.
    `message`, `hint`: what happened, and what to do about it.
    `of_app`: the app's own framework answered, before the code that handles webhooks.
    """

    code: str
    by: str
    message: str
    hint: str
    of_app: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Interceptor:
    """Something that answers in front of an app: by what it is recognised, what happened, and what to do.

    `code`, `by`: see Interception.
    `signs`: one of them must hold. Their groups are placeholders of `happened` and `hint`.
    `happened`: continues the sentence `ngrok answered, not the app: …`.
    `hint`: `{server}` is what should have answered: `the app`.
    `in_text`: whether the body alone identifies it, in a text that a person pastes.
    `of_app`: see Interception.
    `names`: what a placeholder is where no sign names it.
    """

    code: str
    by: str
    signs: Sequence[Sign]
    happened: str
    hint: str
    in_text: bool = False
    of_app: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    def interception(self, head: AnswerHead, server: str = "the app") -> Interception | None:
        """Return what happened, if this interceptor gave the answer."""
        for sign in self.signs:
            named = _named(sign, head)
            if named is not None:
                return self._told({**self.names, **named}, head, server)
        return None

    def in_pasted(self, text: str, server: str = "the app") -> Interception | None:
        """Return what happened, if a text contains the page of this interceptor."""
        for sign in self.signs if self.in_text else ():
            if sign.body and (found := _pattern(sign.body).search(text)):
                return self._told({**self.names, **_given(found)}, AnswerHead(None, {}, text), server)
        return None

    def _told(self, named: Mapping[str, str], head: AnswerHead, server: str) -> Interception:
        values = {**named, "server": server, "status": str(head.status or "")}
        by = self.by[:1].upper() + self.by[1:] if self.by.startswith(("a ", "the ")) else self.by
        instead = "the handler of webhooks" if self.of_app else server
        return Interception(
            code=self.code,
            by=self.by,
            message=f"{by} answered, not {instead}: {self.happened.format_map(values)}",
            hint=self.hint.format_map(values),
            of_app=self.of_app,
        )


def _named(sign: Sign, head: AnswerHead) -> dict[str, str] | None:
    """Return what the groups of a sign name; None if the sign does not hold."""
    if sign.statuses and head.status not in sign.statuses:
        return None
    if sign.to_https and not _to_https(head):
        return None
    named: dict[str, str] = {}
    for name, pattern in sign.headers.items():
        found = _pattern(pattern).search(head.headers.get(name, ""))
        if not found:
            return None
        named |= _given(found)
    if sign.body:
        found = _pattern(sign.body).search(head.text[:_SEARCHED])
        if not found:
            return None
        named |= _given(found)
    return named


def _given(found: re.Match[str]) -> dict[str, str]:
    return {name: value[:200] for name, value in found.groupdict().items() if value}


def _to_https(head: AnswerHead) -> bool:
    try:
        asked, to = urlsplit(head.url), urlsplit(head.headers.get("location", ""))
    except ValueError:
        return False
    return (
        head.status in _REDIRECTS
        and (asked.scheme, to.scheme) == ("http", "https")
        and asked.hostname == to.hostname
    )


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.DOTALL)
