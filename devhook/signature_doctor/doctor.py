"""The signature doctor: in which order mistakes are tried, how much of it, and what came of it."""

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

# Two mistakes at once, a mangled secret and other bytes, are looked for while they come to no more bytes than
# this; a second's worth where the processor has no instructions for SHA-256.
_MOST_HASHED: Final = 256 * 2**20
# Every beginning of a body up to this size is tried, at 0.7 µs each.
_EVERY_BEGINNING: Final = 64 * 2**10
_KEYS: Final = "the secrets as they are often pasted"
_OTHER_KEYS: Final = "other credentials"
_FORMS: Final = "hexadecimal and other forms of the digest"
_BEGINNINGS: Final = "every beginning of the body"
_TWO_AT_ONCE: Final = "a mistaken secret and other bytes at once"


class Diagnosis(BaseModel):
    """What the doctor found. `mistakes` together make the claimed signature; empty when nothing does.

    `attempts` is how many signatures were made. `excluded` names what was tried in vain, `untried` what was
    not, or only in part, because the body is large. Nothing in it is a secret, or the right signature.
    """

    model_config = ConfigDict(frozen=True)

    mistakes: tuple[Mistake, ...] = ()
    attempts: int = 0
    excluded: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the claimed signature is explained."""
        return bool(self.mistakes)

    def __str__(self) -> str:
        """The diagnosis in a line."""
        if self.mistakes:
            return " ".join(f"{mistake.what} {mistake.fix}" for mistake in self.mistakes)
        return f"{NOTHING} {LEFT}"

    @property
    def tried(self) -> str:
        """What was excluded, in a sentence."""
        sentence = f"Tried in vain, in {self.attempts:,} combinations: {', '.join(self.excluded)}."
        return f"{sentence} Not tried, for its size: {', '.join(self.untried)}." if self.untried else sentence


NOTHING: Final = "No known mistake makes this signature."
LEFT: Final = (
    "What is left: a secret that is not known here (another app's, one before a rotation, that of Settings >"
    " Notifications), or a body whose content was altered."
)


def diagnose(case: Case, secrets: Sequence[Secret], others: Sequence[Secret] = ()) -> Diagnosis:
    """Find the mistake that makes the claimed signature, or two that do together.

    `secrets` are those that deliveries are checked with, `others` what may have been taken for one (client
    id, access token, a secret that is out of use). The simplest explanation comes first: the header's form,
    then the key, then the body, then both.

    It takes 10 ms for a body of 500 bytes, 0.3 s for an order of 40 KB, and some seconds for 5 MiB, whatever
    is in it: a large body is written again in the commonest ways only, and not compressed. To be done in a
    thread. What was left out is told in `untried`.
    """
    claimed = claims(case.claimed)
    if not claimed:
        return Diagnosis(mistakes=(NO_DIGEST,))
    return _Search(case, claimed, secrets, others).diagnosis()


class _Search:
    """One diagnosis in the making: how many attempts it took, and which bytes were tried already."""

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
        """What to try on other bytes: everything, as long as that comes to little."""
        cost = len(guess.body) * len(self._mistaken)
        if self._hashed + cost > _MOST_HASHED:
            if _TWO_AT_ONCE not in self._untried:
                self._untried.append(_TWO_AT_ONCE)
            return self._plain
        self._hashed += cost
        return [*self._plain, *self._mistaken]

    def _made(self, keys: Sequence[Key], guess: Guess) -> tuple[Mistake, ...]:
        """The mistakes that make the claimed signature over `guess`; empty when none does."""
        for algorithm in {claim.algorithm for claim in self._claims}:
            for key in keys:
                self._attempts += 1
                digest = _digest(key.value, guess.body, algorithm)
                for claim in self._claims:
                    if claim.digest == digest:
                        return (*claim.mistakes, *key.mistakes, *guess.mistakes) or (known_now(key.name),)
        return ()

    def _beginning(self) -> tuple[Mistake, ...]:
        """The mistakes that make it the signature of some beginning of the body, wherever that ends."""
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
    """What tells bytes apart without keeping them: a hundred copies of 5 MiB would be."""
    return len(body), hash(body)


def _digest(key: bytes | None, body: bytes, algorithm: str) -> bytes:
    return hashlib.new(algorithm, body).digest() if key is None else hmac.digest(key, body, algorithm)


def _beginning_of(body: bytes, key: bytes, claim: Claim) -> int | None:
    """How many of the first bytes the digest is of. The HMAC is taken on byte by byte: hmac.new is slower."""
    inner, outer = (_padded(key, claim.algorithm, pad) for pad in (0x36, 0x5C))
    for length in range(1, len(body) + 1):
        inner.update(body[length - 1 : length])
        whole = outer.copy()
        whole.update(inner.copy().digest())
        if whole.digest() == claim.digest:
            return length
    return None


def _padded(key: bytes, algorithm: str, pad: int) -> "hashlib._Hash":
    """Half of an HMAC that is begun (RFC 2104)."""
    begun = hashlib.new(algorithm)
    size = begun.block_size
    block = hashlib.new(algorithm, key).digest() if len(key) > size else key
    begun.update(bytes(byte ^ pad for byte in block.ljust(size, b"\0")))
    return begun
