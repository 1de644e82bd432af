"""`devhook doctor`: each line is ok or has a remedy; against a simulated shop, over HTTP."""

import json
import os
import socket
import stat
import sys

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.journal import ask_lease
from devhook.simulator.admin.server import AdminFault, ShopState

SECRET = "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"


@pytest.fixture
def doctor(devhook, shop):
    """The doctor's findings by check, each with its outcome and its message; and the exit status."""

    def look(*arguments, env=None, inbox=None):
        environment = shop.environment(DEVHOOK_CLIENT_SECRET=SECRET, NGROK_AUTHTOKEN="") | (env or {})
        chosen = ["--inbox", inbox] if inbox else []
        done = devhook(
            *chosen, "doctor", "--json", "--port", "0", "--tunnel", "none", *arguments, env=environment
        )
        assert "Traceback" not in done.stderr
        for value in (SECRET, *shop.secrets):
            assert value not in done.stdout + done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return {each["check"]: each for each in found}, done

    return look


def assert_in_the_way(found, check, *texts):
    assert found[check]["outcome"] == "obstacle", found
    for text in texts:
        assert text in found[check]["message"] + found[check]["hint"]


def test_without_obstacles_every_line_is_ok(doctor):
    found, done = doctor()

    assert done.returncode == 0
    assert {check: each["outcome"] for check, each in found.items()} == {
        "shop": "ok",
        "token": "ok",
        "scope orders/updated": "ok",
        "version": "ok",
        "clock": "ok",
        "leftovers": "ok",
        "secret": "ok",
        "inbox": "ok",
        "port": "ok",
    }
    assert list(found["shop"]) == ["check", "outcome", "message", "hint"]
    assert "No obstacle found." in done.stderr


def test_for_people_each_line_has_a_sign_and_a_remedy(devhook, shop):
    done = devhook("doctor", "--port", "0", "--tunnel", "none", env=shop.environment())

    assert done.stdout.startswith("✓ tin-whistles.myshopify.com answers.\n")
    assert "! No secret is set: signatures will not be checked.\n  → Set DEVHOOK_CLIENT_SECRET" in done.stdout


def test_the_token_is_named_by_kind_and_source(doctor, shop):
    by_token, _ = doctor()
    by_client, _ = doctor(
        env={
            "DEVHOOK_ACCESS_TOKEN": "",
            "SHOPIFY_API_KEY": shop.client_id,
            "DEVHOOK_CLIENT_SECRET": shop.client_secret,
        }
    )

    assert "(shpat_…), from DEVHOOK_ACCESS_TOKEN" in by_token["token"]["message"]
    assert "SHOPIFY_API_KEY and DEVHOOK_CLIENT_SECRET" in by_client["token"]["message"]


def test_a_missing_scope_is_an_obstacle(doctor, shop):
    shop.installation.scopes = frozenset({"write_orders"})

    found, done = doctor("orders/paid", "fulfillments/create", "app/uninstalled")

    assert done.returncode == 1
    assert found["scope orders/paid"]["outcome"] == "ok"
    assert found["scope app/uninstalled"]["outcome"] == "ok"
    assert_in_the_way(
        found,
        "scope fulfillments/create",
        "read_fulfillments or read_marketplace_orders",
        "granted none of them",
    )


def test_a_topic_missing_from_the_version_is_an_obstacle(doctor):
    found, _ = doctor("inventory_transfers/updated", "--api-version", "2026-04")

    assert_in_the_way(found, "scope inventory_transfers/updated", "2026-07")


@pytest.mark.parametrize(
    ("version", "text"), [("2026-04", "but not the newest"), ("2027-01", "not a stable version")]
)
def test_an_older_version_is_mentioned(doctor, version, text):
    found, done = doctor("--api-version", version)

    assert done.returncode == 0
    assert found["version"]["outcome"] == "note"
    assert text in found["version"]["message"]
    assert "--api-version 2026-10" in found["version"]["hint"]


def test_a_rejected_token_is_an_obstacle_and_the_shop_is_not(doctor, shop):
    shop.installation.tokens.clear()

    found, done = doctor()

    assert done.returncode == 1
    assert found["shop"]["outcome"] == "ok"
    assert_in_the_way(found, "token", "rejects the access token", "shpat_")
    assert found["inbox"]["outcome"] == "ok"


def test_a_locked_or_missing_shop_is_an_obstacle(doctor, shop):
    shop.server.state = ShopState.FROZEN
    frozen, _ = doctor()
    shop.server.state = ShopState.OPEN
    shop.server.fail_next(AdminFault(status=404, body={"errors": "Not Found"}))
    missing, _ = doctor()
    unreachable, _ = doctor(env={"DEVHOOK_ADMIN_ORIGIN": "http://127.0.0.1:9"})

    assert_in_the_way(frozen, "shop", "pay")
    assert_in_the_way(missing, "shop", "There is no shop")
    assert_in_the_way(unreachable, "shop", "could not be reached")


@pytest.mark.parametrize(
    ("environment", "check", "text"),
    [
        ({"DEVHOOK_SHOP": ""}, "shop", "--shop"),
        ({"DEVHOOK_SHOP": "shop.example.com"}, "shop", "myshopify.com"),
        ({"DEVHOOK_ACCESS_TOKEN": ""}, "access", "SHOPIFY_API_KEY"),
        ({"DEVHOOK_ACCESS_TOKEN": SECRET}, "access", "client secret"),
        ({"DEVHOOK_API_VERSION": "2019-04"}, "access", "2026-10"),
        ({"DEVHOOK_CLIENT_SECRET": f'"{SECRET}"'}, "secret", "quotation marks"),
        ({"DEVHOOK_CLIENT_SECRET": "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"}, "secret", "access token"),
    ],
)
def test_a_wrong_setting_is_an_obstacle(doctor, environment, check, text):
    found, done = doctor(env=environment)

    assert done.returncode == 1
    assert_in_the_way(found, check, text)
    assert found["port"]["outcome"] == "ok"


