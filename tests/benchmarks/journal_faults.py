"""Lets each call for the journal of subscriptions fail once: `python tests/benchmarks/journal_faults.py 120`.

Needs Debian's fiu-utils. A point is one call that fails with ENOSPC or EIO while `devhook listen --shop`
subscribes in a simulated shop, renews its subscriptions, or removes them; some sessions are killed. Exits 1
where a traceback is printed, a foreign subscription is gone, a failure has no sentence, a subscription of
devhook is left that the journal does not prove, or the next session does not remove what is left.
"""

import argparse
import asyncio
import contextlib
import errno
import os
import random
import re
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

from faults import ERRORS, PATIENCE, POINTS, Faults, preload

from devhook.inbox.database import Inbox
from devhook.inbox.journal import open_leases
from devhook.simulator.admin.subscriptions import SubscriptionInput
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.shop import SimulatedShop
from devhook.user_key import data_folder

INJECTION = Path(__file__).parent / "injection"
ADDRESS = "https://demo.devhook.example"
TOPICS = ("orders/updated", "orders/paid")
# The second has no names of subscriptions: nothing but the id proves whose one is.
VERSIONS = ("2026-10", "2026-01")
# How many calls of a kind a session of two subscriptions makes for its journal, at most.
CALLS = {
    "posix/io/rw/pwrite": 30,
    "posix/io/sync/fdatasync": 7,
    "posix/io/oc/open": 12,
    "posix/io/rw/write": 1,
    "posix/io/sync/fsync": 1,
    "posix/io/dir/unlink": 1,
}
# These come only while the key is made.
OF_THE_KEY = ("posix/io/rw/write", "posix/io/sync/fsync", "posix/io/dir/unlink")
# The calls that come while a session that has its key changes the journal.
CHANGING = ("posix/io/rw/pwrite", "posix/io/sync/fdatasync", "posix/io/oc/open")
# One of so many points lies in a session of its own; the others renew the subscriptions of one session.
SESSIONS = 3
SENTENCE = re.compile(r"disk (is full|failed)|cannot be (read or made|opened|written|used)|no key could be")


class Session:
    """A process of devhook and what it has written."""

    def __init__(self, process):
        self.process = process
        self.errors = b""

    @classmethod
    async def start(cls, run, *command):
        environment = {
            **os.environ,
            "DEVHOOK_ACCESS_TOKEN": run.shop.access_token.get_secret_value(),
            "DEVHOOK_CLIENT_SECRET": run.shop.secret.get_secret_value(),
            "LD_PRELOAD": preload(),
            "PYTHONPATH": str(INJECTION),
            "PYTHON_FAULTS": str(run.folder),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, cwd=run.folder, env=environment,
        )  # fmt: skip
        return cls(process)

    async def until(self, words):
        """Read stderr until a line contains the words; return whether one did before the end."""
        while line := await self.process.stderr.readline():
            self.errors += line
            if words in line:
                return True
        return False

    async def renew(self):
        """Look for vanished subscriptions and create them again; return the sentence of each."""
        said = []
        for asked in (b"look\n", b"renew\n"):
            self.process.stdin.write(asked)
            said.append((await self.process.stdout.readline()).decode().strip())
        return said

    async def end(self, number):
        """Send the signal; return the status."""
        with contextlib.suppress(ProcessLookupError):
            if self.process.returncode is None:
                os.kill(self.process.pid, number)
        async with asyncio.timeout(PATIENCE):
            _, rest = await self.process.communicate()
        self.errors += rest
        return self.process.returncode


