"""Runs all benchmarks in turn and writes one table: `python tests/benchmarks/all.py --out benchmarks.txt`.

It begins with the machine, because only ratios within one run mean anything elsewhere. The load average
stands before each part: with other work on the machine, times and rates are worth less than the processor's
times. `--quick` runs all parts with fewer rounds, to see that they run.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
# The script, its arguments, and those of a quick run.
PARTS = (
    ("startup.py", "", "--rounds 2"),
    ("receiver.py", "", "--rounds 1 --seconds 1"),
    ("peers.py", "", "--rounds 1 --seconds 2"),
    ("reading.py", "", "--deliveries 500"),
    ("replay.py", "", "--deliveries 1000 --rounds 1"),
    ("flood.py", "", "--rate 200 --seconds 5"),
    ("filter.py", "", "--deliveries 20000 --rounds 1"),
    ("screen.py", "", "--count 20000 --rounds 2"),
    ("growth.py", "", "--size 1000 --size 20000"),
)
SYNCS = 100


def processor():
    """The model of the processor."""
    info = Path("/proc/cpuinfo")
    found = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
    return found[0] if found else platform.processor() or platform.machine()


def sync_time():
    """The median milliseconds that the disk takes to write 4 KB for good."""
    took = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(SYNCS):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def machine():
    """Describe the machine."""
    return (
        f"{processor()}, {len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}, a sync of 4 KB takes {sync_time():.2f} ms"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--out", type=Path, help="Write the table here too.")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=[name for name, *_ in PARTS])
    given = parser.parse_args()
    written = [machine()]
    print(written[0], flush=True)
    failed = False
    for name, usual, quick in PARTS:
        if given.only and name not in given.only:
            continue
        arguments = (quick if given.quick else usual).split()
        load = os.getloadavg()[0]
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, HERE / name, *arguments], stdout=subprocess.PIPE, text=True, check=False
        )
        failed = failed or done.returncode != 0
        outcome = "" if done.returncode == 0 else f", FAILED with status {done.returncode}"
        title = f"{name} {' '.join(arguments)}".rstrip()
        took = time.perf_counter() - began
        written.append(
            f"\n== {title} (load {load:.1f} before, {took:.0f} s{outcome})\n{done.stdout.rstrip()}"
        )
        print(written[-1], flush=True)
        if given.out:
            given.out.write_text("\n".join(written) + "\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
