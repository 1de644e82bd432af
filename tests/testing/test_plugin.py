"""The pytest plugin, in a pytest of its own: its fixtures, its settings, and that it loads nothing unused."""

import os
import subprocess
import sys

import pytest

SUITE = """
import sys

def test_nothing_is_loaded_before_a_fixture_is_used():
    assert [name for name in sys.modules if name.startswith("devhook.")] == ["devhook.pytest_plugin"]

def test_the_fixtures_sign_with_the_configured_secret(shopify_webhooks, shopify_shop):
    assert shopify_webhooks.secret.get_secret_value() == "shpss_of_the_suite"
    assert shopify_webhooks.path == "/hooks"
    (request, *_) = shopify_shop.check_out()
    assert request.header("X-Shopify-Hmac-Sha256") == shopify_webhooks.sign(request.body)
"""


@pytest.mark.smoke
@pytest.mark.thorough
def test_a_suite_uses_the_fixtures_without_an_import(tmp_path):
    (tmp_path / "test_suite.py").write_text(SUITE)
    settings = "shopify_client_secret = shpss_of_the_suite\nshopify_webhook_path = /hooks\n"
    (tmp_path / "pytest.ini").write_text(f"[pytest]\n{settings}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(tmp_path)],
        capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
