import json

import pytest
from textual.events import MouseScrollDown

from devhook.errors import InboxError
from devhook.inbox.deliveries import TargetAnswer
from devhook.inbox.retention import remove_oldest
from devhook.tui.widgets.deliveries_pane import DeliveriesPane
from devhook.tui.widgets.delivery_list import DeliveryList
from devhook.tui.widgets.filter_box import FilterBox
from devhook.webhook.signature import Secret


async def test_an_empty_inbox_says_what_to_do_first_and_a_burst_is_shown_and_its_newest_selected(
    opened, session, inbox, order
):
    async with opened() as terminal:
        await terminal.shows("Waiting for the first delivery.", "wait for a change there")
        assert terminal.text.count("http://localhost:4000/") == 2

        inbox.add([session.arrival(order(f"#{number}"), "orders/create") for number in range(2_000, 2_500)])

        await terminal.shows("Deliveries 500 · following", "delivery 500", "#2499")


async def test_stored_deliveries_are_shown_at_once_and_new_ones_are_added(opened, session, order):
    session.deliver(topic="orders/create")
    async with opened() as terminal:
        await terminal.shows("orders/create")

        session.deliver(order(financial_status="paid"), "orders/paid")
        await terminal.shows("1 change", "Deliveries 2 · following", '~ financial_status  "pending" → "paid"')


async def test_a_delivery_without_a_reading_is_completed_when_it_is_read(opened, session, inbox):
    class Later:
        """The session's reader makes readings, but returns only later deliveries."""

        def __init__(self, reader):
            self._reader = reader

        @property
        def position(self):
            return self._reader.position

        def read_new(self, at_once):
            self._reader.read_new(at_once)
            return []

        def revised(self):
            return []

    session._feed._reader = Later(session._feed._reader)
    for _ in range(50):
        session.deliver()

    async with opened() as terminal:
        await terminal.shows("nothing new", "compared with delivery 49")


async def test_deliveries_removed_before_they_are_read_do_not_end_the_session(opened, session, inbox):
    class Late:
        """The session's reader has made no reading yet."""

        position = 0

        def read_new(self, _at_once):
            return []

        def revised(self):
            return []

    reader, session._feed._reader = session._feed._reader, Late()
    for _ in range(50):
        session.deliver()

    async with opened() as terminal:
        await terminal.shows("Deliveries 50")
        remove_oldest(inbox, 41)
        session._feed._reader = reader
        await terminal.shows("nothing new")

        await terminal.press("end")
        await terminal.until(lambda: "contains no delivery 1." in str(terminal.notices))
        session.deliver()
        await terminal.shows("Deliveries 51")

    assert inbox.rows()[0].id == 41


@pytest.mark.thorough
async def test_all_that_the_filter_shows_is_marked_and_escape_clears_the_marks_before_the_filter(
    opened, session, inbox, order
):
    inbox.add([session.arrival(order(f"#{number}"), "orders/create") for number in range(2_000, 2_700)])
    session.deliver(order("#2000"), "orders/paid")
    async with opened() as terminal:
        await terminal.shows("Deliveries 500+")
        await terminal.press("asterisk")
        await terminal.shows("701 marked · ")
        left = 701 - remove_oldest(inbox, 100)
        await terminal.press("slash")
        await terminal.type("orders/create")
        await terminal.press("enter")
        await terminal.shows(f"{left} marked")

        await terminal.press("escape")
        await terminal.until(lambda: "marked" not in terminal.line("Deliveries"))
        await terminal.press("asterisk")
        await terminal.shows(f"{left - 1} marked")
        assert terminal.app.screen.query_one(DeliveriesPane).picked == list(range(702 - left, 701))

        await terminal.press("escape", "escape")
        await terminal.hides("/ orders/create")
        await terminal.press("ctrl+p")
        await terminal.type("mark all")
        await terminal.shows("Mark every delivery that matches the filter")
        await terminal.press("enter")
        await terminal.shows(f"{left} marked")


async def test_moving_the_cursor_opens_other_deliveries_and_capital_f_and_g_come_back(opened, session, order):
    session.deliver(topic="orders/create")
    session.deliver(order(note="x"))
    async with opened() as terminal:
        await terminal.shows("delivery 2")
        await terminal.press("j")
        await terminal.shows("delivery 1", "The first delivery of order #1001.", "F follows")

        session.deliver(order("#1002"), "orders/create")
        session.deliver(order("#1003"), "orders/create")
        await terminal.shows("2 new · F follows")
        assert "delivery 1" in terminal.text

        for key in "FG":
            await terminal.press(key)
            await terminal.shows("Deliveries 4 · following", "delivery 4")
            await terminal.press("j")
            await terminal.shows("F follows", "delivery 3")


