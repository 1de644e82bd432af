"""The result of a request that devhook sent: the endpoint's answer, or why there is none."""

import zlib
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict

from devhook.webhook.interception.interceptor import AnswerHead, Interception
from devhook.webhook.interception.recognition import interception_of


class Failure(StrEnum):
    """Why there is no complete answer.

    `unsendable`: the request cannot be written as HTTP.
    `unreachable`: the name does not resolve, or there is no route.
    `refused`: nothing listens at the address.
    `no_connection`, `no_answer`: the time for it ran out.
    `tls`: the certificate or the handshake failed.
    `broken`: the connection ended early, or the bytes received are not HTTP.

    `words` is the short form; `Answer.error` has the sentence.
    """

    UNSENDABLE = "unsendable"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NO_CONNECTION = "no_connection"
    NO_ANSWER = "no_answer"
    TLS = "tls"
    BROKEN = "broken"

    @property
    def words(self) -> str:
        """`connection refused`, `no answer`, `broken off`."""
        return _WORDS[self]

    @property
    def by_time(self) -> bool:
        """Whether time ran out."""
        return self in {Failure.NO_CONNECTION, Failure.NO_ANSWER}


_WORDS: Final = {
    Failure.UNSENDABLE: "not sent",
    Failure.UNREACHABLE: "unreachable",
    Failure.REFUSED: "connection refused",
    Failure.NO_CONNECTION: "no connection",
    Failure.NO_ANSWER: "no answer",
    Failure.TLS: "TLS failed",
    Failure.BROKEN: "broken off",
}


# zlib detects whether it is gzip or deflate.
_GZIP_OR_DEFLATE: Final = 47
_LARGEST: Final = 256 * 1024
_UNREACHED: Final = frozenset({Failure.UNREACHABLE, Failure.REFUSED, Failure.NO_CONNECTION, Failure.TLS})


class Answer(BaseModel):
    """The result of a request: an answer, or a failure with a sentence.

    `status`, `headers`: set once the answer's head arrived, even if the body never did. Header values are the
    received bytes read as Latin-1.
    `body`: as received (not decompressed), cut at the sender's limit.
    `cut`: the body was longer than the limit.
    `seconds`: from before the connection was opened.
    `failure`, `error`: why there is no complete answer, and a sentence about it.
    `reused`: the connection was open before; None: not measured.
    """

    model_config = ConfigDict(frozen=True)

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cut: bool = False
    seconds: float
    failure: Failure | None = None
    error: str = ""
    reused: bool | None = None

    @property
    def accepted(self) -> bool:
        """Whether Shopify counts it as a success: a complete answer with any 2xx status.

        https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
        """
        return self.failure is None and self.status is not None and 200 <= self.status <= 299  # noqa: PLR2004 - the range is the definition

    @property
    def unreached(self) -> bool:
        """Whether the endpoint never got the request."""
        return self.failure in _UNREACHED

    def header(self, name: str) -> str | None:
        """Return the value of the first header `name`, in any case; None if there is none."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)

    def uncompressed(self) -> Self:
        """Return the answer with its body uncompressed, at most 256 KiB of it, and without Content-Encoding.

        A body that cannot be uncompressed becomes empty; one in another encoding stays.
        """
        encoding = (self.header("content-encoding") or "").strip().lower()
        if encoding not in {"gzip", "deflate"}:
            return self
        try:
            body = zlib.decompressobj(_GZIP_OR_DEFLATE).decompress(self.body, _LARGEST)
        except zlib.error:
            body = b""
        headers = tuple(pair for pair in self.headers if pair[0].lower() != "content-encoding")
        return self.model_copy(update={"headers": headers, "body": body})

    @property
    def text(self) -> str:
        """The body as text; empty if it cannot be uncompressed."""
        return self.uncompressed().body.decode("utf-8", "replace")

    def interception(self, url: str = "") -> Interception | None:
        """What answered in place of the app at `url`; None if nothing shows that it was not the app."""
        if self.status is None:
            return None
        headers = {name.lower(): value for name, value in self.headers}
        return interception_of(AnswerHead(self.status, headers, self.text, url))

    def as_json(self, *, headers: bool = False, body: bool = True) -> dict[str, Any]:
        """Return the answer as every command and output shows it in JSON. Its keys are a contract."""
        found = self.interception()
        answer: dict[str, Any] = {
            "status": self.status,
            "seconds": round(self.seconds, 6),
            "failure": self.failure,
            "error": self.error,
            "intercepted_by": found.by if found and not found.of_app else None,
        }
        if headers:
            answer["headers"] = self.headers
        if body:
            answer["body"] = self.body.decode("utf-8", "replace")
        return answer
