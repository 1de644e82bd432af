"""The screen on a real terminal, as a person meets it: keys in, text out, and what is left afterwards."""

import re
import signal
from pathlib import Path

import aiohttp
import pytest

from devhook.webhook.signature import sign


@pytest.mark.thorough
@pytest.mark.smoke
async def test_a_scenario_that_somebody_crosses_ends_the_shops_keys_make_deliveries_and_no_receiver_is_left(
    terminal,
):
    steps = '[[steps]]\ndo = "check_out"\n[[steps]]\ndo = "pay"\nafter = 8\n'
    Path("crossed.toml").write_text(f'title = "Crossed"\n{steps}')
    screen = await terminal("demo", "--scenario", "crossed.toml")
    await screen.shows("Deliveries 4")

    screen.press("9")

    await screen.shows("The scenario ends here", "orders/cancelled")
    screen.press("1")
    await screen.shows("#1002")
    screen.press("2")
    await screen.shows("orders/paid")
    screen.press("T")
    await screen.shows("bad signature")
    screen.press("D")
    await screen.shows("duplicate")

    children = Path(f"/proc/{screen.process.pid}/task/{screen.process.pid}/children").read_text().split()
    assert children
    # The window is closed.
    screen.process.send_signal(signal.SIGHUP)
    assert await screen.ended() == 0
    assert not any(Path(f"/proc/{child}").exists() for child in children)


@pytest.mark.thorough
async def test_it_works_in_a_small_terminal_and_ctrl_c_twice_leaves(terminal):
    screen = await terminal("demo", columns=80, lines=24)
    await screen.shows("✓200", "#1001", "compared with delivery")

    screen.press("\x03")
    await screen.shows("Press q to quit, or Ctrl+C again.")
    assert screen.process.returncode is None
    screen.press("\x03\x03")  # the first one asks again where this machine took over two seconds

    assert await screen.ended() == 0
    # The terminal breaks the line wherever its width ends.
    assert "nothing is left behind" in screen.text().replace("\n", "")


@pytest.mark.thorough
async def test_a_filter_narrows_the_list_and_a_signal_leaves_the_terminal_as_it_was(terminal):
    steps = '[[steps]]\ndo = "check_out"\n[[steps]]\ndo = "pay"\n'
    Path("paid.toml").write_text(f'title = "A paid order"\n{steps}')
    screen = await terminal("demo", "--scenario", "paid.toml")
    await screen.shows("order of ", "paid ", "The scenario is finished")

    screen.press("/")
    await screen.shows("-is:duplicate")
    screen.press("orders/paid")
    await screen.until(lambda: "order of " not in screen.text() and "paid " in screen.text(), "the filter")

    screen.process.send_signal(signal.SIGTERM)
    assert await screen.ended() == 0
    assert screen.raw.rindex(b"\x1b[?1049l") > screen.raw.rindex(b"\x1b[?1049h")
    assert "nothing is left behind" in screen.text()


@pytest.mark.thorough
async def test_what_comes_while_the_screen_is_frozen_is_answered_at_once_and_shown_afterwards(terminal):
    secret = "a secret for tests"
    screen = await terminal(
        "--inbox", "inbox", "listen", "--port", "0", env={"DEVHOOK_CLIENT_SECRET": secret}
    )
    await screen.shows("http://127.0.0.1:", "Waiting for the first delivery")
    url = re.search(r"http://127\.0\.0\.1:\d+", screen.text())[0]

    screen.process.send_signal(signal.SIGSTOP)
    try:
        async with aiohttp.ClientSession() as session:
            for number in range(20):
                body = f'{{"id":{number + 1},"name":"#{1001 + number}"}}'.encode()
                headers = {"X-Shopify-Topic": "orders/updated", "X-Shopify-Hmac-Sha256": sign(secret, body)}
                async with session.post(url, data=body, headers=headers) as answer:
                    assert answer.status == 200
    finally:
        screen.process.send_signal(signal.SIGCONT)

    await screen.shows("Deliveries 20", "#1001", "#1020")
    screen.press("q")
    assert await screen.ended() == 0
    assert Path("inbox").exists()
