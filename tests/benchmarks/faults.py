"""Lets each write, sync, open and rename of a session fail once: `python tests/benchmarks/faults.py 300`.

Needs Debian's fiu-utils. A point is one call of one kind, in the receiver or in the session, that fails with
ENOSPC or EIO while deliveries come. Some points lie in the start of a session. Exits 1 where a delivery that
was answered 200 is not in the inbox or is not shown, where a process ends, or where a traceback is printed.
"""

import argparse
import asyncio
import contextlib
import errno
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections import Counter
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).parent / "injection"))
from sitecustomize import NOTHING, ORDER, POINTS

from devhook.webhook.signature import sign

SECRET = "a secret for tests"
KINDS = ("receiver", "session")
ERRORS = (errno.ENOSPC, errno.EIO)
# One of so many points lies in the start of a session.
STARTS = 6
DELIVERIES = 6
PATIENCE = 20
# The calls that come while a session runs; the others come only in its start.
RUNNING = ("posix/io/rw/pwrite", "posix/io/sync/fdatasync")


def preload():
    """Return the library that libfiu preloads, from where `fiu-run` has it."""
    script = shutil.which("fiu-run")
    assert script, "apt-get install fiu-utils"
    folder = re.search(r'^PLIBPATH="(.+)"', Path(script).read_text(), re.MULTILINE)[1]
    return f"{folder}/fiu_posix_preload.so"


class Faults:
    """The orders for the two processes: which call fails."""

    def __init__(self, folder):
        self._folder = folder
        for kind in KINDS:
            self.let(kind)

    def let(self, kind, point=NOTHING, left=0, error=0, *, journal=False):
        """Let a call fail; by default let all of them pass."""
        with (self._folder / kind).open("r+b" if (self._folder / kind).exists() else "w+b") as file:
            file.write(ORDER.pack(point, left, error, 0, journal))

    def has_failed(self, kind):
        return bool(ORDER.unpack((self._folder / kind).read_bytes())[3])


class Session:
    """A running `devhook listen --json`."""

    def __init__(self, process, url):
        self.process = process
        self.url = url
        self.shown = set()
        self.errors = b""
        self.status = None
        self._printed = asyncio.Event()

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, folder):
        """Start it, and end it with SIGINT. `url` is "" where it did not start."""
        environment = {
            **os.environ,
            "HOME": str(folder),
            "DEVHOOK_CLIENT_SECRET": SECRET,
            "LD_PRELOAD": preload(),
            "PYTHONPATH": str(Path(__file__).parent / "injection"),
            "PYTHON_FAULTS": str(folder),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "devhook", "--inbox", str(folder / "inbox"), "listen", "--port", "0",
            "--json", "--keep-count", "400", stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=folder, env=environment,
        )  # fmt: skip
        session = cls(process, "")
        try:
            async with asyncio.timeout(PATIENCE):
                while line := await process.stderr.readline():
                    session.errors += line
                    if found := re.search(rb"Listening on (http://\S+?)/", line):
                        session.url = found[1].decode()
                        break
            reading = [asyncio.ensure_future(session._read_out()), asyncio.ensure_future(session._read_err())]
            yield session
        finally:
            # Not send_signal: that takes the status of a process that has just ended from asyncio.
            with contextlib.suppress(ProcessLookupError):
                if process.returncode is None:
                    os.kill(process.pid, signal.SIGINT)
            try:
                async with asyncio.timeout(PATIENCE):
                    await asyncio.gather(*reading)
                    session.status = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()

    async def shows(self, ids):
        """Wait until it has printed these deliveries."""
        while not ids <= self.shown:
            self._printed.clear()
            await self._printed.wait()

    async def _read_out(self):
        while line := await self.process.stdout.readline():
            event = json.loads(line)
            if event["event"] == "delivery":
                self.shown.add(event["id"])
            self._printed.set()

    async def _read_err(self):
        while line := await self.process.stderr.readline():
            self.errors += line


