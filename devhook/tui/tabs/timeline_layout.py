"""The Timeline tab: an order's life with a lane per topic, two versions side by side, one field's history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from textual.content import Content

from devhook.analysis.comparison import Comparison
from devhook.analysis.history import Value
from devhook.analysis.order_tracks import Track
from devhook.analysis.verdict import Verdict
from devhook.analysis.wording import VERDICTS, both_words, noise_words, unlisted_words, value_words
from devhook.inbox.deliveries import Row
from devhook.privacy.mask import Mask
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.tabs.change_table import change_table
from devhook.tui.tabs.timeline_tracks import track_lines
from devhook.tui.untrusted import cut, fitted, prose
from devhook.tui.widgets.lines_view import Lines

_LANE: Final = "│"
# An order has a dozen topics at most, and a line must have room for its words.
_LANES: Final = 10
_WIDE: Final = 76  # cells from which on a lane takes two
_TOPIC: Final = 26
_WORDS: Final = 24  # cells of what happened; with fewer the topic is left out, which the lane names
_TIME: Final = len("14:02:11.204")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Life:
    """What a timeline shows of a subject: its versions in their order, and its tracks.

    `shown` and `marked` are ids of deliveries. `typed` says which numbers are being typed. With a `mask` the
    lines are masked as they are drawn.
    """

    versions: Sequence[Row]
    shown: int | None = None
    marked: int | None = None
    tracks: Sequence[Track] = ()
    typed: str = ""
    mask: Mask | None = None


def timeline_layout(life: Life, width: int) -> Lines:
    """Lay a life out for `width` cells: a numbered line for each version; each is a stop."""
    versions = life.versions
    if not versions:
        return Lines.of(
            prose("   ", "This delivery has no subject, so it has no timeline.", width, styles.MUTED)
        )
    lanes = list(dict.fromkeys(row.topic for row in versions))
    head = [*_head(life, lanes, width), *_lane_names(lanes, len(str(len(versions))), width)]
    tail = track_lines(life.tracks, width)
    begun = {topic: next(i for i, row in enumerate(versions) if row.topic == topic) for topic in lanes}
    ended = {topic: max(i for i, row in enumerate(versions) if row.topic == topic) for topic in lanes}
    end = len(head) + len(versions)

    def line(number: int) -> Content:
        if number < len(head):
            return head[number]
        if number >= end:
            return tail[number - end]
        place = number - len(head)
        alive = [begun[topic] <= place <= ended[topic] for topic in lanes[:_LANES]]
        return _line(life, place, lanes, alive, width)

    return Lines(end + len(tail), width, line, tuple(range(len(head), end)))


def comparison_layout(
    before: Row, after: Row, numbers: tuple[int, int] | None, compared: Comparison | None, width: int
) -> Lines:
    """Lay out what differs between two versions with these numbers in the timeline, if they are of one.

    `compared` None: their bodies have nothing in common.
    """
    old, new = (_named(number, row) for number, row in zip(numbers or (0, 0), (before, after), strict=True))
    lines = prose("   ", f"From {old} to {new}.", width, styles.STRONG)
    if not before.clocks.beside(after.clocks).is_known:
        lines += prose("   ", "Which of the two is newer is not known.", width, styles.MUTED)
    if compared is None:
        told = "The bodies have no field in common and cannot be compared."
        return Lines.of([*lines, *prose("   ", told, width, styles.MUTED)])
    if not (compared.changes or compared.unlisted):
        lines += prose("   ", "Nothing visible differs.", width, styles.MUTED)
    else:
        lines.append(Content())
    for of_one in change_table(compared.changes, width):
        lines += of_one
    if more := unlisted_words(compared.unlisted):
        lines += [Content(), *prose("   ", more, width, styles.MUTED)]
    if compared.noise:
        names = noise_words(compared.noise, compared.unlisted_noise)
        lines += [Content(), *prose("   noise: ", names, width, styles.MUTED)]
    return Lines.of(lines)


def history_layout(path: str, told: Sequence[tuple[Row, Value]], width: int) -> Lines:
    """Lay out the values of one field, a line for each version of its document; each is a stop."""
    lines = prose("   ", path, width, styles.STRONG)
    if not told:
        return Lines.of([*lines, *prose("   ", "No version has this field.", width, styles.MUTED)])
    head = len(lines)
    before: Value | None = None
    for row, value in told:
        words = value_words(value.value, 200) if value.present else "absent"
        same = before is not None and (value.present, words) == _spoken(before)
        if before is not None and before.present and value.present:
            words = both_words(before.value, value.value, 200, 100)[1]
        style = styles.FAINT if same else styles.PLAIN if value.present else styles.MUTED
        lead = f"   {_clock(row)} "
        room = max(8, width - len(lead) - _topic_width(width) - 4)
        lines.append(
            Content.assemble(
                (lead, styles.MUTED),
                (fitted(row.topic or "no topic", _topic_width(width)), styles.MUTED),
                (" · " if same else " → " if before is not None else "   ", styles.FAINT),
                (cut(words, room), style),
            )
        )
        before = value
    return Lines.of(lines, range(head, len(lines)))


def _spoken(value: Value) -> tuple[bool, str]:
    return value.present, value_words(value.value, 200) if value.present else "absent"


def _head(whole: Life, lanes: Sequence[str | None], width: int) -> list[Content]:
    """How long the life is, and what stands in the way of its being whole."""
    life = whole.versions
    late = sum(row.verdict is Verdict.LATE for row in life)
    copies = sum(row.verdict is Verdict.DUPLICATE for row in life)
    told = f"{counted(len(life), 'delivery')} of {counted(len(lanes), 'topic')}"
    told += f", {late} late" if late else ""
    told += f", {counted(copies, 'duplicate')}" if copies else ""
    place = next((number for number, row in enumerate(life, start=1) if row.id == whole.shown), None)
    told += f"; this is version {place} of {len(life)}" if place else ""
    signs = "  ".join(f"{words.sign} {verdict}" for verdict, words in VERDICTS.items())
    without = sum(row.clocks.triggered is None for row in life)
    if 0 < without < len(life):
        told += (
            f". {without} without X-Shopify-Triggered-At: where updated_at does not order them, arrival does"
        )
    more = " Type two numbers to compare." if len(life) > 1 else ""
    return [
        *prose("   ", f"{told}.{more}", width, styles.PLAIN),
        *prose("   ", whole.typed or signs, width, styles.ACCENT if whole.typed else styles.FAINT),
        Content(),
    ]


def _lane_names(lanes: Sequence[str | None], digits: int, width: int) -> list[Content]:
    """Return a line for each lane, with the topic above where the lane runs."""
    gap = " " if width >= _WIDE else ""
    margin = " " * (4 + digits)
    names = [topic or "no topic" for topic in lanes[:_LANES]]
    if len(lanes) > _LANES:
        names.append(f"{len(lanes) - _LANES} topics more")
    return [
        Content.assemble(
            (margin + (_LANE + gap) * number, styles.FAINT),
            (cut(name, max(4, width - len(margin) - number * (1 + len(gap)))), styles.MUTED),
        )
        for number, name in enumerate(names)
    ]


def _line(life: Life, place: int, lanes: Sequence[str | None], alive: Sequence[bool], width: int) -> Content:
    """One version: whether it is shown or marked, its number, the lanes, when, the topic, what it brought."""
    exact = life.versions[place]
    row = exact.masked(life.mask) if life.mask else exact
    verdict = row.verdict or Verdict.FIRST
    style = styles.VERDICTS[verdict] if row.signature.trusted else styles.ERROR
    sign = "*" if row.id == life.marked else "›" if row.id == life.shown else " "
    gap = " " if width >= _WIDE else ""
    digits = len(str(len(life.versions)))
    parts: list[tuple[str, str] | Content] = [
        (f" {sign} ", styles.STRONG),
        (f"{place + 1:>{digits}} ", styles.MUTED),
    ]
    for topic, runs in zip(lanes[:_LANES], alive, strict=True):
        own = topic == row.topic
        mark = VERDICTS[verdict].sign if own else _LANE if runs else " "
        parts.append((mark + gap, f"bold {style}" if own else styles.FAINT))
    if len(lanes) > _LANES:
        parts.append(
            ((VERDICTS[verdict].sign if row.topic in lanes[_LANES:] else " ") + gap, f"bold {style}")
        )
    room = width - 6 - digits - (1 + len(gap)) * min(len(lanes), _LANES + 1) - _TIME
    parts += [(" ", ""), (f"{_clock(row)} ", styles.MUTED)]
    if room - _topic_width(width) >= _WORDS:
        room -= _topic_width(width) + 1
        parts.append((fitted(row.topic or "no topic", _topic_width(width)) + " ", styles.PLAIN))
    words = row.happened
    if verdict is Verdict.LATE:
        words += f", came {_received(row)}"
    return Content.assemble(*parts, (cut(words, max(4, room)), style))


def _topic_width(width: int) -> int:
    return min(_TOPIC, max(14, width // 3 - 2))


def _named(number: int, row: Row) -> str:
    told = (row.topic or "no topic", f"delivery {row.id}", _clock(row))
    if not number:
        return f"{told[1]} ({told[0]}, {told[2]})"
    return f"version {number} ({', '.join(told)})"


def _clock(row: Row) -> str:
    """When it happened, as the user's clock showed it."""
    happened = _EPOCH + timedelta(microseconds=(row.version or 0) // 1000)
    return happened.astimezone().strftime("%H:%M:%S.%f")[:_TIME]


def _received(row: Row) -> str:
    return row.received_at.astimezone().strftime("%H:%M:%S")
