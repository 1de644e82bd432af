import pytest

from devhook.errors import ExitStatus, InputError
from devhook.tui.app import DevhookApp
from devhook.tui.key_names import key_name, key_of
from devhook.tui.keys import places
from devhook.tui.screen_settings import ScreenSettings, screen_settings


@pytest.mark.parametrize(
    ("written", "key", "shown"),
    [
        ("Ctrl+R", "ctrl+r", "Ctrl+R"),
        ("esc", "escape", "Esc"),
        ("?", "question_mark", "?"),
        ("R", "R", "R"),
        ("PgDn", "pagedown", "PgDn"),
        ("Shift+Tab", "shift+tab", "Shift+Tab"),
        ("ctrl++", "ctrl+plus", "Ctrl++"),
        ("Ctrl+M", "enter", "Enter"),
        ("é", "é", "é"),
    ],
)
def test_a_key_is_written_as_people_write_it_or_as_a_binding_does(written, key, shown):
    assert key_of(written) == key
    assert key_name(key) == shown
    assert key_of(shown) == key


@pytest.mark.parametrize("written", ["", "nonsense", "Ctrl+", "hyper+x", "shift+r", "f99", "ab", "\x1b"])
def test_what_is_no_key_is_none(written):
    assert key_of(written) is None


def test_every_binding_that_can_be_changed_has_a_name_of_its_own():
    for place in places(DevhookApp):
        for binding in place.bindings:
            assert binding.id or binding.action == "command_palette", binding


def test_actions_get_the_keys_of_the_config_file_and_one_can_take_anothers_that_is_changed_too():
    keys = {"replay": ["Ctrl+R", "f6"], "list": {"fold": "u"}, "edit": "a", "answer-with": "e"}

    assert screen_settings(DevhookApp, "devhook-light", keys) == ScreenSettings(
        "devhook-light",
        {"replay": "ctrl+r,f6", "list.fold": "u", "edit": "a", "answer-with": "e"},
    )


@pytest.mark.parametrize(
    ("theme", "keys", "message", "hint"),
    [
        ("devhook-lite", {}, "Unknown theme devhook-lite", "Did you mean devhook-light"),
        ("", {"replya": "x"}, "Unknown action keys.replya", "Did you mean replay"),
        ("", {"zzzz": "x"}, "Unknown action keys.zzzz", "devhook help keys"),
        ("", {"replay": "Ctrl-R"}, "Ctrl-R is not a key", "Ctrl+"),
        ("", {"replay": 5}, "must be a key, or a list of keys", '"replay" = "Ctrl+R"'),
        ("", {"replay": []}, "must be a key, or a list of keys", '"replay" = "Ctrl+R"'),
        (
            "",
            {"replay": "e"},
            "keys.replay in the config file is e, which is also the key of edit",
            '"edit" = "…"',
        ),
        (
            "",
            {"list.fold": "r"},
            "keys.list.fold in the config file is r, which is also the key of replay",
            '"replay"',
        ),
        (
            "",
            {"replay": "z"},
            "keys.replay in the config file is z, which is also the key of list.fold",
            '"list.fold"',
        ),
        ("", {"replay": "x", "edit": "x"}, "is x, which", "Use another key"),
        ("", {"replay": "Ctrl+P"}, "which is also the key of command_palette", "Use another key"),
    ],
)
def test_a_wrong_theme_action_or_key_is_a_usage_error_with_what_was_meant(theme, keys, message, hint):
    with pytest.raises(InputError) as caught:
        screen_settings(DevhookApp, theme, keys)

    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.status == ExitStatus.USAGE


async def test_changed_keys_work_are_shown_and_leave_their_old_ones_free(session, terminal_of):
    session.deliver()
    session.deliver({"id": 2})
    settings = ScreenSettings("devhook-contrast", {"follow": "f2", "statistics": "T", "help": "ctrl+g"})
    async with terminal_of(DevhookApp(session, settings), (140, 60)) as terminal:
        await terminal.shows("Deliveries 2")
        assert terminal.app.theme == "devhook-contrast"
        await terminal.press("j", "t")
        await terminal.shows("F2 follows")
        assert "Statistics" not in terminal.text
        await terminal.press("f2")
        await terminal.shows("· following")

        await terminal.press("ctrl+g")
        await terminal.shows("Help")
        assert terminal.line("Follow:").split()[:3] == ["│", "F2", "Follow:"] or "F2" in terminal.line(
            "Follow:"
        )
