"""The endpoint that checks run against, and its answers in words."""

import ssl
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Final, NamedTuple, Self

from devhook.errors import InputError, NetworkError
from devhook.privacy.mask import Mask, values_sent
from devhook.probe.samples import ProbeRequest, Samples
from devhook.sender.answers import excerpt
from devhook.sender.client import Sender
from devhook.text import duration
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.interception.interceptor import Interception

_NOT_LISTENING: Final = frozenset({Failure.UNREACHABLE, Failure.REFUSED, Failure.NO_CONNECTION})
_HIDDEN: Final = "‹hidden›"


class Exchange(NamedTuple):
    """A request and its answer.

    - `came`: the answer in words (`401 in 3 ms`), without secrets and valid signatures.
    - `said`: the beginning of its body, without them too.
    - `leaked`: whether the answer contains the secret or the valid signature.
    - `interception`: what answered in place of the app; None if nothing shows that it was not the app.
    """

    request: ProbeRequest
    answer: Answer
    came: str
    said: str
    leaked: bool
    interception: Interception | None = None

    @property
    def status(self) -> int | None:
        """Return the answer's status; None if it is not complete."""
        return None if self.answer.failure else self.answer.status


class ProbeEndpoint:
    """One endpoint under test. Open it with `async with`.

    - `samples`: makes the deliveries that are sent.
    - `limit`: how many seconds an answer may take. Shopify waits 5 s:
      https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
    - `mask`: returns the mask for the words about an answer; None where personal data is shown.
    - `trust`: replaces the system's certificates.
    - `untrusted`: whether the endpoint's certificate is not trusted, so that nothing can be sent.
    - `intercepted`: what answered the first delivery in front of the app, so that nothing can be checked.
    """

    def __init__(
        self,
        url: str,
        samples: Samples,
        *,
        limit: float = 5.0,
        trust: ssl.SSLContext | None = None,
        stopwatch: Callable[[], float] = time.perf_counter,
        mask: Callable[[], Mask | None] = lambda: None,
    ) -> None:
        self._mask = mask
        self.url = url
        self.samples = samples
        self.limit = limit
        self.untrusted = False
        self.intercepted: Interception | None = None
        self._sender = Sender(trust=trust, stopwatch=stopwatch, reports_reuse=True)

    async def __aenter__(self) -> Self:
        await self._sender.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sender.__aexit__(kind, error, trace)

    async def connect(self) -> None:
        """Send a first delivery, which also starts an app that sleeps; set `untrusted` and `intercepted`.

        Raises NetworkError if nothing listens, and InputError if nothing can be sent to the address.
        """
        answer = await self._answer(self.samples.delivery(), "POST")
        if answer.failure in _NOT_LISTENING:
            raise NetworkError(
                answer.error, "Start the app, or use the address at which it receives webhooks."
            )
        if answer.failure is Failure.UNSENDABLE:
            raise InputError(answer.error, "Write it like this: http://localhost:3000/webhooks")
        self.untrusted = answer.failure is Failure.TLS
        found = answer.interception(self.url)
        self.intercepted = None if found is None or found.of_app else found

    async def send(self, request: ProbeRequest, *, method: str = "POST") -> Exchange:
        """Send the request, and wait for its answer as long as Shopify does."""
        answer = await self._answer(request, method)
        hidden = self.samples.hidden(request.body)
        text = answer.text
        leaked = any(secret in each for secret in hidden for each in (text, *map(_value, answer.headers)))
        mask = self._mask()
        shown = mask.knowing(values_sent(request.headers, request.body)).answer(answer) if mask else answer
        came, said = (_redacted(hidden, each) for each in (_answer_text(shown), shown.text))
        interception = shown.interception(self.url)
        if interception is not None:
            # It quotes headers and the body.
            interception = interception._replace(
                message=_redacted(hidden, interception.message), hint=_redacted(hidden, interception.hint)
            )
        return Exchange(request, answer, came, excerpt(said), leaked, interception)

    async def _answer(self, request: ProbeRequest, method: str) -> Answer:
        """Send the request; send it again if the connection was closed after the previous answer.

        Express closes connections after an error, which says nothing about the next request.
        """
        answer = await self._send_once(request, method)
        closed = answer.failure is Failure.BROKEN and answer.status is None
        return await self._send_once(request, method) if closed and answer.reused else answer

    async def _send_once(self, request: ProbeRequest, method: str) -> Answer:
        return await self._sender.send(
            self.url, request.headers, request.body, total_timeout=self.limit, method=method
        )


def _redacted(hidden: Iterable[str], text: str) -> str:
    for secret in hidden:
        text = text.replace(secret, _HIDDEN)
    return text


def _value(header: tuple[str, str]) -> str:
    return header[1]


def _answer_text(answer: Answer) -> str:
    if answer.failure is not None:
        return answer.error
    location = next((value for name, value in answer.headers if name.lower() == "location"), "")
    return f"{answer.status}{f' → {location}' if location else ''} in {duration(answer.seconds)}"
