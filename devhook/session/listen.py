"""A run in which a shop, or somebody with its address, sends: receiver, public address, subscriptions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from secrets import token_hex
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.errors import CredentialsRefused, DevhookError
from devhook.inbox.store import Inbox
from devhook.receiver.config import ReceiverConfig
from devhook.session.session import (
    Info,
    Session,
    describe_answers,
    open_session,
    remove_subscriptions,
    run_in_background,
)
from devhook.shop.client import AdminClient
from devhook.shop.filters import fields_near, unknown_fields
from devhook.shop.fulfillment_orders import Linker
from devhook.shop.leases import Leases, Made
from devhook.shop.messages import DECLARED
from devhook.shop.registrations import Registrations
from devhook.shop.subscriptions import Shape, granted_scopes, scopes_allow
from devhook.text import did_you_mean, listed, nearest
from devhook.tunnel.diagnosis import PingFailed
from devhook.tunnel.events import AddressChanged
from devhook.tunnel.given_address import GivenAddress, Tunnel
from devhook.tunnel.liveness import MachineWoke, Pinger, PingSucceeded
from devhook.tunnel.ngrok.settings import NgrokSettings
from devhook.tunnel.ngrok.tunnel import open_tunnel
from devhook.webhook.companions import offered
from devhook.webhook.payload import read
from devhook.webhook.signature import Secret
from devhook.webhook.topics import Topic

# Seconds between two looks at whether the shop still has our subscriptions. Shopify removes one after four
# hours of failures; the developer's own app may do it at any time: Shopify's library
# removes the subscriptions that it does not know (https://github.com/Shopify/shopify-app-js).
_LOOK: Final = 60.0


class Wanted(BaseModel):
    """What a run is to listen to.

    `public` is how the world reaches the receiver: an ngrok agent to be started, an address that the user's
    own tunnel provides, or None. `topics` are subscribed to when there is a shop; without one they narrow
    what is shown. `mistakable` is what may have been taken for a secret: nothing is checked with it.
    """

    model_config = ConfigDict(frozen=True)

    receiver: ReceiverConfig
    topics: tuple[Topic, ...] = ()
    shape: Shape = Shape()
    public: NgrokSettings | str | None = None
    mistakable: tuple[Secret, ...] = ()


@asynccontextmanager
async def listening(wanted: Wanted, client: AdminClient | None, info: Info) -> AsyncIterator[Session]:
    """A run that takes in what comes to its address; with `client` it subscribes to topics of that shop.

    Raises what stands in the way of all of it; a topic that the shop refuses is said, the others are made.
    """
    key = SecretStr(token_hex(32))
    narrows = wanted.topics and client is None
    pattern = f"topic:{','.join(topic.name for topic in wanted.topics)}" if narrows else ""
    async with AsyncExitStack() as stack:
        config = wanted.receiver.model_copy(update={"ping_key": key})
        session = await open_session(stack, config, pattern=pattern)
        session.mistakable = wanted.mistakable
        path = config.secret_path or "/"
        info(f"Listening on {session.status().address}{path} (Ctrl+C ends it).")
        if wanted.public is not None:
            await _reachable(stack, session, wanted.public, path, key, info)
        _tell_secrets(config, info)
        describe_answers(config, info)
        if session.inbox.taken_over:
            info(session.inbox.taken_over)
        info(f"Deliveries are kept in {session.inbox.path}, {config.keep}.")
        if client is not None:
            await stack.enter_async_context(client)
            await _subscribed(stack, session, client, wanted, path, info)
        yield session


def _tell_secrets(config: ReceiverConfig, info: Info) -> None:
    if config.secrets:
        info(f"Signatures are checked with the {', '.join(secret.name for secret in config.secrets)}.")
    else:
        info("Signatures are not checked: no secret is known. Set DEVHOOK_CLIENT_SECRET to your app's.")


async def _reachable(
    stack: AsyncExitStack,
    session: Session,
    public: NgrokSettings | str,
    path: str,
    key: SecretStr,
    info: Info,
) -> None:
    """Open the way from the world to the receiver, and go on measuring whether it is open."""
    if isinstance(public, str):
        session.tunnel = GivenAddress(public)
    else:
        session.tunnel = await stack.enter_async_context(open_tunnel(session.status().address, public))
    tunnel = session.tunnel
    info(f"The world reaches it at {tunnel.url}{path}")
    pinger = Pinger(lambda: tunnel.url + path, key)
    run_in_background(stack, _heard(session, tunnel, pinger, path))
    run_in_background(stack, _measured(session, pinger))


async def _heard(session: Session, tunnel: Tunnel, pinger: Pinger, path: str) -> None:
    """Tell what happens to the tunnel, and let the subscriptions follow it to a new address."""
    while True:
        event = await tunnel.events.get()
        session.add_notice(event.message, event.hint)
        if isinstance(event, AddressChanged) and session.leases is not None:
            try:
                await session.leases.move(event.new + path)
                session.add_notice("Our subscriptions deliver to the new address now.")
            except DevhookError as error:
                session.add_notice(error.message, error.hint)
        pinger.hurry()


async def _measured(session: Session, pinger: Pinger) -> None:
    """Keep the last ping's outcome, and tell each change of it once."""
    async for ping_result in pinger.results():
        before = session.ping_result
        match ping_result:
            case MachineWoke():
                session.add_notice(ping_result.message, ping_result.hint)
                continue
            case PingFailed() if not isinstance(before, PingFailed):
                session.add_notice(ping_result.message, ping_result.hint)
            case PingSucceeded() if isinstance(before, PingFailed):
                session.add_notice("The public address leads here again.", "Shopify tries again what failed.")
        session.ping_result = ping_result


