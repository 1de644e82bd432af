"""Damages the files of an inbox at random and runs every command: `python tests/benchmarks/damage.py 500`.

Each round flips one byte, or cuts one file off, in a copy of the same inbox. A command must not raise, and
with a damaged derived file it must print what it prints for the sound inbox. Exits 1 where that fails.
"""

import argparse
import contextlib
import io
import json
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devhook.cli import main
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.index import index_on
from devhook.inbox.journal import Send, add_sends, ask_lease
from devhook.inbox.readings import read_everything
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

START = datetime(2026, 7, 4, tzinfo=UTC)
COUNT = 40
DERIVED = ("readings.db", "search.db")
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
    ("export", "--salvage"),
    ("record", "1-9", "--out", "scenario.toml", "--force"),
    ("replay", "last", "--to", "http://127.0.0.1:9/"),
    ("forge", "--from", "last", "--print"),
    ("wait", "is:changed", "--include-past", "--timeout", "0"),
    ("subscriptions",),
    ("doctor",),
    ("prune", "--dry-run"),
)


def build(folder: Path) -> None:
    """Write an inbox with deliveries, answers, readings, an index, leases and sends."""
    with Inbox.open(folder) as inbox:
        for number in range(COUNT):
            order = {"id": 1001 + number % 5, "name": f"#{1001 + number % 5}", "note": f"fragile {number}"}
            headers = (
                ("X-Shopify-Topic", "orders/updated"),
                ("X-Shopify-Shop-Domain", "acme.myshopify.com"),
                ("X-Shopify-Webhook-Id", f"w-{number - number % 7 // 6}"),
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
        read_everything(inbox)
        while index_on(inbox, inbox.newest(), 100):
            pass


def run(folder: Path, command: tuple[str, ...]) -> tuple[int, str, str, str]:
    """Run a command; return its status, stdout, stderr and traceback ("" where it did not raise)."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    raised, status = "", -1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(["--inbox", str(folder), *command])
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException:  # noqa: BLE001 - what is looked for
            raised = traceback.format_exc()
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return status, texts[0], texts[1], raised


def damage(file: Path, chance: random.Random) -> str:
    """Flip one byte of a file, or cut it off; return what was done."""
    content = bytearray(file.read_bytes())
    if not content:
        return "nothing"
    place = chance.randrange(len(content))
    if chance.random() < 0.2:
        file.write_bytes(content[:place])
        return f"cut at {place}"
    content[place] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    return f"flip at {place}"


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
            for command in chance.sample(COMMANDS, 4):
                status, out, err, raised = run(damaged, command)
                found["commands"] += 1
                title = f"round {number}: {name} {what}: {' '.join(command)}"
                if raised:
                    found["tracebacks"] += 1
                    print(f"{title}\n{raised}")
                elif name in DERIVED and (status, out) != expected[command][:2]:
                    found["derived damage noticed"] += 1
                    print(f"{title}: {status} instead of {expected[command][0]}\n{err[-400:]}")
                elif status not in {0, expected[command][0]}:
                    found[f"refused with a sentence, {name}"] += 1
    print(*(f"{value:6} {key}" for key, value in sorted(found.items())), sep="\n")
    return 1 if found["tracebacks"] or found["derived damage noticed"] else 0


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
