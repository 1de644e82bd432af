import importlib
import json
import pkgutil
import socketserver
import threading
from datetime import UTC, datetime

import pytest
from textual.content import Content
from textual.geometry import Offset
from textual.screen import Screen
from textual.selection import Selection
from textual.widgets import Static

from devhook.inbox.deliveries import Answered
from devhook.privacy.mask import Mask
from devhook.receiver.targets import Target
from devhook.tui import screens
from devhook.tui.mask_filter import masked_line
from devhook.tui.notices import warn
from devhook.tui.screens.answer_with import AnswerWithScreen
from devhook.tui.screens.choice import ChoiceScreen, QuestionScreen
from devhook.tui.screens.comparison import ComparisonScreen
from devhook.tui.screens.copy_save_open import CopySaveOpenScreen
from devhook.tui.screens.copy_save_open_menus import CopyMenu, OpenMenu, SaveMenu
from devhook.tui.screens.deliveries import DeliveriesScreen
from devhook.tui.screens.devhook_screen import DevhookScreen
from devhook.tui.screens.forge import ForgeScreen
from devhook.tui.screens.help import HelpScreen
from devhook.tui.screens.key_menu import KeyMenu
from devhook.tui.screens.presenter import PresenterScreen
from devhook.tui.screens.probe import ProbeScreen
from devhook.tui.screens.replay_many import ReplayScreen
from devhook.tui.screens.save import SaveScreen
from devhook.tui.screens.statistics import StatisticsScreen
from devhook.tui.screens.subscriptions import SubscriptionsScreen
from devhook.tui.screens.topics import TopicsScreen
from devhook.tui.untrusted import prose
from devhook.tui.widgets.detail import TABS
from devhook.tui.widgets.lines_view import Lines, LinesView
from devhook.webhook.answer import Answer

START = datetime(2026, 3, 14, 14, 2, 0, tzinfo=UTC)
NOTE = "Ring twice at Brändle, please"
SEEN = "mira.sol@example.com"


@pytest.fixture
def told(session, order):
    """An order with its buyer's address, then a note and a change of that address."""
    session.deliver(order())
    session.deliver(
        order(note=NOTE, email="mira@example.org", browser_ip="84.112.3.4"),
        headers=[("X-Forwarded-For", "84.112.3.4"), ("Authorization", "Bearer hush-hush-hush")],
    )


async def test_ctrl_l_masks_what_a_tab_says_of_people_and_what_is_copied_and_shows_it_again(opened, told):
    async with opened() as terminal:
        await terminal.shows("mira@example.org", NOTE[:10])
        view = terminal.app.screen.query_one("#changes-lines")
        view.text_select_all()

        await terminal.press("ctrl+l")
        await terminal.shows("@masked.example", "■ masked", "~ email", "3 changes")
        assert "mira" not in terminal.text
        assert "Ring" not in terminal.text
        assert "84.112" not in terminal.text
        # What was selected before is not copied after.
        assert terminal.app.screen.get_selected_text() is None

        view.text_select_all()
        await terminal.press("ctrl+c")
        assert "masked.example" in terminal.app.clipboard
        assert "mira" not in terminal.app.clipboard

        await terminal.press("ctrl+l")
        await terminal.shows("mira@example.org", NOTE[:10])
        assert "■ masked" not in terminal.text


@pytest.mark.thorough
async def test_every_tab_and_the_status_line_of_any_width_are_masked(opened, session, told):
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        for seen in ("note", '"email"', "X-Forwarded-For"):
            await terminal.shows(seen, "■ masked")
            for secret in ("mira", "Ring", "84.112", "hush"):
                assert secret not in terminal.text
            await terminal.press("right")
        for width in (140, 80, 50):
            await terminal.pilot.resize_terminal(width, 24)
            assert "■ masked" in terminal.text.splitlines()[0]


async def test_what_a_target_answered_is_masked(opened, session, order):
    session.deliver(order())
    answer = Answer(
        status=500, headers=(("Set-Cookie", "s=hush"),), body=b"no buyer mira@example.org", seconds=0.04
    )
    session.inbox.add(
        [], [Answered(delivery_id=1, by="http://localhost:3000/?token=hush", at=START, answer=answer)]
    )
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        await terminal.press("left", "left")

        await terminal.shows("Set-Cookie", "no buyer", "@masked.example")
        assert "hush" not in terminal.text
        assert "mira" not in terminal.text


