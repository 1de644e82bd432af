"""A session whose disk fails: each write, sync, open and rename, once."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "faults.py"


@pytest.mark.tools
def test_a_call_that_fails_loses_no_delivery_and_ends_no_session(tmp_path):
    ran = subprocess.run(
        [sys.executable, SCRIPT, "20", "--seed", "1"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "20 failed calls" in ran.stdout
