"""The themes: devhook's own and Textual's, each with text that measures a stated contrast.

Contrast is WCAG's (https://www.w3.org/TR/WCAG21/#contrast-minimum): 4.5:1 for all text, in the high-contrast
theme 7:1, on every background that text stands on, the row under the cursor too. A theme is a set of wishes;
`legible` moves each colour of text towards white or black until it measures that.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from textual.color import BLACK, WHITE, Color
from textual.theme import BUILTIN_THEMES, Theme

DARK: Final = "devhook-dark"
LIGHT: Final = "devhook-light"
CONTRAST: Final = "devhook-contrast"

LEGIBLE: Final = 4.5
HIGH: Final = 7.0
# Of a channel, below which sRGB is linear.
_LINEAR: Final = 0.04045
_STEPS: Final = 40
_HEX: Final = re.compile(r"#[0-9a-fA-F]{3,8}")
_COLOURS: Final = ("primary", "secondary", "accent", "success", "warning", "error")
# Shares of the foreground in what is dim, and of a colour in the row that it marks.
_MUTED: Final = 0.66
_FAINT: Final = 0.5
# What is less dim measures so many times more, where white and black allow it.
_MUTED_APART: Final = 1.25
_TEXT_APART: Final = 1.5
_CURSOR: Final = 0.14
_SELECTED: Final = 0.2
_BLURRED: Final = 0.08
_MARKED: Final = 0.12
_HOVER: Final = 0.05


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two opaque colours, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= _LINEAR else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in colour.rgb)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def legible(theme: Theme, least: float = LEGIBLE, tint: float = 1.0) -> Theme:
    """Return the theme with the colours of all text moved until each measures `least` on every background.

    `tint`: how much stronger than usual the backgrounds of marked rows are.
    """
    known = theme.to_color_system().generate()
    colours = {name: Color.parse(value) for name, value in known.items() if _HEX.fullmatch(value)}
    foreground = colours["foreground"]
    surface = colours["surface"]
    rows = {
        "row-cursor": surface.blend(colours["primary"], tint * _CURSOR),
        "row-selected": surface.blend(colours["primary"], tint * _SELECTED),
        "row-blurred": surface.blend(foreground, tint * _BLURRED),
        "row-marked": surface.blend(colours["warning"], tint * _MARKED),
        "row-hover": surface.blend(foreground, tint * _HOVER),
    }
    backgrounds = [colours["background"], surface, colours["panel"], *rows.values()]

    def moved(colour: Color, apart: float = 1.0) -> str:
        return _moved(colour, backgrounds, WHITE if theme.dark else BLACK, apart * least).hex

    text = moved(foreground, _TEXT_APART)
    muted = moved(colours["background"].blend(foreground, _MUTED), _MUTED_APART)
    faint = moved(colours["background"].blend(foreground, _FAINT))
    found = {f"text-{name}": moved(colours[name]) for name in _COLOURS}
    written: Mapping[str, str] = {
        **{name: colour.hex for name, colour in rows.items()},
        **found,
        "muted": muted,
        "faint": faint,
        "text": text,
        "text-muted": muted,
        "text-disabled": faint,
        "foreground-muted": muted,
        "foreground-disabled": faint,
        "block-cursor-background": rows["row-selected"].hex,
        "block-cursor-foreground": text,
        "block-cursor-blurred-background": rows["row-blurred"].hex,
        "block-cursor-blurred-foreground": text,
        "block-hover-background": rows["row-hover"].hex,
        "input-selection-background": rows["row-selected"].hex,
        "screen-selection-background": rows["row-selected"].hex,
        "input-cursor-background": text,
        "input-cursor-foreground": colours["background"].hex,
        "footer-foreground": text,
        "footer-background": surface.hex,
        "footer-key-foreground": found["text-primary"],
        "footer-key-background": surface.hex,
        "footer-description-foreground": muted,
        "footer-description-background": surface.hex,
        "footer-item-background": surface.hex,
        "button-foreground": text,
        "link-color": found["text-primary"],
        "scrollbar": colours["border-blurred"].hex,
        "scrollbar-hover": colours["border-blurred"].blend(foreground, 0.2).hex,
        "scrollbar-active": colours["border"].hex,
        **{
            f"scrollbar-{part}": colours["background"].hex
            for part in ("background", "background-hover", "background-active", "corner-color")
        },
    }
    return replace(theme, foreground=text, variables={**theme.variables, **written})


def _moved(colour: Color, backgrounds: Iterable[Color], towards: Color, least: float) -> Color:
    """Return the colour that is nearest to `colour` on its way to white or black and measures `least`."""
    steps = (colour.blend(towards, step / _STEPS) for step in range(_STEPS + 1))
    # Rounded as it is written: `#7cbcf7` has whole channels.
    found = (Color.parse(each.hex) for each in steps)
    under = list(backgrounds)
    return next((each for each in found if min(contrast(each, back) for back in under) >= least), towards)


class _Wish(NamedTuple):
    """A theme as it is wished, the contrast of its text, and the strength of the marked rows' backgrounds."""

    theme: Theme
    least: float = LEGIBLE
    tint: float = 1.0


_DARK: Final = _Wish(
    Theme(
        name=DARK,
        dark=True,
        background="#12161b",
        surface="#171c22",
        panel="#1f262e",
        foreground="#d5dbe3",
        primary="#6ab0f3",
        secondary="#8fa3b8",
        accent="#c4a1f5",
        success="#7ecb8a",
        warning="#e5b567",
        error="#f2777a",
        variables={"border": "#6ab0f3", "border-blurred": "#323b46"},
    )
)

_LIGHT: Final = _Wish(
    Theme(
        name=LIGHT,
        dark=False,
        background="#fbfaf7",
        surface="#f3f2ed",
        panel="#e9e7e0",
        foreground="#24292f",
        primary="#0a62b8",
        secondary="#57606a",
        accent="#7443bd",
        success="#1b7a35",
        warning="#8f5d00",
        error="#c2222c",
        variables={"border": "#0a62b8", "border-blurred": "#cfccc2"},
    )
)

_CONTRAST: Final = _Wish(
    Theme(
        name=CONTRAST,
        dark=True,
        background="#000000",
        surface="#000000",
        panel="#101010",
        foreground="#ffffff",
        primary="#59b7ff",
        secondary="#c8d4e0",
        accent="#d9b3ff",
        success="#5ee07f",
        warning="#ffd060",
        error="#ff8a8a",
        variables={"border": "#ffffff", "border-blurred": "#8a8a8a"},
    ),
    HIGH,
    tint=2.0,
)


class _Themes(Mapping[str, Theme]):
    """Themes by name. One is made legible when it is asked for: all of them take 0.1 s."""

    def __init__(self, *wishes: _Wish) -> None:
        self._wishes = {wish.theme.name: wish for wish in wishes}
        self._made: dict[str, Theme] = {}

    def __getitem__(self, name: str) -> Theme:
        if name not in self._made:
            self._made[name] = legible(*self._wishes[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._wishes)

    def __len__(self) -> int:
        return len(self._wishes)


THEMES: Final[Mapping[str, Theme]] = _Themes(
    _DARK,
    _LIGHT,
    _CONTRAST,
    # A theme of the terminal's own 16 colours cannot be measured.
    *(_Wish(theme) for theme in BUILTIN_THEMES.values() if not theme.ansi),
)
"""The themes that can be chosen, by name."""
