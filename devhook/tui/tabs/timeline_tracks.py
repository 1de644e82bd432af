"""Draws the tracks under a timeline: the first value, a bar for each version, the last value."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from textual.content import Content

from devhook.analysis.order_tracks import Track
from devhook.tui import styles
from devhook.tui.untrusted import cut

_BARS: Final = "▁▂▃▄▅▆▇█"
_UNKNOWN: Final = "?"
_NAME: Final = len("fulfilment ")
_LONGEST_BAR: Final = 60


def track_lines(tracks: Sequence[Track], width: int) -> list[Content]:
    """Return a line for each track, under an empty one; no line where there is no track."""
    return [Content(), *(_line(track, width) for track in tracks)] if tracks else []


def _line(track: Track, width: int) -> Content:
    room = max(8, width - 3 - _NAME - 2)
    first = cut(track.values[0], room // 3)
    if all(before == after for before, after in pairwise(track.values)):
        first = ""
    # A few cells are left for the bars.
    last = cut(track.values[-1], room - len(first) - room // 6)
    bars = _sampled(track.levels, min(_LONGEST_BAR, max(1, room - len(first) - len(last))))
    return Content.assemble(
        (f"   {track.name:<{_NAME}}", styles.MUTED),
        (f"{first} " if first else "", styles.MUTED),
        *((_bar(level), _style(level)) for level in bars),
        (f" {last}", styles.PLAIN),
    )


def _sampled(levels: Sequence[float | None], cells: int) -> list[float | None]:
    """Return at most `cells` of the levels, evenly; the first and the last are among them."""
    if len(levels) <= cells:
        return list(levels)
    last = len(levels) - 1
    return [levels[last if cells == 1 else place * last // (cells - 1)] for place in range(cells)]


def _bar(level: float | None) -> str:
    return _UNKNOWN if level is None else _BARS[round(min(1.0, max(0.0, level)) * (len(_BARS) - 1))]


def _style(level: float | None) -> str:
    if level is None or level <= 0:
        return styles.MUTED
    return styles.SUCCESS if level >= 1 else styles.WARNING
