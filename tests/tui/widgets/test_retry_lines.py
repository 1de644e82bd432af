import re

from devhook.tui.widgets.retry_lines import RetryLines


async def answer_with(terminal, session, fault):
    """Select the answer to the next deliveries with the keys."""
    await terminal.press("a")
    await terminal.shows("Answer with…")
    await terminal.type(fault)
    await terminal.press("enter")
    await terminal.until(lambda: session.faults == (fault,))


def seconds(line):
    """The seconds of a line's countdown."""
    return float(re.search(r" in ([\d.]+) s", line)[1])


async def test_without_retries_the_lines_are_hidden_and_the_key_says_so(opened, shop):
    async with opened() as terminal:
        await terminal.press("1")
        await terminal.shows("orders/create")
        assert "attempt" not in terminal.text
        assert not terminal.app.screen.query_one(RetryLines).display

        await terminal.press("R")
        await terminal.until(lambda: terminal.notices[-1:] == [("", "No retry is waiting.")])


async def test_failed_deliveries_are_counted_down_each_until_its_retry_is_accepted(opened, session, shop):
    shop.delivery_worker.speed = 6
    async with opened() as terminal:
        await answer_with(terminal, session, "500x2")
        await terminal.press("1")
        await terminal.shows(
            "retries orders/create #1001: answered 500, attempt 2 of 9 in ",
            "        orders/updated #1001: answered 500, attempt 2 of 9 in ",
            "(Shopify: 56 s)",
            "R retry now",
        )
        first = seconds(terminal.line("R retry now"))
        await terminal.until(lambda: seconds(terminal.line("R retry now")) < first)

        await terminal.press("R")
        await terminal.hides("retry now")
    came = [row.webhook_id for row in session.inbox.rows()]
    assert sorted(came[:2]) == sorted(came[2:])


async def test_an_accepted_retry_is_reported(opened, session, shop):
    async with opened() as terminal:
        await answer_with(terminal, session, "500x1@orders/create")
        await terminal.press("1")

        told = ("", "orders/create #1001: answered 200, at attempt 2 of 9.")
        await terminal.until(lambda: told in terminal.notices)


async def test_at_eighty_columns_the_next_retry_has_one_line(opened, session, shop):
    shop.delivery_worker.speed = 1
    async with opened((80, 24)) as terminal:
        await answer_with(terminal, session, "500")
        await terminal.press("1")
        await terminal.shows("+1  R now")

        line = terminal.line("R now")

        assert re.match(r" orders/create #1001: 500, 2 of 9 in 5\d s \(Shopify: 56 s\) ", line)
        assert len(line) <= 80
        assert terminal.text.splitlines()[-3].endswith("0 delete")


async def test_the_next_three_retries_are_shown_with_their_failures_and_the_rest_counted(
    opened, session, shop
):
    shop.delivery_worker.speed = 1
    async with opened() as terminal:
        await answer_with(terminal, session, "500@orders/create")
        await terminal.press("1")
        await terminal.shows("attempt 2 of 9")
        assert "of 8 failures" not in terminal.text
        await terminal.press("R")
        await terminal.shows("attempt 3 of 9 in 1 min", "(Shopify: 1 min 53 s), 1 of 8 failures")

        await answer_with(terminal, session, "500")
        await terminal.press("2", "4")
        await terminal.until(lambda: len(shop.delivery_worker.retries) > 3)
        await terminal.shows(f"and {len(shop.delivery_worker.retries) - 3} more")


async def test_the_line_can_be_clicked(opened, session, shop):
    shop.delivery_worker.speed = 1
    async with opened() as terminal:
        await answer_with(terminal, session, "500x1")
        await terminal.press("1")
        await terminal.shows("R retry now")

        await terminal.pilot.click(RetryLines, offset=(20, 0))

        await terminal.shows("duplicate of")
        await terminal.hides("R retry now")


async def test_without_a_simulated_shop_the_key_says_what_it_is_for(opened, session):
    session.deliver()
    async with opened() as terminal:
        await terminal.press("R")

        ((told, hint),) = terminal.notices
        assert "simulated shop" in told
        assert hint == "Start one with: devhook demo"
