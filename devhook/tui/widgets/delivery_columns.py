"""The columns of the deliveries list: how wide each is in the room there is, and one row laid out in them."""

from dataclasses import dataclass
from typing import Final, Self

from rich.cells import cell_len
from textual.content import Content

from devhook.analysis.verdict import Verdict
from devhook.analysis.wording import SIGNATURE_SIGNS, verdict_words
from devhook.inbox.deliveries import Row
from devhook.text import visible
from devhook.tui import styles
from devhook.tui.untrusted import cut, fitted
from devhook.webhook.subject import Subject

_TIME: Final = 12
_SHORT_TIME: Final = 8
_VERDICT: Final = 15
_SHORTEST_TOPIC: Final = 18
_SHORTEST_RESOURCE: Final = len("orders")
_USUAL_TOPIC: Final = 26
_LONGEST_TOPIC: Final = 34
_NARROW_SUBJECT: Final = 7
_USUAL_SUBJECT: Final = 14
_WIDE_SUBJECT: Final = 22
_REFUSED: Final = 400
_TELLING: Final = 6  # digits at an id's end that tell it from its neighbours


@dataclass(frozen=True)
class DeliveryColumns:
    """The widths in cells; 0 leaves a column out. A blank stands between two columns and at each end."""

    id: int
    time: int
    topic: int
    subject: int
    verdict: int
    status: int

    @classmethod
    def within(cls, width: int, newest: int) -> Self:
        """Divide `width` cells; `newest` is the highest id to be shown.

        What goes first when room is short: the answer's status, the id, the milliseconds, the topic's end.
        """
        ids = max(3, len(str(newest)))
        room = width - 2 - 1  # the ends and the signature's sign
        room -= _SHORT_TIME + 1 + 1 + _VERDICT + 1 + _NARROW_SUBJECT + 1
        milliseconds = room >= _SHORTEST_TOPIC + _TIME - _SHORT_TIME
        room -= _TIME - _SHORT_TIME if milliseconds else 0
        numbered = room >= _SHORTEST_TOPIC + ids + 1
        room -= ids + 1 if numbered else 0
        answered = room >= _LONGEST_TOPIC + 4
        room -= 4 if answered else 0
        topic, room = _portion(room, _USUAL_TOPIC)
        subject, room = _portion(room, _USUAL_SUBJECT - _NARROW_SUBJECT)
        more_topic, room = _portion(room, _LONGEST_TOPIC - _USUAL_TOPIC)
        more_subject, room = _portion(room, _WIDE_SUBJECT - _USUAL_SUBJECT)
        return cls(
            id=ids if numbered else 0,
            time=_TIME if milliseconds else _SHORT_TIME,
            topic=topic + more_topic,
            subject=_NARROW_SUBJECT + subject + more_subject,
            verdict=_VERDICT,
            status=3 if answered else 0,
        )

    def line(self, row: Row) -> Content:
        """Lay `row` out; what came from strangers in it is made visible and cut to its column."""
        words = verdict_words(row.signature, row.verdict, row.change_count, row.original)
        parts: list[tuple[str, str]] = [(" ", "")]
        if self.id:
            parts.append((f"{row.id:>{self.id}} ", styles.FAINT))
        time = row.received_at.astimezone().strftime("%H:%M:%S.%f")
        parts += [(time[: self.time] + " ", styles.MUTED)]
        parts += [(SIGNATURE_SIGNS[row.signature] + " ", styles.SIGNATURES[row.signature])]
        parts += _topic(row.topic, self.topic)
        parts.append(
            (" " + fitted(subject_words(row.subject, self.subject), self.subject) + " ", styles.STRONG)
        )
        if self.status:
            parts += _answered(row)
        hinted = " ?" if row.signature.trusted and row.verdict is Verdict.UNCHANGED and row.hint else ""
        parts.append((fitted(words + hinted, self.verdict) + " ", _verdict_style(row)))
        return Content.assemble(*parts)


def _answered(row: Row) -> list[tuple[str, str]]:
    """The status that counts, in red where it is no success; a cross where there is none."""
    if row.target is not None and row.target.failure is not None:
        return [("✗   ", styles.ERROR)]
    if not row.answered:
        return [("✗   ", styles.ERROR) if row.answered == 0 else ("    ", styles.FAINT)]
    return [(f"{row.answered:<3} ", styles.ERROR if row.answered >= _REFUSED else styles.FAINT)]


def _portion(room: int, wanted: int) -> tuple[int, int]:
    """Take what is `wanted` from the `room`, as far as it goes; return it and the rest."""
    taken = max(0, min(room, wanted))
    return taken, room - taken


def _topic(topic: str | None, cells: int) -> list[tuple[str, str]]:
    """The resource faint, what happened to it plain: the eye finds `orders/` by its place.

    Where room is short the resource gives way first, to `fulfi…/moved`: what happened tells more.
    """
    resource, slash, action = (topic or "").partition("/")
    if not slash:
        return [(fitted(topic or "no topic", cells), styles.PLAIN if topic else styles.MUTED)]
    spared = max(_SHORTEST_RESOURCE, cells - 1 - len(visible(action)))
    resource = cut(cut(resource, spared) + slash, cells)
    return [(resource, styles.MUTED), (fitted(action, cells - cell_len(resource)), styles.PLAIN)]


def subject_words(subject: Subject | None, cells: int) -> str:
    """What a delivery speaks of, shortened to be told apart in `cells` cells; foreign text still."""
    if subject is None:
        return ""
    if subject.name:
        return subject.name
    kind = subject.kind.replace("_", " ")
    for shown in (f"{kind} {subject.id}", f"{kind} …{subject.id[-_TELLING:]}"):
        if len(shown) <= cells:
            return shown
    return f"…{subject.id[-_TELLING:]}" if len(subject.id) > _TELLING else subject.id


def _verdict_style(row: Row) -> str:
    if not row.signature.trusted:
        return styles.ERROR
    return styles.VERDICTS[row.verdict] if row.verdict else styles.MUTED
