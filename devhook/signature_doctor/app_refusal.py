"""Why an app refuses a delivery whose signature is valid: which known mistake fits everything it answered.

Nothing here is certain, since the app's code is not known: the sentences say "probably". A mistake is only
named if it makes a difference for this body, and if no other answer of the app contradicts it.
"""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.signature_doctor.body_mistake import BYTES, RAW
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.observations import Observation
from devhook.signature_doctor.writers import OF_ANY, named, rewritten
from devhook.text import counted, listed
from devhook.webhook.interception.interceptor import Interception

REFUSALS: Final = frozenset({400, 401, 403})
"""The statuses with which apps refuse a signature."""

_NAMED: Final = 3
_LOGIN: Final = re.compile(r"\s*(?:basic|bearer|digest|negotiate|ntlm)\b", re.IGNORECASE)
_WHOLE_DOUBLE: Final = re.compile(rb":-?\d+\.0[,}\]]")
_ESCAPED_LETTER: Final = re.compile(rb"\\u00[0-9a-f]{2}")


class Judged(BaseModel):
    """A delivery with a valid signature, and whether the app accepted it.

    `signed_with`: the name of the secret that made the signature.
    """

    model_config = ConfigDict(frozen=True)

    id: int
    body: bytes
    accepted: bool
    signed_with: str = ""

    @cached_property
    def rewritten(self) -> dict[str, bytes]:
        """The body as the commonest JSON writers write it again, by their names; empty if it is not JSON.

        A large body is written in fewer ways.
        """
        case = Case(body=self.body, claimed="")
        return {} if case.document is None else dict(rewritten(case.document, OF_ANY[: case.ways]))

    @property
    def too_large(self) -> bool:
        """Whether the body is too large to be parsed."""
        return not Case(body=self.body, claimed="").ways

    def changed_by(self, writer: str) -> bool:
        """Whether the body has other bytes after the app parsed it and wrote it again so."""
        return self.rewritten.get(writer, self.body) != self.body


class Refusal(BaseModel):
    """A delivery with a valid signature that the app refused.

    `by`: the address that answered; `receiver` in a recording of somebody else's.
    `headers`: of the answer.
    `interception`: what answered in place of the app's code, if something did.
    `others`: other deliveries with a valid signature that the same app judged, the newest first.
    """

    model_config = ConfigDict(frozen=True)

    delivery: Judged
    by: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    interception: Interception | None = None
    others: tuple[Judged, ...] = ()

    @property
    def accepted(self) -> tuple[Judged, ...]:
        """The others that the app accepted."""
        return tuple(other for other in self.others if other.accepted)


class ExplainedRefusal(BaseModel):
    """A refusal and what probably caused it; its fields are keys of the JSON, a contract.

    `what`: what happened. `probably`: the causes that fit. `next`: the command that finds out.
    """

    model_config = ConfigDict(frozen=True)

    status: int
    by: str
    what: str
    probably: tuple[Observation, ...]
    next: str


def explain(refusal: Refusal) -> ExplainedRefusal:
    """Find the cause that fits best. It parses up to a dozen bodies, so it is done in a thread."""
    is_address = "://" in refusal.by
    refused = "your app refused the delivery" if is_address else "what was recorded refused the delivery"
    return ExplainedRefusal(
        status=refusal.status,
        by=refusal.by,
        what=f"The signature is valid, and {refused} ({refusal.status}).",
        probably=tuple(found for look in _LOOKS if (found := look(refusal)) is not None)[:1],
        next=f"devhook probe {refusal.by}" if is_address else "devhook probe URL",
    )


def _intercepted(refusal: Refusal) -> Observation | None:
    found = refusal.interception
    return Observation(name=found.code, what=found.message, fix=found.hint) if found else None


def _login(refusal: Refusal) -> Observation | None:
    asked = [value for name, value in refusal.headers if name.lower() == "www-authenticate"]
    if not any(map(_LOGIN.match, asked)):
        return None
    return Observation(
        name="login",
        what="Its answer asks for a login (WWW-Authenticate): probably the route is behind authentication.",
        fix="Take the webhook's route out of it: Shopify signs, it does not log in.",
    )


def _same_bytes_accepted(refusal: Refusal) -> Observation | None:
    same = [other.id for other in refusal.accepted if other.body == refusal.delivery.body]
    if not same:
        return None
    return Observation(
        name="accepted-before",
        what=f"It accepted the same bytes as delivery {same[0]}: probably its secret was changed in between,"
        " or it refuses what it has handled already.",
        fix="Answer 200 to a repeated delivery; compare the app's secret with devhook's.",
    )


