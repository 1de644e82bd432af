"""How long the screen takes to open on a large inbox: `python tests/benchmarks/screen.py`, by hand.

Opens it on a small inbox and on a large one in one run, each several times in turn: the ratio is what means
anything. `--keep FILE` uses the inbox that `filter.py --keep FILE` left, instead of making a million.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from filter import fill

from devhook.inbox.database import Inbox
from devhook.inbox.feed import Feed
from devhook.sender.latency import LatencyHistogram
from devhook.session.session import Status
from devhook.tui.app import DevhookApp
from devhook.tui.widgets.delivery_list import DeliveryList

SMALL = 1_000


class OpenSession:
    """What the screen sees of a run in which nothing comes."""

    filter_text = ""
    mask = registrations = simulated = None
    mistakable = secrets = targets = ()
    latency = LatencyHistogram()

    def __init__(self, inbox):
        self.inbox = inbox
        self._feed = Feed(inbox, after=inbox.newest())

    def read(self):
        return self._feed.read()

    def subscribed_version(self, _topic):
        return None

    def take_notices(self):
        return []

    def status(self):
        return Status(
            shop=None,
            address="http://127.0.0.1:4000",
            simulated=False,
            leases=0,
            inbox=str(self.inbox.path),
            listening_since="2026-07-04T12:00:00Z",
        )


async def opened(path):
    """The seconds from opening the inbox until the newest delivery is on the screen."""
    began = time.perf_counter()
    with Inbox.open(path) as inbox:
        app = DevhookApp(OpenSession(inbox))
        async with app.run_test(size=(140, 40)) as pilot:
            while app.screen.query_one(DeliveryList).selected is None:
                await pilot.pause()
            return time.perf_counter() - began


def main():
    options = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    options.add_argument("--count", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.db", given.keep or Path(folder) / "large.db"
        fill(small, SMALL)
        if not large.exists():
            print(f"making {given.count:,} deliveries …")
            fill(large, given.count)
        took = {small: [], large: []}
        for _ in range(given.rounds):
            for path, seconds in took.items():
                seconds.append(asyncio.run(opened(path)))
    beside, found = (statistics.median(took[path]) for path in (small, large))
    print(f"beside: {SMALL:,} deliveries open in {beside * 1000:.0f} ms")
    print(f"{'the large inbox':<22} {found * 1000:.0f} ms, {found / beside:.2f} times as long")


if __name__ == "__main__":
    main()
