"""`devhook export`: deliveries of the inbox in files and on stdout."""

import json
import os
import pty
import stat
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from devhook.inbox.database import Inbox
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature
from devhook.webhook.signature import sign

ORDER = {"id": 5_000_000_000_001, "name": "#2001", "email": "grete.lamm@example.com"}


@pytest.fixture
def recorded(devhook, tmp_path):
    """Run devhook with an inbox of three deliveries of an order."""
    inbox = tmp_path / "inbox"
    with Inbox.open(inbox) as opened:
        for topic in ("orders/create", "orders/updated", "orders/paid"):
            body = json.dumps(ORDER | {"note": topic}).encode()
            headers = (("X-Shopify-Topic", topic), ("X-Shopify-Hmac-Sha256", sign("hush", body)))
            delivery = Delivery(received_at=datetime.now(UTC), headers=headers, body=body)
            opened.add([Arrival(delivery=delivery, signature=Signature.VALID, origin=Origin.SIMULATOR)])

    def run(*arguments, **more):
        return devhook("--inbox", inbox, *arguments, **more)

    return run


def test_everything_is_exported_to_stdout_as_a_recording(recorded):
    done = recorded("export")

    head, *lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert head["recording"] == 1
    assert [line["id"] for line in lines] == [1, 2, 3]
    assert {line["origin"] for line in lines} == {"simulator"}


def test_ids_and_words_select_and_the_files_name_sets_the_format(recorded, tmp_path):
    done = recorded("export", "1", "2", "3", "topic:orders/create", "--out", "a.har")

    assert done.returncode == 0
    assert done.stdout == ""
    assert "Wrote 1 delivery to a.har." in done.stderr
    assert "--mask" in done.stderr
    assert stat.S_IMODE((tmp_path / "a.har").stat().st_mode) == 0o600
    (entry,) = json.loads((tmp_path / "a.har").read_text())["log"]["entries"]
    assert entry["_devhook"]["topic"] == "orders/create"


def test_an_existing_file_is_overwritten_only_with_force(recorded, tmp_path):
    (tmp_path / "a.jsonl").write_text("mine")

    refused = recorded("export", "--out", "a.jsonl")
    kept = (tmp_path / "a.jsonl").read_text()
    done = recorded("export", "--out", "a.jsonl", "--force")

    assert (refused.returncode, kept) == (2, "mine")
    assert "a.jsonl already exists" in refused.stderr
    assert "--force" in refused.stderr
    assert done.returncode == 0
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 4
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".a.jsonl")]


def test_a_masked_export_names_its_test_secret(recorded):
    plain = recorded("export", "1")
    done = recorded("export", "1", "--mask")

    head, line = map(json.loads, done.stdout.splitlines())
    original = json.loads(json.loads(plain.stdout.splitlines()[1])["body"])
    assert head["test_secret"] == {"name": "devhook-test-secret", "value": "devhook-test-secret"}
    assert line["signed_with"] == "devhook-test-secret"
    assert "devhook-test-secret" in done.stderr
    assert original["email"]
    assert original["email"] not in done.stdout
    assert original["email"] in plain.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nonsense"], 2, ["No delivery", "nonsense"]),
        (["--as", "xml"], 2, ["'jsonl'"]),
        (["--out", "none/a.jsonl"], 1, ["none/a.jsonl cannot be written", "No such file"]),
        (["--out", "."], 2, ["directory"]),
        (["--to", "http://localhost"], 2, ["--to cannot be used with --as jsonl"]),
        (["--to", "http://a b", "--as", "curl"], 2, ["http://a b", "http://localhost:3000/webhooks"]),
    ],
)
def test_a_mistake_is_reported_and_no_file_is_created(recorded, tmp_path, arguments, status, words):
    before = set(tmp_path.iterdir())

    done = recorded("export", *arguments)

    assert (done.returncode, done.stdout) == (status, "")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    assert {file for file in tmp_path.iterdir() if file.suffix == ".jsonl"} <= before


def test_a_short_address_is_accepted(recorded):
    done = recorded("export", "1", "--as", "curl", "--to", "3000/hooks")

    assert "'http://localhost:3000/hooks'" in done.stdout


def test_an_empty_inbox_is_reported(devhook):
    done = devhook("export")

    assert done.returncode == 2
    assert "is empty" in done.stderr
    assert "devhook listen" in done.stderr


def test_a_closed_pipe_ends_the_export(recorded, tmp_path):
    done = subprocess.run(
        f"{sys.executable} -m devhook --inbox {tmp_path}/inbox export | head -1",
        shell=True, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert json.loads(done.stdout)["recording"] == 1
    assert done.stderr == ""


def test_nothing_of_a_delivery_acts_on_a_terminal(devhook, tmp_path):
    line = {
        "recording": 1,
        "received_at": "2026-07-04T12:00:00Z",
        "headers": [["X-Shopify-Topic", "orders/paid"]],
        "body": '{"note":"\u202e\u2066\u200b"}',
        "signature": "unchecked",
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    assert devhook("--inbox", "b.db", "import", "a.jsonl").returncode == 0

    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "devhook", "--inbox", "b.db", "export", "--as", "http"],
        stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.PIPE, cwd=tmp_path,
    )  # fmt: skip
    _, complaint = process.communicate(timeout=60)
    os.close(follower)
    shown = os.read(leader, 2**16).decode()
    os.close(leader)

    assert (process.returncode, complaint) == (0, b"")
    assert '{"note":"‹U+202E›‹U+2066›‹U+200B›"}' in shown
    assert "POST {{target}}/ HTTP/1.1\r\n" in shown
