"""What people do with devhook, followed on a real terminal by somebody who reads only the screen.

`use("/ filter")` presses a key that the screen names at that moment, and fails where it does not.
"""

import json
import re
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from devhook.webhook.signature import sign

SECRET = "a secret for tests"


def a_scenario(*steps):
    Path("story.toml").write_text(
        'title = "A story"\n' + "".join(f"[[steps]]\nafter = 0.01\n{step}\n" for step in steps)
    )
    return ("--inbox", "inbox", "demo", "--scenario", "story.toml")


@pytest.mark.smoke
async def test_at_the_first_run_somebody_sees_what_happens_asks_for_help_makes_an_order_and_leaves(terminal):
    screen = await terminal("demo")
    await screen.shows("devhook-demo.myshopify.com", "✓200", "#1001", "order of ")
    await screen.shows("financial_status", "paid")

    await screen.use("? help")
    await screen.shows("In the list", "Everywhere", "Filter: Show only matching", "ollow")
    await screen.use("Esc closes")
    # An escape and a key in one breath would be that key with Alt.
    await screen.until(lambda: "Everywhere" not in screen.text(), "the end of the help")
    await screen.use("1 check out")
    await screen.shows("#1002")

    await screen.use("q quit")
    assert await screen.ended() == 0
    assert "Removed 15 temporary subscriptions" in screen.text()
    assert "nothing is left behind" in screen.text()
    assert "0 invalid, 0 duplicates" in screen.text()


@pytest.mark.thorough
async def test_which_delivery_set_it_to_paid(terminal):
    screen = await terminal(*a_scenario('do = "check_out"', 'do = "note"', 'do = "pay"', 'do = "note"'))
    await screen.shows("The scenario is finished")

    await screen.use("/ filter")
    # The placeholder names the word, the completion the field and its values.
    await screen.shows("changed:note")
    screen.press("changed:fin")
    await screen.shows("Tab financial_status")
    screen.press("\t")
    await screen.shows("changed:financial_status")
    screen.press("=")
    await screen.shows("financial_status=paid")
    screen.press("paid")
    await screen.shows("changed:financial_status=paid", "1 of ")
    await screen.use("⏎ keep")

    await screen.shows("~ financial_status", '→ "paid"', "the same action", "orders/paid")
    await screen.use("⏎ open")
    await screen.use("h history")
    await screen.until(lambda: re.search('orders/updated +→ "paid"', screen.text()), "its version")
    assert '· "paid"' in screen.text()


@pytest.mark.thorough
async def test_which_change_came_between_versions_3_and_7(terminal):
    notes = (f'do = "note"\ntext = "{number}"' for number in range(4))
    screen = await terminal(*a_scenario('do = "check_out"', *notes, 'do = "pay"'))
    await screen.shows("The scenario is finished")

    await screen.use("⏎ open")
    for shown in ('"estimated_taxes"', "POST /", "is valid", "was answered", "Type two numbers"):
        await screen.use("→ tab")
        await screen.shows(shown)
    screen.press("3")
    await screen.shows("compare 3 and …")
    screen.press("7")
    await screen.shows("From version 3", "to version 7", "~ note")


@pytest.mark.thorough
async def test_the_late_one_is_found_and_says_what_to_do(terminal):
    late = 'do = "note"\ntext = "older"\nfault = "late"'
    screen = await terminal(
        *a_scenario('do = "check_out"', late, 'do = "note"\ntext = "newer"', 'do = "pay"')
    )
    await screen.shows("The scenario is finished")

    await screen.use("/ filter")
    await screen.shows("is:late")
    screen.press("is:late")
    await screen.shows("1 of ", "late: note")
    await screen.use("⏎ keep")

    await screen.shows(
        "Late, compared with delivery", "is newer and", "do not overwrite its values", '"older"'
    )


