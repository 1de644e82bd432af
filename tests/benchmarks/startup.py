"""How long devhook takes to start: `python tests/benchmarks/startup.py`.

Times from the start of the process, medians of some rounds in turn. `python` is Python without a program: the
ratios to it mean something on another machine too. The processor's time counts the process and the receiver
that it starts; it is steadier than the time where the machine is busy.
"""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pseudo_terminal import PseudoTerminal

# From the demo's first order on, signed and checked, with its answer.
FIRST = "✓200"
DEVHOOK = (sys.executable, "-P", "-m", "devhook")


def ended(*command):
    """Return how a command runs until it has ended."""

    def run(folder):
        began = time.perf_counter()
        subprocess.run(command, check=True, cwd=folder, capture_output=True)
        return time.perf_counter() - began

    return run


def listening(folder):
    """The seconds until deliveries are accepted."""
    began = time.perf_counter()
    with subprocess.Popen(
        [*DEVHOOK, "--inbox", "listening", "listen", "--port", "0", "--json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder,
    ) as process:  # fmt: skip
        ready = json.loads(process.stdout.readline())
        took = time.perf_counter() - began
        assert ready["event"] == "ready", ready
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    return took


def demonstrated(folder):
    """The seconds until the first signed delivery of the demo is on the screen."""
    terminal = PseudoTerminal("demo", cwd=folder, env={"XDG_STATE_HOME": folder})
    try:
        return terminal.seconds_until(FIRST) - terminal.began
    finally:
        terminal.close()


KINDS = {
    "python": ended(sys.executable, "-P", "-c", "pass"),
    "devhook --help": ended(*DEVHOOK, "--help"),
    "devhook log, of 40 deliveries": ended(*DEVHOOK, "--inbox", "inbox", "log"),
    "devhook listen, until it is ready": listening,
    "devhook demo, until the first delivery is on the screen": demonstrated,
}


def spent():
    """The seconds of the processor that ended children have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(rounds):
    """Return the medians of time and of the processor's time, in milliseconds, by kind."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"XDG_CONFIG_HOME": folder, "XDG_DATA_HOME": folder}
        play = [*DEVHOOK, "--inbox", "inbox", "demo", "--output", "lines"]
        subprocess.run(play, check=True, cwd=folder, capture_output=True)
        assert Path(folder, "inbox").is_dir()
        took = {kind: ([], []) for kind in KINDS}
        for _ in range(rounds):
            for kind, run in KINDS.items():
                before = spent()
                took[kind][0].append(run(folder) * 1000)
                took[kind][1].append((spent() - before) * 1000)
    return {kind: tuple(map(statistics.median, each)) for kind, each in took.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    medians = measure(given.rounds)
    python, python_processor = medians["python"]
    for kind, (milliseconds, processor) in medians.items():
        print(
            f"{milliseconds:6.0f} ms {milliseconds / python:6.1f} x python"
            f"   processor {processor:6.0f} ms {processor / python_processor:6.1f} x   {kind}"
        )


if __name__ == "__main__":
    main()
