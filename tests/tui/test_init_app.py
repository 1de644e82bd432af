import pytest
from textual import events
from textual.widgets import Input

from devhook.privacy.mask import Mask
from devhook.tui.init_app import FirstRunApp, Offered
from devhook.tui.init_config import NONE, OWN
from devhook.tui.untrusted import UntrustedInput

TOKEN = "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"
FILE = ".devhook/config.toml"
ATTACKS = ("[/foo]", "[@click=app.quit]hi[/]", "\x1b]52;c;aGFjaw==\x07", "abc\u202edef", "pa\u200bid")


@pytest.fixture
def first_run(terminal_of):
    def opening(known=None, *, opens=False, there=False, size=(100, 40)):
        return terminal_of(FirstRunApp(known or {}, opens=opens, file=FILE, there=there), size)

    return opening


def outcome(terminal):
    return terminal.app.return_value


async def test_the_answers_typed_on_an_empty_form_are_returned(first_run):
    async with first_run() as terminal:
        await terminal.type("acme")
        await terminal.shows("Incomplete", "Access to the shop is missing.")
        await terminal.press("tab")
        await terminal.type(TOKEN)
        await terminal.shows('shop = "acme.myshopify.com"', 'tunnel = "ngrok"', "Ctrl+S")
        assert TOKEN not in terminal.text
        await terminal.press("ctrl+s")

    answers = outcome(terminal)
    assert (answers.shop, answers.topics, answers.way) == ("acme", ("orders/updated",), "ngrok")
    assert answers.secrets() == {"access_token": TOKEN}
    assert not answers.keep


async def test_a_secret_is_written_down_only_when_the_box_is_ticked(first_run):
    async with first_run() as terminal:
        await terminal.press("tab")
        await terminal.type(TOKEN)
        await terminal.shows("▐ ▌ Write these secrets into")
        assert "[secrets]" not in terminal.text
        await terminal.press("tab", "tab", "space")
        await terminal.shows("▐✓▌ Write these secrets into", "[secrets]", 'access_token = "…"')
        await terminal.press("ctrl+s")

    assert outcome(terminal).keep


async def test_a_secret_that_follows_tab_without_a_pause_is_not_shown(first_run):
    async with first_run() as terminal:
        for key in ("tab", *TOKEN):
            terminal.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await terminal.shows("•" * len(TOKEN))

        assert TOKEN[:4] not in terminal.text


async def test_settings_found_elsewhere_are_named_and_not_asked_for(first_run):
    known = {"access_token": "DEVHOOK_ACCESS_TOKEN", "client_secret": "the config file"}
    async with first_run(known, opens=True) as terminal:
        assert "✓ access token from DEVHOOK_ACCESS_TOKEN" in terminal.text
        assert "✓ client secret from the config file" in terminal.text
        assert "Write these secrets" not in terminal.text
        await terminal.type("acme")
        await terminal.shows('shop = "acme.myshopify.com"')


async def test_topics_come_from_the_picker(first_run):
    async with first_run() as terminal:
        await terminal.press("ctrl+t")
        await terminal.shows("Topics 218 · 1 selected")
        await terminal.type("refunds")
        await terminal.press("space", "enter")
        await terminal.shows("Topics  Ctrl+T selects them", "orders/updated, refunds/create")
        await terminal.press("ctrl+s")

    assert outcome(terminal).topics == ("orders/updated", "refunds/create")


async def test_ctrl_s_over_the_picker_writes_nothing(first_run):
    async with first_run() as terminal:
        await terminal.press("ctrl+t")
        await terminal.shows("Topics 218 · 1 selected")
        await terminal.press("ctrl+s")
        await terminal.press("escape")

        await terminal.shows("Topics  Ctrl+T selects them", "orders/updated")
        assert terminal.app.is_running


@pytest.mark.parametrize(("way", "told"), [(OWN, "The public address is empty."), (NONE, 'tunnel = "none"')])
async def test_another_way_to_receive_can_be_selected(first_run, way, told):
    async with first_run() as terminal:
        await terminal.pilot.click(f"#way-{way}")

        await terminal.shows(told)


async def test_a_wrong_answer_is_refused_with_its_reason(first_run):
    async with first_run() as terminal:
        await terminal.type("shop.example.com")
        await terminal.press("ctrl+s")

        await terminal.until(lambda: len(terminal.notices) == 1)
        assert "is not a shop's myshopify.com domain" in terminal.notices[0][0]
        assert terminal.app.is_running


@pytest.mark.parametrize(("key", "written"), [("y", True), ("n", False), ("escape", False)])
async def test_a_config_file_is_replaced_only_when_the_user_says_yes(first_run, key, written):
    async with first_run(there=True) as terminal:
        await terminal.press("ctrl+s")
        await terminal.shows("Replace the config file?", FILE)
        await terminal.press(key)
        await terminal.pilot.pause()

        assert terminal.app.is_running is not written
    assert (outcome(terminal) is not None) is written


@pytest.mark.parametrize("key", ["escape", "ctrl+c", "ctrl+q"])
async def test_leaving_returns_nothing(first_run, key):
    async with first_run() as terminal:
        await terminal.type("acme")
        await terminal.press(key)

    assert outcome(terminal) is None


async def test_the_form_fits_into_80x24(first_run):
    async with first_run(size=(80, 24)) as terminal:
        await terminal.shows("Shop  acme", "none: I send deliveries myself", "^s write and listen")


async def test_pasted_control_characters_have_no_effect(first_run):
    async with first_run({"client_secret": "[/foo]\x1b]0;x\x07"}) as terminal:
        assert "client secret from [/foo]␛]0;x␇" in terminal.text
        for attack in ATTACKS:
            for field in terminal.app.screen.query(UntrustedInput):
                field.value = attack
            terminal.app.screen.query_one("#access-token", Input).value = attack
            await terminal.pilot.pause()
            assert all(part.isprintable() for part in terminal.raw.splitlines())
            assert terminal.app.is_running


async def test_the_projects_declared_settings_are_preset_and_named(terminal_of):
    offered = Offered(
        (
            "shopify.app.toml declares orders/paid.",
            "shopify.app.toml names the development shop a.myshopify.com.",
        ),
        shop="a.myshopify.com",
        topics=("orders/paid",),
        target="5000",
    )
    app = FirstRunApp({}, opens=True, file=FILE, there=False, offered=offered)
    async with terminal_of(app, (100, 40)) as terminal:
        await terminal.shows("Found in this project", *offered.sentences, 'topics = ["orders/paid"]')
        await terminal.press("ctrl+s")

    answers = outcome(terminal)
    assert (answers.shop, answers.topics, answers.target) == ("a.myshopify.com", ("orders/paid",), "5000")


async def test_what_the_project_says_is_masked(terminal_of):
    offered = Offered(sentences=("The target is http://localhost:3000/?buyer=mira@example.org",))
    app = FirstRunApp({}, opens=True, file=FILE, there=False, offered=offered, mask=Mask(b"a key"))
    async with terminal_of(app, (120, 40)) as terminal:
        await terminal.shows("The target is", "masked.example")
        assert "mira" not in terminal.raw
