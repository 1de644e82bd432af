"""The probe page: the checks of an endpoint one after another, and how to fix what failed."""

import asyncio
import random
from datetime import UTC, datetime
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content

from devhook.errors import DevhookError, InputError
from devhook.forge.source import DEMO_SHOP
from devhook.inbox.deliveries import Row
from devhook.probe.check import CheckOutcome
from devhook.probe.endpoint import ProbeEndpoint
from devhook.probe.result import ProbeResult
from devhook.probe.run import CHECKS, run_checks
from devhook.probe.samples import Samples
from devhook.receiver.targets import targets_of
from devhook.session.session import Session
from devhook.shop.versions import NEWEST
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.screens.devhook_screen import DevhookScreen, KeyLine
from devhook.tui.untrusted import untrusted
from devhook.tui.widgets.lines_view import Lines, LinesView
from devhook.webhook.topics import topic_names

# Seconds, as devhook probe allows.
_LIMIT: Final = 120.0
_TOPIC: Final = "orders/updated"
_SIGNS: Final = {
    CheckOutcome.PASS: ("✓", styles.SUCCESS),
    CheckOutcome.WARN: ("!", styles.WARNING),
    CheckOutcome.FAIL: ("✗", styles.ERROR),
    CheckOutcome.SKIP: ("-", styles.MUTED),
}
_WIDTH: Final = max(len(check.name) for check in CHECKS)


def probe_endpoint(session: Session, row: Row | None) -> ProbeEndpoint:
    """Return the target that gets a delivery like `row`, ready to be probed.

    It is a target of this session, never an address that only a recording names. Raises InputError where
    there is none, or no secret to sign with.
    """
    topic = row.topic if row is not None else None
    targets = targets_of(session.targets, topic)
    if not targets:
        raise InputError(
            "There is no target to probe.", "Start with --forward-to 3000, or type: devhook probe URL"
        )
    if not session.secrets:
        raise InputError(
            "No client secret is set to sign with.",
            "Set DEVHOOK_CLIENT_SECRET (or SHOPIFY_API_SECRET) to the secret that the app verifies with.",
        )
    secrets = {secret.name: secret for secret in reversed(session.secrets)}
    made_with = row.signed_with if row is not None and row.signed_with else ""
    secret = secrets.get(made_with) or session.secrets[0]
    samples = Samples(
        secret.value,
        topic=topic if topic is not None and topic in topic_names() else _TOPIC,
        shop=(row.shop if row is not None else None) or DEMO_SHOP,
        api_version=NEWEST,
        random=random.SystemRandom(),
        clock=lambda: datetime.now(UTC),
    )
    address = targets[0].address(row.path if row is not None else "/")
    return ProbeEndpoint(address, samples, mask=lambda: session.mask)


class ProbeScreen(DevhookScreen):
    """Runs every check against an endpoint and shows each result as it arrives. Leaving it ends the probe."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p,escape", "dismiss", "back", tooltip="To the deliveries; ends the probe", id="probe.back"),
    ]
    AUTO_FOCUS = "LinesView"

    def __init__(self, endpoint: ProbeEndpoint) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._results: list[ProbeResult] = []
        self._ended = ""

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        with Container(id="probe") as container:
            container.border_title = Content.styled("Probe", "bold")
            yield LinesView(id="probe-lines")
        yield KeyLine()

    def on_mount(self) -> None:
        """Start."""
        self._show()
        self._run()

    @on(DevhookScreen.MaskChanged)
    def _mask(self) -> None:
        """Leave out what the app answered so far: it is an excerpt, taken before it was masked."""
        self._results = [each.model_copy(update={"said": ""}) for each in self._results]
        self._show()

    @work(exclusive=True, group="probe")
    async def _run(self) -> None:
        try:
            async with asyncio.timeout(_LIMIT), self._endpoint as endpoint:
                async for result in run_checks(endpoint, CHECKS):
                    self._results.append(result)
                    self._show()
            self._ended = "Done."
        except TimeoutError:
            self._ended = "The time ran out."
        except DevhookError as error:
            self._ended = f"{error.message} {error.hint}"
        self._show()

    def _show(self) -> None:
        results, ended, url = tuple(self._results), self._ended, self._endpoint.url
        self.query_one(LinesView).renew(lambda width: _page(url, results, ended, width))


def _page(url: str, results: tuple[ProbeResult, ...], ended: str, width: int) -> Lines:
    """Lay the page out for `width` cells."""
    lines = [
        Content(" ") + untrusted(url, f"bold {styles.ACCENT}"),
        Content.styled(f" {len(results)} of {counted(len(CHECKS), 'check')}", styles.MUTED),
        Content(),
    ]
    for result in results:
        lines += _result(result, width)
    if ended:
        found = [result.outcome for result in results]
        summary = ", ".join(f"{found.count(each)} {each}" for each in CheckOutcome if found.count(each))
        lines += [Content(), *_wrapped(f"{ended} {summary}".strip(), 1, width, styles.STRONG)]
    return Lines.of(lines)


def _result(result: ProbeResult, width: int) -> list[Content]:
    """One line; below a check that failed what is required, what the app said, and the fix."""
    sign, style = _SIGNS[result.outcome]
    came = f"as {result.follows}" if result.follows else result.came
    lines = [
        Content.assemble((f" {sign} ", style), (f"{result.check:<{_WIDTH}}  ", styles.PLAIN))
        + untrusted(came, styles.MUTED)
    ]
    if result.fix and not result.follows:
        lines += _wrapped(result.requirement, 5, width, styles.MUTED)
        lines += _wrapped(result.said, 5, width, styles.MUTED) if result.said else []
        lines += _wrapped(f"→ {result.fix}", 5, width, styles.PLAIN)
    return lines


def _wrapped(text: str, indent: int, width: int, style: str) -> list[Content]:
    room = max(16, width - indent - 1)
    return [Content(" " * indent) + piece.rstrip() for piece in untrusted(text, style).wrap(room)]
