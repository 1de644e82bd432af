"""`devhook log`: stored deliveries as lines and as JSON, and new ones with `--follow`."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import microseconds
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import sign


def ids(out):
    return [json.loads(line)["id"] for line in out.splitlines()]


def test_the_newest_delivery_is_last_and_a_limit_keeps_the_newest(here, deliver):
    for number in range(2001, 2006):
        deliver(name=f"#{number}")

    status, out, _ = here("log", "--limit", 2)

    assert status == 0
    first, second = [line for line in out.splitlines() if "orders/updated" in line]
    assert first.split()[0] == "4"
    assert second.split()[0] == "5"
    assert "#2005" in second


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], [1, 2, 3, 4]),
        (["topic:orders/*"], [1, 2, 4]),
        (["orders/*", "-order:#2002"], [1, 4]),
        (["-is:first"], [4]),
        (["-topic:orders/*"], [3]),
        (["-shop:acme"], []),
        (["-is:first", "--limit", "1", "changed:note"], [4]),
        (["changed:note"], [4]),
        (["body:fragile"], [4]),
        (["id:2..3 refund"], [3]),
        (["--", "-is:first"], [4]),
        (["id:1,4", "--all"], [1, 4]),
    ],
)
def test_filter_words_select_and_a_minus_is_not_an_option(here, deliver, words, found):
    deliver("orders/create")
    deliver("orders/paid", name="#2002")
    deliver("refunds/create", {"id": 7, "order_id": 5})
    deliver("orders/updated", note="Fragile!")

    status, out, err = here("log", "--json", *words)

    assert (status, ids(out)) == (0, found)
    assert ("No delivery matches." in err) is (not found)


def test_a_value_that_matches_nothing_is_corrected(here, deliver):
    deliver("orders/create", name="#1001")

    for word, question in {
        "topic:order/updated": "Did you mean topic:orders/updated?",
        "order:#1011": "Did you mean order:#1001?",
        "topic:orders/paid": "",
        "-topic:orders/*": "",
    }.items():
        status, out, err = here("log", "--json", "--", word)

        assert (status, out, err.strip()) == (0, "", f"No delivery matches. {question}".strip())


def test_an_unknown_option_is_still_rejected(here, deliver):
    deliver()

    status, out, err = here("log", "--folow", "orders")

    assert (status, out) == (2, "")
    assert "--follow" in err


def test_a_wrong_word_is_reported_with_its_position_and_the_nearest_word(here, deliver):
    deliver()

    status, out, err = here("log", "topic:orders/*", "is:duplicat")

    assert (status, out) == (2, "")
    assert "is:duplicat (column 16)." in err
    assert "is:duplicate" in err


def test_a_line_shows_the_date_when_it_changes(here, deliver, tmp_path):
    deliver()
    deliver()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with Inbox.open(tmp_path / "inbox") as inbox, inbox.writing() as connection:
        connection.execute(
            "UPDATE deliveries SET received_at = ?, checksum = -1 WHERE id = 1", (microseconds(yesterday),)
        )

    _, out, _ = here("log")

    days = [line for line in out.splitlines() if line.endswith(f"{yesterday.astimezone():%Y-%m-%d}")]
    assert out.startswith(days[0])
    assert f"{datetime.now(UTC).astimezone():%Y-%m-%d}" in out


def test_foreign_text_cannot_act_on_the_terminal(here, deliver):
    deliver("orders/\x1b]52;c;aGk=\x07", {"id": 1, "note": "\x1b[2J"})

    _, out, err = here("log")

    assert "\x1b" not in out + err
    assert "␛]52" in out


def test_a_missing_inbox_is_not_created(here, tmp_path):
    status, out, err = here("log")

    assert (status, out) == (1, "")
    assert "There is no inbox at" in err
    assert "devhook listen" in err
    assert not (tmp_path / "inbox").exists()


def test_an_empty_inbox_is_reported(here, tmp_path):
    with Inbox.open(tmp_path / "inbox"):
        pass

    assert here("log") == (0, "", "The inbox is empty. To receive deliveries: devhook listen\n")


def test_new_deliveries_are_followed_until_ctrl_c(deliver, tmp_path):
    deliver(name="#2001")
    process = subprocess.Popen(
        [sys.executable, "-m", "devhook", "--inbox", tmp_path / "inbox", "log", "-f", "--json", "-is:bad"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
    )  # fmt: skip
    try:
        first = json.loads(process.stdout.readline())
        deliver(signature=Signature.INVALID)
        deliver(name="#2002")
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()

    assert (first["id"], second["id"], second["subject"]["name"]) == (1, 3, "#2002")
    assert (process.returncode, out, err.strip()) == (130, "", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["log"],
        ["log", "--json"],
        ["wait", "--include-past", "--timeout", "0", "--count", "2"],
        ["show", "2"],
        ["show", "2", "--json"],
        ["show", "2", "--raw"],
        ["diff", "2"],
        ["diff", "1", "2", "--json"],
    ],
)
def test_with_a_mask_no_person_is_shown(here, deliver, arguments):
    for email in ("mira.sol@example.com", "otto.berg@example.com"):
        deliver(document={"id": 1, "name": "#2001", "email": email})

    status, out, err = here(*arguments, "--mask")
    _, plain, _ = here(*arguments)

    assert status == 0
    assert "otto.berg" in plain
    assert "otto.berg" not in out + err
    assert "mira.sol" not in out + err


def test_a_word_may_begin_with_a_minus_for_export_too(here, deliver):
    deliver("orders/paid")
    deliver("refunds/create")

    _, out, _ = here("export", "-topic:orders/*")

    assert [json.loads(line)["topic"] for line in out.splitlines()[1:]] == ["refunds/create"]


def test_the_mistake_behind_a_wrong_signature_is_found_once_and_kept(devhook, deliver, tmp_path):
    secret, body = "a-secret-of-the-tests", b'{"id": 5000000002001, "name": "#2001"}'
    rewritten = sign(secret, b'{"id":5000000002001,"name":"#2001"}')
    inbox = tmp_path / "inbox"
    deliver(body=body, signature=Signature.INVALID, hmac=rewritten)
    deliver(body=b'{"id":1}', signature=Signature.INVALID, hmac=sign("of another app", body))

    def summaries(*words, env=None):
        done = devhook("--inbox", inbox, "log", "--json", *words, env=env or {})
        return [json.loads(line)["summary"] for line in done.stdout.splitlines()]

    assert summaries() == ["bad signature", "bad signature"]
    with_secret = {"DEVHOOK_CLIENT_SECRET": secret}
    told, unknown = summaries(env=with_secret)
    assert told.startswith("bad signature: the body without the white space between")
    assert unknown == "bad signature"
    assert summaries() == [told, unknown]
    assert summaries(told.removeprefix("bad signature: ").split()[1]) == [told]
    assert f"  {told}" in devhook("--inbox", inbox, "log").stdout
    assert f"happened     {told}" in devhook("--inbox", inbox, "show", 1).stdout
