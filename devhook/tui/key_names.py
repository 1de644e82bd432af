"""How keys are written: `ctrl+r` in a binding, `Ctrl+R` for people, and either in the user's config."""

import unicodedata
from typing import Final

from textual.content import Content
from textual.keys import REPLACED_KEYS, Keys, _character_to_key, format_key

from devhook.tui import styles

_MODIFIERS: Final = {"ctrl": "Ctrl+", "shift": "Shift+", "alt": "Alt+"}
_NAMES: Final = {
    "escape": "Esc",
    "home": "Home",
    "end": "End",
    "space": "Space",
    "tab": "Tab",
    "enter": "Enter",
    "delete": "Del",
    "insert": "Ins",
    "backspace": "Backspace",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    **{f"f{number}": f"F{number}" for number in range(1, 25)},
}
_SPELLINGS: Final = {name.lower(): key for key, name in _NAMES.items()} | {"return": "enter"}
_KNOWN: Final = {key.value for key in Keys} | set(_NAMES)
# The byte that a terminal sends for them is that of another key.
_SAME_BYTE: Final = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+[": "escape"}


def key_name(key: str) -> str:
    """Return the name of a binding's key for people: `Ctrl+R`, `Esc`, `?`."""
    *modifiers, plain = key.split("+")
    held = "".join(_MODIFIERS.get(each, f"{each}+") for each in modifiers)
    named = _NAMES.get(plain)
    shown = named or format_key(plain)
    return held + (shown.upper() if held and named is None else shown)


def key_hints(*hints: tuple[str, str]) -> Content:
    """Return `Enter saves  Esc leaves`, which stands in the border of a dialog."""
    return Content("  ").join(
        Content.assemble((key, styles.HOTKEY), (f" {does}", styles.MUTED)) for key, does in hints
    )


def key_of(name: str) -> str | None:
    """Return the key of a binding that a user writes as `Ctrl+R`, `esc` or `?`; None if there is none."""
    text = name.strip()
    if len(text) == 1:
        # A combining character alone is no key.
        return _character_to_key(text) if text.isprintable() and not unicodedata.combining(text) else None
    *modifiers, plain = text.split("+") if not text.endswith("+") else [*text[:-2].split("+"), "+"]
    held = [each.strip().lower() for each in modifiers]
    if not set(held) <= set(_MODIFIERS):
        return None
    if len(plain) == 1:
        # With Ctrl there is one key for `r` and `R`; Shift makes another character.
        if "shift" in held:
            return None
        key = _character_to_key(plain.lower())
    else:
        key = _SPELLINGS.get(plain.lower(), plain.lower())
        if key not in _KNOWN and key not in REPLACED_KEYS and len(format_key(key)) != 1:
            return None
    found = "+".join([*sorted(held, key=list(_MODIFIERS).index), key])
    return _SAME_BYTE.get(found, found)
