import tomllib

import pytest

from devhook.tui.init_config import NONE, OWN, InitConfig

TOKEN = "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"


def test_no_answers_at_all_are_enough_to_listen():
    assert InitConfig().problem() is None


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"shop": "acme/x"}, "is not a shop"),
        ({"shop": "shop.example.com"}, "is not a shop's myshopify.com domain"),
        ({"shop": "acme"}, "Access to the shop is missing."),
        ({"shop": "acme", "token": "shpss_1"}, "is a client secret"),
        ({"token": "shpat_\x1b[2J"}, "contains invalid characters"),
        ({"client_secret": "one two"}, "The client secret contains invalid characters"),
        ({"way": OWN}, "The public address is empty."),
        ({"way": OWN, "url": "http://a.example.com"}, "Shopify delivers to https:// only"),
        ({"shop": "acme", "opens": True, "way": NONE}, "Without a public address"),
        ({"target": "app.example.com"}, "app.example.com is not this machine"),
    ],
)
def test_what_is_missing_or_wrong_is_told(answers, told):
    problem = InitConfig(**answers).problem()

    assert told in problem.message
    assert problem.hint
    assert "shpss_1" not in problem.message


def test_access_is_there_when_it_was_typed_or_is_set_already():
    assert InitConfig(shop="acme", token=TOKEN).problem() is None
    assert InitConfig(shop="acme", opens=True).problem() is None


def test_the_config_says_what_was_answered_and_no_secret():
    answers = InitConfig(
        shop="acme",
        topics=("orders/updated", "refunds/create"),
        way=OWN,
        url="https://hooks.example.com/",
        token=TOKEN,
    )

    assert tomllib.loads(answers.config()) == {
        "shop": "acme.myshopify.com",
        "listen": {
            "topics": ["orders/updated", "refunds/create"],
            "public-url": "https://hooks.example.com",
        },
    }


def test_without_a_shop_topics_would_only_hide_what_comes():
    assert tomllib.loads(InitConfig(topics=("orders/paid",), way=NONE).config()) == {
        "listen": {"tunnel": "none"}
    }


def test_secrets_are_written_when_the_user_says_so_and_shown_never():
    answers = InitConfig(shop="acme", way="ngrok", token=f" {TOKEN}\n", client_secret='a"b\\c', keep=True)

    assert tomllib.loads(answers.config())["secrets"] == {"access_token": TOKEN, "client_secret": 'a"b\\c'}
    shown = answers.config(masked=True)
    assert TOKEN not in shown
    assert 'access_token = "…"' in shown
    assert TOKEN not in repr(answers)


def test_the_app_that_deliveries_are_sent_on_to_is_written_in_full():
    written = tomllib.loads(InitConfig(target="3000").config())

    assert written["listen"]["forward-to"] == "http://localhost:3000"