async def test_enter_goes_to_the_detail_and_escape_back(opened, session, order):
    session.deliver(
        order(line_items=[{"id": number, "title": f"MenuItem {number}"} for number in range(100)])
    )
    async with opened((80, 24)) as terminal:
        await terminal.shows("delivery 1")
        await terminal.press("right", "enter", "G")
        await terminal.shows('"fulfillments": []')
        assert "Deliveries 1 · F follows" in terminal.text

        await terminal.press("escape", "j")

        await terminal.shows("F follows")


@pytest.mark.thorough
async def test_the_arrow_keys_change_the_tab_from_the_list_and_from_the_detail(opened, session):
    session.deliver(path="/hooks")
    async with opened() as terminal:
        await terminal.shows("The first delivery")
        await terminal.press("right")
        await terminal.shows('"financial_status": "pending"')
        await terminal.press("]", "enter", "]")
        await terminal.shows("The signature is valid.", "made with     demo app")
        await terminal.press("left")
        await terminal.shows("POST /hooks")
        await terminal.press("right", "right")
        await terminal.shows("The sender was answered 200.", "The delivery was not forwarded.")
        await terminal.press("right")
        await terminal.shows("1 delivery of 1 topic")
        await terminal.press("right")
        await terminal.shows("The first delivery")


@pytest.mark.thorough
async def test_a_filter_narrows_as_it_is_typed_stays_when_it_is_kept_and_escape_clears_it(
    opened, session, order
):
    for number in (1001, 1002, 1003):
        session.deliver(order(f"#{number}"), "orders/create")
    session.deliver(order("#1002", note="x"))
    async with opened() as terminal:
        await terminal.press("slash")
        await terminal.type("#1002 orders/c*")
        await terminal.shows("Deliveries 1 of 4")
        assert "#1003" not in terminal.text

        await terminal.press("enter", "down")
        session.deliver(order("#1002"), "orders/cancelled")
        await terminal.shows("Deliveries 2 of 5", "orders/cancelled")

        await terminal.press("escape")
        await terminal.shows("Deliveries 5", "#1003")
        assert not terminal.app.screen.query_one(FilterBox).has_focus
        assert "orders/c*" not in terminal.text

        await terminal.press("slash")
        await terminal.type("nothing")
        await terminal.shows("0 of 5 deliveries match", "Esc clears the filter.")

        await terminal.press("escape")
        await terminal.shows("Deliveries 5", "#1003")
        assert terminal.app.screen.query_one(DeliveryList).has_focus


async def test_ids_typed_into_the_filter_select_deliveries(opened, session, order):
    for number in (1001, 1002, 1003):
        session.deliver(order(f"#{number}"), "orders/create")
    session.deliver(order("#1002", note="x"))
    async with opened() as terminal:
        await terminal.press("slash")
        await terminal.type("2-4 is:first")
        await terminal.shows("Deliveries 2 of 4", "#1002", "#1003")

        await terminal.press("ctrl+u")
        await terminal.type("last")
        await terminal.shows("Deliveries 1 of 4", "#1002")

        await terminal.press("ctrl+u")
        await terminal.type("77")
        await terminal.shows("The inbox contains no delivery 77.", "The newest one is 4", "order:77")


async def test_keys_typed_into_the_filter_run_no_action(opened, session, shop):
    async with opened() as terminal:
        await terminal.press("slash")
        await terminal.type("1?qFD")
        await terminal.shows("/ 1?qFD")

        assert not shop.orders


async def test_the_run_may_begin_with_a_filter(opened, session, order):
    session.filter_text = "topic:orders/paid,refunds/*"
    session.deliver(topic="orders/create")
    session.deliver(topic="orders/paid")
    async with opened() as terminal:
        await terminal.shows("Deliveries 1 of 2", "/ topic:orders/paid,refunds/*")
        await terminal.press("escape")

        await terminal.shows("Deliveries 2")


