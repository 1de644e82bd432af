"""Commands as processes: each imports what it needs, and uses the streams of its process.

The other tests of a command run it in their own process, where every module is loaded.
"""

import json

import pytest

BODY = '{"id": 1, "name": "#2001"}'
SECRET = {"DEVHOOK_CLIENT_SECRET": "hush"}
SIGNED = "jq0ei4kK+IsDDTyhNSxX91IaouGvr8Z5+X9qCBQQLoA="


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("diff", "1", "2"), "note"),
        (("doctor", "--port", "0", "--tunnel", "none", "--json"), '"check": "inbox", "outcome": "ok"'),
        (("forge", "orders/paid", "--print", "headers"), "X-Shopify-Hmac-Sha256: "),
        (("log",), "orders/updated"),
        (("record",), "[[steps]]"),
        (("show", "last", "--json"), "orders/updated"),
        (("topics", "orders/paid"), "read_orders"),
        (("sign", "-"), SIGNED),
        (("verify", "-", "--hmac", SIGNED), "valid"),
    ],
)
def test_a_command_writes_its_data_to_stdout(devhook_process, deliver, tmp_path, arguments, told):
    deliver(note="before")
    deliver(note="after")

    done = devhook_process("--inbox", tmp_path / "inbox", *arguments, env=SECRET, piped=BODY)

    assert told in done.stdout, done.stderr
    assert "Traceback" not in done.stderr


def test_a_wait_without_a_delivery_is_reported_on_stderr_with_its_status(devhook_process, deliver, tmp_path):
    deliver()

    done = devhook_process("--inbox", tmp_path / "inbox", "wait", "--timeout", "0.1")

    assert (done.returncode, done.stdout) == (124, "")
    assert done.stderr


@pytest.mark.smoke
def test_a_pruned_delivery_is_gone_for_the_next_process(devhook_process, deliver, tmp_path):
    deliver()

    pruned = devhook_process("--inbox", tmp_path / "inbox", "prune", "--all")
    left = devhook_process("--inbox", tmp_path / "inbox", "log", "--json")

    assert pruned.returncode == 0, pruned.stderr
    assert [json.loads(line) for line in left.stdout.splitlines()] == []
