"""`devhook explain`: from a file, from a pipe, from a terminal."""

import json
import os
import pty
import subprocess
import sys

import pytest

ANSWER = json.dumps(
    {
        "data": {
            "webhookSubscriptionCreate": {
                "webhookSubscription": None,
                "userErrors": [
                    {
                        "field": ["webhookSubscription"],
                        "message": "Address for this topic has already been taken",
                    },
                    {
                        "field": ["webhookSubscription", "name"],
                        "message": "Name already exists, no duplicate allowed",
                    },
                ],
            }
        }
    }
)
LEGACY = '{"errors":{"topic":["Invalid topic specified. Topics allowed: app/uninstalled"]}}'


def test_piped_text_is_explained_with_its_remedy(devhook):
    done = devhook("explain", "--topic", "orders/paid", "--shop", "acme", piped=LEGACY)

    assert done.returncode == 0
    message, remedy = done.stdout.splitlines()
    assert message == (
        "acme.myshopify.com rejects orders/paid: the app is not granted read_orders or"
        " read_marketplace_orders there."
    )
    assert remedy.startswith("  → Add the scope to the app")


def test_every_refusal_of_one_answer_is_explained(devhook, tmp_path):
    (tmp_path / "answer.json").write_text(ANSWER)

    done = devhook("explain", "answer.json", "--json")

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["code"] for each in told] == ["taken", "name_taken"]
    assert all(each["message"] and each["remedy"] for each in told)


@pytest.mark.parametrize("text", ["", "  \n", "It does not work!", "\udce4\udcff"])
def test_unrecognised_text_is_reported(devhook, tmp_path, text):
    (tmp_path / "text").write_bytes(text.encode(errors="surrogateescape"))

    done = devhook("explain", "text")

    assert (done.returncode, done.stdout) == (1, "")
    assert "devhook:" in done.stderr
    assert "Traceback" not in done.stderr


def test_foreign_text_cannot_act_on_the_terminal(devhook):
    said = "Access denied for shop field. \x1b]52;c;aGk=\x07 Required access: x"

    done = devhook("explain", piped=json.dumps({"errors": [{"message": said}]}))

    assert done.returncode == 0
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--topic", "orders/update"], "orders/updated"),
        (["--shop", "acme.example"], "myshopify.com"),
        (["no-such-file"], "no-such-file"),
    ],
)
def test_a_wrong_argument_is_a_usage_error(devhook, arguments, text):
    done = devhook("explain", *arguments, piped=ANSWER)

    assert done.returncode == 2
    assert text in done.stderr


def test_in_a_terminal_the_command_asks_for_the_text(tmp_path):
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "devhook", "explain"],
            stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
        told = process.stderr.readline()
        os.write(ours, ANSWER.encode() + b"\n\x04")
        out, _ = process.communicate(timeout=30)
    finally:
        os.close(ours)
        os.close(theirs)

    assert "Ctrl+D" in told
    assert "already delivers" in out
    assert process.returncode == 0
