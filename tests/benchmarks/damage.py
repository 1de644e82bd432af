"""Damages the files of an inbox at random and runs every command: `python tests/benchmarks/damage.py 500`.

Each round damages one file in a copy of the same inbox: a flipped bit, zeros, a cut, a value of a wrong type,
or a schema that is not ours. A command must not raise. With a damaged derived file it must print what it
prints for the sound inbox. Exits 1 where that fails. With damaged deliveries it prints that too, or says that
they are damaged; where it does neither, the round is reported.
"""

import argparse
import contextlib
import difflib
import io
import json
import random
import shutil
import sqlite3
import sys
import tempfile
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from devhook.cli import main
from devhook.errors import DevhookError
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.feed import Feed
from devhook.inbox.index import index_on
from devhook.inbox.journal import Link, Send, add_sends, ask_lease, keep_links, open_leases, sends
from devhook.inbox.readings import read_everything
from devhook.inbox.statistics import DeliveryCounter
from devhook.inbox.timeline import Around, timeline
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

START = datetime(2026, 7, 4, tzinfo=UTC)
COUNT = 40
DERIVED, DELIVERIES = ("readings.db", "search.db"), "deliveries.db"
TRACEBACK, NOTICED = "tracebacks", "derived damage noticed"
NOT_NOTICED = "damaged deliveries not noticed"
FAULTS = (TRACEBACK, NOTICED)
SALVAGE = ("export", "--salvage")
FEED, STATISTICS = "the feed", "the statistics"
PRUNE = ("prune", "--keep-count", "30", "--keep-days", "0")
COMMANDS = (
    ("log",),
    ("log", "--json"),
    ("log", "is:changed", "note"),
    ("log", "body:fragile"),
    ("show", "last"),
    ("show", "7", "--json"),
    ("diff", "20"),
    ("export",),
    ("export", "--as", "har", "is:changed"),
    SALVAGE,
    ("record", "1-9", "--out", "scenario.toml", "--force"),
    ("replay", "last", "--to", "http://127.0.0.1:9/"),
    ("forge", "--from", "last", "--print"),
    ("wait", "is:changed", "--include-past", "--timeout", "0"),
    ("subscriptions",),
    ("doctor",),
    ("prune", "--dry-run"),
    PRUNE,
    (FEED,),
    (STATISTICS,),
)


def show_feed(inbox: Inbox) -> None:
    """Print what an output of `devhook listen` gets."""
    feed = Feed(inbox, after=0)
    while update := feed.read():
        for row in (*update.new, *update.answered):
            print(row)
            reading = inbox.reading(row.id)
            print(reading, inbox.answers(row.id), timeline(inbox, row), Around.of(inbox, row, reading))
        print(update.removed)


def show_statistics(inbox: Inbox) -> None:
    """Print what the screen shows besides the deliveries."""
    read_everything(inbox)
    print(DeliveryCounter(inbox).count(), sends(inbox), open_leases(inbox))


SCREENS = {FEED: show_feed, STATISTICS: show_statistics}


