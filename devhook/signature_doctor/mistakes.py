"""The table of the mistakes in the body, in the order in which they are tried."""

from collections.abc import Iterator
from typing import Final

from devhook.signature_doctor.body_mistake import BodyMistake, Guess, VariedMistake
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.changed_documents import CHANGED_DOCUMENTS
from devhook.signature_doctor.containers import CONTAINERS
from devhook.signature_doctor.encodings import ENCODINGS
from devhook.signature_doctor.escapes import ESCAPES
from devhook.signature_doctor.line_ends import LINE_ENDS, NEWLINE_CUT
from devhook.signature_doctor.losses import CUT, LOSSES, OLD_BODIES
from devhook.signature_doctor.mistake import Mistake
from devhook.signature_doctor.other_schemes import OTHER_SCHEMES
from devhook.signature_doctor.printed import PRINTED
from devhook.signature_doctor.writers import WRITERS, as_shopify_wrote, rewritten
from devhook.text import listed

_NAMED: Final = 3
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


def _written_by(writers: list[str]) -> Mistake:
    """The same document was signed as another JSON writer writes it. Each language is named once."""
    languages = list({writer.split()[0]: writer for writer in reversed(writers)}.values())[::-1]
    named = languages if len(languages) <= _NAMED else [*languages[:_NAMED], "others"]
    return Mistake(
        name="rewritten",
        what=f"It is the signature of the same JSON as written by {listed(named)}.",
        comes_from="The JSON was parsed and written again before it was signed, or after it.",
        fix="Make the bytes once, sign them, and send those very bytes.",
    )


# The simplest explanation comes first: bytes that two mistakes yield count for the first.
MISTAKES: Final[tuple[BodyMistake | VariedMistake, ...]] = (
    *OLD_BODIES,
    *LINE_ENDS,
    *LOSSES,
    *ENCODINGS,
    *CONTAINERS,
    BodyMistake("Shopify's own way to write JSON", _ON_ITS_WAY, _shopify),
    VariedMistake("the ways of other languages to write JSON", _rewritten),
    *ESCAPES,
    *CHANGED_DOCUMENTS,
    *PRINTED,
    *OTHER_SCHEMES,
    *CUT,
)
