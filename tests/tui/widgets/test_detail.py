import json

import pytest

from devhook.tui.tabs.timeline import TimelineTab
from devhook.tui.widgets.detail import Detail
from devhook.tui.widgets.find_line import FindBox

XML = b"""<order>
  <id type="integer">1</id>
  <note>a needle</note>
</order>
"""


def payload(terminal):
    return terminal.app.query_one("#payload-lines")


async def enter_payload(terminal):
    await terminal.press("enter", "right")
    await terminal.until(lambda: payload(terminal).has_focus)


async def test_what_is_read_stays_while_others_arrive_and_after_a_return(opened, session, order):
    items = [{"id": number, "sku": f"SKU-{number}", "price": "20.00"} for number in range(40)]
    session.deliver(order(line_items=items))
    session.deliver(order("#1002"))
    async with opened() as terminal:
        await terminal.press("down")
        await enter_payload(terminal)
        await terminal.press("slash", *"SKU-20", "enter", "z", "down", "down")
        tab, place = payload(terminal), payload(terminal).place
        assert place.top > 0
        assert len(place.folds) == 1
        seen = terminal.line("{▸ 3 fields }")

        # Another version of the same order, which the timeline and the changes know of.
        session.deliver(order(line_items=items, note="new"))
        await terminal.shows("1 new")
        assert tab.place == place

        # Another delivery, and back.
        await terminal.press("escape", "escape", "up")
        await terminal.shows("#1002  orders/updated")
        assert tab.place != place
        await terminal.press("down")
        await terminal.shows(seen)
        assert tab.place == place

        # Masked, and shown again.
        await terminal.press("ctrl+l")
        await terminal.until(lambda: tab.place == place)
        await terminal.press("ctrl+l")
        await terminal.until(lambda: tab.place == place)

        # Another tab, and back.
        await terminal.press("enter", "right", "left")
        assert tab.place == place


async def test_a_revised_reading_leaves_the_cursor_on_its_change(opened, session, order):
    session.deliver(order(note="a" * 300, tags="x"), webhook_id="1")
    session.deliver(order(note="b" * 300, tags="y", financial_status="paid"), webhook_id="2")
    async with opened((100, 40)) as terminal:
        await terminal.press("enter", "down", "enter")
        tab = terminal.app.query_one("#changes-lines")
        path, place = tab.path, tab.place
        assert place.folds

        # The same delivery once more: now two share an id, and the tab has another line above the changes.
        session.deliver(order(note="b" * 300, tags="y", financial_status="paid"), webhook_id="2")
        await terminal.shows("deliveries 2, 3")

        assert tab.path == path
        assert tab.place.folds == place.folds
        assert tab.picked == place.picked


async def test_a_comparison_stays_while_versions_arrive(opened, session, order):
    session.deliver(order())
    session.deliver(order(note="x"))
    async with opened((100, 40)) as terminal:
        await terminal.press("enter", "left", "1", "2")
        timeline = terminal.app.query_one(TimelineTab)
        await terminal.until(lambda: '"x"' in timeline.lines.text())
        compared = timeline.lines.text()

        session.deliver(order(note="y"))
        await terminal.shows("1 new")
        assert timeline.lines.text() == compared

        await terminal.press("t")
        await terminal.until(lambda: len(timeline.lines.stops) == 3)


@pytest.mark.thorough
async def test_text_is_found_as_it_is_typed_and_the_search_is_left_before_the_pane(opened, session, order):
    session.deliver(order())
    async with opened() as terminal:
        await enter_payload(terminal)
        await terminal.press("down", "down")
        await terminal.press("slash", *"pri")
        await terminal.shows("1 of 3")
        assert payload(terminal).path == "total_price"

        await terminal.type("zz")
        await terminal.shows("not found")
        assert payload(terminal).path == "name"
        await terminal.press("backspace", "backspace", "enter")
        for expected in ("line_items[0].price", "line_items[1].price", "total_price"):
            await terminal.press("n")
            assert payload(terminal).path == expected
        await terminal.shows("1 of 3 · continued from the beginning")
        await terminal.press("N")
        await terminal.shows("3 of 3 · continued from the end")

        # From where the cursor was moved to.
        await terminal.press("g", "n")
        await terminal.shows("1 of 3")

        # Upper case is upper case.
        await terminal.press("slash", *"MUG", "enter")
        await terminal.shows("1 of 1")

        await terminal.press("escape")
        await terminal.hides("1 of 1")
        assert payload(terminal).has_focus
        assert payload(terminal).path == "line_items[0].sku"
        await terminal.press("escape")
        assert not payload(terminal).has_focus


async def test_giving_a_search_up_returns_to_where_it_began(opened, session, order):
    session.deliver(order(line_items=[{"id": number} for number in range(60)]))
    async with opened((100, 30)) as terminal:
        await enter_payload(terminal)
        await terminal.press("down", "Z")
        before = payload(terminal).place

        await terminal.press("slash", *"59")
        await terminal.until(lambda: payload(terminal).path == "line_items[59].id")
        await terminal.press("escape")

        assert payload(terminal).place == before
        assert payload(terminal).has_focus
        assert payload(terminal).find is None


