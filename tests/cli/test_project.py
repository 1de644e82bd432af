"""Commands in a Shopify app's folder: what they use, what they only offer, and no printed value."""

import asyncio
import json
import socket

import pytest

from devhook.cli.project import current_project, suggestions

SECRET = "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"
APP = """
[build]
dev_store_url = "tin-whistles.myshopify.com"
[access_scopes]
scopes = "read_orders,write_moon"
[webhooks]
api_version = "2026-07"
[[webhooks.subscriptions]]
topics = ["orders/create", "orders/updated", "$(touch hacked)"]
compliance_topics = ["shop/redact"]
uri = "/webhooks"
"""


@pytest.fixture
def app(clean, tmp_path):
    """A folder of an app, beside its .env."""
    (tmp_path / "shopify.app.toml").write_text(APP)
    (tmp_path / ".env").write_text(f"SHOPIFY_API_KEY=0f1e2d3c\nSHOPIFY_API_SECRET={SECRET}\n")
    (tmp_path / "body.json").write_text("{}")
    return tmp_path


def test_the_client_secret_of_the_env_file_signs_and_that_is_said_without_its_value(app, devhook):
    signed = devhook("sign", "body.json")

    assert (
        signed.stdout.strip()
        == devhook("sign", "body.json", env={"SHOPIFY_API_SECRET": SECRET}).stdout.strip()
    )
    said = "From .env: the client id (SHOPIFY_API_KEY) and the client secret (SHOPIFY_API_SECRET)."
    assert signed.stderr.splitlines()[0] == said
    assert SECRET not in signed.stdout + signed.stderr


def test_the_environment_and_the_config_file_go_before_the_env_file(app, devhook):
    other = devhook(
        "sign", "body.json", env={"DEVHOOK_CLIENT_SECRET": "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"}
    )

    assert ".env" not in other.stderr
    assert other.stdout != devhook("sign", "body.json").stdout


def test_an_env_file_that_cannot_be_read_is_named_and_ends_nothing(app, devhook):
    (app / ".env").write_bytes(b"\xff")

    done = devhook("listen", "--port", "0", "--json", "--public-url", "http://not.https.example")

    assert ".env is not UTF-8." in done.stderr
    assert "Traceback" not in done.stderr


def test_listen_says_what_the_project_declares_and_what_to_type(app, devhook):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = devhook("listen", "--json", "--port", taken.getsockname()[1])

    assert "To receive them: devhook listen orders/create orders/updated\n" in refused.stderr
    assert "names a development shop. To subscribe there: --shop tin-whistles.myshopify.com" in refused.stderr
    assert "hacked" not in refused.stderr


async def test_the_app_is_offered_as_a_target_where_it_listens(app, monkeypatch, unused_tcp_port):
    (app / "requirements.txt").write_text("flask\n")
    project = current_project()
    stack = project.stack._replace(ports=(unused_tcp_port,))
    monkeypatch.setattr("devhook.cli.project.stack_of", lambda _: stack)
    assert await suggestions(project, ["orders/paid"], "acme.myshopify.com", forwards=False) == []

    async with await asyncio.start_server(lambda _, writer: writer.close(), "localhost", unused_tcp_port):
        offered = await suggestions(project, ["orders/paid"], "acme.myshopify.com", forwards=False)
        (sentence,) = offered
        assert sentence.startswith("This looks like a Flask project, and something listens at port")
        assert sentence.endswith(f"To forward to it: --forward-to {unused_tcp_port}/webhooks")
        assert await suggestions(project, ["orders/paid"], "acme.myshopify.com", forwards=True) == []


def test_the_doctor_compares_what_is_declared_with_what_is_granted_and_asked_for(app, devhook, shop):
    done = devhook("doctor", "--json", "--port", "0", "--tunnel", "none", env=shop.environment())
    told = [(each["outcome"], each["message"]) for each in map(json.loads, done.stdout.splitlines())]

    assert ("ok", "shopify.app.toml declares 3 topics and 2 scopes.") in told
    assert ("note", "shopify.app.toml declares API version 2026-07; devhook asks for 2026-10.") in told
    assert (
        "note",
        (
            "shopify.app.toml declares no customers/data_request and customers/redact. "
            "An app in the App Store needs them."
        ),
    ) in told
    assert ("note", "shopify.app.toml declares write_moon, which the shop has not granted.") in told


def test_a_broken_app_configuration_is_an_obstacle_that_names_the_file(app, devhook, shop):
    (app / "shopify.app.toml").write_text("client_id = ")
    done = devhook("doctor", "--json", "--port", "0", "--tunnel", "none", env=shop.environment())
    found = next(each for each in map(json.loads, done.stdout.splitlines()) if each["check"] == "app")

    assert found["outcome"] == "obstacle"
    assert "shopify.app.toml is not valid TOML" in found["message"]
