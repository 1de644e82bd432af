import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from aiohttp import web

from devhook.inbox.database import Inbox
from devhook.inbox.feed import Feed
from devhook.inbox.journal import Lease, LeaseState
from devhook.privacy.mask import Mask
from devhook.receiver.protocol import Notice
from devhook.sender.latency import LatencyHistogram
from devhook.session.session import Status, TargetState
from devhook.shop.access import TokenAccess
from devhook.shop.client import AdminClient
from devhook.shop.leases import Leases
from devhook.shop.registrations import Holder, Registration, RegistrationList, Registrations
from devhook.shop.subscriptions import Subscription
from devhook.simulator.admin.subscriptions import SubscriptionInput
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.shop import SimulatedShop
from devhook.tui.app import DevhookApp
from devhook.webhook.answer_fault import Faults
from devhook.webhook.delivery import Arrival, Delivery, Origin
from devhook.webhook.signature import Secret, check, sign

START = datetime(2026, 3, 14, 14, 2, 0, tzinfo=UTC)
SHOP = "harbour-lane.myshopify.com"
SECRET = Secret(name="demo app", value="a-secret-of-the-tests")
# Seconds. A bound for a busy machine, not a measure.
PATIENCE = 30


@pytest.fixture(autouse=True)
def calm(monkeypatch, quick_screens):
    """The local time zone is UTC, nothing is animated, and notices do not expire.

    A test can count the notices however slow the machine is.
    """
    monkeypatch.setattr(DevhookApp, "NOTIFICATION_TIMEOUT", 3600)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def an_item(number, sku, *, quantity=1, price="20.00"):
    item = {"id": number, "sku": sku, "quantity": quantity, "fulfillable_quantity": quantity, "price": price}
    return item | {"title": sku.replace("-", " ").capitalize()}


def an_order(name="#1001", **changes):
    number = int(name.removeprefix("#"))
    return {
        "id": 5_500_000_000_000 + number,
        "name": name,
        "email": "mira.sol@example.com",
        "updated_at": "2026-03-14T14:00:00+00:00",
        "financial_status": "pending",
        "fulfillment_status": None,
        "note": None,
        "total_price": "64.00",
        "tags": "",
        "line_items": [an_item(71, "MUG-BLUE", quantity=2), an_item(72, "TRAY", price="24.00")],
        "fulfillments": [],
    } | changes  # fmt: skip


class CannedSession:
    """A session as the screen uses it, with a real inbox that the test fills."""

    def __init__(self, inbox):
        self.inbox = inbox
        self.simulated = None
        self.present = None
        self.registrations = None
        self.secrets = (SECRET,)
        self.mistakable = ()
        self.filter_text = ""
        self.notices = []
        self.failure = None
        self.is_stopping = False
        self.reads_only = False
        self.address = "http://localhost:4000/"
        self.shop = SHOP
        self.targets = ()
        self.faults = ()
        self.mask = None
        self._mask = Mask(b"of the tests")
        self.attempts = []
        self.answers = Faults((), lambda: 0.0)
        self.latency = LatencyHistogram()
        self._feed = Feed(inbox, after=0)
        self._count = 0
        # How often the screen has polled.
        self.polls = 0

    def read(self):
        self.polls += 1
        if self.failure is not None:
            raise self.failure
        return self._feed.read()

    def stop(self):
        self.is_stopping = True

    def toggle_mask(self):
        self.mask = None if self.mask else self._mask

    async def answer_with(self, faults):
        self.faults = tuple(map(str, faults))
        self.answers = Faults(faults, lambda: 0.0)

    def status(self):
        return Status(
            shop=self.shop,
            targets=tuple(TargetState(name=target.name) for target in self.targets),
            faults=self.faults,
            address=self.address,
            simulated=self.simulated is not None,
            leases=5,
            inbox=str(self.inbox.path),
            listening_since=START,
            masked=self.mask is not None,
        )

    def subscribed_version(self, _):
        return None

    def take_notices(self):
        taken, self.notices = self.notices, []
        return taken

    def take_attempts(self):
        taken = list(self.attempts)
        self.attempts.clear()
        return taken

    def add_notice(self, message, hint=""):
        self.notices.append(Notice(message=message, hint=hint))

    def arrival(self, document=None, topic="orders/updated", *, body=None, secret=SECRET, headers=(), **how):
        """A delivery as the receiver stores it, signed with `secret`; unsigned where it is None.

        `how` may say `webhook_id`, `shop`, `path`, `content_type`.
        """
        self._count += 1
        body = json.dumps(document or an_order()).encode() if body is None else body
        moment = START + timedelta(milliseconds=713 * self._count)
        given = [
            ("Host", "localhost:4000"),
            ("Content-Type", how.get("content_type", "application/json")),
            ("X-Shopify-Topic", topic),
            ("X-Shopify-Shop-Domain", how.get("shop", SHOP)),
            ("X-Shopify-API-Version", "2026-10"),
            ("X-Shopify-Webhook-Id", how.get("webhook_id") or f"9f2c-{self._count:04}"),
            ("X-Shopify-Triggered-At", how.get("triggered_at", moment.isoformat())),
        ]
        if secret is not None:
            given.append(("X-Shopify-Hmac-Sha256", sign(secret.value.get_secret_value(), body)))
        headers = tuple(latin(*given, *headers))
        delivery = Delivery(received_at=moment, path=how.get("path", "/"), headers=headers, body=body)
        found = check(self.secrets, body, delivery.hmac)
        return Arrival(
            delivery=delivery,
            signature=found.signature,
            signed_with=found.signed_with,
            origin=Origin.SIMULATOR,
            status=200 if found.signature.trusted else 401,
        )

    def deliver(self, document=None, topic="orders/updated", **how):
        """Add a delivery; return its id."""
        return self.inbox.add([self.arrival(document, topic, **how)])[0]


