from devhook.tui.app import DevhookApp
from devhook.tui.keys import sections


def test_every_key_has_a_description():
    keys = [key for section in sections(DevhookApp) for key in section.keys]

    assert all(keys_ and does for keys_, does in keys)
    assert ("F G", "Follow: Go to the newest delivery and follow new ones") in keys
    assert ("1", "Check out: A customer places a new order") in keys
    assert ("q Ctrl+Q", "Quit: Close devhook") in keys
    assert ("Shift+Tab", "Previous") in keys


def test_no_key_has_two_meanings_in_one_pane():
    for section in sections(DevhookApp):
        keys = [key for pressed, _ in section.keys for key in pressed.split()]

        assert len(keys) == len(set(keys)), section.title


def test_without_a_shop_the_help_omits_its_keys():
    assert not [each for each in sections(DevhookApp, shop=False) if "shop" in each.title]


def test_without_access_to_a_shop_the_help_omits_the_subscriptions():
    told = [(each.title, each.keys) for each in sections(DevhookApp, access=False)]

    assert "ubscription" not in str(told)
    assert "In the topics" not in str(told)