def _other_secret_accepted(refusal: Refusal) -> Observation | None:
    used = {other.signed_with for other in refusal.accepted}
    if not used or refusal.delivery.signed_with in used:
        return None
    return Observation(
        name="one-secret-of-two",
        what=f"It accepted deliveries that are signed with the {listed(sorted(used), 'and')}, and this one is"
        f" signed with the {refusal.delivery.signed_with}: your app probably knows the former alone.",
        fix="Verify with both secrets as long as a rotation lasts.",
    )


def _parsed_body(refusal: Refusal) -> Observation | None:
    writers = [writer for writer in refusal.delivery.rewritten if _fits(refusal, writer)]
    if not writers:
        return None
    kept = len(refusal.accepted)
    support = f" It accepted {counted(kept, 'delivery')} whose bytes that leaves alone." if kept else ""
    alone = (
        "" if kept else " A secret other than devhook's is possible too: it has accepted none here so far."
    )
    first = refusal.delivery.rewritten[writers[0]]
    return Observation(
        name="parsed-body",
        what=f"Your app probably verifies the parsed body: written again by {named(writers)}, this body has"
        f" other bytes{_difference(refusal.delivery.body, first)}.{support}{alone}",
        fix=RAW,
    )


def _fits(refusal: Refusal, writer: str) -> bool:
    """Whether writing the bodies again so explains every answer: this refusal and all the others."""
    return refusal.delivery.changed_by(writer) and all(
        other.changed_by(writer) != other.accepted for other in refusal.others
    )


def _decoded(refusal: Refusal) -> Observation | None:
    plain = [other for other in refusal.others if other.body.isascii()]
    fits = (
        not refusal.delivery.body.isascii()
        and plain
        and all(other.body.isascii() == other.accepted for other in refusal.others)
    )
    if not fits:
        return None
    return Observation(
        name="decoded-body",
        what="Your app probably decodes the body in another encoding before it verifies: this body has"
        " letters beyond ASCII, and no delivery that it accepted has any.",
        fix=BYTES,
    )


def _reads_it_right(refusal: Refusal) -> Observation | None:
    """Say what is left where the app accepted bodies that every parser would have changed."""
    if not refusal.accepted:
        return None
    return Observation(
        name="another-reason",
        what=f"It accepted delivery {refusal.accepted[0].id}, so it probably verifies signatures rightly and"
        " refused this delivery for another reason.",
        fix="Look into the app's log for this delivery.",
    )


def _another_secret(refusal: Refusal) -> Observation | None:
    if refusal.delivery.too_large:
        return None
    delivery = refusal.delivery
    if any(map(delivery.changed_by, delivery.rewritten)):
        why = "It refused bodies too that no usual parser would change, so your app"
    elif delivery.rewritten:
        why = "No usual parser would change this body, so your app"
    else:
        why = "The body is not JSON that a parser would change, so your app"
    secret = delivery.signed_with or "client secret"
    return Observation(
        name="another-secret",
        what=f"{why} probably has another secret than the {secret} that made this signature, or compares the"
        " digest in hexadecimal.",
        fix="Compare the two secrets; the digest is base64 of HMAC-SHA256.",
    )


def _difference(body: bytes, written: bytes) -> str:
    r"""Say how two forms of one document differ, in words of ours: ` (\/ becomes /)`."""
    kinds = list(_kinds(body, written))
    return f" ({', '.join(kinds[:_NAMED])})" if kinds else ""


def _kinds(body: bytes, written: bytes) -> Iterator[str]:
    if b"\\/" in body and b"\\/" not in written:
        yield "\\/ becomes /"
    if b"\\/" in written and b"\\/" not in body:
        yield "/ becomes \\/"
    if _ESCAPED_LETTER.search(body) and not _ESCAPED_LETTER.search(written):
        yield "\\u0026 becomes &"
    if _WHOLE_DOUBLE.search(body) and not _WHOLE_DOUBLE.search(written):
        yield "2.0 becomes 2"
    if written.isascii() and not body.isascii():
        yield "letters become \\uXXXX"
    if b'": ' in written and b'": ' not in body:
        yield "spaces are added"
    if b'": ' in body and b'": ' not in written:
        yield "spaces are lost"


_LOOKS: Final[tuple[Callable[[Refusal], Observation | None], ...]] = (
    _intercepted,
    _login,
    _other_secret_accepted,
    _same_bytes_accepted,
    _parsed_body,
    _decoded,
    _reads_it_right,
    _another_secret,
)
