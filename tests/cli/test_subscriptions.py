"""`devhook subscriptions`: against a simulated shop, over HTTP."""

import json
import os
import pty
import re
import subprocess
import sys

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.journal import ask_lease, confirm_lease, open_leases
from devhook.simulator.admin.server import AdminFault, ShopState

# The terminal sends Ctrl+C to its own session.
ON_ITS_TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from devhook.__main__ import main
main()
"""
HOOKS = "https://hooks.example.com/webhooks"
GONE = "https://gone.ngrok-free.app/webhooks"
UNREACHABLE = "https://unknown.ngrok-free.app/webhooks"
NAME = "devhook-orders-paid-00112233"


@pytest.fixture
def inbox(tmp_path):
    return tmp_path / "kept" / "inbox"


@pytest.fixture
def lease(shop, inbox):
    """The leftovers of a killed devhook: a subscription, and its line in the journal."""

    def leave(topic="orders/paid", uri="https://box.example.com/hooks", name=NAME):
        with Inbox.open(inbox) as opened:
            lease_id = ask_lease(
                opened, shop=shop.domain, topic=topic, uri=uri, api_version="2026-10", name=name
            )
            made = shop.subscribe(topic, uri, name)
            confirm_lease(opened, lease_id, made.id)
        return made

    return leave


def test_every_subscription_of_the_app_is_listed_with_its_owner(devhook, shop, inbox, lease):
    lease()
    shop.subscribe("orders/updated", HOOKS)
    shop.subscribe("refunds/create", HOOKS, "devhook-refunds-create-99")

    done = devhook("--inbox", inbox, "subscriptions", "--json", env=shop.environment())

    assert done.returncode == 0, done.stderr
    told = {each["topic"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert {topic: each["whose"] for topic, each in told.items()} == {
        "orders/paid": "lease",
        "orders/updated": "other",
        "refunds/create": "devhook",
    }
    assert list(told["orders/updated"]) == [
        "id", "topic", "uri", "format", "name", "filter", "include_fields", "api_version",
        "requested_api_version", "created_at", "whose", "dead", "unreachable",
    ]  # fmt: skip
    assert (told["orders/paid"]["name"], told["orders/updated"]["dead"]) == (NAME, None)


def test_the_list_is_readable_without_json(devhook, shop, inbox, lease):
    lease()
    shop.subscribe("orders/updated", HOOKS)

    done = devhook("--inbox", inbox, "subscriptions", "list", env=shop.environment())

    assert done.returncode == 0
    for text in (
        "orders/updated",
        HOOKS,
        "JSON",
        "2026-10",
        NAME,
        "temporary, of this inbox",
        "not devhook's",
    ):
        assert text in done.stdout
    assert "shopify.app.toml" in done.stderr
    assert "devhook subscriptions clean" in done.stderr


def test_another_version_than_was_requested_is_said_once(devhook, shop, inbox, lease):
    shop.installation.webhooks_version = "2026-07"
    lease("orders/paid", name="devhook-1")
    lease("orders/updated", name="devhook-2")
    shop.subscribe("refunds/create", HOOKS)

    done = devhook("--inbox", inbox, "subscriptions", env=shop.environment())
    as_json = devhook("--inbox", inbox, "subscriptions", "--json", env=shop.environment())

    said = (
        "API version 2026-10 was requested, but the subscriptions to orders/paid and orders/updated have"
        " 2026-07."
    )
    assert done.stderr.count("was requested") == 1
    assert said in " ".join(done.stderr.split())
    told = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert {(each["api_version"], each["requested_api_version"]) for each in told} == {
        ("2026-07", "2026-10"),
        ("2026-07", None),
    }


def test_list_creates_no_inbox(devhook, shop, inbox):
    devhook("--inbox", inbox, "subscriptions", env=shop.environment())
    devhook("--inbox", inbox, "subscriptions", "clean", env=shop.environment())

    assert not inbox.parent.exists()


def test_a_subscription_to_a_dead_tunnel_is_marked(devhook, shop, internet):
    internet.answers = {
        "gone.ngrok-free.app": (404, {"Ngrok-Error-Code": "ERR_NGROK_3200"}),
        "well.ngrok-free.app": (200, {}),
    }
    shop.subscribe("orders/paid", GONE)
    shop.subscribe("orders/paid", "https://well.ngrok-free.app/")

    done = devhook("subscriptions", env=shop.environment(**internet.environment()))

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("a dead tunnel: ngrok has no agent for it (ERR_NGROK_3200)") == 1
    assert "clean --dead" in done.stderr


def test_clean_removes_what_the_journal_proves_and_nothing_else(devhook, shop, inbox, lease):
    lease()
    shop.subscribe("orders/updated", HOOKS)
    shop.subscribe("refunds/create", HOOKS, "devhook-refunds-create-99")

    done = devhook("--inbox", inbox, "subscriptions", "clean", env=shop.environment())

    assert done.returncode == 0, done.stderr
    assert done.stdout == "Removed orders/paid to https://box.example.com/hooks.\n"
    assert [each.topic for each in shop.subscriptions] == ["orders/updated", "refunds/create"]
    with Inbox.open(inbox) as opened:
        assert open_leases(opened) == []


@pytest.mark.parametrize("action", ["list", "clean"])
def test_a_journal_from_elsewhere_removes_nothing_and_is_listed(
    devhook, shop, inbox, lease, monkeypatch, action
):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("XDG_DATA_HOME", str(inbox.parent / "another user"))
        made = lease("orders/paid", HOOKS)

    done = devhook("--inbox", inbox, "subscriptions", action, env=shop.environment())

    assert done.returncode == 0, done.stderr
    assert [each.id for each in shop.subscriptions] == [made.id]
    assert "without a proof that this user made them on this machine" in done.stderr
    assert f"orders/paid to {HOOKS}, {made.id}" in done.stderr
    assert "webhookSubscriptionDelete" in done.stderr


def test_dead_subscriptions_are_offered_and_not_removed_without_consent(devhook, shop, internet):
    internet.answers = {"gone.ngrok-free.app": (404, {"Ngrok-Error-Code": "ERR_NGROK_3200"})}
    shop.subscribe("orders/paid", GONE)

    done = devhook("subscriptions", "clean", env=shop.environment(**internet.environment()))

    assert (done.returncode, done.stdout) == (0, "")
    assert f"orders/paid to {GONE}" in done.stderr
    assert len(shop.subscriptions) == 1


def test_a_script_removes_no_subscription_that_the_journal_does_not_prove_to_be_devhooks(
    devhook, shop, internet
):
    internet.answers = {"gone.ngrok-free.app": (404, {"Ngrok-Error-Code": "ERR_NGROK_3200"})}
    shop.subscribe("orders/paid", GONE)
    shop.subscribe("orders/create", GONE, "devhook-orders-create-99")
    environment = shop.environment(**internet.environment())

    refused = devhook("subscriptions", "clean", "--dead", env=environment)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Removing 2 subscriptions needs a confirmation in a terminal." in refused.stderr
    assert len(shop.subscriptions) == 2


def test_clean_reports_the_owners_of_the_others(devhook, shop):
    shop.subscribe("orders/paid", HOOKS, "devhook-orders-paid-99")

    done = devhook("subscriptions", "clean", env=shop.environment())

    assert done.stdout == ""
    assert "1 subscription of another devhook or inbox, which removes them" in done.stderr
    assert f"orders/paid to {HOOKS}" in done.stderr
    assert len(shop.subscriptions) == 1


@pytest.fixture
def asking(tmp_path, shop, internet):
    """Run `clean --dead` with this typed on its terminal; return its status and its output."""

    def run(typed):
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", ON_ITS_TERMINAL, "subscriptions", "clean", "--dead"],
                stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
                env={**os.environ, "HOME": str(tmp_path), **shop.environment(**internet.environment())},
                start_new_session=True,
            )  # fmt: skip
            said = ""
            while not said.endswith("[y/N]: "):
                said += process.stderr.read(1)
            os.write(ours, typed.encode())
            said += process.communicate(timeout=30)[1]
        finally:
            os.close(ours)
            os.close(theirs)
        return process.returncode, said

    return run


@pytest.mark.parametrize(
    ("typed", "status", "left"),
    [("y\n", 0, 0), ("n\n", 0, 1), ("\n", 0, 1), ("\x03", 130, 1), ("\x04", 130, 1)],
)
def test_a_person_is_asked_about_each_by_its_name(shop, internet, asking, typed, status, left):
    internet.answers = {"gone.ngrok-free.app": (404, {"Ngrok-Error-Code": "ERR_NGROK_3200"})}
    shop.subscribe("orders/paid", GONE)

    returned, said = asking(typed)

    assert returned == status, said
    assert re.search(r"Remove orders/paid to https://gone\.ngrok-free\.app/webhooks \(.*\)\? \[y/N\]", said)
    assert "Traceback" not in said
    assert len(shop.subscriptions) == left


def test_a_person_is_asked_about_an_unreachable_one_and_told_that_this_proves_nothing(shop, asking):
    shop.subscribe("orders/paid", UNREACHABLE)

    returned, said = asking("n\n")

    assert returned == 0, said
    asked = re.search(
        r"Remove orders/paid to (\S+) \(not devhook's, created [-0-9]+ [:0-9]+ UTC; (.*)\)\?", said
    )
    assert asked[1] == UNREACHABLE
    assert asked[2] == "it cannot be reached: ProxyError, perhaps because of your own network"
    assert len(shop.subscriptions) == 1


def test_a_failed_removal_is_reported_with_status_1(devhook, shop, inbox, lease):
    lease()
    shop.installation.denied = {"webhookSubscriptionDelete": "`write_x`"}

    done = devhook("--inbox", inbox, "subscriptions", "clean", env=shop.environment())

    assert done.returncode == 1
    assert "orders/paid to https://box.example.com/hooks was not removed" in done.stderr
    with Inbox.open(inbox) as opened:
        assert len(open_leases(opened)) == 1


def test_client_id_and_secret_open_the_shop_too(devhook, shop):
    environment = shop.environment(
        DEVHOOK_ACCESS_TOKEN="", SHOPIFY_API_KEY=shop.client_id, SHOPIFY_API_SECRET=shop.client_secret
    )

    assert devhook("subscriptions", env=environment).returncode == 0


def refused_token(shop):
    shop.installation.tokens.clear()


def locked(shop):
    shop.server.state = ShopState.LOCKED


def page(shop):
    shop.server.fail_next(AdminFault(status=200, body="<html>Sign in to the hotel</html>"), times=9)


@pytest.mark.parametrize(
    ("spoil", "status", "text"),
    [
        (refused_token, 3, "rejects the access token"),
        (locked, 1, "locked by Shopify"),
        (page, 4, "is not from the Admin API"),
    ],
)
def test_what_the_shop_refuses_ends_in_a_sentence_and_a_status(devhook, shop, spoil, status, text):
    spoil(shop)

    done = devhook("subscriptions", env=shop.environment())

    assert (done.returncode, done.stdout) == (status, "")
    assert text in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "arguments", "status", "text"),
    [
        ({"DEVHOOK_SHOP": ""}, [], 2, "--shop"),
        ({"DEVHOOK_SHOP": "shop.example.com"}, [], 2, "myshopify.com"),
        ({"DEVHOOK_ACCESS_TOKEN": ""}, [], 2, "DEVHOOK_ACCESS_TOKEN"),
        ({"DEVHOOK_ACCESS_TOKEN": "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"}, [], 2, "client secret"),
        ({}, ["--api-version", "2024-01"], 2, "2026-10"),
        ({}, ["--admin-origin", "http://proxy.example.com"], 2, "unencrypted"),
        ({}, ["--admin-origin", "proxy"], 2, "not an origin"),
        ({"DEVHOOK_ADMIN_ORIGIN": "http://127.0.0.1:9"}, [], 4, "could not be reached"),
        ({}, ["--dead"], 2, "clean"),
        ({}, ["clean", "--yes"], 2, "--yes"),
        ({}, ["purge"], 2, "purge"),
    ],
)
def test_every_mistake_ends_in_a_sentence_and_a_status(devhook, shop, more, arguments, status, text):
    done = devhook("subscriptions", *arguments, env=shop.environment(**more))

    assert (done.returncode, done.stdout) == (status, "")
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    for secret in (*shop.secrets, "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"):
        assert secret not in done.stderr


def test_clean_names_the_subscriptions_of_a_devhook_that_is_running(devhook, shop, inbox):
    with Inbox.open(inbox) as running:
        lease_id = ask_lease(
            running, shop=shop.domain, topic="orders/paid", uri=HOOKS, api_version="2026-10", name=NAME
        )
        made = shop.subscribe("orders/paid", HOOKS, NAME)
        confirm_lease(running, lease_id, made.id)

        done = devhook("--inbox", inbox, "subscriptions", "clean", env=shop.environment())

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert f"orders/paid to {HOOKS} is not removed: it belongs to a devhook that is running" in done.stderr
    assert len(shop.subscriptions) == 1


def test_clean_reports_unproven_leases_and_leaves_them(devhook, shop, inbox):
    with Inbox.open(inbox) as killed:
        ask_lease(killed, shop=shop.domain, topic="orders/paid", uri=HOOKS, api_version="2026-01", name="")
    shop.subscribe("orders/paid", HOOKS)

    done = devhook(
        "--inbox", inbox, "subscriptions", "clean", "--api-version", "2026-01", env=shop.environment()
    )

    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert f"Nothing proves that devhook made the subscription to orders/paid at {HOOKS}" in done.stderr
    assert len(shop.subscriptions) == 1
