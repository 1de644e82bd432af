"""Where checks are made: one endpoint, and what it answers in words."""

import ssl
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, NamedTuple, Self

from devhook.errors import InputError, NetworkError
from devhook.probe.samples import ProbeRequest, Samples
from devhook.sender.answer_text import excerpt, text_of
from devhook.sender.client import Sender
from devhook.text import duration
from devhook.webhook.answer import Answer, Failure

_NOBODY_THERE: Final = frozenset({Failure.UNREACHABLE, Failure.REFUSED, Failure.NO_CONNECTION})
_HIDDEN: Final = "‹hidden›"


class Exchange(NamedTuple):
    """A request and what became of it.

    `came` tells the answer (`401 in 3 ms`), `said` the beginning of its body; neither holds a secret or a
    signature that is right. `leaked` is whether the answer held one.
    """

    request: ProbeRequest
    answer: Answer
    came: str
    said: str
    leaked: bool

    @property
    def status(self) -> int | None:
        """The answer's status, None where there is no whole answer."""
        return None if self.answer.failure else self.answer.status


class Bench:
    """One endpoint under test, and the `samples` it is tested with. Open it with `async with`.

    `limit` is how many seconds an answer may take: 5 with Shopify
    (https://shopify.dev/docs/apps/build/webhooks/verify-deliveries). `trust` replaces the system's
    certificates. `untrusted` tells that nothing can be sent, because of the endpoint's certificate.
    """

    def __init__(
        self,
        url: str,
        samples: Samples,
        *,
        limit: float = 5.0,
        trust: ssl.SSLContext | None = None,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.url = url
        self.samples = samples
        self.limit = limit
        self.untrusted = False
        self._sender = Sender(trust=trust, stopwatch=stopwatch, tells_reuse=True)

    async def __aenter__(self) -> Self:
        await self._sender.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sender.__aexit__(kind, error, trace)

    async def meet(self) -> None:
        """Find out whether somebody is there, with a first delivery that wakes the app up if it sleeps.

        Raises NetworkError where nobody is: then there is nothing to be checked.
        """
        answer = await self._answer(self.samples.delivery(), "POST")
        if answer.failure in _NOBODY_THERE:
            raise NetworkError(answer.error, "Start the app, or give the address that it takes webhooks at.")
        if answer.failure is Failure.UNSENDABLE:
            raise InputError(answer.error, "Write it like this: http://localhost:3000/webhooks")
        self.untrusted = answer.failure is Failure.TLS

    async def send(self, request: ProbeRequest, *, method: str = "POST") -> Exchange:
        """Send it, and wait for its answer as long as Shopify does."""
        answer = await self._answer(request, method)
        hidden = self.samples.hidden(request.body)
        text = text_of(answer)
        leaked = any(secret in each for secret in hidden for each in (text, *map(_value, answer.headers)))
        came, said = (_without(hidden, each) for each in (_came(answer), text))
        return Exchange(request, answer, came, excerpt(said), leaked)

    async def _answer(self, request: ProbeRequest, method: str) -> Answer:
        """Send it, once more where the connection turns out to have been closed after the last answer.

        Express does that after an error, and it is no fault of the request that meets it.
        """
        answer = await self._sent(request, method)
        closed = answer.failure is Failure.BROKEN and answer.status is None
        return await self._sent(request, method) if closed and answer.reused else answer

    async def _sent(self, request: ProbeRequest, method: str) -> Answer:
        return await self._sender.send(
            self.url, request.headers, request.body, total_timeout=self.limit, method=method
        )


def _without(hidden: Iterable[str], text: str) -> str:
    for secret in hidden:
        text = text.replace(secret, _HIDDEN)
    return text


def _value(header: tuple[str, str]) -> str:
    return header[1]


def _came(answer: Answer) -> str:
    if answer.failure is not None:
        return answer.error
    location = next((value for name, value in answer.headers if name.lower() == "location"), "")
    return f"{answer.status}{f' → {location}' if location else ''} in {duration(answer.seconds)}"
