import pytest

from devhook.shop.registrations import Holder
from devhook.tui.app import DevhookApp
from devhook.tui.sign_filter import ascii_cells


def test_text_is_as_wide_as_it_was():
    assert ascii_cells("✓ é 日本 a\u0301 🎁") == "v ? ???? a ??"


@pytest.mark.thorough
async def test_a_locale_without_utf8_gets_ascii_on_every_page_and_every_sign_has_its_own(
    session, terminal_of, order, shop, canned_registrations, entry, lost_lease, monkeypatch
):
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setattr("devhook.tui.sign_filter._UNKNOWN", "\a")
    secret = session.secrets[0]
    for number in range(3):
        session.deliver(order(note=f"{number}"), secret=secret)
    session.deliver(order(), secret=None)
    session.registrations = canned_registrations(
        entry(1, "orders/updated", Holder.LEASE), entry(2, dead="no agent"), lost=(lost_lease(),)
    )
    pages = (
        (), ("slash", *"is:x"), ("question_mark",), ("right", "enter"), ("left", "left", "enter"),
        ("left", "enter"), ("t",), ("s",), ("s", "n"), ("a",), ("e",), ("colon", *"77", "enter"), ("space",),
    )  # fmt: skip
    async with terminal_of(DevhookApp(session), (140, 40)) as terminal:
        await terminal.shows("Deliveries 4")
        for keys in pages:
            await terminal.press(*keys)
            assert terminal.raw.isascii(), keys
            assert "\a" not in terminal.raw, keys
            while len(terminal.app.screen_stack) > 1:
                await terminal.press("escape")
            await terminal.press("escape", "escape")
