from datetime import UTC, datetime

import pytest

from devhook.session.session import Status, TargetState
from devhook.tui.terminal_app import TerminalApp
from devhook.tui.widgets.status_line import StatusLine

STATUS = Status(
    shop="harbour-lane.myshopify.com",
    address="http://localhost:4000/",
    simulated=True,
    leases=5,
    inbox="inbox",
    listening_since=datetime(2026, 3, 14, tzinfo=UTC),
)


class Host(TerminalApp):
    CSS = "StatusLine { height: 1; }"

    def compose(self):
        yield StatusLine()


async def line(width, status=STATUS, arrivals=()):
    async with Host().run_test(size=(width, 3)) as pilot:
        widget = pilot.app.query_one(StatusLine)
        widget.status = status
        widget.count(list(arrivals))
        await pilot.pause()
        return "".join(segment.text for segment in pilot.app.screen._compositor.render_strips()[0])


async def test_a_wide_terminal_shows_the_complete_status():
    shown = await line(120)

    assert shown.startswith(
        "devhook  harbour-lane.myshopify.com  ● http://localhost:4000/  5 subscriptions  simulated shop"
    )
    assert shown.endswith(f"0/min {'▁' * 12}")


async def test_eighty_columns_show_the_shop_without_its_domain():
    shown = await line(80)

    assert shown.startswith("devhook  harbour-lane  ● http://localhost:4000/  5 subs ")
    assert shown.endswith(f"0/min {'▁' * 6}")


async def test_below_sixty_columns_only_the_address_and_the_rate_are_left():
    shown = await line(50)

    assert shown.split() == ["●", "localhost:4000", "0/min"]


async def test_deliveries_of_the_last_minute_are_counted():
    shown = await line(120, arrivals=[datetime.now(UTC)] * 1_500)

    assert "1,500/min" in shown
    assert "█" in shown


@pytest.mark.parametrize("width", [10, 30, 60, 80, 108, 140])
async def test_a_long_address_never_pushes_the_rate_out(width):
    shown = await line(
        width, STATUS.model_copy(update={"address": "https://" + "a" * 300, "shop": "b" * 200})
    )

    assert len(shown) == width
    assert "0/min" in shown


async def test_without_a_shop_and_subscriptions_neither_is_shown():
    shown = await line(120, STATUS.model_copy(update={"shop": None, "leases": 0, "simulated": False}))

    assert shown.split() == ["devhook", "●", "http://localhost:4000/", "0/min", "▁" * 12]


async def test_one_subscription_is_counted_in_the_singular():
    assert " 1 subscription " in await line(120, STATUS.model_copy(update={"leases": 1}))


async def test_foreign_text_cannot_break_the_status_line():
    shown = await line(
        140, STATUS.model_copy(update={"shop": "[/foo]\x1b]0;x\x07", "address": "[@click=app.quit]\n"})
    )

    assert shown.isprintable()
    assert "[/foo]␛]0;x␇" in shown
    assert "[@click=app.quit]␊" in shown


PUBLIC = STATUS.model_copy(update={"public_url": "https://acme.ngrok.app", "simulated": False})
ALIVE = PUBLIC.model_copy(update={"milliseconds": 41.4})
DEAD = PUBLIC.model_copy(update={"dead_since": datetime(2026, 3, 14, 14, 2, tzinfo=UTC)})


async def test_a_public_address_is_shown_with_how_long_its_last_ping_took():
    shown = await line(120, ALIVE)

    assert shown.startswith(
        "devhook  harbour-lane.myshopify.com  ● https://acme.ngrok.app 41 ms  5 subscriptions  "
    )
    assert "localhost" not in shown


async def test_an_address_without_a_successful_ping_is_not_shown_as_alive():
    shown = await line(120, PUBLIC)

    assert " … https://acme.ngrok.app  5 subscriptions" in shown
    assert "●" not in shown


async def test_a_dead_address_shows_since_when():
    shown = await line(120, DEAD)

    assert " ✗ dead since 14:02 https://acme.ngrok.app  5 subscriptions" in shown
    assert "●" not in shown


@pytest.mark.parametrize("width", [28, 40, 60, 80, 108, 140])
async def test_a_dead_address_is_marked_at_any_width(width):
    long = DEAD.model_copy(update={"public_url": "https://" + "a" * 300, "shop": "b" * 200})

    shown = await line(width, long)

    assert "✗ dead since 14:02" in shown
    assert "0/min" in shown
    assert len(shown) == width


async def test_a_narrow_line_omits_the_name_first_then_the_shop_then_shortens_the_address():
    ngrok = ALIVE.model_copy(update={"public_url": "https://a1b2-198-51-100-7.ngrok-free.app"})

    assert (await line(80, ngrok)).startswith("● https://a1b2-198-51-100-7.ngrok-free.app 41 ms  5 subs ")
    assert (await line(88, ngrok)).startswith(
        "harbour-lane  ● https://a1b2-198-51-100-7.ngrok-free.app 41 ms"
    )
    assert (await line(60, ngrok)).startswith("● a1b2-198-51-100-7.ngrok-free.app 41 ms ")


async def test_status_lines_can_share_a_rate():
    class Two(TerminalApp):
        CSS = "StatusLine { height: 1; }"

        def compose(self):
            first = StatusLine()
            yield first
            yield StatusLine(first.rate)

    async with Two().run_test(size=(60, 3)) as pilot:
        first, second = pilot.app.query(StatusLine)
        first.count([datetime.now(UTC)] * 3)
        second.refresh()
        await pilot.pause()

        assert "3/min" in "".join(each.text for each in pilot.app.screen._compositor.render_strips()[1])


UP = TargetState(name="localhost:3000", listens=True, status=200)
DOWN = TargetState(name="localhost:3000", listens=False)


async def test_a_target_is_shown_with_what_it_answered_last():
    assert "  → localhost:3000 ● 200" in await line(140, ALIVE.model_copy(update={"targets": (UP,)}))


async def test_a_target_that_is_not_checked_yet_is_neither_up_nor_down():
    unknown = TargetState(name="localhost:3000")

    assert "→ localhost:3000 …" in await line(140, ALIVE.model_copy(update={"targets": (unknown,)}))


@pytest.mark.parametrize("width", [60, 80, 108, 140])
async def test_a_target_that_is_down_is_never_left_out(width):
    assert "→ localhost:3000 ✗" in await line(width, ALIVE.model_copy(update={"targets": (DOWN,)}))


async def test_an_active_fault_is_shown():
    assert "  answers 500x2, drop" in await line(120, STATUS.model_copy(update={"faults": ("500x2", "drop")}))
