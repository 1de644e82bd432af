"""The blocks of the README and of the manual, and the pictures, made from the program itself.

`python tests/documents.py` writes them. A block stands between `<!-- name -->` and `<!-- end -->`.
"""

import asyncio
import json
import os
import re
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import click

from devhook.cli.console import as_line
from devhook.cli.events import delivery_object
from devhook.cli.root import root
from devhook.cli.settings import SETTINGS
from devhook.errors import ExitStatus
from devhook.filter.words import help_entries
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.feed import FeedUpdate
from devhook.inbox.readings import Reader
from devhook.inbox.statistics import Tally
from devhook.resources import manual
from devhook.scenario.loading import load_scenario, scenario_names
from devhook.scenario.model import (
    FAULTS,
    LATE,
    Action,
    AnswerStep,
    Deliver,
    Expectation,
    RetryStep,
    Scenario,
    Step,
)
from devhook.sender.latency import LatencyHistogram
from devhook.session.demo import PUBLIC_ORIGIN
from devhook.session.session import Status, TargetState
from devhook.signature_doctor.digests import FORMS
from devhook.signature_doctor.mistakes import MISTAKES
from devhook.signature_doctor.secret_mistakes import SECRET_MISTAKES, WITHOUT_SECRET
from devhook.simulator.admin.subscriptions import SubscriptionInput
from devhook.simulator.orders.actions import TOPICS
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.shop import SimulatedShop
from devhook.tui.app import DevhookApp
from devhook.tui.keys import key_rows, places
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Arrival, Delivery, Origin
from devhook.webhook.signature import Secret, check
from devhook.webhook.topics import topics

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
MANUAL = manual()
SCREENSHOTS = ROOT / "screenshots"
START = datetime(2026, 11, 24, 14, 2, 11, 204_000, tzinfo=UTC)
QUOTED = ("quotation_mark", *"customer", "quotation_mark")
# (file, columns, lines, the keys pressed before the picture is taken, what it waits for: the forge compares
# once nothing has been typed for a moment)
PICTURES = (
    ("demo", 132, 38, ("j",) * 11),
    ("payload", 132, 38, (*("j",) * 11, "right")),
    # The newest delivery is of the order whose whole life is shown.
    ("timeline", 132, 48, ("left",), "fulfilment unfulfilled"),
    ("answer", 132, 38, (*("j",) * 3, "left", "left")),
    (
        "forge",
        132,
        38,
        ("j", "e", *("down",) * 6, "end", "left", *("backspace",) * 4, *QUOTED),
        'null → "customer"',
    ),
    ("statistics", 132, 46, ("t",)),
    ("narrow", 80, 24, ("j",) * 11),
    ("help", 132, 50, ("question_mark",)),
)
# What stands in a picture for its caption to be true.
SHOWN = {
    "demo": ("what happened", "Changes", "#1001", "duplicate of", "late:", "bad signature"),
    "payload": ("Payload", '~ "note" : "Please leave it with the neighbours'),
    "timeline": ("orders/create", "orders/paid", "orders/edited", "fulfillments/create", "money", "payment"),
    "answer": ("The sender was answered 200", '"received": true', "http://localhost:3000/webhooks"),
    "forge": ('null → "customer"',),
    "statistics": ("Topics",),
    "narrow": ("Changes", "#1001"),
    "help": ("Everywhere", "In the list"),
}


class CannedSession:
    """A session in which the same things happen at the same times whenever it is made."""

    filter_text = ""
    mask = None
    present = None
    mistakable = ()
    reads_only = False
    targets = ()
    # There is one, so its key is shown; no picture opens it.
    registrations = object()
    retries = ()

    def __init__(self, inbox):
        self.inbox = inbox
        self.moment = START
        self.simulated = SimulatedShop(demo_shop(), random=Random(11), clock=lambda: self.moment)
        self.simulated.delivery_worker = self
        self.secrets = (Secret(name="simulated shop's client secret", value=self.simulated.secret),)
        self._reader = Reader(inbox)
        for topic in TOPICS:
            wish = SubscriptionInput(uri=f"{PUBLIC_ORIGIN}/webhooks")
            self.simulated.subscriptions.create(topic, wish, api_version="2026-10")

    async def happen(self):
        """An order's first hour: a delivery comes twice, one is late, one is forged."""
        scenario = load_scenario("order-lifecycle")
        for step in scenario.steps[:8]:
            await self.act(step.do, after=step.after)
        await self.act(Action.NOTE, fault=LATE)
        await self.act(Action.NOTE, fault="duplicate")
        await self.act(Action.CHECK_OUT)
        await self.act(Action.NOTE, fault="body")
        await self.act(Action.FULFIL, order_id=next(iter(self.simulated.orders)))
        self._reader.read_new()

    async def act(self, action, *, after=0.9, **how):
        self.moment += timedelta(seconds=after)
        await self.simulated.act(action, **how)

    def post(self, envelope):
        """Take a delivery in as the receiver does, a few milliseconds after the last."""
        self.moment += timedelta(milliseconds=6)
        delivery = Delivery(
            received_at=self.moment,
            path="/webhooks",
            headers=(("Host", "demo.devhook.example"), *envelope.headers),
            body=envelope.body,
        )
        found = check(self.secrets, delivery.body, delivery.hmac)
        arrival = Arrival(
            delivery=delivery,
            signature=found.signature,
            signed_with=found.signed_with,
            origin=Origin.SIMULATOR,
            status=200 if found.signature.trusted else 401,
        )
        (number,) = self.inbox.add([arrival])
        answer = Answer(
            status=arrival.status,
            headers=(("Content-Type", "application/json"),),
            body=b'{"received":true}' if found.signature.trusted else b'{"error":"bad signature"}',
            seconds=0.012 + number % 7 * 0.009,
        )
        by = "http://localhost:3000/webhooks"
        self.inbox.add([], [Answered(delivery_id=number, by=by, at=self.moment, answer=answer)])

    def read(self):
        return FeedUpdate(self._reader.read_new(), [], [], [])

    @property
    def latency(self):
        return LatencyHistogram.of([0.002, 0.003, 0.004, 0.004, 0.006, 0.011, 0.018] * 4)

    def status(self):
        return Status(
            shop=self.simulated.domain,
            address="http://127.0.0.1:4000",
            simulated=True,
            leases=len(TOPICS),
            inbox="inbox",
            listening_since=START,
            targets=(TargetState(name="localhost:3000", listens=True, status=200),),
        )

    def subscribed_version(self, _):
        return None

    def take_notices(self):
        return []

    def take_attempts(self):
        return []


