"""Anyone who knows the address can send any text. It has no effect on any part of the screen."""

import json
import unicodedata

import pytest

from devhook.errors import NetworkError
from devhook.text import visible
from devhook.tui.screens.topics import SearchBox
from devhook.tui.widgets.filter_box import FilterBox

# Each text that is sent, and how it is shown.
ATTACKS = {
    "[/foo]": "[/foo]",  # closes a tag that was never opened: crashes a widget
    "[@click=app.quit]hi[/]": "[@click=app.quit]hi[/]",  # a link that quits
    "a [b] c": "a [b] c",  # vanishes
    "\x1b]52;c;aGFjaw==\x07": "␛]52;c;aGFjaw==␇",  # writes the clipboard
    "\x1b]0;pwned\x1b\\": "␛]0;pwned␛\\",  # writes the window's title
    "\x1b[2J\x1b[H": "␛[2J␛[H",  # clears the screen
    "\x9b2J": "‹U+009B›2J",  # the same in eight bits
    "abc\u202edef": "abc‹U+202E›def",  # turns the line round
    "\u2066x\u2069": "‹U+2066›x‹U+2069›",
    "x\r\n 1 14:02 ✓ orders/paid": "x␍␊ 1 14:02",  # forges a row
    "pa\u200bid": "pa‹U+200B›id",  # hides a difference
}
ALLOWED = {"L", "M", "N", "P", "S", "Z"}


def assert_harmless(terminal):
    """The screen contains no control character, no bidi control and no foreign link."""
    for strip in terminal.app.screen._compositor.render_strips():
        for segment in strip:
            odd = [
                character for character in segment.text if unicodedata.category(character)[0] not in ALLOWED
            ]
            assert not odd, (odd, segment.text)
            assert "app.quit" not in str(segment.style.meta if segment.style else "")
    assert terminal.app.is_running


def hostile(attack, order):
    """An order with the attack as every text and as a key of every object."""

    def fill(value):
        match value:
            case dict():
                return {key: fill(each) for key, each in value.items()} | {attack: attack}
            case list():
                return [fill(each) for each in value]
            case str():
                return attack
            case _:
                return value

    return fill(order) | {"id": order["id"]}


async def walk(terminal, count, check):
    """Select each delivery in turn, oldest first; its id is its position."""
    await terminal.shows(f"delivery {count}")
    await terminal.press("end")
    for number in range(1, count + 1):
        await terminal.shows(f"delivery {number} ")
        check(number)
        assert_harmless(terminal)
        await terminal.press("k")


@pytest.mark.thorough
async def test_an_attack_in_every_field_of_a_payload_is_harmless(opened, session, order):
    for number in range(1001, 1001 + len(ATTACKS)):
        session.deliver(order(f"#{number}"), "orders/create")
    for number, attack in enumerate(ATTACKS, 1001):
        session.deliver(hostile(attack, order(f"#{number}")))
    # JSON escapes some of them.
    written = [visible(json.dumps(attack, ensure_ascii=False)) for attack in ATTACKS]
    async with opened() as terminal:
        for words in ("→ {}", '"email": {}'):
            await terminal.press("F")
            await terminal.shows(f"delivery {2 * len(ATTACKS)}")
            for seen, shown in reversed([*zip(ATTACKS.values(), written, strict=True)]):
                assert seen[:5] in terminal.line("▌")
                assert words.format(shown[:12]) in terminal.text
                assert_harmless(terminal)
                await terminal.press("j")
            await terminal.press("right")


@pytest.mark.thorough
async def test_an_attack_in_headers_topic_shop_path_and_signature_is_harmless(opened, session):
    for attack in ATTACKS:
        headers = ((attack, attack), ("X-Shopify-Hmac-Sha256", attack))
        session.deliver(
            topic=attack, shop=attack, path="/" + attack, webhook_id=attack, headers=headers, secret=None
        )
    async with opened((160, 40)) as terminal:
        await terminal.press("left", "left", "left")

        def check(number):
            seen = list(ATTACKS.values())[number - 1]
            assert seen[:5] in terminal.line("▌")
            assert "The signature is invalid." in terminal.text
            assert f"claimed       {seen}" in terminal.text

        await walk(terminal, len(ATTACKS), check)
        await terminal.press("left")

        def check_headers(number):
            seen = list(ATTACKS.values())[number - 1]
            assert f"POST /{seen}" in terminal.text
            assert terminal.text.count(seen) >= 4

        await walk(terminal, len(ATTACKS), check_headers)


