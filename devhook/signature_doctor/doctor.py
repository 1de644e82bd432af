"""Tries the known mistakes in order, within bounds, and reports which one explains a signature."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.signature_doctor.body_mistake import Guess
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.digests import NO_DIGEST, SAMPLE, SAMPLES, Claim, claims
from devhook.signature_doctor.keys import Key, known_now, mistaken_keys, plain_keys
from devhook.signature_doctor.losses import cut
from devhook.signature_doctor.mistake import Mistake
from devhook.signature_doctor.mistakes import MISTAKES
from devhook.signature_doctor.observations import Observation, observations
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
_DIGEST_IS_RIGHT: Final = "The digest in it is right."


class Diagnosis(BaseModel):
    """The result of a diagnosis. It contains neither a secret nor the correct signature.

    `mistakes`: those that together produce the claimed signature; empty if none do.
    `observations`: if none do, the facts at hand that say more than "an unknown secret or altered content".
    `attempts`: how many signatures were computed.
    `excluded`: the kinds of mistakes that were tried without a match.
    `untried`: the kinds that were not tried, or only in part, because the body is large.
    """

    model_config = ConfigDict(frozen=True)

    mistakes: tuple[Mistake, ...] = ()
    observations: tuple[Observation, ...] = ()
    attempts: int = 0
    excluded: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether known mistakes explain the claimed signature."""
        return bool(self.mistakes)

    def __str__(self) -> str:
        """The diagnosis in a line."""
        return " ".join(f"{what} {fix}" for what, _, fix in self.entries)

    @property
    def is_open(self) -> bool:
        """Whether nothing at hand says more than that the secret is unknown or the content altered."""
        return not self.mistakes and not self.observations

    @property
    def entries(self) -> list[tuple[str, str, str]]:
        """What each output shows, in this order: what is so, where it comes from (or ""), what to do."""
        if self.mistakes:
            return [(mistake.what, mistake.comes_from, mistake.fix) for mistake in self.mistakes]
        if self.observations:
            return [(observation.what, "", observation.fix) for observation in self.observations]
        return [(NOTHING, "", LEFT)]

    @property
    def tried(self) -> str:
        """A sentence about what was excluded; empty if something was found."""
        if not self.is_open:
            return ""
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

    It takes 20 ms for a body of 30 bytes, 0.8 s for an order of 50 KB, under 2 s for 1 MB and some 4 s for
    5 MiB, whatever is in it. To be done in a thread. A large body is written again in the commonest ways
    only, and not compressed or printed; `untried` says what was left out.
    """
    claimed = claims(case.claimed)
    if not claimed:
        return Diagnosis(mistakes=(NO_DIGEST,))
    if any(claim.digest in SAMPLES for claim in claimed):
        return Diagnosis(mistakes=(SAMPLE,))
    return MistakeSearch(case, claimed, secrets, others).diagnosis()


class MistakeSearch:
    """The state of one diagnosis: the attempts so far, and which bytes were tried."""

    def __init__(
        self, case: Case, claimed: Sequence[Claim], secrets: Sequence[Secret], others: Sequence[Secret] = ()
    ) -> None:
        self._case = case
        self._claims = claimed
        self._plain = plain_keys(secrets, others)
        self._mistaken = mistaken_keys(secrets)
        self._paired = [key for key in self._mistaken if not key.rare]
        self._attempts = 0
        self._hashed = 0
        self._seen = {_mark(case.body)}
        self._excluded = [_FORMS, _KEYS, *([_OTHER_KEYS] if others else [])]
        self._untried: list[str] = []

    def diagnosis(self) -> Diagnosis:
        """Try everything in order; stop at the first match."""
        for keys, guess in self.combinations():
            if mistakes := self._made(keys, guess):
                return Diagnosis(mistakes=mistakes, attempts=self._attempts)
        if mistakes := self._beginning():
            return Diagnosis(mistakes=mistakes, attempts=self._attempts)
        if all(claim.written for claim in self._claims):
            return Diagnosis(mistakes=(NO_DIGEST,), attempts=self._attempts)
        return Diagnosis(
            observations=observations(self._case),
            attempts=self._attempts,
            excluded=tuple(self._excluded),
            untried=tuple(self._untried),
        )

    def combinations(self) -> Iterator[tuple[list[Key], Guess]]:
        """Yield bytes that may have been signed, each once, with the keys to try on them."""
        yield [*self._plain, *self._mistaken], Guess(self._case.body, ())
        for mistake in MISTAKES:
            if len(self._case.body) > (mistake.largest or len(self._case.body)):
                _note(mistake.group, self._untried)
                continue
            for guess in mistake.guesses(self._case):
                if (mark := _mark(guess.body)) not in self._seen:
                    self._seen.add(mark)
                    _note(mistake.group, self._excluded)
                    yield self._keys(guess), guess
        left = len(WRITERS) - self._case.ways
        if left > 0 and (self._case.document is not None or not self._case.ways):
            self._untried.append(f"{left} of {len(WRITERS)} ways to write JSON")

    def _keys(self, guess: Guess) -> list[Key]:
        """Return the keys to try on other bytes: all that are paired while the hashing budget lasts."""
        cost = len(guess.body) * len(self._paired)
        if self._hashed + cost > _MOST_HASHED:
            _note(_TWO_AT_ONCE, self._untried)
            return self._plain
        self._hashed += cost
        return [*self._plain, *self._paired]

    def _made(self, keys: Sequence[Key], guess: Guess) -> tuple[Mistake, ...]:
        """Return the mistakes that produce the claimed signature over `guess`; empty if none do."""
        for algorithm in {claim.algorithm for claim in self._claims}:
            for key in keys:
                self._attempts += 1
                digest = key.made(key.value, guess.body, algorithm)
                for claim in self._claims:
                    if claim.algorithm == algorithm and claim.matches(digest):
                        return _mistakes(claim, key, guess)
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
                length = _beginning_of(body, key.value, claim)
                if length is not None:
                    return (*claim.mistakes, *key.mistakes, cut(length, len(body)))
        self._excluded.append(_BEGINNINGS)
        return ()


def _mistakes(claim: Claim, key: Key, guess: Guess) -> tuple[Mistake, ...]:
    """Return the mistakes of a match. A digest that is only written differently is said to be right."""
    others = (*key.mistakes, *guess.mistakes)
    if others or not claim.mistakes:
        return (*claim.mistakes, *others) or (known_now(key.name),)
    if not claim.complete:
        return claim.mistakes
    *before, last = claim.mistakes
    return (*before, last.model_copy(update={"what": f"{last.what} {_DIGEST_IS_RIGHT}"}))


def _note(kind: str, kinds: list[str]) -> None:
    if kind not in kinds:
        kinds.append(kind)


def _mark(body: bytes) -> tuple[int, int]:
    """Return a mark of the bytes, to recognise them without keeping a copy of up to 5 MiB."""
    return len(body), hash(body)


def _beginning_of(body: bytes, key: bytes, claim: Claim) -> int | None:
    """Return the length of the prefix with this digest; the HMAC is extended byte by byte."""
    inner, outer = (_padded(key, claim.algorithm, pad) for pad in (0x36, 0x5C))
    for length in range(1, len(body) + 1):
        inner.update(body[length - 1 : length])
        whole = outer.copy()
        whole.update(inner.copy().digest())
        if claim.matches(whole.digest()):
            return length
    return None


def _padded(key: bytes, algorithm: str, pad: int) -> "hashlib._Hash":
    """Return one of the two hashes of an HMAC, with its padded key (RFC 2104)."""
    begun = hashlib.new(algorithm)
    size = begun.block_size
    block = hashlib.new(algorithm, key).digest() if len(key) > size else key
    begun.update(bytes(byte ^ pad for byte in block.ljust(size, b"\0")))
    return begun
