"""`devhook prune`: the oldest deliveries removed by hand."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from devhook.inbox.database import Inbox
from devhook.webhook.delivery import Arrival, Delivery, Signature


@pytest.fixture(scope="module")
def six(tmp_path_factory):
    """An inbox with six deliveries of six days, almost 1 MiB each."""
    path = tmp_path_factory.mktemp("six") / "a.db"
    with Inbox.open(path) as inbox:
        for days in range(5, -1, -1):
            delivery = Delivery(
                received_at=datetime.now(UTC) - timedelta(days=days, hours=1), body=os.urandom(2**20 - 1000)
            )
            inbox.add([Arrival(delivery=delivery, signature=Signature.UNCHECKED)])
    return path


@pytest.fixture
def left(six, tmp_path):
    """The ids that are left in a copy of `six`."""
    shutil.copytree(six, tmp_path / "a.db")

    def ids():
        with Inbox.open(tmp_path / "a.db") as inbox:
            return [row.id for row in inbox.rows()]

    return ids


def test_deliveries_beyond_a_bound_are_removed_and_counted(devhook, left):
    for bounds, ids, said in (
        ([], [1, 2, 3, 4, 5, 6], "nothing to remove"),
        (
            ["--keep-days", "0", "--keep-count", "0", "--keep-bytes", "0"],
            [1, 2, 3, 4, 5, 6],
            "without a bound",
        ),
        (["--keep-bytes", str(5 * 2**20)], [2, 3, 4, 5, 6], "Removed 1 delivery with 1,023.7 KiB"),
        (["--keep-bytes", "3.5 MiB"], [4, 5, 6], "Removed 2 deliveries with 2 MiB"),
        (["--keep-bytes", "3M"], [4, 5, 6], "nothing to remove"),
        (["--keep-days", "2"], [5, 6], "Removed 1 delivery"),
        (["--keep-count", "1"], [6], "Removed 1 delivery"),
        (["--all"], [], "Removed 1 delivery"),
    ):
        done = devhook("--inbox", "a.db", "prune", *bounds)

        assert done.returncode == 0, done.stderr
        assert said in done.stderr
        assert left() == ids, bounds


def test_the_quota_of_untrusted_deliveries_is_an_option(devhook, tmp_path):
    unsigned = Arrival(delivery=Delivery(received_at=datetime.now(UTC)), signature=Signature.MISSING)
    with Inbox.open(tmp_path / "a.db") as inbox:
        inbox.add([unsigned] * 10)

    done = devhook("--inbox", "a.db", "prune", "--keep-count", "10", "--keep-untrusted", "40", "--dry-run")
    assert "Would remove 6 deliveries" in done.stderr
    (tmp_path / "c.toml").write_text("[listen]\nkeep_count = 10\nkeep_untrusted = 70\n")
    done = devhook("--config", "c.toml", "--inbox", "a.db", "prune")
    assert "Removed 3 deliveries" in done.stderr
    refused = devhook("--inbox", "a.db", "prune", "--keep-untrusted", "101")
    assert refused.returncode == 2


def test_a_dry_run_removes_nothing(devhook, left):
    done = devhook("--inbox", "a.db", "prune", "--keep-count", "2", "--dry-run")

    told = "Would remove 4 deliveries with 4 MiB from a.db: those without a valid signature first"
    assert told in done.stderr
    assert len(left()) == 6


def test_the_bounds_of_listen_hold_here_too(devhook, left, tmp_path):
    (tmp_path / "c.toml").write_text('[listen]\nkeep_count = 3\nkeep-bytes = "2M"\n')

    devhook("--config", "c.toml", "--inbox", "a.db", "prune")

    assert left() == [5, 6]


@pytest.mark.parametrize(
    "arguments",
    [["--keep-bytes", "many"], ["--keep-bytes", "-1"], ["--keep-days", "-1"], ["--keep-days", "soon"]],
)
def test_an_invalid_bound_is_rejected(devhook, left, arguments):
    done = devhook("--inbox", "a.db", "prune", *arguments)

    assert done.returncode == 2
    assert arguments[0] in done.stderr
    assert len(left()) == 6


@pytest.mark.thorough
def test_an_inbox_that_is_exported_pruned_and_imported_is_what_it_was(devhook, left, tmp_path):
    before = devhook("--inbox", "a.db", "export").stdout
    (tmp_path / "all.jsonl").write_text(before)
    devhook("--inbox", "a.db", "prune", "--all")

    devhook("--inbox", "a.db", "import", "all.jsonl")
    after = devhook("--inbox", "a.db", "export").stdout

    told, again = ([json.loads(line) for line in text.splitlines()[1:]] for text in (before, after))
    assert [line.pop("id") for line in told] == [1, 2, 3, 4, 5, 6]
    assert [line.pop("id") for line in again] == [7, 8, 9, 10, 11, 12]
    assert told == again