@pytest.mark.thorough
async def test_an_attack_in_an_unreadable_body_is_harmless(opened, session):
    for attack in ATTACKS:
        session.deliver(body=b"<" + attack.encode(), content_type="text/html")
    async with opened() as terminal:

        def check(_):
            assert "The payload cannot be read." in terminal.text

        await walk(terminal, len(ATTACKS), check)
        await terminal.press("right")
        await walk(terminal, len(ATTACKS), check)


async def test_an_attack_in_a_notification_is_harmless(opened, session):
    async with opened((140, 80)) as terminal:
        for attack in ATTACKS:
            session.add_notice(attack, "What to do: " + attack)
            session.add_notice(attack)
        await terminal.until(lambda: len(terminal.notices) == 2 * len(ATTACKS))
        await terminal.shows("What to do: ")

        for seen in ATTACKS.values():
            assert (seen[:5], f"What to do: {seen}"[:17]) in [
                (one[:5], two[:17]) for one, two in terminal.notices
            ]
        assert_harmless(terminal)


async def test_an_attack_in_the_status_line_is_harmless(opened, session):
    async with opened() as terminal:
        for attack, seen in ATTACKS.items():
            session.shop = attack
            session.address = "http://" + attack
            await terminal.until(lambda seen=seen: f"http://{seen}"[:10] in terminal.text.splitlines()[0])
            assert_harmless(terminal)


async def test_an_attack_pasted_into_the_filter_is_harmless(opened, session):
    for attack in ATTACKS:
        session.deliver(topic=attack)
    async with opened() as terminal:
        await terminal.press("slash")
        box = terminal.app.screen.query_one(FilterBox)
        for attack, seen in ATTACKS.items():
            box.value = attack
            await terminal.shows("Deliveries 1 of", f"/ {seen}")
            assert_harmless(terminal)


async def test_an_attack_quoted_in_a_hint_is_harmless(opened, session):
    session.deliver(topic="orders/updated", headers=(("X-Shopify-Event-Id", "[/foo]"),))
    session.deliver(topic="[@click=app.quit]", headers=(("X-Shopify-Event-Id", "[/foo]"),))
    async with opened() as terminal:
        await terminal.shows("the same action: [@click=app.quit] (2)")
        await terminal.press("z", "j")
        await terminal.shows("delivery 2")
        assert_harmless(terminal)


@pytest.mark.thorough
async def test_an_attack_in_a_subscription_is_harmless(
    opened, session, canned_registrations, entry, lost_lease
):
    entries = [
        entry(number, attack, uri=f"https://{attack}", name=attack, dead=attack, format=attack)
        for number, attack in enumerate(ATTACKS)
    ]
    session.registrations = canned_registrations(
        *entries, lost=[lost_lease(attack, name=attack) for attack in ATTACKS]
    )
    session.registrations.domain = "[/foo]\x1b]0;x\x07"
    async with opened((140, 100)) as terminal:
        await terminal.press("s")
        await terminal.shows("11 dead · 11 vanished", "Subscriptions [/foo]␛]0;x␇")
        assert_harmless(terminal)
        for seen in ATTACKS.values():
            assert terminal.text.count(f"{seen[:5]}") >= 2
        await terminal.press("G")
        for seen in reversed(ATTACKS.values()):
            await terminal.press("x")
            await terminal.shows("Remove this subscription?", f"to https://{seen[:5]}")
            assert_harmless(terminal)
            await terminal.press("n", "k")


async def test_an_attack_in_the_shops_answer_is_harmless(opened, session, canned_registrations, entry):
    session.registrations = canned_registrations(entry(1))
    async with opened((140, 80)) as terminal:
        await terminal.press("s")
        await terminal.shows("1 other")
        for told, attack in enumerate(ATTACKS, 1):
            session.registrations.failure = NetworkError(attack, attack)
            await terminal.press("r")
            await terminal.until(lambda told=told: len(terminal.notices) == told)
            assert_harmless(terminal)


async def test_an_attack_pasted_into_the_search_for_topics_is_harmless(opened, session, canned_registrations):
    session.registrations = canned_registrations()
    async with opened() as terminal:
        await terminal.press("s")
        await terminal.shows("This app has no subscription")
        await terminal.press("n")
        await terminal.shows("Topics 218")
        for attack, seen in ATTACKS.items():
            terminal.app.screen.query_one(SearchBox).value = attack
            await terminal.shows(f"/ {seen}", "There is no topic")
            assert_harmless(terminal)
