"""Which theme colour says what. Everything drawn takes its colour from here or from devhook.tcss.

The values are theme variables, resolved when a line is drawn, so that a change of theme reaches every line.
"""

from typing import Final

from devhook.analysis.diff import Kind
from devhook.analysis.verdict import Verdict
from devhook.webhook.delivery import Signature

PLAIN: Final = "$foreground"
STRONG: Final = "bold $foreground"
MUTED: Final = "$foreground 60%"
FAINT: Final = "$foreground 45%"

GOOD: Final = "$text-success"
CARE: Final = "$text-warning"
BAD: Final = "$text-error"
NEWS: Final = "$text-primary"
BIRTH: Final = "$text-accent"

SIGNATURES: Final = {
    Signature.VALID: GOOD,
    Signature.INVALID: BAD,
    Signature.MISSING: BAD,
    Signature.UNCHECKED: MUTED,
}
KINDS: Final = {Kind.CHANGED: CARE, Kind.ADDED: GOOD, Kind.REMOVED: BAD}
VERDICTS: Final = {
    Verdict.FIRST: BIRTH,
    Verdict.CHANGED: NEWS,
    Verdict.UNCHANGED: MUTED,
    Verdict.DUPLICATE: MUTED,
    Verdict.LATE: CARE,
}

KEY: Final = "$text-primary"
STRING: Final = "$text-success"
NUMBER: Final = "$text-accent"
WORD: Final = "$text-warning"
MARK: Final = FAINT

PICKED: Final = "on $primary 30%"

HOTKEY: Final = "bold $text-primary"
HOTKEY_OFF: Final = FAINT