async def test_a_masked_payload_keeps_its_marks_and_its_size_and_why_one_cannot_be_read(
    opened, session, order
):
    session.deliver(body=b'{"email": "mira@example.org"')
    session.deliver(order())
    session.deliver(order(note=NOTE))
    size = len(session.inbox.delivery(3).body)
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        await terminal.press("right")
        await terminal.shows(f"{size:,} bytes", "1 changed")
        assert terminal.line('"note"').strip(" │╭╮╰╯").split("│")[-1].lstrip().startswith("~")

        await terminal.press("end")
        await terminal.shows("The body is not JSON: expecting", "(masked: 28 bytes")
        assert "mira" not in terminal.text


@pytest.mark.thorough
async def test_the_tabs_behind_forget_what_they_showed_and_the_bytes_and_their_signature_stay(
    opened, session, told
):
    before = session.inbox.delivery(2)
    async with opened() as terminal:
        await terminal.press("right", "right", "left", "left")
        await terminal.shows("mira@example.org", NOTE[:10])

        await terminal.press("ctrl+l")
        await terminal.shows("@masked.example")
        held = "".join(view.lines.text() for view in terminal.app.screen.query(LinesView))
        assert "masked.example" in held
        assert "mira" not in held

        await terminal.press("right", "right", "right")
        await terminal.shows("The signature is valid.", f"the {len(before.body):,} bytes of the body")
    assert session.inbox.delivery(2) == before


async def test_the_list_and_a_notice_name_nobody(opened, session):
    session.deliver({"id": 5, "name": "Brändle GmbH"}, topic="companies/create")
    async with opened() as terminal:
        await terminal.shows("Brändle GmbH", "companies/create")

        await terminal.press("ctrl+l")
        await terminal.hides("Brändle")
        assert "companies/create" in terminal.text

        warn(terminal.app.screen, "mira@example.org was refused.", "Ask shpat_0123456789abcdef.")
        await terminal.until(lambda: len(terminal.notices) == 2)
        title, message = terminal.notices[-1]
        assert "mira" not in title
        assert title.endswith("@masked.example was refused.")
        assert "0123456789" not in message


async def test_the_subscriptions_are_masked_too(opened, session, canned_registrations, entry):
    session.registrations = canned_registrations(
        entry(1, uri="https://a.example/hooks?token=hush", name="mira@example.org")
    )
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("token=hush", "mira@example.org")

        await terminal.press("ctrl+l")

        await terminal.shows("https://a.example/hooks?token=masked", "■ masked")
        assert "mira" not in terminal.text


async def test_the_palette_masks(opened, told):
    async with opened() as terminal:
        await terminal.press("ctrl+p")
        await terminal.type("mask personal")
        await terminal.shows("Show pseudonyms instead")
        await terminal.press("enter")

        await terminal.shows("■ masked")


NAME = "Zwetschgenmus"
"""What only the name of its field shows to be personal."""
MARK = "mark.planted@example.net"
"""No pane shows this text while personal data is masked."""


class MarkedApp(socketserver.StreamRequestHandler):
    """An app that answers every request with the mark in a header and in the body."""

    def handle(self):
        while self.rfile.readline().strip():
            pass
        body = json.dumps({"error": f"no buyer {MARK}", "customer": {"first_name": NAME}})
        head = f"HTTP/1.1 500 No\r\nX-Buyer: {MARK}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        self.wfile.write(f"{head}\r\n{body}".encode())


