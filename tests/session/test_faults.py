"""A session whose disk fails: each write, sync, open and rename, of the inbox and of its journal, once."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "benchmarks"


def printed(script, points, folder):
    """What a script prints that has found no fault."""
    ran = subprocess.run(
        [sys.executable, SCRIPTS / script, str(points), "--seed", "1"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.tools
def test_a_call_that_fails_loses_no_delivery_and_ends_no_session(tmp_path):
    assert "20 failed calls" in printed("faults.py", 20, tmp_path)


@pytest.mark.tools
def test_a_call_for_the_journal_that_fails_leaves_no_subscription_without_a_proof(tmp_path):
    assert "8 failed calls, renewing" in printed("journal_faults.py", 12, tmp_path)
