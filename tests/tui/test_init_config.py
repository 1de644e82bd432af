import tomllib

import pytest

from devhook.tui.init_config import NONE, OWN, InitConfig

TOKEN = "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"


def test_an_empty_form_is_enough_to_listen():
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
def test_missing_and_wrong_answers_are_reported(answers, told):
    problem = InitConfig(**answers).problem()

    assert told in problem.message
    assert problem.hint
    assert "shpss_1" not in problem.message


def test_access_exists_when_it_is_typed_or_set_already():
    assert InitConfig(shop="acme", token=TOKEN).problem() is None
    assert InitConfig(shop="acme", opens=True).problem() is None


def test_the_config_contains_the_answers_and_no_secret():
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


def test_without_a_shop_the_config_contains_no_topics():
    assert tomllib.loads(InitConfig(topics=("orders/paid",), way=NONE).config()) == {
        "listen": {"tunnel": "none"}
    }


def test_secrets_are_written_only_on_request_and_never_shown():
    answers = InitConfig(shop="acme", way="ngrok", token=f" {TOKEN}\n", client_secret='a"b\\c', keep=True)

    assert tomllib.loads(answers.config())["secrets"] == {"access_token": TOKEN, "client_secret": 'a"b\\c'}
    shown = answers.config(masked=True)
    assert TOKEN not in shown
    assert 'access_token = "…"' in shown
    assert TOKEN not in repr(answers)


def test_the_app_that_deliveries_are_sent_on_to_is_written_in_full():
    written = tomllib.loads(InitConfig(target="3000").config())

    assert written["listen"]["forward-to"] == "http://localhost:3000"
