"""The Timeline tab: an order's life with a lane per topic, two versions side by side, one field's history."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from textual.content import Content

from devhook.analysis.comparison import Comparison
from devhook.analysis.history import Value
from devhook.analysis.verdict import Verdict
from devhook.analysis.wording import VERDICTS, both_words, noise_words, unlisted_words, value_words
from devhook.inbox.deliveries import Row
from devhook.privacy.mask import Mask
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.tabs.change_table import change_table
from devhook.tui.untrusted import cut, fitted, prose
from devhook.tui.widgets.lines_view import Lines

_LANE: Final = "│"
# An order has a dozen topics at most, and a line must have room for its words.
_LANES: Final = 10
_WIDE: Final = 76  # cells from which on a lane takes two
_TOPIC: Final = 26
_TIME: Final = len("14:02:11.204")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def timeline_layout(
    life: Sequence[Row], shown: int | None, marked: int | None, width: int, mask: Mask | None = None
) -> Lines:
    """Lay a life out for `width` cells: a line for each version, in their order; each is a stop.

    `shown` and `marked` are ids of deliveries. With a `mask` the lines are masked as they are drawn.
    """
    if not life:
        return Lines.of(
            prose("   ", "This delivery has no subject, so it has no timeline.", width, styles.MUTED)
        )
    lanes = list(dict.fromkeys(row.topic for row in life))
    head = _head(life, lanes, width)
    begun = {topic: next(i for i, row in enumerate(life) if row.topic == topic) for topic in lanes}
    ended = {topic: max(i for i, row in enumerate(life) if row.topic == topic) for topic in lanes}

    def line(number: int) -> Content:
        if number < len(head):
            return head[number]
        place = number - len(head)
        alive = [begun[topic] <= place <= ended[topic] for topic in lanes[:_LANES]]
        row = life[place].masked(mask) if mask else life[place]
        return _line(row, lanes, alive, shown, marked, width)

    return Lines(len(head) + len(life), width, line, tuple(range(len(head), len(head) + len(life))))


def comparison_layout(before: Row, after: Row, compared: Comparison | None, width: int) -> Lines:
    """Lay out what differs between two versions; `compared` None: their bodies have nothing in common."""
    lines = prose("   ", f"From {_named(before)} to {_named(after)}.", width, styles.STRONG)
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


def _head(life: Sequence[Row], lanes: Sequence[str | None], width: int) -> list[Content]:
    """How long the life is, and what stands in the way of its being whole."""
    late = sum(row.verdict is Verdict.LATE for row in life)
    copies = sum(row.verdict is Verdict.DUPLICATE for row in life)
    told = f"{counted(len(life), 'delivery')} of {counted(len(lanes), 'topic')}"
    told += f", {late} late" if late else ""
    told += f", {counted(copies, 'duplicate')}" if copies else ""
    signs = "  ".join(f"{words.sign} {verdict}" for verdict, words in VERDICTS.items())
    without = sum(row.clocks.triggered is None for row in life)
    if 0 < without < len(life):
        told += (
            f". {without} without X-Shopify-Triggered-At: where updated_at does not order them, arrival does"
        )
    return [
        *prose("   ", f"{told}.", width, styles.PLAIN),
        *prose("   ", signs, width, styles.FAINT),
        Content(),
    ]


def _line(
    row: Row,
    lanes: Sequence[str | None],
    alive: Sequence[bool],
    shown: int | None,
    marked: int | None,
    width: int,
) -> Content:
    """One version: whether it is shown or marked, the lanes, when it happened, the topic, what it brought."""
    verdict = row.verdict or Verdict.FIRST
    style = styles.VERDICTS[verdict] if row.signature.trusted else styles.ERROR
    sign = "*" if row.id == marked else "›" if row.id == shown else " "
    gap = " " if width >= _WIDE else ""
    parts: list[tuple[str, str] | Content] = [(f" {sign} ", styles.STRONG)]
    for topic, runs in zip(lanes[:_LANES], alive, strict=True):
        own = topic == row.topic
        mark = VERDICTS[verdict].sign if own else _LANE if runs else " "
        parts.append((mark + gap, f"bold {style}" if own else styles.FAINT))
    if len(lanes) > _LANES:
        parts.append(
            ((VERDICTS[verdict].sign if row.topic in lanes[_LANES:] else " ") + gap, f"bold {style}")
        )
    used = 4 + (1 + len(gap)) * min(len(lanes), _LANES + 1) + _TIME + _topic_width(width) + 2
    parts += [
        (" ", ""),
        (f"{_clock(row)} ", styles.MUTED),
        (fitted(row.topic or "no topic", _topic_width(width)) + " ", styles.PLAIN),
    ]
    words = row.happened
    if verdict is Verdict.LATE:
        words += f", came {_received(row)}"
    return Content.assemble(*parts, (cut(words, max(4, width - used)), style))


def _topic_width(width: int) -> int:
    return min(_TOPIC, max(14, width // 3 - 2))


def _named(row: Row) -> str:
    return f"delivery {row.id} ({row.topic or 'no topic'}, {_clock(row)})"


def _clock(row: Row) -> str:
    """When it happened, as the user's clock showed it."""
    happened = _EPOCH + timedelta(microseconds=(row.version or 0) // 1000)
    return happened.astimezone().strftime("%H:%M:%S.%f")[:_TIME]


def _received(row: Row) -> str:
    return row.received_at.astimezone().strftime("%H:%M:%S")