async def canned(folder):
    inbox = Inbox.open(Path(folder) / "inbox")
    session = CannedSession(inbox)
    await session.happen()
    return session


def help_block():
    top = click.Context(root, info_name="devhook", terminal_width=100, **root.context_settings)
    shown = [f"```console\n$ devhook --help\n{root.get_help(top)}\n```"]
    for name in root.list_commands(top):
        command = root.get_command(top, name)
        context = click.Context(command, info_name=name, parent=top, terminal_width=100)
        shown.append(f"```console\n$ devhook {name} --help\n{command.get_help(context)}\n```")
    return "\n\n".join(shown)


def scenarios_block():
    about = [(f"`{name}`", " ".join(load_scenario(name).about.split())) for name in scenario_names()]
    return table(("scenario", "what happens"), about)


def topics_block():
    rows = [
        (f"`{topic.name}`", f"`{topic.order_ref}`" if topic.order_ref else "", " or ".join(topic.scopes))
        for topic in topics()
    ]
    return table(("topic", "order", "needs one of these scopes"), rows)


def mistakes():
    """Every mistake that the signature doctor names, by its name; several may share one."""
    tables = (
        ("The digest", [(form.name, form.what) for form in FORMS]),
        (
            "The secret",
            [(each.name, each.told("secret").what) for each in (*SECRET_MISTAKES, *WITHOUT_SECRET)],
        ),
        ("The body", [(each.told.name, each.told.what) for each in MISTAKES if hasattr(each, "told")]),
    )
    return [(title, dict(reversed(rows))) for title, rows in tables]


def mistakes_block():
    rows = [
        row
        for title, named in mistakes()
        for row in (
            (f"**{title}**", ""),
            # Markdown would take these for its own.
            *(
                (f"`{name}`", re.sub(r"&\w+;|<\w+>", r"`\g<0>`", what))
                for name, what in reversed(named.items())
            ),
        )
    ]
    return table(("mistake", "what the signature is"), rows)


def words_block():
    rows = [
        (" ".join(f"`{each}`" for each in examples.split("  ")), about) for examples, about in help_entries()
    ]
    return table(("word", "what it selects"), rows)


def documented(model):
    """The fields that a docstring lists: `- `name`: what it is.`, over several lines."""
    lines = re.sub(r"\n\s+(?=[^\s-])", " ", model.__doc__)
    found = re.findall(r"^\s*- ((?:`\w+`(?:, )?)+): (.*?)\.?$", lines, re.MULTILINE)
    return [(names, told.replace("None: ", "without it: ")) for names, told in found]


def scenario_fields_block():
    kinds = (
        ("The file", Scenario, ""),
        ("`[[steps]]`: an action", Step, f"`do` is one of {code(Action)}. `fault` is one of {code(FAULTS)}."),
        ("`[[steps]]`: a recorded delivery", Deliver, ""),
        ("`[[steps]]`: answers", AnswerStep, summary(AnswerStep)),
        ("`[[steps]]`: retries", RetryStep, summary(RetryStep)),
    )
    shown = []
    for title, model, more in kinds:
        rows = documented(model)
        named = {name for names, _ in rows for name in re.findall(r"\w+", names)} | {"body_base64"}
        assert named >= set(model.model_fields), (
            f"{model.__name__} does not document {set(model.model_fields) - named}"
        )
        shown += [f"### {title}", table(("field", "what it is"), rows), *([more] if more else [])]
    counts = code(Expectation.model_fields)
    shown += [
        "### `[expect]`",
        f"{Expectation.__doc__.strip().removesuffix(' None: any number.')} Each is optional: {counts}.",
    ]
    return "\n\n".join(shown)


