"""The theme colour of each meaning. Everything drawn takes its colour from here or from devhook.tcss.

The values are theme variables, resolved when a line is drawn, so that a change of theme reaches every line.
"""

from typing import Final

from devhook.analysis.diff import Kind
from devhook.analysis.verdict import Verdict
from devhook.webhook.delivery import Signature

PLAIN: Final = "$foreground"
STRONG: Final = "bold $foreground"
MUTED: Final = "$muted"
FAINT: Final = "$faint"

SUCCESS: Final = "$text-success"
WARNING: Final = "$text-warning"
ERROR: Final = "$text-error"
ACCENT: Final = "$text-primary"
FIRST: Final = "$text-accent"

SIGNATURES: Final = {
    Signature.VALID: SUCCESS,
    Signature.INVALID: ERROR,
    Signature.MISSING: ERROR,
    Signature.UNCHECKED: MUTED,
}
KINDS: Final = {Kind.CHANGED: WARNING, Kind.ADDED: SUCCESS, Kind.REMOVED: ERROR}
VERDICTS: Final = {
    Verdict.FIRST: FIRST,
    Verdict.CHANGED: ACCENT,
    Verdict.UNCHANGED: MUTED,
    Verdict.DUPLICATE: MUTED,
    Verdict.LATE: WARNING,
}

KEY: Final = "$text-primary"
STRING: Final = "$text-success"
NUMBER: Final = "$text-accent"
WORD: Final = "$text-warning"
PUNCTUATION: Final = FAINT

SELECTED: Final = "on $row-selected"

PRESSED: Final = "bold $background on $text-primary"

FOUND: Final = "underline on $warning 30%"
FOUND_HERE: Final = "bold reverse"

HOTKEY: Final = "bold $text-primary"
HOTKEY_OFF: Final = FAINT