def test_leftover_subscriptions_are_reported_and_not_removed(doctor, shop, tmp_path, internet):
    inbox = tmp_path / "inbox"
    internet.answers = {"gone.ngrok-free.app": (404, {"Ngrok-Error-Code": "ERR_NGROK_3200"})}
    with Inbox.open(inbox) as opened:
        ask_lease(
            opened,
            shop=shop.domain,
            topic="orders/paid",
            uri="https://a.example.com",
            api_version="2026-10",
            name="n",
        )
    shop.subscribe("orders/paid", "https://gone.ngrok-free.app/", "devhook-orders-paid-77")

    done = doctor(inbox=inbox, env=internet.environment())[1]

    told = [json.loads(line) for line in done.stdout.splitlines()]
    messages = [each["message"] for each in told if each["check"] == "leftovers"]
    assert done.returncode == 0
    assert messages == [
        "The journal lists 1 subscription of devhook in tin-whistles.myshopify.com.",
        "1 subscription was made by devhook with another inbox.",
        "1 subscription was made for a dead tunnel.",
    ]
    assert len(shop.subscriptions) == 1


def test_a_taken_port_is_an_obstacle(doctor):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found, _ = doctor("--port", port)
    free, _ = doctor("--port", port)

    assert_in_the_way(found, "port", f"Port {port}", "--port 0")
    assert free["port"]["outcome"] == "ok"


def test_the_inbox_is_checked_and_not_created(doctor, tmp_path):
    absent, _ = doctor(inbox=tmp_path / "new" / "inbox")
    (tmp_path / "notes.txt").write_text("not an inbox\n" * 100)
    other, _ = doctor(inbox=tmp_path / "notes.txt")

    assert absent["inbox"]["outcome"] == "ok"
    assert not (tmp_path / "new").exists()
    assert_in_the_way(other, "inbox", "notes.txt")


def test_a_given_address_is_checked(doctor):
    good, _ = doctor("--public-url", "https://hooks.example.com/")
    bad, _ = doctor("--public-url", "http://localhost:4000")

    assert good["address"]["outcome"] == "ok"
    assert_in_the_way(bad, "address", "https://")


@pytest.fixture
def agent(tmp_path):
    """A program that prints the version of an ngrok agent."""

    def install(version):
        path = tmp_path / "bin" / "ngrok"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{sys.executable}\nprint('ngrok version {version}')\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{path.parent}{os.pathsep}{os.defpath}"}

    return install


def test_the_agent_is_found_and_its_version_checked(doctor, agent, tmp_path):
    none, done = doctor("--tunnel", "ngrok", env={"PATH": str(tmp_path)})
    old, _ = doctor("--tunnel", "ngrok", env=agent("3.3.1"))
    new, _ = doctor("--tunnel", "ngrok", env=agent("3.39.10"))

    assert done.returncode == 1
    assert_in_the_way(none, "ngrok", "not installed", "--public-url")
    assert_in_the_way(old, "ngrok", "too old", "ngrok update")
    assert new["ngrok"]["outcome"] == "ok"
    assert "3.39.10" in new["ngrok"]["message"]


def test_the_agents_token_is_found_and_not_shown(doctor, agent, tmp_path):
    token = "2abcDEFghiJKLmnoPQRstuVWXyz_0123456789abcdefghijk"
    none, _ = doctor("--tunnel", "ngrok", env=agent("3.39.10"))
    variable, done = doctor("--tunnel", "ngrok", env=agent("3.39.10") | {"NGROK_AUTHTOKEN": token})
    file = tmp_path / "config" / "ngrok" / "ngrok.yml"
    file.parent.mkdir(parents=True)
    file.write_text(f"version: 3\nagent:\n  authtoken: {token}\n")
    kept, _ = doctor("--tunnel", "ngrok", env=agent("3.39.10"))

    assert_in_the_way(none, "ngrok token", "ngrok config add-authtoken")
    assert "NGROK_AUTHTOKEN" in variable["ngrok token"]["message"]
    assert kept["ngrok token"]["outcome"] == "ok"
    assert token not in done.stdout + done.stderr + json.dumps(kept)


def test_the_doctor_uses_the_settings_of_listen(devhook, shop, tmp_path):
    (tmp_path / ".devhook").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / ".devhook" / "config.toml").write_text(f"[listen]\nport = {port}\n")

        done = devhook("doctor", "--tunnel", "none", env=shop.environment())

    assert f"Port {port} cannot be listened on" in done.stdout


def test_an_unknown_topic_is_a_usage_error(doctor):
    _, done = doctor("orders/update")

    assert done.returncode == 2
    assert "orders/updated" in done.stderr


def test_a_target_without_a_listener_is_an_obstacle(doctor, unused_tcp_port):
    found, done = doctor("--forward-to", f"localhost:{unused_tcp_port}/webhooks")

    assert_in_the_way(
        found, "target", f"Nothing listens at the target localhost:{unused_tcp_port}/webhooks", "your app"
    )
    assert done.returncode == 1


def test_a_target_with_a_listener_is_ok(doctor):
    with socket.create_server(("127.0.0.1", 0)) as app:
        found, _ = doctor("--route", f"orders/paid=127.0.0.1:{app.getsockname()[1]}")

    assert found["target"]["outcome"] == "ok"
