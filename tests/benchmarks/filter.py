"""How long a filter takes on a large inbox: `python tests/benchmarks/filter.py`, by hand.

Makes so many deliveries without the receiver, reads and indexes them as a face would, and asks each kind of
word for its newest page. `beside` is the same page without a filter: the ratios are what means anything.
`--keep FILE` leaves the inbox there, and uses one that was left.
"""

import argparse
import json
import statistics
import tempfile
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devhook.filter.language import Filter
from devhook.filter.search import Search
from devhook.inbox.database import Inbox
from devhook.inbox.index import add_rows
from devhook.inbox.tokens import tokens_in_body

NOW = datetime(2026, 7, 4, 12, tzinfo=UTC)
PAGE = 50
PORTION = 20_000
TOPICS = ("orders/updated",) * 12 + ("orders/create", "orders/paid", "fulfillments/create", "refunds/create")
SHOPS = ("lavender.myshopify.com",) * 3 + ("harbour-lane.myshopify.com",)
PATHS = (
    "financial_status\ntotal_price",
    "fulfillment_status\nline_items[TEE-M].fulfillable_quantity",
    "note",
    "tags",
)
WORDS = (
    "", "topic:orders/*", "topic:refunds/create", "topic:refunds/create is:late", "is:late", "is:bad",
    "is:duplicate topic:refunds/create", "-is:changed -is:first", "origin:forged",
    "shop:harbour-lane is:late", "answered:>=400", "answered:503", "-topic:orders/*", "order:#1001",
    "order:#83000", "order:#8300?", "subject:5500000083000",
    "webhook:0417000f-9f2c-4b37-8a5f-bf7d70bcd043", "event:e-0417000", "#83000",
    "0417000f", "417", "5500000083000", "55", "00", "0", "#8", "zz", "q", "nothing-like-it",
    "changed:financial_status",
    "changed:discount_codes", "changed:*quantity", "changed:nothing", "since:10m", "before:2026-07-01",
    "since:2026-06-28 before:2026-06-29", "before:2026-07-01 is:late", "id:41", "id:100..200", "body:gift",
    "body:rarely", "body:rare*", "body:nothing", "body:gift is:late topic:refunds/create", "lavender gift",
    "-lavender", "-body:gift", "orders/updated late -#1001", "is:late changed:tags", "is:late changed:note",
)  # fmt: skip


def facts(number, count):
    """The delivery that has this id: nearly all are usual, every 997th was late, and so on."""
    topic, shop = TOPICS[number % len(TOPICS)], SHOPS[number % len(SHOPS)]
    order = number // 12
    signature = "invalid" if number % 4999 == 7 else "valid"
    rare = {997: "late", 499: "duplicate", 5: "unchanged"}
    verdict = next((verdict for each, verdict in rare.items() if number % each == 0), "changed")
    if number % 12 == 0:
        verdict = "first"
    paths = PATHS[number // 5 % len(PATHS)] if verdict in {"changed", "late"} else ""
    if number % 99_991 == 3 and paths:
        paths += "\ndiscount_codes[SPRING].amount"
    return {
        "id": number,
        "received_at": int((NOW - timedelta(seconds=(count - number) * 2)).timestamp() * 1_000_000),
        "topic": topic,
        "shop": shop,
        "webhook_id": f"{number:07}f-9f2c-4b37-8a5f-bf7d70bcd043",
        "event_id": f"e-{number // 2:07}",
        "signature": signature,
        "origin": "forged" if number % 50_021 == 5 else "shopify",
        "status": 401 if signature == "invalid" else 503 if number % 10_007 == 1 else 200,
        "subject": str(5_500_000_000_000 + order),
        "name": f"#{order}",
        "verdict": verdict,
        "paths": paths,
    }


def body_of(told):
    note = ("rarely" if told["id"] % 250_007 == 11 else "gift") if told["id"] % 3 == 0 else None
    return json.dumps({"id": int(told["subject"]), "name": told["name"], "note": note}).encode()


def fill(path, count):
    """Write the three files as receiver and reader would, in large transactions."""
    with Inbox.open(path) as inbox:
        for start in range(1, count + 1, PORTION):
            many = [facts(number, count) for number in range(start, min(start + PORTION, count + 1))]
            with inbox.writing() as connection:
                connection.executemany(
                    "INSERT INTO deliveries (id, received_at, method, path, topic, shop, webhook_id,"
                    " event_id, signature, origin, size) VALUES (:id, :received_at, 'POST', '/', :topic,"
                    " :shop, :webhook_id, :event_id, :signature, :origin, 300)",
                    many,
                )
                connection.executemany(
                    "INSERT INTO bodies (delivery_id, headers, body) VALUES (?, ?, ?)",
                    [
                        (
                            each["id"],
                            '[["Content-Type", "application/json"]]',
                            zlib.compress(body_of(each), 1),
                        )
                        for each in many
                    ],
                )
                connection.executemany(
                    "INSERT INTO answers (delivery_id, by, status, at)"
                    " VALUES (:id, 'receiver', :status, :received_at)",
                    many,
                )
            with inbox.writing() as connection:
                connection.executemany(
                    "INSERT INTO readings.readings (delivery_id, trusted, shop, webhook_id, kind, subject,"
                    " name, document, version, verdict, change_count, hint, unreadable, changed, says,"
                    " summary, discreet, redundant) VALUES (:id,"
                    " :signature = 'valid', :shop, :webhook_id, 'order', :subject, :name, 'order',"
                    " :received_at * 1000, :verdict, 2 * (:verdict = 'changed'), '', '', :paths, '',"
                    " 'paid 64.00', 'paid 64.00', 0)",
                    many,
                )
            rows = inbox.rows(after=start - 1, limit=PORTION)
            said = [tokens_in_body(body_of(each), "application/json") for each in many]
            with inbox.writing() as connection:
                connection.execute("UPDATE search.progress SET delivery = ?, answer = ?", (rows[-1].id,) * 2)
                add_rows(connection, zip(rows, said, strict=True))


def milliseconds(work, rounds):
    """The fastest and the median of some rounds, and what the last one found."""
    took = []
    for _ in range(rounds):
        before = time.perf_counter()
        found = work()
        took.append((time.perf_counter() - before) * 1000)
    return min(took), statistics.median(took), found


def ask(path, rounds):
    with Inbox.open(path) as inbox:
        _, opening, _ = milliseconds(lambda: inbox.rows(limit=PAGE, newest_first=True), rounds)
        print(f"beside: the newest {PAGE} of {inbox.newest():,}  {opening:.1f} ms")
        for words in WORDS:
            search = Search(inbox, Filter.parse(words, NOW))
            first, median, found = milliseconds(lambda search=search: search.newest(PAGE), rounds)
            mark = "!" if median > 100 else " "
            print(f"{mark} {median:8.1f} ms (fastest {first:8.1f}, x{median / opening:6.1f})"
                  f" {len(found):3} found  {words or '(no words)'}", flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.keep or Path(folder) / "inbox"
        if not path.exists():
            before = time.perf_counter()
            fill(path, given.deliveries)
            print(f"made in {time.perf_counter() - before:.0f} s")
        for file in sorted(path.parent.glob(f"{path.stem}*")):
            print(f"{file.stat().st_size / 2**20:8.0f} MiB  {file.name}")
        ask(path, given.rounds)


if __name__ == "__main__":
    main()
