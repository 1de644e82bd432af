import json
import socketserver
import threading
from datetime import UTC, datetime

import pytest
from textual.widgets import Static

from devhook.inbox.deliveries import Answered
from devhook.privacy.mask import Mask
from devhook.receiver.forwarding import Target
from devhook.tui.notices import warn
from devhook.tui.widgets.lines_view import LinesView
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


MARK = "mark.planted@example.net"
"""What no pane may show while personal data is masked."""


class MarkedApp(socketserver.StreamRequestHandler):
    """An app that answers every request with the mark in a header and in the body."""

    def handle(self):
        while self.rfile.readline().strip():
            pass
        body = f"no buyer {MARK}"
        head = f"HTTP/1.1 500 No\r\nX-Buyer: {MARK}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        self.wfile.write(f"{head}\r\n{body}".encode())


@pytest.fixture
def planted(session, order, canned_registrations, entry):
    """A mark in every field, header, query, answer and name that a pane can show."""
    document = order(note=MARK, email=MARK) | {
        "tags": MARK,
        "line_items": [{"id": 1, "title": MARK, "properties": [{"name": MARK, "value": MARK}]}],
    }
    given = {"path": f"/hooks?buyer={MARK}", "headers": [("X-Buyer", MARK), ("Cookie", f"s={MARK}")]}
    session.deliver(order(), **given)
    session.deliver(document, **given)
    answer = Answer(
        status=500, headers=(("X-Buyer", MARK),), body=json.dumps({"buyer": MARK}).encode(), seconds=0.04
    )
    by = f"http://localhost:3000/?buyer={MARK}"
    session.inbox.add([], [Answered(delivery_id=2, by=by, at=START, answer=answer)])
    session.registrations = canned_registrations(entry(1, uri=f"https://a.example/?b={MARK}", name=MARK))
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MarkedApp) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        session.targets = (Target(url=f"http://127.0.0.1:{server.server_address[1]}/?buyer={MARK}"),)
        yield
        server.shutdown()
        thread.join()


async def test_no_pane_shows_a_planted_mark(opened, session, planted):
    session.mask = Mask(b"a key")
    seen = []
    async with opened((180, 50)) as terminal:
        await terminal.shows("■ masked", "changes")
        for _tab in range(6):
            seen.append(terminal.raw)
            await terminal.press("right")
        await terminal.press("r")
        await terminal.until(lambda: terminal.notices)
        seen += [terminal.raw, str(terminal.notices)]
        for key in ("t", "s", "a", "question_mark"):
            await terminal.press(key)
            seen.append(terminal.raw)
            await terminal.press("escape")
        await terminal.press("e")
        await terminal.shows("Forge")
        await terminal.press("ctrl+s")
        await terminal.shows("✗ 500 in", "no buyer")
        seen.append(terminal.raw)

    assert not [page for page in seen if MARK in page]


async def test_a_widget_that_does_not_mask_shows_no_mark(opened, session):
    session.mask = Mask(b"a key")
    async with opened() as terminal:
        await terminal.app.screen.query_one("#panes").mount(Static(f"A new pane: {MARK}"))

        await terminal.shows("A new pane: ", "@masked.")
        assert MARK not in terminal.raw
