"""How fast deliveries are read, and compared beside two others: `python tests/benchmarks/reading.py`.

The others are no dependency of devhook nor of its tests: `pip install deepdiff jsonpatch` first. What is not
installed is left out. `strict` is ours: 1, 1.0 and true are three values, and the items of lists are paired
by what identifies them. deepdiff pairs items by `id` too; jsonpatch knows positions only, and as neither
keeps the form of a number, both are given floats. They take turns, so that whatever else the machine does
falls on all of them; only the ratios mean anything.
"""

import argparse
import copy
import importlib.util
import json
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devhook.analysis.diff import compare
from devhook.cli.console import as_line
from devhook.cli.events import delivery_object
from devhook.inbox.database import Inbox
from devhook.inbox.readings import Reader
from devhook.resources import fixtures
from devhook.webhook.delivery import Arrival, Delivery, Signature
from devhook.webhook.payload import read_json, write_json

PAYLOADS = fixtures() / "payloads"
NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)
SMALL, LARGE = 1, 250
ROUNDS = {SMALL: 30, LARGE: 5}


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


def kinds():
    """What compares two documents, by name."""
    found = {"strict": compare}
    if importlib.util.find_spec("deepdiff"):
        from deepdiff import DeepDiff

        def deepdiff(before, after):
            return DeepDiff(before, after, iterable_compare_func=_by_id, ignore_numeric_type_changes=False)

        found["deepdiff"] = deepdiff
    if importlib.util.find_spec("jsonpatch"):
        import jsonpatch

        found["jsonpatch"] = jsonpatch.make_patch
    return found


def _by_id(one, other, level=None):
    from deepdiff.helper import CannotCompare

    try:
        return one["id"] == other["id"]
    except (KeyError, TypeError):
        raise CannotCompare from None


def comparing(lines):
    """Seconds for one comparison, the median of some, by who compares."""
    exact = order(lines)
    exact = (exact, changed(exact))
    floats = tuple(json.loads(write_json(document)) for document in exact)
    took = {name: [] for name in kinds()}
    for _ in range(ROUNDS[lines]):
        for name, comparison in kinds().items():
            before, after = exact if name == "strict" else floats
            begun = time.perf_counter()
            assert comparison(before, after)
            took[name].append(time.perf_counter() - begun)
    return {name: statistics.median(times) for name, times in took.items()}


def reading(count, versions=10):
    """Seconds for the reading of so many deliveries from the inbox's file to the readings' file."""
    document = order(2)
    with tempfile.TemporaryDirectory() as folder, Inbox.open(Path(folder) / "inbox") as inbox:
        arrivals = []
        for number in range(count):
            body = document | {
                "id": 10**15 + number // versions,
                "note": f"{number}",
                "updated_at": str(number),
            }
            moment = NOON + timedelta(seconds=number)
            headers = {
                "Content-Type": "application/json",
                "X-Shopify-Topic": "orders/updated",
                "X-Shopify-Shop-Domain": "lavender.myshopify.com",
                "X-Shopify-Webhook-Id": f"w-{number}",
                "X-Shopify-Event-Id": f"e-{number}",
                "X-Shopify-Triggered-At": moment.isoformat(),
            }
            delivery = Delivery(received_at=moment, headers=tuple(headers.items()), body=write_json(body))
            arrivals.append(Arrival(delivery=delivery, signature=Signature.VALID))
        size = len(arrivals[0].delivery.body)
        for start in range(0, count, 1000):
            inbox.add(arrivals[start : start + 1000])
        face = Reader(inbox)
        begun = time.perf_counter()
        read = 0
        while rows := face.read_new():
            read += len(rows)
        assert read == count
        return size, time.perf_counter() - begun


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
    for lines in (SMALL, LARGE):
        took = comparing(lines)
        size = len(json.dumps(order(lines), default=str))
        others = "  ".join(f"{name} {seconds / took['strict']:.1f}×" for name, seconds in took.items())
        print(f"{lines:>3} lines, {size / 1000:.0f} KB: strict {took['strict'] * 1000:.2f} ms  {others}")
    size, seconds = reading(asked.deliveries)
    each = seconds / asked.deliveries
    print(largest())
    print(f"{asked.deliveries:,} deliveries of {size / 1000:.1f} KB: {each * 1000:.2f} ms each")


if __name__ == "__main__":
    sys.exit(main())