@pytest.mark.thorough
async def test_a_filter_is_tried_on_the_whole_inbox_and_older_deliveries_are_paged_in(opened, session, inbox):
    inbox.add(
        [
            session.arrival(topic="orders/create" if number == 0 else "orders/updated")
            for number in range(1_200)
        ]
    )
    while session.read().new:
        pass
    async with opened() as terminal:
        deliveries = terminal.app.screen.query_one(DeliveryList)
        await terminal.shows("Deliveries 500+", "1200")
        await terminal.press("slash")
        await terminal.type("create")
        await terminal.shows("Deliveries 1 of all", "delivery 1")
        await terminal.press("escape")
        await terminal.shows("Deliveries 500+", "delivery 1200")

        for known in (1_000, 1_200):
            await terminal.press("end")
            await terminal.until(lambda known=known: deliveries.known == known)
        await terminal.press("end")
        await terminal.shows("Deliveries 1,200 ·", "orders/create")


async def test_a_filter_finds_words_of_the_body_and_deliveries_answered_later(opened, session, inbox, order):
    session.deliver(order("#1001", note="A gift"))
    for number in range(1002, 1005):
        session.deliver(order(f"#{number}"))
    async with opened() as terminal:
        await terminal.press("slash")
        await terminal.type("body:gift")
        await terminal.shows("Deliveries 1 of all", "#1001")

        session.deliver(order("#1009", note="Another gift"))
        session.deliver(order("#1010"))
        await terminal.shows("Deliveries 2 of all", "#1009")

        await terminal.press("ctrl+u")
        await terminal.type("answered:500")
        await terminal.press("enter")
        await terminal.shows("deliveries match")

        failed = TargetAnswer(by="http://app", status=500, seconds=0.1)
        row = inbox.row(1)._replace(target=failed)
        terminal.app.screen.query_one(DeliveryList).add([row])

        await terminal.shows("Deliveries 1 of 6", "#1001")


async def test_a_wrong_word_is_reported_while_the_last_valid_filter_applies(opened, session, order):
    session.deliver(order("#1001"), "orders/create")
    session.deliver(order("#1002"), "orders/paid")
    async with opened() as terminal:
        await terminal.press("slash")
        await terminal.type("#1002 is:")
        await terminal.shows("Deliveries 1 of 2", "Tab first  changed")
        assert "✗" not in terminal.line("Tab first")

        await terminal.type("firts")
        await terminal.shows(
            "Unknown value is:firts (column 7).", "Did you mean is:first?", "Deliveries 1 of 2"
        )
        await terminal.press("enter")
        assert terminal.app.screen.query_one(FilterBox).has_focus

        await terminal.press("backspace", "backspace")
        await terminal.hides("(column 7)")
        await terminal.press("enter")
        await terminal.shows("Unknown value is:fir (column 7).")

        await terminal.type("st")
        await terminal.press("enter")
        await terminal.shows("Deliveries 1 of 2", "/ #1002 is:first")
        assert terminal.app.screen.query_one(DeliveryList).has_focus
        await terminal.hides("column")


async def test_tab_completes_a_word_and_then_offers_the_next_candidate(opened, session, order):
    session.deliver(order("#1001"), "orders/create")
    session.deliver(order("#1002", note="x"), "orders/paid")
    async with opened() as terminal:
        await terminal.press("slash")
        await terminal.shows("Tab topic:")
        await terminal.type("top")
        await terminal.press("tab")
        await terminal.shows("/ topic:", "Tab orders/*")

        await terminal.press("tab")
        await terminal.shows("/ topic:orders/*", "Deliveries 2 of 2")
        await terminal.press("tab")
        await terminal.shows("Deliveries 1 of 2")
        first = terminal.line("/ topic:")
        await terminal.press("tab")
        await terminal.until(lambda: terminal.line("/ topic:") != first)

        await terminal.type(" order:10")
        await terminal.shows("Tab #1002  #1001")


async def test_notices_and_a_failure_that_comes_back_at_every_poll_are_shown_once_and_in_full(
    opened, session
):
    async with opened() as terminal:
        session.add_notice("The tunnel dropped.", "Start devhook again.")
        session.add_notice("Only a sentence.")
        notices = [("The tunnel dropped.", "Start devhook again."), ("", "Only a sentence.")]
        await terminal.until(lambda: terminal.notices == notices)

        session.failure = InboxError("The inbox cannot be read.", "Free some disk space.")
        await terminal.until(lambda: len(terminal.notices) == 3)
        polls = session.polls
        await terminal.until(lambda: session.polls > polls + 3)
        assert terminal.notices == [*notices, ("The inbox cannot be read.", "Free some disk space.")]

        session.failure = None
        session.deliver()
        await terminal.shows("Deliveries 1")


async def test_a_removed_delivery_does_not_end_the_screen(opened, session, inbox, monkeypatch):
    session.deliver()
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("delivery 2")
        monkeypatch.setattr(type(inbox), "delivery", lambda _self, number: inbox.row(number + 1_000))
        await terminal.press("j")

        await terminal.until(lambda: terminal.notices)
        await terminal.shows("No delivery")


