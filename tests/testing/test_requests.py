"""Requests: signed, of any topic, with changes as values, from a recording."""

import doctest
import json

import pytest

import devhook.testing
import devhook.testing.requests
import devhook.testing.shop
from devhook.testing import Webhooks, recorded
from devhook.webhook.topics import topics

SECRET = "shpss_0c0a0f0e1234567890abcdef12345678"


def test_the_examples_of_the_docstrings_run():
    for module in (devhook.testing, devhook.testing.requests, devhook.testing.shop):
        assert doctest.testmod(module).failed == 0
        assert doctest.testmod(module).attempted > 0


def test_every_topic_is_made_and_signed(webhooks):
    for topic in topics():
        made = webhooks.make(topic.name)
        assert made.header("X-Shopify-Topic") == topic.name
        assert made.header("X-Shopify-Hmac-Sha256") == webhooks.sign(made.body)
        assert not made.header("X-Devhook-Origin")


def test_changes_are_values_and_missing_fields_are_added(webhooks):
    made = webhooks.make(
        "orders/updated",
        {"note": None, "line_items[0].price": "1e3", "total_weight": 1.10, "custom": {"a": [1, "ü"]}},
    )

    assert made.json()["note"] is None
    assert made.json()["line_items"][0]["price"] == "1e3"
    assert made.json()["custom"] == {"a": [1, "ü"]}
    assert b'"total_weight":1.1,' in made.body


def test_totals_follow_the_changes_when_they_are_to_be_consistent(webhooks):
    before = webhooks.make("orders/updated").json()
    after = webhooks.make("orders/updated", {"line_items[0].quantity": 9}, consistent=True).json()

    assert float(after["total_price"]) > float(before["total_price"])


def test_a_payload_of_ones_own_is_sent_as_it_is(webhooks):
    assert webhooks.make("orders/updated", payload={"id": 7, "a": "/"}).json() == {"id": 7, "a": "/"}


@pytest.mark.parametrize(
    ("arguments", "options", "says"),
    [
        (("orders/update",), {}, "orders/updated"),
        (("orders/updated", {"line_items[99].price": 1}), {}, "line_items"),
        (("orders/updated", {"": 1}), {}, "not a path"),
        (("orders/updated",), {"tamper": "bodies"}, "body"),
    ],
)
def test_what_cannot_be_made_is_a_value_error_that_says_what_would_do(webhooks, arguments, options, says):
    with pytest.raises(ValueError, match=says):
        webhooks.make(*arguments, **options)


def test_the_secret_comes_from_the_environment_or_is_missed(monkeypatch):
    monkeypatch.setenv("SHOPIFY_API_SECRET", SECRET)
    assert Webhooks().secret.get_secret_value() == SECRET
    assert SECRET not in repr(Webhooks().__dict__)

    monkeypatch.delenv("SHOPIFY_API_SECRET")
    with pytest.raises(ValueError, match="SHOPIFY_API_SECRET"):
        Webhooks()


def test_equal_seeds_give_equal_ids():
    first, second = Webhooks(SECRET, seed=5), Webhooks(SECRET, seed=5)

    assert first.make("orders/paid").webhook_id == second.make("orders/paid").webhook_id
    assert first.make("orders/paid").webhook_id != first.make("orders/create").webhook_id


def test_a_recording_gives_its_requests_byte_for_byte(tmp_path, webhooks):
    made = webhooks.make("orders/paid")
    line = {
        "recording": 1,
        "received_at": "2026-11-28T09:00:00+00:00",
        "path": "/",
        "headers": [["Host", "a.example"], *map(list, made.headers)],
        "body": made.body.decode(),
        "signature": "valid",
    }
    file = tmp_path / "orders.jsonl"
    file.write_text(json.dumps(line) + "\n")

    (read,) = recorded(file)

    assert (read.topic, read.body, read.webhook_id) == ("orders/paid", made.body, made.webhook_id)
    assert not read.header("Host")
    file.write_text("no recording\n")
    with pytest.raises(ValueError, match="orders"):
        recorded(file)