def build(folder: Path) -> None:
    """Write an inbox with deliveries, answers, readings, an index, leases and sends."""
    with Inbox.open(folder) as inbox:
        for number in range(COUNT):
            order = {"id": 1001 + number % 5, "name": f"#{1001 + number % 5}", "note": f"fragile {number}"}
            headers = (
                ("X-Shopify-Topic", "orders/updated"),
                ("X-Shopify-Shop-Domain", "acme.myshopify.com"),
                ("X-Shopify-Webhook-Id", f"w-{number - number % 7 // 6}"),
                ("X-Shopify-Event-Id", f"e-{number // 2}"),
                ("X-Shopify-Triggered-At", (START + timedelta(minutes=number)).isoformat()),
                ("Content-Type", "application/json"),
            )
            body = json.dumps(order | {"lines": ["x" * 40] * 40}).encode()
            delivery = Delivery(received_at=START, path="/hooks", headers=headers, body=body)
            answer = Answer(status=200, headers=(("Server", "app"),), body=b"fine", seconds=0.1)
            ids = inbox.add([Arrival(delivery=delivery, signature=Signature.VALID, status=200)])
            inbox.add([], [Answered(delivery_id=ids[0], by="http://localhost:3000", at=START, answer=answer)])
            sent = Send(sent_at=START, origin=Origin.REPLAY, url="http://x/", delivery_id=ids[0],
                        topic="orders/updated", headers=headers, body=body, answer=answer)  # fmt: skip
            add_sends(inbox, [sent])
        ask_lease(inbox, shop="acme.myshopify.com", topic="orders/updated", uri="https://x.example/",
                  api_version="2026-07", name="devhook-orders-updated-1")  # fmt: skip
        part = {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/7", "status": "open"}}
        headers = (
            ("X-Shopify-Topic", "fulfillment_orders/order_routing_complete"),
            ("X-Shopify-Shop-Domain", "acme.myshopify.com"),
        )
        delivery = Delivery(received_at=START, headers=headers, body=json.dumps(part).encode())
        inbox.add([Arrival(delivery=delivery, signature=Signature.VALID, status=200)] * 2)
        keep_links(
            inbox, "acme.myshopify.com", [Link(fulfillment_order="7", order_id="1001", order_name="#1001")]
        )
        read_everything(inbox)
        while index_on(inbox, inbox.newest(), 100):
            pass


class Ran(NamedTuple):
    """What a command did; `raised` is its traceback, "" where it did not raise."""

    status: int
    out: str
    err: str
    raised: str


def judged(name: str, command: tuple[str, ...], ran: Ran, expected: Ran) -> str:
    """Return the fault of what a command did with the damaged file `name`, "" for none."""
    differs = ran.out != expected.out
    if ran.raised:
        return TRACEBACK
    if name in DERIVED and (differs or ran.status != expected.status):
        return NOTICED
    # What is salvaged and what is kept depends on what is damaged.
    if name == DELIVERIES and ran.status == 0 and differs and command not in {PRUNE, SALVAGE}:
        return NOT_NOTICED
    return ""


def run(folder: Path, command: tuple[str, ...]) -> Ran:
    """Run a command."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    raised, status = "", -1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            if command[0] in SCREENS:
                with Inbox.open(folder) as inbox:
                    SCREENS[command[0]](inbox)
                status = 0
            else:
                main(["--inbox", str(folder), *command])
        except DevhookError as error:
            print(error.message, file=sys.stderr)
            status = error.status
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:  # noqa: BLE001 - what is looked for
            raised = traceback.format_exc()
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return Ran(status, texts[0], texts[1], raised)


def flip(file: Path, chance: random.Random) -> str:
    """Flip one bit."""
    content = bytearray(file.read_bytes())
    place = chance.randrange(len(content))
    content[place] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    return f"flip at {place}"


def cut(file: Path, chance: random.Random) -> str:
    """Cut the file off."""
    place = chance.randrange(file.stat().st_size)
    with file.open("r+b") as opened:
        opened.truncate(place)
    return f"cut at {place}"


def zeros(file: Path, chance: random.Random) -> str:
    """Overwrite a sector."""
    place = chance.randrange(file.stat().st_size // 512) * 512
    with file.open("r+b") as opened:
        opened.seek(place)
        opened.write(bytes(512))
    return f"zeros at {place}"


def wrong_type(file: Path, chance: random.Random) -> str:
    """Write a value of another type into one column of all rows or of one, as a shipped file may have it."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        table = chance.choice([name for (name,) in found])
        columns = [name for _, name, *_ in connection.execute(f'PRAGMA table_info("{table}")')]
        column = chance.choice(columns)
        value = chance.choice(
            [b"\xff\x00", "no number", "", -1, 2**62, 0.5, None, "[1", '{"a": 1}', "x" * 100_000]
        )
        rows = chance.choice(["", f" WHERE rowid = {chance.randrange(1, COUNT)}"])
        what = f"{table}.{column} = {value!r:.20}{rows}"
        try:
            connection.execute(f'UPDATE "{table}" SET "{column}" = ?{rows}', (value,))
        except sqlite3.Error as error:
            what += f" refused: {error}"
    return what


def schema(file: Path, chance: random.Random) -> str:
    """Take away a table or column, or add something."""
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        table = chance.choice([name for (name,) in found])
        columns = [name for _, name, *_ in connection.execute(f'PRAGMA table_info("{table}")')]
        statement = chance.choice(
            [
                f'DROP TABLE "{table}"',
                f'ALTER TABLE "{table}" RENAME COLUMN "{chance.choice(columns)}" TO elsewhere',
                f'ALTER TABLE "{table}" ADD COLUMN more TEXT',
                f'CREATE TRIGGER extra BEFORE INSERT ON "{table}" BEGIN SELECT RAISE(IGNORE); END',
                "CREATE VIEW extra AS SELECT 1",
                "PRAGMA user_version = 999",
                "PRAGMA application_id = 7",
            ]
        )
        try:
            connection.execute(statement)
        except sqlite3.Error as error:
            statement += f" refused: {error}"
    return statement


DAMAGES = (flip, flip, flip, cut, zeros, wrong_type, schema)


def damage(file: Path, chance: random.Random) -> str:
    """Damage a file in one of the ways; return what was done."""
    return chance.choice(DAMAGES)(file, chance)


def rounds(count: int, seed: int) -> int:
    """Run the rounds, report the numbers, and return the exit status."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        sound = Path(place) / "sound"
        build(sound)
        expected = {command: run(_copy(sound), command) for command in COMMANDS}
        for number in range(count):
            chance = random.Random(seed * 1_000_003 + number)
            files = sorted(each.name for each in sound.iterdir() if each.suffix == ".db")
            name = chance.choice(files)
            found[f"damaged {name}"] += 1
            damaged = _copy(sound)
            what = damage(damaged / name, chance)
            # What removes deliveries comes last.
            for command in sorted(chance.sample(COMMANDS, 4), key=PRUNE.__eq__):
                ran = run(damaged, command)
                found["commands"] += 1
                if fault := judged(name, command, ran, expected[command]):
                    found[fault] += 1
                    print(f"round {number}: {name} {what}: {' '.join(command)}: {fault}")
                    print(ran.raised or ran.err[-400:], difference(expected[command].out, ran.out), sep="\n")
                elif ran.status not in {0, expected[command].status}:
                    found[f"refused with a sentence, {name}"] += 1
    print(*(f"{value:6} {key}" for key, value in sorted(found.items())), sep="\n")
    return 1 if any(found[each] for each in FAULTS) else 0


def difference(before: str, after: str) -> str:
    """Return the first lines that differ."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "\n".join(line[:200] for line in list(lines)[2:8])


def _copy(sound: Path) -> Path:
    copy = sound.with_name("damaged")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(sound, copy)
    return copy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=500)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(rounds(given.rounds, given.seed))
