"""The help page: every key, every sign and every filter word."""

from collections.abc import Sequence
from typing import ClassVar, Final, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.screen import ModalScreen

from devhook.analysis.verdict import Verdict
from devhook.analysis.wording import KIND_SIGNS, SIGNATURE_SIGNS, VERDICTS
from devhook.filter.words import help_entries
from devhook.tui import styles
from devhook.tui.key_names import key_hints
from devhook.tui.keys import Section
from devhook.tui.widgets.lines_view import Lines, LinesView
from devhook.webhook.delivery import Signature

# What stands in front, in which colour, and what it means.
Entry: TypeAlias = tuple[str, str, str]

_SIGNATURES: Final = {
    Signature.VALID: "The signature is valid",
    Signature.INVALID: "The signature is invalid: the secret or the body differs",
    Signature.MISSING: "The delivery has no signature",
    Signature.UNCHECKED: "No secret is set: the signature was not checked",
}
_SIGNS: Final[tuple[tuple[str, tuple[Entry, ...]], ...]] = (
    (
        "Signs",
        (
            *((SIGNATURE_SIGNS[each], styles.SIGNATURES[each], text) for each, text in _SIGNATURES.items()),
            *((sign, styles.KINDS[each], f"A field was {each}") for each, sign in KIND_SIGNS.items()),
        ),
    ),
    (
        "The list",
        (
            ("▸ ▾", styles.ACCENT, "More deliveries of the same action: z or a click shows or hides them"),
            ("▐", styles.WARNING, "Marked; ▗: only some deliveries of the action are"),
            ("↻2", styles.WARNING, "A retry, and the number of the attempt"),
            ("shop", styles.MUTED, "devhook's answer to the shop, after the sign of the signature"),
            (
                "app",
                styles.MUTED,
                "Your app's last answer, replays included; ✗ without a number: no answer; –: not sent",
            ),
        ),
    ),
    (
        "Verdicts",
        tuple(
            ("3 changes" if each is Verdict.CHANGED else each.value, styles.VERDICTS[each], words.meaning)
            for each, words in VERDICTS.items()
        ),
    ),
)
_SIGN: Final = 13
_LONGEST_SIGN: Final = 26


class HelpScreen(ModalScreen[None]):
    """Shows sections of bindings; any of its own keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1", "dismiss", "close", id="help.close"),
    ]

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        with Container(id="help") as container:
            container.border_title = Content.styled("Help", "bold")
            container.border_subtitle = key_hints(("Esc", "closes"))
            yield LinesView(id="help-lines")

    def on_mount(self) -> None:
        """Fill the page in."""
        self.query_one(LinesView).show(self._page)

    def _page(self, width: int) -> Lines:
        keys = [
            (each.title, [(key, styles.HOTKEY, does) for key, does in each.keys]) for each in self._sections
        ]
        words = ("Filter words", [(typed, styles.HOTKEY, about) for typed, about in help_entries()])
        lines: list[Content] = []
        for title, entries in (*keys, *_SIGNS, words):
            column = max(_SIGN, *(len(sign) + 2 for sign, _, _ in entries if len(sign) <= _LONGEST_SIGN))
            lines.append(Content.styled(f" {title}", f"bold {styles.ACCENT}"))
            for sign, style, text in entries:
                pieces = Content.styled(text, styles.PLAIN).wrap(max(16, width - column - 4))
                beside = sign
                if len(sign) > column - 2:
                    # It has a line of its own, and what it means is below.
                    lines.append(Content.styled(f"   {sign}", style))
                    beside = ""
                lines += [
                    Content.styled(f"   {'' if number else beside:<{column}}", style) + piece
                    for number, piece in enumerate(pieces)
                ]
            lines.append(Content())
        return Lines.of(lines)
