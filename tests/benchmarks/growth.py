"""What each operation costs against the size of the inbox: `python tests/benchmarks/growth.py`.

Makes inboxes of 1,000, 100,000 and 1,000,000 deliveries as filter.py does, and measures each operation on all
of them in one run. An operation is flat where a thousand times as many deliveries take less than twice the
processor's time, or less than a millisecond more; each that is not flat is named. Receiving, retention and
export are for the same number of deliveries in each inbox. `--keep FOLDER` keeps the inboxes there, and uses
those that were kept.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from filter import NOW, PAGE, WORDS, fill
from screen import opened

from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.database import Inbox
from devhook.inbox.readings import read_everything
from devhook.inbox.recorded import recorded
from devhook.inbox.retention import remove_oldest
from devhook.inbox.timeline import timeline
from devhook.recordings.curl import write_curl
from devhook.webhook.delivery import Arrival, Delivery, Signature

SIZES = (1_000, 100_000, 1_000_000)
VERSIONS = 2_000
BATCH = 200
FLAT, SLACK = 2.0, 1.0


def versions(inbox):
    """Add an order with many versions, as the receiver and a reader would."""
    arrivals = []
    for number in range(VERSIONS):
        moment = NOW + timedelta(seconds=number)
        headers = (
            ("Content-Type", "application/json"),
            ("X-Shopify-Topic", "orders/updated"),
            ("X-Shopify-Shop-Domain", "lavender.myshopify.com"),
            ("X-Shopify-Webhook-Id", f"v-{number}"),
            ("X-Shopify-Triggered-At", moment.isoformat()),
        )
        body = json.dumps({"id": 77, "name": "#77", "note": f"{number}", "updated_at": moment.isoformat()})
        delivery = Delivery(received_at=moment, headers=headers, body=body.encode())
        arrivals.append(Arrival(delivery=delivery, signature=Signature.VALID, status=200))
    inbox.add(arrivals)
    read_everything(inbox)
    return arrivals


def milliseconds(work, rounds=5):
    """Return the median of the processor's time of some rounds."""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1000)
    return statistics.median(took)


def operations(inbox, arrivals):
    """Yield the name of each operation, and what does it."""
    yield f"the newest {PAGE}", lambda: inbox.rows(limit=PAGE, newest_first=True)
    newest = inbox.rows(limit=1, newest_first=True)[0]
    yield f"timeline of an order with {VERSIONS:,} versions", lambda: timeline(inbox, newest)
    newest_ids = range(newest.id, newest.id - BATCH, -1)
    yield f"export {BATCH} deliveries", lambda: list(write_curl(recorded(inbox, each) for each in newest_ids))
    for words in WORDS:
        if words:
            search = Search(inbox, Filter.parse(words, NOW))
            yield f"filter {words}", lambda search=search: search.newest(PAGE)
    # After the filters, which look into deliveries that nobody has read yet.
    yield f"receive {BATCH} deliveries", lambda: inbox.add(arrivals[:BATCH])
    yield "remove the 10 oldest", lambda: remove_oldest(inbox, _oldest(inbox) + 10)


def _oldest(inbox):
    return inbox.rows(limit=1)[0].id


def measure(path):
    """Return the milliseconds of each operation on an inbox."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(folder) / "inbox"
        shutil.copytree(path, copy)
        screen = statistics.median(asyncio.run(opened(copy)) for _ in range(3)) * 1000
        found = {"first frame of the screen (in all)": screen}
        with Inbox.open(copy) as inbox:
            arrivals = versions(inbox)
            for name, work in operations(inbox, arrivals):
                found[name] = milliseconds(work)
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--size", type=int, action="append", help="Default: 1,000, 100,000 and 1,000,000.")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    sizes = given.size or SIZES
    with tempfile.TemporaryDirectory() as folder:
        kept = given.keep or Path(folder)
        kept.mkdir(exist_ok=True)
        found = {}
        for size in sizes:
            path = kept / f"inbox-{size}"
            if not path.exists():
                print(f"making {size:,} deliveries …", file=sys.stderr, flush=True)
                # A run that is interrupted must not leave a part as the whole.
                unfinished = path.with_name(f"{path.name}-unfinished")
                shutil.rmtree(unfinished, ignore_errors=True)
                fill(unfinished, size)
                unfinished.rename(path)
            found[size] = measure(path)
    print(f"{'milliseconds':50}" + "".join(f"{size:>12,}" for size in sizes))
    grown = []
    for name in found[sizes[0]]:
        least, most = found[sizes[0]][name], found[sizes[-1]][name]
        flat = most < FLAT * least or most - least < SLACK
        grown += [] if flat else [f"{name} ({most / least:.1f} x)"]
        line = "".join(f"{found[size][name]:12.2f}" for size in sizes)
        print(f"{name:50}{line}  {'flat' if flat else 'grows'}")
    print(f"not flat: {', '.join(grown) or 'nothing'}")


if __name__ == "__main__":
    main()