def summary(model):
    return model.__doc__.partition("\n")[0]


def code(words):
    return ", ".join(f"`{word}`" for word in words)


def statuses_block():
    told = dict(re.findall(r"`(\w+)`: (.*)", ExitStatus.__doc__))
    return table(
        ("exit status", "meaning"),
        [(str(int(each)), told[each.name].removesuffix(".")) for each in ExitStatus],
    )


def settings_block():
    always, never = (
        next(each.is_free for each in SETTINGS if each.name == name) for name in ("port", "inbox")
    )
    free = [setting.name for setting in sorted(SETTINGS) if setting.is_free is always]
    rows = []
    for setting in sorted(SETTINGS):
        if setting.is_free is not always:
            may = "no: it" if setting.is_free is never else "yes, unless it"
            rows.append((f"`{setting.name}`", f"{may} {setting.effect}"))
    return f"{table(('setting', 'applies at once'), rows)}\n\nThese apply at once: {code(free)}."


def keys_block():
    rows = [
        row
        for place in places(DevhookApp)
        for row in (
            (f"**{place.title}**", "", ""),
            *((f"`{row.keys}`", row.does, code(row.actions)) for row in key_rows(place, {})),
        )
    ]
    return table(("keys", "what they do", "action"), rows)


def workflow_block():
    return f"```yaml\n{(ROOT / 'tests' / 'apps' / 'webhooks.yml').read_text()}```"


def summary_block():
    expected = load_scenario("order-lifecycle").expect
    return f"```console\n$ devhook demo | tail -n 1\n{Tally(**expected.model_dump())}\n```"


def json_block(run):
    row = next(row for row in run.inbox.rows() if row.topic == "orders/updated" and 0 < row.change_count < 3)
    told = json.loads(as_line(delivery_object(row, run.inbox.reading(row.id))))
    return f"```json\n{json.dumps(told, indent=2)}\n```"


def table(head, rows):
    cells = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def with_blocks(text, blocks):
    """A page's text with every block made again."""
    return re.sub(
        r"<!-- ([\w-]+) -->\n(.*?)<!-- end -->",
        lambda found: (
            f"<!-- {found[1]} -->\n{blocks[found[1]]}\n<!-- end -->" if found[1] in blocks else found[0]
        ),
        text,
        flags=re.DOTALL,
    )


async def picture(run, columns, lines, keys, shows=""):
    app = DevhookApp(run)
    async with app.run_test(size=(columns, lines)) as pilot:
        await pilot.press(*keys)
        await pilot.wait_for_scheduled_animations()
        while shows not in words_of(taken := app.export_screenshot(title="devhook demo")):
            await pilot.pause(0.05)
        return taken


def words_of(svg):
    """What a picture says, without how it is drawn: that changes with every version of the libraries."""
    texts = [
        (float(text.get("y", 0)), float(text.get("x", 0)), text.text or "")
        for text in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]
    return " ".join("".join(f" {text}" for _, _, text in sorted(texts)).split())


def pages():
    """The files that contain blocks."""
    return [README, *sorted(MANUAL.glob("*.md"))]


async def made():
    """The pages and the pictures as they should be: `({file: text}, {name: svg})`."""
    with tempfile.TemporaryDirectory() as folder:
        run = await canned(folder)
        try:
            blocks = {
                "help": help_block(),
                "json": json_block(run),
                "keys": keys_block(),
                "mistakes": mistakes_block(),
                "scenario-fields": scenario_fields_block(),
                "scenarios": scenarios_block(),
                "settings": settings_block(),
                "statuses": statuses_block(),
                "summary": summary_block(),
                "topics": topics_block(),
                "words": words_block(),
                "workflow": workflow_block(),
            }
            pictures = {name: await picture(run, *how) for name, *how in PICTURES}
        finally:
            run.inbox.close()
    texts = {page: page.read_text(encoding="utf-8") for page in pages()}
    for name in blocks:
        assert any(f"<!-- {name} -->" in text for text in texts.values()), f"No page has a block {name}."
    return {page: with_blocks(text, blocks) for page, text in texts.items()}, pictures


@contextmanager
def calm():
    """The clock on the wall is UTC's, and nothing moves by itself."""
    before = {name: os.environ.get(name) for name in ("TZ", "TEXTUAL_ANIMATIONS")}
    os.environ |= {"TZ": "UTC", "TEXTUAL_ANIMATIONS": "none"}
    time.tzset()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        time.tzset()


def main():
    with calm():
        texts, pictures = asyncio.run(made())
    for page, text in texts.items():
        page.write_text(text, encoding="utf-8")
    SCREENSHOTS.mkdir(exist_ok=True)
    for name, svg in pictures.items():
        (SCREENSHOTS / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