@pytest.mark.thorough
async def test_a_recording_is_masked_before_it_is_shared(terminal):
    screen = await terminal(*a_scenario('do = "check_out"', 'do = "pay"'))
    await screen.shows("The scenario is finished")
    raw = await terminal("--inbox", "inbox", "show", "1", "--json")
    assert await raw.ended() == 0
    email = re.search(rb"[\w.+-]+@example\.[a-z]+", raw.raw)[0].decode()

    await screen.use("space mark")
    await screen.use("space mark")
    await screen.shows("marked")
    await screen.use("w save")
    await screen.use("r  save recording")
    await screen.shows("It contains personal data. Ctrl+L masks it")
    screen.press("\x0c")
    await screen.shows("Masked, and signed again with the test secret")
    await screen.use("Enter saves")
    await screen.shows("Saved 7 deliveries to")

    (shared,) = Path().glob("*.jsonl")
    assert email not in shared.read_text()
    assert shared.stat().st_mode & 0o777 == 0o600


@pytest.fixture
async def app():
    """An app that parses the body and writes it again before it checks the signature; yields its port."""

    async def take(request):
        received = await request.read()
        body = json.dumps(json.loads(received), separators=(",", ":")).encode() if received else b""
        signed = request.headers.get("X-Shopify-Hmac-Sha256") == sign(SECRET, body)
        return web.Response(status=200 if signed else 401)

    application = web.Application()
    application.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield site._server.sockets[0].getsockname()[1]
    await runner.cleanup()


@pytest.mark.thorough
async def test_why_an_hmac_is_refused_here_and_by_the_app(terminal, app):
    screen = await terminal(
        *("--inbox", "inbox", "listen", "--port", "0", "--forward-to", app),
        env={"DEVHOOK_CLIENT_SECRET": SECRET},
    )
    await screen.shows("http://127.0.0.1:", "Waiting for the first delivery")
    url = re.search(r"http://127\.0\.0\.1:\d+", screen.text())[0]
    body = b'{"id": 1, "name": "#1001", "total_price": "10.00"}'

    async def send(hmac, status):
        headers = {"X-Shopify-Topic": "orders/paid", "X-Shopify-Hmac-Sha256": hmac}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=headers) as answer,
        ):
            assert answer.status == status

    # The sender's side: it signs other bytes than it sends.
    await send(sign(SECRET, json.dumps(json.loads(body), separators=(",", ":")).encode()), 401)
    await screen.shows("bad signature: the body without", "The signature is invalid")
    # The app's side: the same mistake there.
    await send(sign(SECRET, body), 200)
    await screen.shows("✗401", "✓200")
    await screen.use("⏎ open")
    for shown in ('"total_price"', "POST /", "is valid"):
        await screen.use("→ tab")
        await screen.shows(shown)
    await screen.use("→ tab")
    await screen.shows("your app refused", "probably verifies the parsed body", "probe the app: p")
    screen.press("p")
    await screen.shows("✗ valid-json", "it signs its own JSON", "✓ changed-byte")


@pytest.mark.thorough
async def test_a_narrow_terminal_without_colours_tells_the_same(terminal):
    late = 'do = "note"\nfault = "late"'
    screen = await terminal(
        *a_scenario('do = "check_out"', late, 'do = "pay"', 'do = "note"\nfault = "body"'),
        columns=60, lines=20, env={"NO_COLOR": "1"},
    )  # fmt: skip
    # Signs and words say what colours say elsewhere.
    await screen.shows("✗401", "bad signature", "late: note", "paid ", "✗ The signature is invalid")
    await screen.use("1 order")
    await screen.use("/ filter")
    await screen.shows("f1 help", "changed:note")
    screen.press("is:late")
    await screen.shows("1 of ")
    await screen.use("⏎ keep")
    await screen.shows("Late, compared with", "not overwrite its values")
    await screen.use("? help")
    await screen.shows("In the list", "Esc closes")
    await screen.use("Esc closes")
    await screen.until(lambda: "Help" not in screen.text(), "the end of the help")
    await screen.use("q quit")
    assert await screen.ended() == 0

    # Shades of grey are all that is left.
    styles = re.findall(rb"\x1b\[([\d;]*)m", screen.raw)
    colours = {each for style in styles for each in re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", style)}
    assert colours
    assert all(len(set(each)) == 1 for each in colours)
    others = {code for style in styles for code in re.sub(rb"[34]8;2;\d+;\d+;\d+", b"", style).split(b";")}
    assert not others & {b"%d" % code for code in (*range(30, 39), *range(40, 49), *range(90, 108))}
