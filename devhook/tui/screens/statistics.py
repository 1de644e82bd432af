"""The statistics page: how many came, of what, how they were signed, and how fast they were answered."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content

from devhook.analysis.verdict import Verdict
from devhook.errors import DevhookError
from devhook.inbox.statistics import Counts, DeliveryCounter, Statistics
from devhook.sender.latency import LatencyHistogram
from devhook.session.session import Session
from devhook.text import counted, duration
from devhook.tui import styles
from devhook.tui.delivery_view import clock
from devhook.tui.notices import warn
from devhook.tui.rate import Rate
from devhook.tui.screens.devhook_screen import DevhookScreen, KeyLine
from devhook.tui.untrusted import fitted
from devhook.tui.widgets.lines_view import Lines, LinesView
from devhook.tui.widgets.status_line import StatusLine
from devhook.webhook.delivery import Signature

_EVERY: Final = 1.0
_LABEL: Final = 44
_COUNT: Final = 7
_WIDEST_BAR: Final = 40
_BLOCKS: Final = " ▏▎▍▌▋▊▉█"
# Seconds, up to the 5 s that Shopify waits.
_EDGES: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SHARES: Final = (0.5, 0.95, 0.99)
_SUCCESS: Final = range(200, 300)
_SIGNATURE_STYLES: Final = {each.value: styles.SIGNATURES[each] for each in Signature}
_VERDICT_STYLES: Final = {each.value: styles.VERDICTS[each] for each in Verdict}


class StatisticsScreen(DevhookScreen):
    """Counts the newest deliveries once a second, as long as it is looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,escape", "dismiss", "back", tooltip="To the deliveries", id="statistics.back"),
    ]
    AUTO_FOCUS = "LinesView"

    def __init__(self, session: Session, rate: Rate) -> None:
        super().__init__()
        self._session = session
        self._rate = rate
        self._counter = DeliveryCounter(session.inbox)

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        yield StatusLine(self._rate, id="status")
        with Container(id="statistics") as container:
            container.border_title = Content.styled("Statistics", "bold")
            yield LinesView(id="statistics-lines")
        yield KeyLine()

    def on_mount(self) -> None:
        """Count now, and then every second."""
        self._count()
        self.set_interval(_EVERY, self._count)

    def _count(self) -> None:
        self.query_one(StatusLine).status = self._session.status()
        try:
            found = self._counter.count()
        except DevhookError as error:
            warn(self, error.message, error.hint)
            return
        rate, latency = self._rate, self._session.latency
        self.query_one(LinesView).renew(lambda width: _page(found, latency, rate, datetime.now(UTC), width))


def _page(found: Statistics, latency: LatencyHistogram, rate: Rate, now: datetime, width: int) -> Lines:
    """Lay the page out for `width` cells."""
    since = f" since {clock(found.since)}" if found.since else ""
    lines = [
        Content.assemble(
            (f" {counted(found.deliveries, 'delivery')}", styles.STRONG),
            (f"{since}.", styles.MUTED),
        ),
        Content.assemble(
            (" The last minute: ", styles.MUTED),
            (f"{rate.per_minute(now):,} ", styles.PLAIN),
            (rate.sparkline(now, bars=min(60, max(12, width - 40))), styles.ACCENT),
        ),
    ]
    lines += _shares("Topics", found.topics, found.deliveries, {}, width)
    lines += _shares("Signatures", found.signatures, found.deliveries, _SIGNATURE_STYLES, width)
    lines += _shares("Verdicts", found.verdicts, found.deliveries, _VERDICT_STYLES, width)
    if len(found.origins) > 1:
        lines += _shares("Origins", found.origins, found.deliveries, {}, width)
    lines += _times("Answer times of devhook, in this session", latency, width)
    if found.answers:
        answers = sum(count for _, count in found.answers)
        colours = {what: _answer_style(what) for what, _ in found.answers}
        lines += _shares("Answers of the targets", found.answers, answers, colours, width)
        lines += _times("Answer times of the targets", LatencyHistogram.of(found.target_times), width)
    return Lines.of(lines)


def _answer_style(what: str) -> str:
    return styles.SUCCESS if what.isdecimal() and int(what) in _SUCCESS else styles.ERROR


def _shares(title: str, counts: Counts, total: int, colours: Mapping[str, str], width: int) -> list[Content]:
    """A title, and a bar for each count, as long as its share of the `total`."""
    if not counts:
        return []
    lines = [Content(), Content.styled(f" {title}", f"bold {styles.ACCENT}")]
    for what, count in counts:
        share = f"{count / total:>4.0%}" if total else ""
        lines.append(
            _bar(what or "(no topic)", count, count / total, share, colours.get(what, styles.ACCENT), width)
        )
    return lines


def _times(title: str, latency: LatencyHistogram, width: int) -> list[Content]:
    """A title, what most stayed under, and a bar for each class of time that occurred."""
    lines = [Content(), Content.styled(f" {title}", f"bold {styles.ACCENT}")]
    if not latency.total:
        return [*lines, Content.styled("   No delivery was answered yet.", styles.MUTED)]
    percentiles = [f"{share:.0%} within {duration(latency.percentile(share) or 0.0)}" for share in _SHARES]
    lines.append(Content.styled(f"   {'   '.join(percentiles)}", styles.PLAIN))
    counts = latency.by_class(_EDGES)
    first, last = _occurring(counts)
    highest = max(counts)
    for place in range(first, last + 1):
        edge = _EDGES[place] if place < len(_EDGES) else None
        late = styles.ERROR if edge is None else styles.WARNING if edge == _EDGES[-1] else styles.SUCCESS
        count = counts[place]
        what = _under(edge) if edge is not None else f"{_under(edge)}: too late"
        lines.append(_bar(what, count, count / highest, "", late, width))
    return lines


def _occurring(counts: Sequence[int]) -> tuple[int, int]:
    """The first and the last class that has any."""
    places = [place for place, count in enumerate(counts) if count]
    return places[0], places[-1]


def _under(edge: float | None) -> str:
    if edge is None:
        return "over 5 s"
    return f"under {duration(edge)}"


def _bar(what: str, count: int, part: float, share: str, style: str, width: int) -> Content:
    label = min(_LABEL, max(12, width * 9 // 20))
    room = max(4, min(_WIDEST_BAR, width - label - _COUNT - len(share) - 6))
    whole, rest = divmod(round(part * room * 8), 8)
    bar = "█" * whole + (_BLOCKS[rest] if rest else "")
    return Content.assemble(
        (f"   {fitted(what, label)} ", styles.PLAIN),
        (f"{count:>{_COUNT},} ", styles.STRONG),
        (f"{share} " if share else "", styles.MUTED),
        (bar, style),
    )
