"""The Signature tab: what was claimed, what checking it showed, which mistake it is, how to check by hand."""

import asyncio
from functools import partial
from typing import Final

from textual import work
from textual.content import Content

from devhook.analysis.wording import SIGNATURE_SIGNS
from devhook.signature_doctor.app_refusal import ExplainedRefusal
from devhook.signature_doctor.doctor import Diagnosis
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.tabs.detail_tab import DetailTab
from devhook.tui.untrusted import untrusted, wrapped
from devhook.tui.widgets.lines_view import Lines
from devhook.webhook.delivery import Signature

# Seconds that a delivery is shown before it is diagnosed: scrolling past many starts no diagnosis.
_SETTLED: Final = 0.1
_LABEL: Final = 12
_WORDS: Final = {
    Signature.VALID: "The signature is valid.",
    Signature.INVALID: "The signature is invalid.",
    Signature.MISSING: "The signature is missing.",
    Signature.UNCHECKED: "The signature was not checked.",
}
# The secret is only ever named by a variable: this line is meant to be copied, shown and shared.
_BY_HAND: Final = ('openssl dgst -sha256 -hmac "$SECRET" -binary body \\', "  | openssl base64 -A")


class SignatureTab(DetailTab):
    """Shows the signature, and the mistake that explains an invalid one."""

    NAME = "signature"

    def show_delivery(self, view: DeliveryView) -> None:
        """Show a delivery; the diagnosis is added when it is done."""
        layout = partial(signature_layout, view)
        if view.diagnose is None and view.explain is None:
            self.show(layout)
        else:
            self.wait(layout)
            self._diagnose(view)

    @work(exclusive=True, group="signature")
    async def _diagnose(self, view: DeliveryView) -> None:
        await asyncio.sleep(_SETTLED)
        diagnosis = await asyncio.to_thread(view.diagnose) if view.diagnose else None
        refusal = await asyncio.to_thread(view.explain) if view.explain else None
        if self.view is view:
            self.complete(partial(signature_layout, view, diagnosis=diagnosis, refusal=refusal))


def signature_layout(
    view: DeliveryView,
    width: int,
    diagnosis: Diagnosis | None = None,
    refusal: ExplainedRefusal | None = None,
) -> Lines:
    """Lay the tab out for `width` cells, with the doctor's findings once there are any."""
    row, check, delivery = view.row, view.check, view.head
    style = styles.SIGNATURES[row.signature]
    lines = [Content.styled(f" {SIGNATURE_SIGNS[row.signature]} {_WORDS[row.signature]}", f"bold {style}")]
    if check.reason and check.signature is row.signature:
        lines += _indented(check.reason, width, styles.PLAIN)
    if check.signature is not row.signature:
        lines += _indented(
            f"This was the result on arrival. Now it is {check.signature}. {check.reason}",
            width,
            styles.WARNING,
        )
    lines += _doctors(view, diagnosis, width)
    lines += refusal_layout(view, refusal, width)
    lines.append(Content())
    lines += _fact("claimed", delivery.hmac or "nothing: the HMAC header is missing", width)
    lines += _fact("made with", row.signed_with or "no known secret", width)
    lines += _fact("checked with", ", ".join(view.secrets) or "nothing: no secret is set", width)
    lines += _fact(
        "covers", f"the {counted(len(view.exact.body), 'byte')} of the body; no header, no path", width
    )
    lines += _fact("answered", str(row.status or "nothing"), width)
    lines += [Content(), Content.styled(" By hand, with the body's bytes in the file `body`:", styles.MUTED)]
    lines += [Content.styled(f"   {piece}", styles.PLAIN) for piece in _BY_HAND]
    return Lines.of(lines)


def _doctors(view: DeliveryView, diagnosis: Diagnosis | None, width: int) -> list[Content]:
    """What the doctor says, where there is something to be said."""
    if view.diagnose is None:
        return []
    if diagnosis is None:
        return [Content(), *_indented("Searching for the mistake…", width, styles.MUTED)]
    lines: list[Content] = []
    for what, comes_from, fix in diagnosis.entries:
        lines += [Content(), *_indented(what, width, f"bold {styles.WARNING}")]
        lines += _indented(comes_from, width, styles.MUTED) if comes_from else []
        lines += _indented(fix if diagnosis.is_open else f"→ {fix}", width, styles.PLAIN)
    if diagnosis.tried:
        lines += _indented(diagnosis.tried, width, styles.MUTED)
    return lines


def refusal_layout(view: DeliveryView, refusal: ExplainedRefusal | None, width: int) -> list[Content]:
    """What is said of a valid delivery that the app refused, for the Signature and the Answer tab."""
    if view.explain is None:
        return []
    if refusal is None:
        return [Content(), *_indented("Comparing with what your app answered…", width, styles.MUTED)]
    lines = [Content(), *_indented(refusal.what, width, f"bold {styles.WARNING}")]
    for cause in refusal.probably:
        lines += _indented(cause.what, width, styles.PLAIN)
        lines += _indented(f"→ {cause.fix}", width, styles.PLAIN)
    return [*lines, *_indented("→ To find out, probe the app: p", width, styles.PLAIN)]


def _indented(text: str, width: int, style: str) -> list[Content]:
    return [Content("   ") + piece.rstrip() for piece in untrusted(text, style).wrap(max(8, width - 4))]


def _fact(label: str, value: str, width: int) -> list[Content]:
    pieces = wrapped(value, max(8, width - _LABEL - 5))
    return [
        Content.assemble((f" {'' if number else label:<{_LABEL}}  ", styles.MUTED), (piece, styles.PLAIN))
        for number, piece in enumerate(pieces)
    ]