async def _subscribed(
    stack: AsyncExitStack, session: Session, client: AdminClient, wanted: Wanted, path: str, info: Info
) -> None:
    """Remove what an earlier run left, then make the leases."""
    assert session.tunnel is not None  # noqa: S101 - the command sees to it; this tells mypy
    tunnel = session.tunnel
    leases = Leases(session.inbox, client)
    left = await leases.clean_up()
    if left.removed:
        info(f"Removed {len(left.removed)} subscriptions that an earlier run had left in {leases.shop}.")
    granted = await granted_scopes(client)
    allowed = [topic for topic in wanted.topics if scopes_allow(topic, granted)]
    for topic in wanted.topics:
        if topic not in allowed:
            info(f"{topic.name} needs {listed(topic.scopes)}, which was not granted. {DECLARED}")
    if not allowed:
        raise CredentialsRefused(
            f"The app may not subscribe to any of these topics in {leases.shop}.",
            f"Grant it the scopes and approve them in the shop. See: devhook doctor {wanted.topics[0].name}",
        )
    session.leases = leases
    session.registrations = Registrations(leases, client, lambda: tunnel.url + path, wanted.shape)
    stack.push_async_callback(remove_subscriptions, leases, info)
    _try_filter(session.inbox, wanted, info)
    made = await leases.make([topic.name for topic in allowed], session.registrations.address, wanted.shape)
    _tell_made(made, leases.shop, info)
    _tell_offers(allowed, info)
    for subscription in made.subscriptions:
        session.payload_versions[subscription.topic] = subscription.api_version
    run_in_background(stack, _kept(session, leases))
    run_in_background(stack, Linker(session.inbox, client).go_on(session.add_notice))


def _tell_made(made: Made, shop: str, info: Info) -> None:
    """Info what was made and what was refused. Raises the first refusal when nothing was made."""
    if not made.subscriptions:
        raise made.refused[0].refusal.error()
    topics = ", ".join(subscription.topic for subscription in made.subscriptions)
    info(f"Subscribed in {shop}, for as long as this runs: {topics}.")
    for refused in made.refused:
        info(f"{refused.topic}: {refused.refusal.message} {refused.refusal.hint}")


def _tell_offers(topics: Sequence[Topic], info: Info) -> None:
    """Info what else tells what these topics leave out."""
    for companion in offered(topic.name for topic in topics):
        info(f"{companion.why} --suggest adds {companion.pattern}.")


def _try_filter(inbox: Inbox, wanted: Wanted, info: Info) -> None:
    """Info when the last payload of a topic has not the fields that the filter names."""
    condition = wanted.shape.filter
    if not condition:
        return
    names = {topic.name for topic in wanted.topics}
    read_ones = (row for row in inbox.rows(newest_first=True) if row.topic in names and not row.unreadable)
    last = next(read_ones, None)
    if last is None:
        return
    delivery = inbox.delivery(last.id)
    document = read(delivery.body, delivery.content_type)
    for field in unknown_fields(condition, document):
        info(
            f"The last {last.topic} has no field {field}; with such a filter Shopify delivers nothing at all."
        )
        if question := did_you_mean(nearest(field, fields_near(document, field))):
            info(question)


async def _kept(session: Session, leases: Leases) -> None:
    """Tell when the shop has lost a lease."""
    while True:
        await asyncio.sleep(_LOOK)
        try:
            vanished = await leases.vanished()
        except DevhookError:
            # The network, or the shop: the ping tells of the one, and the next look of the other.
            continue
        if vanished:
            topics = ", ".join(lease.topic for lease in vanished)
            session.add_notice(
                f"{leases.shop} no longer has our subscription to {topics}.",
                "Shopify removes one after 8 failures, and an app that registers its own may remove ours."
                " On the screen s and then v make it again.",
            )
