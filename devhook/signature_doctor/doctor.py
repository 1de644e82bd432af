"""Tries the known mistakes in order, within bounds, and reports which one explains a signature."""

import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.signature_doctor.bodies import GROUPS, Guess
from devhook.signature_doctor.body_mistakes import cut
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.digests import NO_DIGEST, Claim, claims
from devhook.signature_doctor.keys import Key, known_now, mistaken_keys, plain_keys
from devhook.signature_doctor.mistake import Mistake
from devhook.signature_doctor.writers import WRITERS
from devhook.webhook.signature import Secret

# Bytes hashed while looking for two mistakes at once, in the secret and in the body: one second's worth on a
# processor without SHA-256 instructions.
_MOST_HASHED: Final = 256 * 2**20
# Bytes. Every prefix of a body up to this size is tried, at 0.7 µs each.
_EVERY_BEGINNING: Final = 64 * 2**10
_KEYS: Final = "common mistakes in the secret"
_OTHER_KEYS: Final = "other credentials"
_FORMS: Final = "hexadecimal and other forms of the digest"
_BEGINNINGS: Final = "every prefix of the body"
_TWO_AT_ONCE: Final = "a mistake in the secret together with one in the body"


class Diagnosis(BaseModel):
    """The result of a diagnosis. It contains neither a secret nor the correct signature.

    `mistakes`: those that together produce the claimed signature; empty if none do.
    `attempts`: how many signatures were computed.
    `excluded`: the kinds of mistakes that were tried without a match.
    `untried`: the kinds that were not tried, or only in part, because the body is large.
    """

    model_config = ConfigDict(frozen=True)

    mistakes: tuple[Mistake, ...] = ()
    attempts: int = 0
    excluded: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether known mistakes explain the claimed signature."""
        return bool(self.mistakes)

    def __str__(self) -> str:
        """The diagnosis in a line."""
        if self.mistakes:
            return " ".join(f"{mistake.what} {mistake.fix}" for mistake in self.mistakes)
        return f"{NOTHING} {LEFT}"

    @property
    def tried(self) -> str:
        """A sentence about what was excluded."""
        sentence = f"Tried without a match, {self.attempts:,} combinations: {', '.join(self.excluded)}."
        return (
            f"{sentence} Not tried because of the body's size: {', '.join(self.untried)}."
            if self.untried
            else sentence
        )


NOTHING: Final = "No known mistake explains this signature."
LEFT: Final = (
    "Remaining causes: a secret that devhook does not know (another app's, one from before a rotation, that"
    " of Settings > Notifications), or altered content."
)


def diagnose(case: Case, secrets: Sequence[Secret], others: Sequence[Secret] = ()) -> Diagnosis:
    """Find the mistake that explains the claimed signature, or two that do together.

    `secrets` are those that deliveries are checked with, `others` what may have been used instead (client id,
    access token, a former secret). The simplest explanation wins: first the header's form, then the key, then
    the body, then key and body.

    It takes 10 ms for a body of 500 bytes, 0.3 s for an order of 40 KB, and some seconds for 5 MiB, whatever
    is in it: a large body is written again in the commonest ways only, and not compressed. To be done in a
    thread. What was left out is told in `untried`.
    """
    claimed = claims(case.claimed)
    if not claimed:
        return Diagnosis(mistakes=(NO_DIGEST,))
    return _Search(case, claimed, secrets, others).diagnosis()


class _Search:
    """The state of one diagnosis: the attempts so far, and which bytes were tried."""

    def __init__(
        self, case: Case, claimed: Sequence[Claim], secrets: Sequence[Secret], others: Sequence[Secret]
    ) -> None:
        self._case = case
        self._claims = claimed
        self._plain = plain_keys(secrets, others)
        self._mistaken = mistaken_keys(secrets)
        self._attempts = 0
        self._hashed = 0
        self._seen = {_mark(case.body)}
        self._excluded = [_FORMS, _KEYS, *([_OTHER_KEYS] if others else [])]
        self._untried: list[str] = []

    def diagnosis(self) -> Diagnosis:
        if mistakes := self._explanation():
            return Diagnosis(mistakes=mistakes, attempts=self._attempts)
        return Diagnosis(
            attempts=self._attempts, excluded=tuple(self._excluded), untried=tuple(self._untried)
        )

    def _explanation(self) -> tuple[Mistake, ...]:
        body = Guess(self._case.body, ())
        if mistakes := self._made([*self._plain, *self._mistaken], body):
            return mistakes
        for group in GROUPS:
            if len(self._case.body) > (group.largest or len(self._case.body)):
                self._untried.append(group.name)
                continue
            tried = 0
            for guess in group.guesses(self._case):
                if (mark := _mark(guess.body)) in self._seen:
                    continue
                self._seen.add(mark)
                tried += 1
                if mistakes := self._made(self._keys(guess), guess):
                    return mistakes
            if tried:
                self._excluded.append(group.name)
        left = len(WRITERS) - self._case.ways
        if left > 0 and (self._case.document is not None or not self._case.ways):
            self._untried.append(f"{left} of {len(WRITERS)} ways to write JSON")
        return self._beginning()

    def _keys(self, guess: Guess) -> list[Key]:
        """Return the keys to try on other bytes: all of them while the hashing budget lasts."""
        cost = len(guess.body) * len(self._mistaken)
        if self._hashed + cost > _MOST_HASHED:
            if _TWO_AT_ONCE not in self._untried:
                self._untried.append(_TWO_AT_ONCE)
            return self._plain
        self._hashed += cost
        return [*self._plain, *self._mistaken]

    def _made(self, keys: Sequence[Key], guess: Guess) -> tuple[Mistake, ...]:
        """Return the mistakes that produce the claimed signature over `guess`; empty if none do."""
        for algorithm in {claim.algorithm for claim in self._claims}:
            for key in keys:
                self._attempts += 1
                digest = _digest(key.value, guess.body, algorithm)
                for claim in self._claims:
                    if claim.digest == digest:
                        return (*claim.mistakes, *key.mistakes, *guess.mistakes) or (known_now(key.name),)
        return ()

    def _beginning(self) -> tuple[Mistake, ...]:
        """Return the mistakes if the claimed signature is that of a prefix of the body."""
        body = self._case.body
        if len(body) > _EVERY_BEGINNING:
            self._untried.append(_BEGINNINGS)
            return ()
        for key in self._plain:
            for claim in self._claims:
                self._attempts += len(body)
                length = _beginning_of(body, key.value or b"", claim)
                if length is not None:
                    return (*claim.mistakes, *key.mistakes, cut(length, len(body)))
        self._excluded.append(_BEGINNINGS)
        return ()


def _mark(body: bytes) -> tuple[int, int]:
    """Return a mark of the bytes, to recognise them without keeping a copy of up to 5 MiB."""
    return len(body), hash(body)


def _digest(key: bytes | None, body: bytes, algorithm: str) -> bytes:
    return hashlib.new(algorithm, body).digest() if key is None else hmac.digest(key, body, algorithm)


def _beginning_of(body: bytes, key: bytes, claim: Claim) -> int | None:
    """Return the length of the prefix with this digest; the HMAC is extended byte by byte."""
    inner, outer = (_padded(key, claim.algorithm, pad) for pad in (0x36, 0x5C))
    for length in range(1, len(body) + 1):
        inner.update(body[length - 1 : length])
        whole = outer.copy()
        whole.update(inner.copy().digest())
        if whole.digest() == claim.digest:
            return length
    return None


def _padded(key: bytes, algorithm: str, pad: int) -> "hashlib._Hash":
    """Return one of the two hashes of an HMAC, with its padded key (RFC 2104)."""
    begun = hashlib.new(algorithm)
    size = begun.block_size
    block = hashlib.new(algorithm, key).digest() if len(key) > size else key
    begun.update(bytes(byte ^ pad for byte in block.ljust(size, b"\0")))
    return begun