@pytest.mark.thorough
async def test_it_works_in_any_terminal_and_the_panes_are_side_by_side_where_it_is_wide(
    opened, session, order
):
    session.deliver(topic="orders/create")
    session.deliver(order(note="x" * 300))
    async with opened((20, 6)) as terminal:
        for width, height in [(20, 6), (40, 12), (60, 20), (80, 24), (140, 40)]:
            await terminal.pilot.resize_terminal(width, height)
            await terminal.press(*["right"] * 4, "question_mark", "escape", "slash", "x", "escape")

            lines = terminal.text.splitlines()
            assert len(lines) <= height
            assert all(len(line) <= width for line in lines)
            if width >= 80:
                assert ("delivery 2" in terminal.line("Deliveries 2")) is (width >= 120)


async def test_a_payload_of_hundreds_of_kilobytes_is_read_in_a_thread_and_opens_at_its_first_change(
    opened, session, order
):
    items = [
        {"id": number, "title": "Blue mug", "price": "20.00", "sku": f"S{number}"} for number in range(5_000)
    ]
    session.deliver(order(line_items=items))
    changed = json.loads(json.dumps(items))
    changed[4_000]["price"] = "19.00"
    changed[4_500]["price"] = "18.00"
    session.deliver(order(line_items=changed))
    async with opened() as terminal:
        await terminal.shows("2 changes")
        await terminal.press("right")
        await terminal.shows('~       "price": "19.00"')

        await terminal.press("enter", "}")
        await terminal.shows('~       "price": "18.00"')
        await terminal.press("{")
        await terminal.shows('~       "price": "19.00"')


async def test_another_delivery_may_be_chosen_while_a_large_payload_is_being_read(opened, session, order):
    items = [{"id": number, "title": "Blue mug"} for number in range(8_000)]
    session.deliver(order(name="#1001", note="the small one"), "orders/create")
    session.deliver(order(name="#1002", line_items=items), "orders/create")
    async with opened() as terminal:
        await terminal.shows("delivery 2")
        await terminal.press("right", "j")

        await terminal.shows("delivery 1", '"note": "the small one"')
        await terminal.app.workers.wait_for_complete()
        await terminal.pilot.pause()
        assert '"note": "the small one"' in terminal.text


async def test_the_signature_tab_names_the_mistake_that_was_made(opened, session):
    token = Secret(name="access token", value="shpat_of-the-tests")
    session.mistakable = (token,)
    session.deliver(secret=token)
    async with opened() as terminal:
        await terminal.press("right", "right", "right")

        await terminal.shows("The signature is invalid.", "It is signed with the access token instead")
        await terminal.hides("Searching for the mistake…")
        assert "shpat_of-the-tests" not in terminal.text


@pytest.mark.thorough
async def test_another_delivery_may_be_selected_while_the_mistake_is_searched_for(opened, session, order):
    stranger = Secret(name="stranger", value="nobody knows")
    session.deliver(order(note="x" * 300_000), secret=stranger)
    session.deliver(order("#1002"))
    async with opened() as terminal:
        await terminal.press("right", "right", "right", "j")
        await terminal.shows("The signature is invalid.")

        await terminal.press("k")
        await terminal.shows("The signature is valid.")

        await terminal.press("j")
        await terminal.shows("No known mistake explains this signature.")


async def test_notices_with_one_remedy_are_one_notification(opened, session):
    for topic in ("orders/paid", "orders/create", "orders/create"):
        session.add_notice(f"{topic} was refused.", "Add the scope read_orders.")
    session.add_notice("The address changed.")
    async with opened() as terminal:
        await terminal.until(lambda: len(terminal.notices) == 2)

        assert ("orders/paid was refused. And 1 more.", "Add the scope read_orders.") in terminal.notices


async def test_entering_and_scrolling_the_detail_stop_the_following(opened, session):
    session.deliver()
    async with opened() as terminal:
        await terminal.shows("· following", "delivery 1")
        await terminal.press("enter")
        session.deliver()
        await terminal.shows("1 new", "F follows", "delivery 1")

        await terminal.press("escape", "F")
        await terminal.shows("· following", "delivery 2")
        lines = terminal.app.screen.query_one("#changes-lines")
        lines.post_message(MouseScrollDown(lines, 0, 0, 0, 0, 0, shift=False, meta=False, ctrl=False))
        await terminal.hides("· following")
        session.deliver()
        await terminal.shows("1 new", "delivery 2")