@pytest.fixture
def planted(session, order, canned_registrations, entry):
    """A mark in every field, header, query, answer and name that a pane can show."""
    person = {"first_name": NAME, "last_name": NAME, "email": MARK, "default_address": {"city": NAME}}
    document = order(note=f"{MARK} {NAME}", email=MARK) | {
        "customer": person,
        "shipping_address": {"name": NAME, "address1": NAME, "phone": "+49 7531 1234567"},
        "tags": MARK,
        "line_items": [{"id": 1, "title": MARK, "properties": [{"name": MARK, "value": f"{MARK} {NAME}"}]}],
    }
    given = {"path": f"/hooks?buyer={MARK}", "headers": [("X-Buyer", MARK), ("Cookie", f"s={MARK}")]}
    session.deliver(order(), **given)
    session.deliver(document, **given)
    said = json.dumps({"buyer": MARK, "customer": person}).encode()
    answer = Answer(status=500, headers=(("X-Buyer", MARK),), body=said, seconds=0.04)
    by = f"http://localhost:3000/?buyer={MARK}"
    session.inbox.add([], [Answered(delivery_id=2, by=by, at=START, answer=answer)])
    session.registrations = canned_registrations(
        entry(1, uri=f"https://a.example/?b={MARK}", name=MARK, dead="The tunnel is gone.")
    )
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MarkedApp) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        session.targets = (Target(url=f"http://127.0.0.1:{server.server_address[1]}/?buyer={MARK}"),)
        yield
        server.shutdown()
        thread.join()


async def to_the_question(terminal):
    await terminal.press("s")
    await terminal.shows("orders/paid")
    await terminal.press("x")
    await terminal.shows("Remove this")


async def to_the_topics(terminal):
    await terminal.press("s")
    await terminal.shows("orders/paid")
    await terminal.press("n")


async def to_the_answer_of_the_forge(terminal):
    await terminal.press("e")
    await terminal.shows("Forge")
    await terminal.press("ctrl+s")
    await terminal.shows("✗ 500 in", "no buyer")


async def to_the_comparison(terminal):
    await terminal.press("space", "space", "d")
    await terminal.shows("From delivery 1", "note")


async def to_the_replay(terminal):
    await terminal.press("space", "space", "r")
    await terminal.shows("2 × 500", "Done.", "customer")


# The keys that open each screen from the deliveries.
WAYS = {
    AnswerWithScreen: ["a"],
    ChoiceScreen: ["c"],
    ComparisonScreen: to_the_comparison,
    CopyMenu: ["enter", "right", "y"],
    DeliveriesScreen: [],
    ForgeScreen: to_the_answer_of_the_forge,
    HelpScreen: ["question_mark"],
    OpenMenu: ["o"],
    ProbeScreen: ["p"],
    QuestionScreen: to_the_question,
    SaveMenu: ["w"],
    SaveScreen: ["w", "b"],
    ReplayScreen: to_the_replay,
    StatisticsScreen: ["t"],
    SubscriptionsScreen: ["s"],
    TopicsScreen: to_the_topics,
}


def every_screen():
    for module in pkgutil.iter_modules(screens.__path__, f"{screens.__name__}."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, Screen) and found.__module__ == module.name:
                yield found


def test_every_screen_is_tried():
    # A presentation is the deliveries' page, and no key of it leads there.
    others = {DevhookScreen, KeyMenu, PresenterScreen, CopySaveOpenScreen}
    assert set(every_screen()) - others == set(WAYS)


@pytest.mark.thorough
async def test_no_screen_shows_a_planted_mark(opened, session, planted):
    session.mask = Mask(b"a key")
    for screen, way in WAYS.items():
        async with opened((100, 40)) as terminal:
            await terminal.shows("■ masked")
            await (terminal.press(*way) if isinstance(way, list) else way(terminal))
            await terminal.until(lambda: isinstance(terminal.app.screen, screen))  # noqa: B023 - awaited here
            if screen is ProbeScreen:
                await terminal.shows("Done.")
            picture = terminal.app.export_screenshot()

            for mark in (MARK, NAME, "1234567"):
                assert mark not in terminal.raw, screen
                assert mark not in picture.replace("&#160;", " "), screen


@pytest.mark.thorough
async def test_no_tab_shows_a_planted_mark(opened, session, planted):
    session.mask = Mask(b"a key")
    seen = []
    # In narrow panes values are wrapped.
    for size in ((180, 50), (60, 20)):
        async with opened(size) as terminal:
            await terminal.shows("■ masked")
            await terminal.press("enter")
            for _tab in TABS:
                for _page in range(4):
                    seen.append(terminal.raw)
                    await terminal.press("pagedown")
                await terminal.press("right")
            await terminal.press("r")
            await terminal.until(lambda: terminal.notices)
            seen += [terminal.raw, str(terminal.notices)]

    for mark in (MARK, "mark.planted", NAME, "1234567"):
        assert not [page for page in seen if mark in page]