class Run:
    """A simulated shop with foreign subscriptions, and what all points have shown so far."""

    def __init__(self, folder, shop, seed):
        self.folder = folder
        self.shop = shop
        self.faults = Faults(folder)
        self.chance = random.Random(seed)
        self.counts = Counter()
        self.complaints = []
        self.foreign = set()

    def plant(self):
        """Subscribe as the user's own app, and as another devhook."""
        for topic, uri, name in (
            ("orders/updated", "https://app.example/hooks", None),
            ("orders/paid", f"{ADDRESS}/own", None),
            ("orders/updated", f"{ADDRESS}/other", "devhook-orders-updated-0a0b0c0d"),
        ):
            wanted = SubscriptionInput(uri=uri, name=name)
            self.foreign.add(self.shop.subscriptions.create(topic, wanted, api_version="2026-10").id)

    def ours(self):
        return [each for each in self.shop.subscriptions if each.id not in self.foreign]

    def complain(self, what, name, session=None):
        self.counts[what] += 1
        written = session.errors.decode()[-2000:] if session else ""
        self.complaints.append(f"{name}: {what}\n{written}")

    def arm(self, points):
        """Let one of these calls fail; return what it is called."""
        point, error = self.chance.choice(points), self.chance.choice(ERRORS)
        left = self.chance.randrange(CALLS[point])
        self.faults.let("session", POINTS.index(point), left, error, journal=True)
        return f"{point} {errno.errorcode[error]} after {left}"

    def disarm(self, phase):
        failed = self.faults.has_failed("session")
        self.counts[f"failed calls, {phase}" if failed else f"calls that did not come, {phase}"] += 1
        self.faults.let("session")
        return failed

    def judge(self, name):
        """Complain about foreign subscriptions that are gone, and ours that nothing proves."""
        there = {each.id for each in self.shop.subscriptions}
        if gone := self.foreign - there:
            self.complain("foreign subscriptions removed", f"{name}: {gone}")
        with Inbox.open(self.folder / "inbox") as inbox:
            leases = [lease for lease in open_leases(inbox, self.shop.domain) if lease.proven]
        for each in self.ours():
            if not any(
                each.id == lease.subscription_id or (lease.name and lease.name == each.name)
                for lease in leases
            ):
                self.complain("subscriptions left without a proof", f"{name}: {each.topic} {each.name}")
                self.shop.subscriptions.delete(each.id)

    async def session(self):
        """Let a call fail in a session that subscribes, and ends in one way or another."""
        version, killed = self.chance.choice(VERSIONS), self.chance.random() < 1 / SESSIONS
        removing = not killed and self.chance.random() < 1 / 2
        point = self.chance.choice(CHANGING[:2] if removing else tuple(CALLS))
        if point in OF_THE_KEY:
            (data_folder() / "user.key").unlink(missing_ok=True)
        name = f"{version} {'killed' if killed else 'ended'}"
        name += "" if removing else f" {self.arm((point,))}"
        session = await Session.start(
            self, "-m", "devhook", "--inbox", "inbox", "listen", *TOPICS, "--shop", self.shop.domain,
            "--admin-origin", self.shop.admin.url, "--public-url", ADDRESS, "--api-version", version,
            "--port", "0", "--json",
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            up = await session.until(b"for as long as this runs")
        if removing:
            name += f" {self.arm((point,))}"
        in_start = not removing and self.faults.has_failed("session")
        status = await session.end(signal.SIGKILL if killed else signal.SIGINT)
        failed = self.disarm("subscribing" if in_start else "removing")
        self.counts[f"sessions ended with {status}"] += 1
        if b"Traceback" in session.errors:
            self.complain("tracebacks", name, session)
        if status not in ({-signal.SIGKILL} if killed and up else {130, 1, 2} if failed else {130}):
            self.complain(f"status {status}", name, session)
        told = SENTENCE.search(session.errors.decode())
        if in_start and status in {1, 2} and not told:
            self.complain("failures without a sentence", name, session)
        if not killed and self.ours():
            self.complain("subscriptions left by an end", name, session)
        unproven = b"does not prove" in session.errors
        if not (killed and unproven):
            self.judge(name)
        self.counts["killed with a notice that nothing is proven"] += killed and unproven
        await self.clean(name)
        return failed

    async def clean(self, name):
        """Let the next session remove what is left."""
        if not self.ours():
            return
        self.counts["sessions that left a proven subscription"] += 1
        session = await Session.start(
            self, "-m", "devhook", "--inbox", "inbox", "subscriptions", "clean", "--shop", self.shop.domain,
            "--admin-origin", self.shop.admin.url,
        )  # fmt: skip
        await session.end(0)
        for each in self.ours():
            if b"without a proof" not in session.errors:
                self.complain("left by the next session", f"{name}: {each.topic} {each.name}", session)
            self.shop.subscriptions.delete(each.id)

    async def renewing(self, points):
        """Let calls of a running session fail while it renews its subscriptions."""
        for version in VERSIONS:
            share = points // len(VERSIONS)
            session = await Session.start(
                self, INJECTION / "renewing.py", "inbox", self.shop.domain, self.shop.admin.url, version,
                ADDRESS, *TOPICS,
            )  # fmt: skip
            assert await session.process.stdout.readline() == b"ready\n", (
                await session.end(signal.SIGKILL),
                session.errors,
            )
            while share > 0:
                for each in self.ours():
                    self.shop.subscriptions.delete(each.id)
                name = f"{version} renewing {self.arm(CHANGING)}"
                said = await session.renew()
                failed = self.disarm("renewing")
                self.judge(name)
                # Once the call has failed, the session goes on.
                again = await session.renew()
                self.judge(name)
                share -= failed
                if failed and said != ["done", "done"] and not SENTENCE.search(" ".join(said)):
                    self.complain(f"failures without a sentence: {said}", name, session)
                if again != ["done", "done"] or len(self.ours()) != len(TOPICS):
                    self.complain(f"subscriptions that were not renewed: {again}", name, session)
                    break
            session.process.stdin.write(b"end\n")
            status = await session.end(0)
            if status or self.ours() or b"Traceback" in session.errors:
                self.complain(f"an end with status {status}", version, session)


async def play(points, seed):
    """Play so many points, report, and return the exit status."""
    with tempfile.TemporaryDirectory() as place:
        os.environ |= {"HOME": place, "XDG_DATA_HOME": f"{place}/data"}
        async with SimulatedShop(demo_shop(), random=random.Random(seed)) as shop:
            run = Run(Path(place), shop, seed)
            run.plant()
            sessions = points // SESSIONS
            await run.renewing(points - sessions)
            while sessions > 0:
                sessions -= await run.session()
    print(*(f"{count:6} {name}" for name, count in sorted(run.counts.items())), sep="\n")
    print(*run.complaints, sep="\n")
    return 1 if run.complaints else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", type=int, nargs="?", default=120)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(asyncio.run(play(given.points, given.seed)))