def latin(*headers):
    return ((name, value.encode("utf-8", "surrogatepass").decode("latin-1")) for name, value in headers)


def an_entry(
    number, topic="orders/paid", holder=Holder.OTHER, *, dead="", uri="https://a.ngrok.app/hooks", **more
):
    about = {"format": "JSON", "name": f"devhook-{number}", "filter": None, "include_fields": ()} | more
    made = {"api_version": "2026-10", "created_at": START, "updated_at": START}
    gid = f"gid://shopify/WebhookSubscription/{number}"
    return Registration(
        subscription=Subscription(id=gid, topic=topic, uri=uri, **about, **made), holder=holder, dead=dead
    )


def a_lost_lease(topic="orders/edited", **more):
    about = {
        "shop": "a.myshopify.com",
        "uri": "https://a.ngrok.app/hooks",
        "name": "devhook-9",
        "owner": "me",
    }
    return Lease(
        id=9, topic=topic, api_version="2026-10", state=LeaseState.VANISHED, asked_at=START, **about | more
    )


class CannedRegistrations:
    """A shop with the test's subscriptions; `removed` records the removals."""

    domain = "harbour-lane.myshopify.com"
    topics = frozenset()

    def __init__(self, *entries, lost=()):
        self.standing = RegistrationList(entries=entries, lost=lost)
        self.failure = None
        self.removed = []

    async def fetch(self):
        if self.failure:
            raise self.failure
        return self.standing

    async def granted(self):
        return frozenset({"read_orders", "read_products"})

    async def remove(self, entry):
        self.removed.append(entry.subscription.id)


class Terminal:
    """The app as a user sees it: the text on the screen, and keys to press."""

    def __init__(self, app, pilot):
        self.app = app
        self.pilot = pilot

    @property
    def text(self):
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    @property
    def raw(self):
        """Everything that would be written to the terminal, escapes included."""
        return "".join(
            segment.text for strip in self.app.screen._compositor.render_strips() for segment in strip
        )

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text):
        await self.press(*text)

    async def until(self, condition):
        """Wait for a fact, and then until the messages sent by then are handled.

        A pause of the pilot's at every look would take half of the processor's time of these tests: it has
        each widget on the screen answer.
        """
        deadline = time.monotonic() + PATIENCE
        waited = False
        while not condition():
            assert time.monotonic() < deadline, f"it never came to pass:\n{self.text}"
            await asyncio.sleep(0.02)
            waited = True
        if waited:
            await self.pilot.pause(0)

    async def shows(self, *words):
        """Wait until all of `words` are on the screen."""
        await self.until(lambda: all(word in self.text for word in words))

    async def hides(self, words):
        await self.until(lambda: words not in self.text)

    def line(self, words):
        """The first line of the screen that has `words` in it."""
        return next(line for line in self.text.splitlines() if words in line)

    @property
    def notices(self):
        return [(notice.title, notice.message) for notice in self.app._notifications]


@pytest.fixture
def inbox(tmp_path):
    with Inbox.open(tmp_path / "inbox") as opened:
        yield opened


@pytest.fixture
def session(inbox):
    return CannedSession(inbox)


@pytest.fixture
async def shop(session):
    """A simulated shop that delivers to a stand-in of the receiver on a real socket."""

    async def take(request):
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers
        )
        delivery = Delivery(
            received_at=datetime.now(UTC), path=request.path_qs, headers=headers, body=await request.read()
        )
        found = check(session.secrets, delivery.body, delivery.hmac)
        fault = session.answers.take(delivery.topic)
        status = fault.status if fault else 200 if found.signature.trusted else 401
        session.inbox.add(
            [
                Arrival(
                    delivery=delivery, signature=found.signature, signed_with=found.signed_with, status=status
                )
            ]
        )
        return web.Response(status=status)

    application = web.Application()
    application.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    simulated = SimulatedShop(demo_shop(), random=Random(7), speed=10_000, listener=session.attempts.append)
    async with simulated:
        simulated.routes["https://demo.devhook.example"] = (
            f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
        )
        for topic in ("orders/create", "orders/updated", "orders/paid", "orders/cancelled", "orders/delete"):
            simulated.subscriptions.create(
                topic, SubscriptionInput(uri="https://demo.devhook.example/"), api_version="2026-10"
            )
        session.simulated = simulated
        session.secrets = (Secret(name="demo app", value=simulated.secret),)
        yield simulated
    await runner.cleanup()


@pytest.fixture
async def side(session, shop):
    """Access to the simulated shop, which has five subscriptions of the app."""
    access = TokenAccess(token=shop.access_token)
    async with AdminClient(shop.domain, access, origin=shop.admin.url) as client:
        leases = Leases(session.inbox, client)
        session.registrations = Registrations(leases, client, lambda: "https://demo.devhook.example/webhooks")
        yield session.registrations


@pytest.fixture
def canned_registrations():
    return CannedRegistrations


@pytest.fixture
def entry():
    return an_entry


@pytest.fixture
def lost_lease():
    return a_lost_lease


@pytest.fixture
def terminal_of():
    """Run an app in a terminal: `async with terminal_of(app) as terminal`."""

    @asynccontextmanager
    async def running(app, size=(140, 40), **how):
        async with app.run_test(size=size, notifications=True, **how) as pilot:
            await pilot.pause()
            yield Terminal(app, pilot)

    return running


@pytest.fixture
def opened(session, terminal_of):
    """Open the app with the canned session: `async with opened() as terminal`."""

    def opening(size=(140, 40), **how):
        return terminal_of(DevhookApp(session), size, **how)

    return opening


@pytest.fixture
def order():
    return an_order