async def test_an_address_in_several_styles_is_masked(opened, session):
    session.mask = Mask(b"a key")
    halves = Content.assemble(("mark.pla", "bold"), ("nted@example.net", "italic"))
    async with opened() as terminal:
        await terminal.app.screen.query_one("#panes").mount(Static(halves))

        await terminal.shows("@maske")
        assert "planted" not in terminal.raw
        assert "nted@" not in terminal.raw


async def test_an_address_that_is_wrapped_is_masked(opened):
    view = LinesView()
    view.styles.width = 20
    async with opened() as terminal:
        await terminal.app.screen.query_one("#panes").mount(view)
        view.show(lambda width: Lines.of(prose("", f"It is about {MARK}, and wrapped.", width, "bold")))
        await terminal.until(lambda: MARK in view.lines.text().replace("\n", ""))

        await terminal.press("ctrl+l")

        await terminal.until(lambda: "@masked.example" in view.lines.text().replace("\n", ""))
        assert "planted" not in view.lines.text().replace("\n", "")


async def test_an_address_at_the_edge_of_a_pane_is_masked(opened, session):
    view = LinesView()
    view.styles.width = 30
    async with opened() as terminal:
        await terminal.app.screen.query_one("#panes").mount(view)
        view.show(lambda _: Lines.of([Content(f"Some words before {MARK} and after")]))
        await terminal.shows("words before mark.planted")

        await terminal.press("ctrl+l")

        await terminal.shows("words before ", "■ masked")
        assert "mark.planted" not in terminal.raw
        shown = terminal.line("words before ").partition("words before ")[2][:11]
        assert session.mask.text(MARK).startswith(shown.strip())


async def test_a_part_of_an_address_is_not_copied(opened, session):
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        pane = Static(f"A new pane: {MARK} and more")
        await terminal.app.screen.query_one("#panes").mount(pane)
        await terminal.shows("A new pane: ", "@maske")

        terminal.app.screen.selections = {pane: Selection(Offset(14, 0), Offset(24, 0))}
        await terminal.press("ctrl+c")

        assert len(terminal.app.clipboard) == 10
        assert terminal.app.clipboard not in MARK
        assert terminal.app.clipboard in terminal.text


async def test_what_any_widget_copies_is_masked(opened, session):
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        terminal.app.copy_to_clipboard(f"to {MARK}")

        assert terminal.app.clipboard.endswith("@masked.example")


def test_the_text_beside_a_pseudonym_stays_where_it_is():
    mask = Mask(b"a key")
    short, long = "a@b.de", "a.very.long.mailbox.of.somebody@example.org"

    for line in (f"│ {short}      │ x", f"│ {short} │ x", f"│{short}│x", f"│ {long} │ x", f"{short}       "):
        masked = masked_line(mask, line)

        assert len(masked) == len(line)
        assert [at for at, each in enumerate(masked) if each in "│x"][-2:] == [
            at for at, each in enumerate(line) if each in "│x"
        ][-2:]
        assert short not in masked
    assert masked_line(mask, f"{short}{' ' * 40}").rstrip() == mask.text(short)


async def test_a_widget_that_does_not_mask_shows_no_mark(opened, session):
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        await terminal.app.screen.query_one("#panes").mount(Static(f"A new pane: {MARK}"))

        await terminal.shows("A new pane: ", "@masked.")
        assert MARK not in terminal.raw


async def test_a_name_of_the_selected_delivery_is_masked_beside_the_page_too(opened, session, order):
    session.deliver(order(customer={"first_name": "Aurelia", "last_name": "Quint"}))
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        await terminal.shows("orders/")
        terminal.app.copy_to_clipboard("Call Aurelia Quint.")
        terminal.app.notify("The app answered: Aurelia Quint is unknown.")

        assert terminal.app.clipboard.startswith("Call ")
        shown = f"{terminal.app.clipboard} {terminal.notices}"
        assert "Aurelia" not in shown
        assert "Quint" not in shown
