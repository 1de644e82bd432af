"""A mistake in which other bytes than the body's were signed: which bytes, and how it is told."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistake import Mistake

OVER_WHAT_IS_SENT: Final = "Make the bytes once, sign them, and send those very bytes."
RAW: Final = "Take the body as it arrives, before any parser: express.raw(), request.get_data(), php://input."
BYTES: Final = "Keep the body as bytes from end to end, and decode it only to parse it."


class Guess(NamedTuple):
    """Bytes that may have been signed, and the mistakes in that case."""

    body: bytes
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class BodyMistake:
    """One mistake, described by `told`, in which any of the `bodies` may have been signed.

    `group` completes the sentence "Tried without a match: …"; several mistakes share one. The mistake is not
    tried on a body of more than `largest` bytes.
    """

    group: str
    told: Mistake
    bodies: Callable[[Case], Iterable[bytes]]
    largest: int | None = None

    def guesses(self, case: Case) -> Iterator[Guess]:
        """Yield the bytes that may have been signed."""
        for body in self.bodies(case):
            yield Guess(body, (self.told,))


@dataclass(frozen=True)
class VariedMistake:
    """A mistake whose description depends on the bytes: a length, a writer's name, another delivery."""

    group: str
    guesses: Callable[[Case], Iterator[Guess]]
    largest: int | None = None
