"""What it costs to read deliveries, and to compare versions beside two others, by hand.

`python tests/benchmarks/reading.py`. All times are CPU times, which other work on the machine disturbs less;
only the ratios within one run mean anything. A delivery is read when it is in the search index too.
"""

import argparse
import copy
import importlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devhook.analysis.diff import compare
from devhook.cli.console import as_line
from devhook.cli.events import delivery_object
from devhook.inbox.database import Inbox
from devhook.inbox.index import index_position
from devhook.inbox.readings import Reader
from devhook.resources import fixtures
from devhook.webhook.delivery import Arrival, Delivery, Signature
from devhook.webhook.payload import read_beside, read_json, write_json

PAYLOADS = fixtures() / "payloads"
NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
JSON = "application/json"
PEERS = ("deepdiff", "jsonpatch")
SMALL, LARGE = 1, 250
ROUNDS = 5
# Seconds that one of them is measured at a time.
SHORTEST = 0.05


def order(lines):
    """An order as Shopify writes it, with so many lines."""
    document = read_json((PAYLOADS / "orders" / "create.json").read_bytes())
    line = document["line_items"][0]
    document["line_items"] = [
        copy.deepcopy(line) | {"id": 10**17 + n, "sku": f"SKU-{n}"} for n in range(lines)
    ]
    return document


def changed(document):
    """The next version: a note, the payment, one line's rest."""
    after = copy.deepcopy(document) | {"note": "ring twice", "financial_status": "paid", "updated_at": "x"}
    after["line_items"][-1]["fulfillable_quantity"] = 0
    return after


def installed(folder):
    """Install deepdiff and jsonpatch into an environment of their own, and make them importable."""
    venv.create(folder, with_pip=True)
    python = Path(folder) / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
    report = subprocess.run(
        [python, "-c", "import site; print(site.getsitepackages()[0])"],
        check=True,
        capture_output=True,
        text=True,
    )
    sys.path.append(report.stdout.strip())


def by_id(one, other, level=None):
    helper = importlib.import_module("deepdiff.helper")
    try:
        return one["id"] == other["id"]
    except (KeyError, TypeError):
        raise helper.CannotCompare from None


def comparisons(before, after):
    """What makes the changes of a new body, by name; each has parsed the body before it already.

    `strict` keeps 1, 1.0 and true apart, and pairs items by what identifies them. deepdiff pairs them by
    `id` too; jsonpatch knows positions only. Neither keeps the form of a number.
    """
    old, _, known = read_beside(before, JSON, ())
    new, _, _ = read_beside(after, JSON, known)
    alone, alone_too = read_json(before), read_json(after)
    plain, plain_too = json.loads(before), json.loads(after)
    deepdiff, jsonpatch = map(importlib.import_module, PEERS)

    def by_deepdiff(one, other):
        return deepdiff.DeepDiff(one, other, iterable_compare_func=by_id, ignore_numeric_type_changes=False)

    return {
        "of two parsed versions": {
            "strict": lambda: compare(old, new),
            "deepdiff": lambda: by_deepdiff(plain, plain_too),
            "jsonpatch": lambda: jsonpatch.make_patch(plain, plain_too),
            "strict, of versions that were not parsed one beside the other": lambda: compare(
                alone, alone_too
            ),
        },
        "of a parsed version and the bytes of the next one": {
            "strict": lambda: compare(old, read_beside(after, JSON, known)[0]),
            "deepdiff": lambda: by_deepdiff(plain, json.loads(after)),
            "jsonpatch": lambda: jsonpatch.make_patch(plain, json.loads(after)),
        },
    }


def comparing(lines):
    """Print what it costs to compare a new version of an order with the one before."""
    document = order(lines)
    before, after = write_json(document), write_json(changed(document))
    for what, those in comparisons(before, after).items():
        took = {name: [] for name in those}
        for _ in range(ROUNDS):
            # In turns, so that whatever else the machine does falls on all of them.
            for name, comparison in those.items():
                seconds, number = 0, 0
                while seconds < SHORTEST:
                    begun = time.process_time()
                    assert comparison()
                    seconds += time.process_time() - begun
                    number += 1
                took[name].append(seconds / number * 1000)
        medians = {name: statistics.median(times) for name, times in took.items()}
        print(f"changes {what}, {lines} lines, {len(after) / 1000:.0f} KB:")
        for name, milliseconds in medians.items():
            print(f"    {milliseconds:8.3f} ms  {milliseconds / medians['strict']:7.1f} ×  {name}")


def filled(inbox, count, versions=10):
    """Write so many deliveries into an inbox: versions of orders with two lines. Returns a body's size."""
    document = order(2)
    arrivals = []
    for number in range(count):
        body = document | {"id": 10**15 + number // versions, "note": f"{number}", "updated_at": str(number)}
        moment = NOON + timedelta(seconds=number)
        headers = {
            "Content-Type": JSON,
            "X-Shopify-Topic": "orders/updated",
            "X-Shopify-Shop-Domain": "lavender.myshopify.com",
            "X-Shopify-Webhook-Id": f"w-{number}",
            "X-Shopify-Event-Id": f"e-{number}",
            "X-Shopify-Triggered-At": moment.isoformat(),
        }
        delivery = Delivery(received_at=moment, headers=tuple(headers.items()), body=write_json(body))
        arrivals.append(Arrival(delivery=delivery, signature=Signature.VALID))
    for start in range(0, count, 1000):
        inbox.add(arrivals[start : start + 1000])
    return len(arrivals[0].delivery.body)


def reading(count, at_once):
    """Print what it costs to read so many deliveries, and to index them: nothing is left for later."""
    with tempfile.TemporaryDirectory() as folder, Inbox.open(Path(folder) / "inbox") as inbox:
        size = filled(inbox, count)
        reader = Reader(inbox)
        begun = time.process_time()
        rows = indexed = 0
        while rows < count or indexed < count:
            rows += len(reader.read_new(at_once))
            indexed = index_position(inbox).delivery
        each = (time.process_time() - begun) / count * 1000
        print(
            f"{count:,} deliveries of {size / 1000:.1f} KB, {at_once:3} at once: {each:.2f} ms each, indexed"
        )


def largest():
    """How a body is read that differs from the one before in 290,000 fields."""
    with tempfile.TemporaryDirectory() as folder, Inbox.open(Path(folder) / "inbox") as inbox:
        reader = Reader(inbox)
        for number in range(2):
            document = {"id": 1, **{f"f{field}": field * 10 + number for field in range(290_000)}}
            moment = NOON + timedelta(seconds=number)
            headers = (("X-Shopify-Topic", "orders/updated"), ("X-Shopify-Webhook-Id", f"w-{number}"))
            delivery = Delivery(received_at=moment, headers=headers, body=write_json(document))
            inbox.add([Arrival(delivery=delivery, signature=Signature.VALID)])
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            begun = time.perf_counter()
            (row,) = reader.read_new()
        seconds = time.perf_counter() - begun
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
        line = len(as_line(delivery_object(row, inbox.reading(row.id))))
        return (
            f"{len(delivery.body) / 10**6:.1f} MB with {row.change_count:,} changes: {seconds:.2f} s, "
            f"{memory:.0f} MB of memory, {line / 10**6:.2f} MB of JSON"
        )


def main():
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--deliveries", type=int, default=10_000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        installed(folder)
        for lines in (SMALL, LARGE):
            comparing(lines)
    print(largest())
    # A burst, and what comes while somebody works.
    for at_once in (200, 4):
        reading(asked.deliveries, at_once)


if __name__ == "__main__":
    sys.exit(main())