@pytest.mark.thorough
async def test_what_is_folded_is_found_and_opened(opened, session, order):
    session.deliver(order())
    session.deliver(order(note="n" * 900 + " needle" * 3))
    async with opened() as terminal:
        await enter_payload(terminal)
        await terminal.press("Z")
        await terminal.hides("MUG-BLUE")
        await terminal.press("slash", *"mug-b", "enter")
        await terminal.shows("MUG-BLUE", "line_items[0].sku")

        # In the changes it is the end of a long value, which is cut short.
        await terminal.press("escape", "escape", "[", "enter")
        await terminal.shows("nnnn")
        assert "needle" not in terminal.text
        await terminal.press("slash", *"needle")
        await terminal.shows("needle needle", " of ")
        await terminal.press("escape")
        await terminal.hides("needle")
        await terminal.press("slash", *"needle", "enter", "escape")
        await terminal.shows("needle needle")


@pytest.mark.thorough
async def test_a_value_that_is_broken_over_lines_is_found(opened, session, order):
    session.deliver(order(note="a"))
    session.deliver(order(note="word " * 60 + "last"))
    hmac = session.inbox.delivery(2).hmac
    async with opened((60, 24)) as terminal:
        await terminal.press("enter", "right", "right")
        assert hmac not in terminal.text
        await terminal.press("slash", *hmac, "enter")
        await terminal.shows("1 of 1")
        await terminal.press("escape", "left", "left", "enter", "slash", *"word word last", "enter")
        await terminal.shows("1 of 1")


async def test_a_fold_is_of_the_node_under_the_cursor(opened, session, order):
    session.deliver(order())
    async with opened() as terminal:
        await enter_payload(terminal)
        await terminal.press("slash", *"sku", "enter", "escape", "z")
        await terminal.shows("{▸ 6 fields }")
        assert payload(terminal).path == "line_items[0]"
        await terminal.press("z")
        await terminal.hides("▸")

        await terminal.press("z")
        row = next(y for y, line in enumerate(terminal.text.splitlines()) if "{▸ 6 fields }" in line)
        await terminal.pilot.click(offset=(90, row))
        await terminal.hides("▸")

        # A field of the document itself is in nothing that folds.
        await terminal.press("g", "j", "z")
        assert [message for _, message in terminal.notices if "There is nothing to fold here" in message]
        await terminal.press("k", "z")
        await terminal.shows("{▸ 11 fields }", "the whole document")


async def test_the_path_of_a_change_is_named(opened, session, order):
    session.deliver(order())
    session.deliver(order(financial_status="paid"))
    async with opened((80, 24)) as terminal:
        await terminal.press("enter")
        await terminal.until(lambda: "financial_status" in str(terminal.app.query_one("#path").render()))
        assert terminal.text.splitlines()[-2].strip() == "financial_status"


@pytest.mark.thorough
async def test_bodies_of_all_kinds_are_searched_and_refuse_no_key(opened, session):
    bodies = [
        (b"", "application/json", "", None),
        (b"id=1&note=needle", "application/json", "needle", None),
        (bytes(range(256)), "application/json", "7a 7b", None),
        (XML, "application/xml", "needle", "note"),
        (json.dumps([["needle"]]).encode(), "application/json", "needle", "[0][0]"),
        (b'"a needle"', "application/json", "needle", ""),
    ]
    for body, content_type, query, path in bodies:
        session.deliver(body=body, content_type=content_type)
        async with opened((80, 24)) as terminal:
            await enter_payload(terminal)
            await terminal.press("z", "Z", "Z", "n", "j", "}", "y", "p", "y", "v", "slash", *query, "enter")
            if query:
                await terminal.until(lambda: payload(terminal).find is not None)
                assert payload(terminal).find.words() == "1 of 1", body
            assert payload(terminal).path == (path if query else None)
            await terminal.press("escape", "escape")


async def test_reading_ends_the_following_but_turning_to_a_tab_from_the_list_does_not(opened, session, order):
    session.deliver(order())
    async with opened() as terminal:
        await terminal.press("right")
        await terminal.shows("following")
        for read in (("enter",), ("down",), ("pagedown",), ("end",)):
            await terminal.press(*read)
            await terminal.shows("F follows")
            await terminal.press("F")
            await terminal.shows("following")
        await terminal.pilot.click("#--content-tab-headers")
        await terminal.shows("F follows", "POST /")


async def test_while_masked_nothing_that_is_masked_is_found(opened, session, order):
    session.mask = session._mask
    session.deliver(order())
    async with opened() as terminal:
        await enter_payload(terminal)
        await terminal.press("slash", *"mira.sol")
        await terminal.shows("not found")
        assert "mira.sol" not in payload(terminal).whole_text()
        await terminal.press("ctrl+u", *"email")
        await terminal.shows("1 of ")


async def test_the_payload_beside_the_tabs_is_searched_when_it_is_read(opened, session, order):
    session.deliver(order())
    async with opened((200, 60)) as terminal:
        await terminal.press("enter")
        terminal.app.query_one("#beside").focus()
        await terminal.press("slash", *"TRAY", "enter")
        await terminal.shows("1 of 1")
        assert terminal.app.query_one("#beside").path == "line_items[1].sku"
        assert terminal.app.query_one(Detail).reading.id == "beside"


async def test_text_that_is_typed_at_once_is_found(opened, session, order):
    """A terminal that is slow hands several keys over in one piece."""
    session.deliver(order())
    async with opened() as terminal:
        await enter_payload(terminal)
        lines = terminal.app.focused
        for key in ("slash", *"tray"):
            terminal.app.post_message(_key(key))
        await terminal.until(lambda: [each.value for each in terminal.app.query(FindBox)] == ["tray"])
        await terminal.shows("1 of 2")
        terminal.app.post_message(_key("enter"))
        await terminal.until(lambda: terminal.app.focused is lines)


def _key(name):
    from textual.events import Key

    return Key(name, {"slash": "/", "enter": "\r"}.get(name, name))
