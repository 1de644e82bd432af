"""The table of the mistakes in the body, in the order in which they are tried."""

from collections.abc import Iterator
from typing import Final

from devhook.signature_doctor.body_mistake import OVER_WHAT_IS_SENT, BodyMistake, Guess, VariedMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.changed_documents import CHANGED_DOCUMENTS
from devhook.signature_doctor.containers import CONTAINERS
from devhook.signature_doctor.encodings import ENCODINGS
from devhook.signature_doctor.escapes import ESCAPES
from devhook.signature_doctor.forms import FORMS
from devhook.signature_doctor.line_ends import LINE_ENDS, NEWLINE_CUT
from devhook.signature_doctor.losses import CUT, LOSSES, OLD_BODIES
from devhook.signature_doctor.mistake import Mistake
from devhook.signature_doctor.other_schemes import OTHER_SCHEMES
from devhook.signature_doctor.printed import PRINTED
from devhook.signature_doctor.writers import OF_ANY, WRITERS, as_shopify_wrote, named, rewritten

# Bytes. Two mistakes in a larger body are too many combinations.
_LARGEST_PAIRED: Final = 32 * 2**10
# What happens to JSON after it was written again: it is encoded, packed or escaped.
_AFTER_WRITING: Final = frozenset(
    {"latin-1", "node-latin1", "encoding", "json-string", "base64-body", "hexadecimal-body", "hashed-first"}
    | {"html-escaped", "slashes-added", "json-of-a-buffer", "python-bytes-repr", "wrapped"}
)
_ON_ITS_WAY: Final = Mistake(
    name="rewritten-on-its-way",
    what="The signature is right for this JSON as Shopify writes it; this body is written differently.",
    comes_from="After signing, the sending library, a proxy or a body parser parsed it and wrote it again.",
    fix="Send the bytes that were signed, and take them before any parser: express.raw(), php://input.",
)


def _shopify(case: Case) -> Iterator[bytes]:
    if case.document is not None:
        yield from as_shopify_wrote(case.document)


def _rewritten(case: Case) -> Iterator[Guess]:
    if case.document is None:
        return
    names: dict[bytes, list[str]] = {}
    for writer, body in rewritten(case.document, WRITERS[: case.ways]):
        names.setdefault(body, []).append(writer)
    for body, writers in names.items():
        mistake = _written_by(writers)
        yield Guess(body, (mistake,))
        if not body.endswith(b"\n"):
            yield Guess(body + b"\n", (mistake, NEWLINE_CUT))


def _rewritten_and_changed(case: Case) -> Iterator[Guess]:
    if case.document is None:
        return
    for writer, body in rewritten(case.document, OF_ANY):
        written = Case(body=body, claimed=case.claimed)
        for mistake in (*ENCODINGS, *CONTAINERS, *ESCAPES, *PRINTED):
            if mistake.told.name in _AFTER_WRITING:
                for changed in mistake.bodies(written):
                    yield Guess(changed, (_written_by([writer]), mistake.told))


def _written_by(writers: list[str]) -> Mistake:
    return Mistake(
        name="rewritten",
        what=f"It is the signature of the same JSON as written by {named(writers)}.",
        comes_from="The JSON was parsed and written again before it was signed, or after it.",
        fix=OVER_WHAT_IS_SENT,
    )


# The simplest explanation comes first: bytes that two mistakes yield count for the first.
MISTAKES: Final[tuple[BodyMistake | VariedMistake, ...]] = (
    *OLD_BODIES,
    *LINE_ENDS,
    *LOSSES,
    *ENCODINGS,
    *CONTAINERS,
    *FORMS,
    BodyMistake("Shopify's own way to write JSON", _ON_ITS_WAY, _shopify),
    VariedMistake("the ways of other languages to write JSON", _rewritten),
    *ESCAPES,
    *CHANGED_DOCUMENTS,
    *PRINTED,
    *OTHER_SCHEMES,
    *CUT,
    VariedMistake("two mistakes in the body", _rewritten_and_changed, _LARGEST_PAIRED),
)