class Run:
    """What all points have shown so far."""

    def __init__(self, folder, seed):
        self.folder = folder
        self.faults = Faults(folder)
        self.chance = random.Random(seed)
        self.counts = Counter()
        self.complaints = []
        self._number = 0

    async def send(self, url):
        """Send a delivery; return its Webhook-Id and what was answered."""
        self._number += 1
        webhook_id = f"w-{self._number}"
        body = json.dumps({"id": self._number % 7, "name": "#1", "note": f"{self._number}"}).encode()
        headers = {
            "X-Shopify-Topic": "orders/updated",
            "X-Shopify-Shop-Domain": "acme.myshopify.com",
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Hmac-Sha256": sign(SECRET, body),
        }
        async with aiohttp.ClientSession() as client, client.post(url, data=body, headers=headers) as answer:
            return webhook_id, answer.status

    async def acknowledged(self, session, count):
        """Send so many deliveries; return the ids of those that were answered 200."""
        answers = [await self.send(session.url) for _ in range(count)]
        self.counts.update(f"answered {status}" for _, status in answers)
        return {webhook_id for webhook_id, status in answers if status == 200}

    def arm(self, points):
        """Let one of these calls fail, soon; return its process and its name."""
        kind = self.chance.choice(KINDS)
        point = POINTS.index(self.chance.choice(points))
        error = self.chance.choice(ERRORS)
        left = self.chance.randrange(12 if POINTS[point] in RUNNING else 2)
        self.faults.let(kind, point, left, error)
        return kind, f"{kind} {POINTS[point]} {errno.errorcode[error]} after {left}"

    def disarm(self, kind, name):
        failed = self.faults.has_failed(kind)
        self.counts["failed calls" if failed else "calls that did not come"] += 1
        if failed:
            self.counts[f"failed {name.rsplit(' ', 3)[0]}"] += 1
        self.faults.let(kind)
        return failed

    def require_kept(self, webhook_ids, name):
        """Return the ids of deliveries that must be in the inbox."""
        with contextlib.closing(sqlite3.connect(self.folder / "inbox" / "deliveries.db")) as inbox:
            kept = dict(inbox.execute("SELECT webhook_id, id FROM deliveries").fetchall())
        if lost := webhook_ids - set(kept):
            self.counts["lost"] += len(lost)
            self.complaints.append(f"{name}: lost {sorted(lost)}")
        return {kept[each] for each in webhook_ids if each in kept}

    async def in_the_middle(self, session, points):
        """Let calls of a running session fail."""
        everything = set()
        while points:
            kind, name = self.arm(RUNNING)
            there = await self.acknowledged(session, DELIVERIES)
            points -= self.disarm(kind, name)
            there |= await self.acknowledged(session, 2)
            if session.process.returncode is not None:
                self.complaints.append(f"{name}: the session has ended")
                return
            everything |= self.require_kept(there, name)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await session.shows(everything)
        if hidden := everything - session.shown:
            self.counts["not shown"] += len(hidden)
            self.complaints.append(f"not shown: {sorted(hidden)}")

    async def in_the_start(self):
        """Let a call fail while a session starts or ends."""
        kind, name = self.arm(POINTS)
        if "rename" in name:
            # A repaired journal is renamed.
            with (self.folder / "inbox" / "journal.db").open("r+b") as journal:
                journal.write(bytes(16))
        async with Session.start(self.folder) as session:
            there = await self.acknowledged(session, 2) if session.url else set()
            failed = self.disarm(kind, f"{name}")
        self.judge(session, name, {130, 1} if failed else {130})
        self.require_kept(there, name)
        return failed

    def judge(self, session, name, statuses):
        if b"Traceback" in session.errors:
            self.counts["tracebacks"] += 1
            self.complaints.append(f"{name}:\n{session.errors.decode()[-3000:]}")
        elif session.status not in statuses:
            self.complaints.append(f"{name}: status {session.status}\n{session.errors.decode()[-600:]}")
        self.counts[f"sessions ended with {session.status}"] += 1


async def run(points, seed):
    """Run so many points, report, and return the exit status."""
    with tempfile.TemporaryDirectory() as place:
        state = Run(Path(place), seed)
        starts = points // STARTS
        async with Session.start(state.folder) as session:
            await state.in_the_middle(session, points - starts)
        state.judge(session, "in the middle", {130})
        while starts:
            starts -= await state.in_the_start()
    print(*(f"{count:6} {name}" for name, count in sorted(state.counts.items())), sep="\n")
    print(*state.complaints, sep="\n")
    return 1 if state.complaints else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", type=int, nargs="?", default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    # A shell lets what it starts in the background ignore SIGINT, and its children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(asyncio.run(run(given.points, given.seed)))
