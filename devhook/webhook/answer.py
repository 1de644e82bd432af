"""What became of a request that was sent: an endpoint's answer, or why there is none."""

from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict


class Failure(StrEnum):
    """Why there is no whole answer.

    `unsendable`: the request cannot be written at all. `unreachable`: no such name, no route. `refused`:
    nothing listens there. `no_connection`, `no_answer`: time ran out. `tls`: no trusted encryption.
    `broken`: the connection ended, or what came was not HTTP.

    `words` say it in two words, where `Answer.error` has the whole sentence.
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


_UNREACHED: Final = frozenset({Failure.UNREACHABLE, Failure.REFUSED, Failure.NO_CONNECTION, Failure.TLS})


class Answer(BaseModel):
    """What a request came to: an answer, or a failure with the sentence that tells it.

    `status` and `headers` are there as soon as the answer's head came, even if the rest never did. `body` is
    as sent (not decompressed) and cut at the sender's limit; `cut` tells that there was more. Header values
    are the received bytes read as Latin-1. `seconds` runs from before the connection was asked for. `reused`
    is whether that connection had been open before, None where nobody looked.
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
        """Whether Shopify would call it a success: a whole answer with any 2xx status (D-verify)."""
        return self.failure is None and self.status is not None and 200 <= self.status <= 299  # noqa: PLR2004 - the range is the definition

    @property
    def unreached(self) -> bool:
        """Whether the endpoint never got the request."""
        return self.failure in _UNREACHED

    def as_json(self, *, headers: bool = False, body: bool = True) -> dict[str, Any]:
        """Return the answer as every command and output shows it in JSON. Its keys are a contract."""
        answer: dict[str, Any] = {
            "status": self.status,
            "seconds": round(self.seconds, 6),
            "failure": self.failure,
            "error": self.error,
        }
        if headers:
            answer["headers"] = self.headers
        if body:
            answer["body"] = self.body.decode("utf-8", "replace")
        return answer
