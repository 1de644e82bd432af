import os
import subprocess
import sys

import pytest

from devhook.recordings.export_format import sendable
from devhook.recordings.masked import TEST_SECRET
from devhook.recordings.pytest_module import write_pytest
from devhook.webhook.delivery import Signature

QUIETLY = ["-q", "-p", "no:cacheprovider", "-W", "error"]


def pytest_in(folder, environment):
    """Run pytest without the plugins of this environment: importing them takes longer than the tests."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", *QUIETLY],
        cwd=folder, env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Write the module and run pytest on it as it stands: `run([deliveries], WEBHOOK_URL=…)`."""

    def run(deliveries, test_secret=None, **environment):
        (tmp_path / "test_webhooks.py").write_text(
            "\n".join(write_pytest(deliveries, "test_webhooks.py", test_secret)) + "\n", encoding="utf-8"
        )
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("WEBHOOK_")}
        return pytest_in(tmp_path, {**clean, **environment})

    return run


def test_it_runs_as_it_stands_and_finds_a_byte_that_was_altered(run, delivered, tmp_path):
    done = run([delivered(1), delivered(2, body=bytes(range(256)) * 3), delivered(3, body=b"", headers=())])

    assert done.returncode == 0, done.stdout
    assert "3 passed, 6 skipped" in done.stdout

    module = tmp_path / "test_webhooks.py"
    module.write_text(module.read_text().replace("#2001", "#2002"))
    altered = pytest_in(tmp_path, {**os.environ})

    assert "FAILED" in altered.stdout
    assert "test_the_recording_is_whole" in altered.stdout


def test_with_an_endpoint_it_sends_the_bytes_and_headers_that_came(run, delivered, wire):
    headers = (("x-b", "1"), ("X-Shopify-Topic", "orders/paid"), ("x-B", "\xff'\""), ("x-b", "1"))
    deliveries = [
        delivered(1),
        delivered(2, body=bytes(range(256)) * 3),
        delivered(3, headers=headers, body=b"'\"\\x41"),
    ]

    done = run(deliveries, WEBHOOK_URL=f"{wire.url}/hooks?x=1", WEBHOOK_SECRET="hush")

    assert "8 passed" in done.stdout
    assert "1 failed" in done.stdout  # the third is not signed
    connection = {"host", "content-length"}
    assert [
        (path, [each for each in headers if each[0].lower() not in connection], body)
        for _, path, headers, body in wire.requests
    ] == [("/hooks?x=1", sendable(each.delivery), each.delivery.body) for each in deliveries]


def test_what_was_not_signed_right_must_be_refused(run, delivered, wire):
    done = run([delivered(signature=Signature.INVALID)], WEBHOOK_URL=wire.url)

    assert done.returncode == 1
    assert "assert 200 == 401" in done.stdout


def test_masked_it_knows_the_secret(run, delivered):
    done = run([delivered()], TEST_SECRET)

    assert "1 failed" in done.stdout  # signed with another one here
    assert "1 passed, 1 skipped" in done.stdout


def test_names_that_strangers_chose_are_only_names(delivered):
    headers = (("X-Shopify-Topic", "'''\n__import__('os')"), ("X-A", '"""\\'))

    text = "\n".join(write_pytest([delivered(headers=headers)], 'a".py'))

    assert text.isascii()
    compile(text, "a", "exec")
    assert "__import__" not in text.replace("('X-Shopify-Topic', \"'''\\n__import__('os')\")", "")
