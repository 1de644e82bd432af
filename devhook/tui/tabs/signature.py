"""The Signature tab: what was claimed, what checking it showed, which mistake it is, how to check by hand."""

from typing import Final

from textual.content import Content

from devhook.analysis.wording import SIGNATURE_SIGNS
from devhook.signature_doctor.doctor import LEFT, NOTHING, Diagnosis
from devhook.tui import ink
from devhook.tui.foreign import foreign, wrapped
from devhook.tui.lines import Lines
from devhook.tui.opened import Opened
from devhook.webhook.delivery import Signature

_LABEL: Final = 12
_WORDS: Final = {
    Signature.VALID: "The signature is valid.",
    Signature.INVALID: "The signature is invalid.",
    Signature.MISSING: "The signature is missing.",
    Signature.UNCHECKED: "The signature was not checked.",
}
# The secret is only ever named by a variable: this line is meant to be copied, shown and shared.
_BY_HAND: Final = ('openssl dgst -sha256 -hmac "$SECRET" -binary body \\', "  | openssl base64 -A")


def signature_tab(opened: Opened, width: int, diagnosis: Diagnosis | None = None) -> Lines:
    """Lay the tab out for `width` cells, with the doctor's `diagnosis` once there is one."""
    row, check, delivery = opened.row, opened.check, opened.delivery
    style = ink.SIGNATURES[row.signature]
    lines = [Content.styled(f" {SIGNATURE_SIGNS[row.signature]} {_WORDS[row.signature]}", f"bold {style}")]
    if check.reason and check.signature is row.signature:
        lines += _indented(check.reason, width, ink.PLAIN)
    if check.signature is not row.signature:
        lines += _indented(
            f"That was when it came. With the secrets known now it is {check.signature}. {check.reason}",
            width,
            ink.CARE,
        )
    lines += _doctors(opened, diagnosis, width)
    lines.append(Content())
    lines += _fact("claimed", delivery.hmac or "nothing: no HMAC header came", width)
    lines += _fact("made with", row.signed_with or "no secret known here", width)
    lines += _fact("checked with", ", ".join(opened.secrets) or "nothing: no secret is known", width)
    lines += _fact("covers", f"the {len(opened.exact.body):,} bytes of the body; no header, no path", width)
    lines += _fact("answered", str(row.status or "nothing"), width)
    lines += [Content(), Content.styled(" By hand, with the body's bytes in the file `body`:", ink.MUTED)]
    lines += [Content.styled(f"   {piece}", ink.PLAIN) for piece in _BY_HAND]
    return Lines.of(lines)


def _doctors(opened: Opened, diagnosis: Diagnosis | None, width: int) -> list[Content]:
    """What the doctor says, where there is something to be said."""
    if opened.diagnose is None:
        return []
    if diagnosis is None:
        return [Content(), *_indented("Looking for the mistake…", width, ink.MUTED)]
    lines: list[Content] = []
    for mistake in diagnosis.mistakes:
        lines += [Content(), *_indented(mistake.what, width, f"bold {ink.CARE}")]
        lines += _indented(mistake.comes_from, width, ink.MUTED)
        lines += _indented(f"→ {mistake.fix}", width, ink.PLAIN)
    if not diagnosis.mistakes:
        lines += [Content(), *_indented(NOTHING, width, f"bold {ink.CARE}")]
        lines += _indented(LEFT, width, ink.PLAIN)
        lines += _indented(diagnosis.tried, width, ink.MUTED)
    return lines


def _indented(text: str, width: int, style: str) -> list[Content]:
    return [Content("   ") + piece.rstrip() for piece in foreign(text, style).wrap(max(8, width - 4))]


def _fact(label: str, value: str, width: int) -> list[Content]:
    pieces = wrapped(value, max(8, width - _LABEL - 5))
    return [
        Content.assemble((f" {'' if number else label:<{_LABEL}}  ", ink.MUTED), (piece, ink.PLAIN))
        for number, piece in enumerate(pieces)
    ]
