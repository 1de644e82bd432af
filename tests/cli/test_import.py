"""`devhook import`: recordings and HAR files into the inbox."""

import json
import subprocess
import sys

import pytest

from devhook.inbox.database import Inbox
from devhook.webhook.signature import sign

LINE = {
    "recording": 1,
    "received_at": "2025-07-04T12:00:00.000001+00:00",
    "path": "/hooks",
    "headers": [["X-Shopify-Topic", "orders/paid"], ["X-Shopify-Shop-Domain", "acme.myshopify.com"]],
    "body": '{"id":1,"name":"#1001"}',
    "signature": "valid",
    "signed_with": "client secret",
    "origin": "shopify",
    "answers": [{"by": "receiver", "at": "2025-07-04T12:00:00.000002+00:00", "status": 200}],
}


@pytest.fixture
def recording(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text(f"{json.dumps(LINE)}\n" * 3)
    return file


@pytest.mark.thorough
def test_an_export_is_imported_unchanged(devhook, tmp_path):
    devhook("--inbox", "one.db", "demo")
    first = devhook("--inbox", "one.db", "export").stdout
    (tmp_path / "a").write_text(first)

    done = devhook("--inbox", "two.db", "import", "a")
    second = devhook("--inbox", "two.db", "export").stdout

    assert done.returncode == 0
    assert "Imported 34 into two.db: deliveries 1 to 34." in done.stderr
    assert second == first


def test_an_import_from_a_pipe_is_read_completely(devhook_process, tmp_path, recording):
    done = devhook_process("--inbox", "a.db", "import", "-", piped=recording.read_text())

    assert done.returncode == 0
    with Inbox.open(tmp_path / "a.db") as inbox:
        assert [(row.id, row.verdict, row.subject.name) for row in inbox.rows()] == [
            (1, "first", "#1001"),
            (2, "unchanged", "#1001"),
            (3, "unchanged", "#1001"),
        ]


def test_the_posts_of_a_har_file_are_checked_with_the_secret_that_is_known(devhook, tmp_path):
    body = str(LINE["body"])
    headers = [*LINE["headers"], ["X-Shopify-Hmac-Sha256", sign("hush", body.encode())]]
    line = LINE | {"headers": headers, "signature": "unchecked", "signed_with": None}
    (tmp_path / "a.jsonl").write_text(json.dumps(line))
    devhook("--inbox", "a.db", "import", "a.jsonl")
    devhook("--inbox", "a.db", "export", "--out", "a.har")

    done = devhook("--inbox", "b.db", "import", "a.har", env={"DEVHOOK_CLIENT_SECRET": "hush"})

    assert done.returncode == 0
    with Inbox.open(tmp_path / "b.db") as inbox:
        assert [(row.signature, row.signed_with) for row in inbox.rows()] == [("valid", "client secret")]


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (None, 2, ["a.jsonl cannot be read", "No such file"]),
        ("", 2, ["a.jsonl is empty"]),
        ("hello", 2, ["a.jsonl, line 1", "not valid JSON"]),
        (f"{json.dumps(LINE)}\n{{}}\n", 2, ["a.jsonl, line 2", "recording", "Nothing was imported"]),
        (json.dumps(LINE | {"recording": 7}), 2, ["line 1", "version 7", "pip install --upgrade devhook"]),
        ('{"recording":1,"made_by":"devhook 0"}', 2, ["The files contain no delivery"]),
    ],
)
def test_a_wrong_file_is_reported_with_its_line_and_nothing_is_imported(
    devhook, tmp_path, content, status, words
):
    if content is not None:
        (tmp_path / "a.jsonl").write_text(content)

    done = devhook("--inbox", "a.db", "import", "a.jsonl")

    assert (done.returncode, done.stdout) == (status, "")
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    with Inbox.open(tmp_path / "a.db") as inbox:
        assert inbox.newest() == 0


def test_text_of_a_file_cannot_act_on_the_terminal(devhook, tmp_path):
    (tmp_path / "a\x1b[31m").write_text(json.dumps(LINE | {"signature": "\x1b]52;c;aGk=\x07"}))

    done = devhook("--inbox", "a.db", "import", "a\x1b[31m")

    assert done.returncode == 2
    assert "\x1b" not in done.stderr


@pytest.mark.thorough
def test_import_and_prune_are_rejected_while_a_run_listens(devhook, clean, tmp_path, recording):
    command = [sys.executable, "-m", "devhook", "--inbox", "a.db", "listen", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--keep-days", "0", "--keep-bytes", "5M"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean,
    ) as process:  # fmt: skip
        try:
            while "stored in" not in (line := process.stderr.readline()):
                assert line
            importing = devhook("--inbox", "a.db", "import", recording)
            pruning = devhook("--inbox", "a.db", "prune", "--all")
        finally:
            process.terminate()
        out, _ = process.communicate(timeout=60)
    afterwards = devhook("--inbox", "a.db", "import", recording)

    assert line.endswith("a.db, at most 100,000 deliveries and 5 MiB.\n")
    assert (importing.returncode, pruning.returncode) == (1, 1)
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["ready"]
    for done in (importing, pruning):
        assert "Another devhook is writing to the inbox" in done.stderr
        assert "--inbox FOLDER" in done.stderr
    assert afterwards.returncode == 0
