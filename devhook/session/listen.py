"""A session for a real shop, or any other sender: receiver, public address, subscriptions."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from secrets import token_hex
from typing import Final

from pydantic import BaseModel, ConfigDict, InstanceOf, SecretStr

from devhook.errors import CredentialsRefused, DevhookError, InboxError
from devhook.inbox.database import Inbox
from devhook.privacy.mask import Mask
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.loading import LoadingReceiver
from devhook.sender.target import is_this_machine
from devhook.session.command import run_command
from devhook.session.opening import (
    Info,
    describe_answers,
    open_intake,
    remove_subscriptions,
    run_in_background,
    watch_intake,
)
from devhook.session.session import Session
from devhook.shop.client import AdminClient
from devhook.shop.filters import fields_near, unknown_fields
from devhook.shop.fulfillment_orders import Linker
from devhook.shop.known_refusals.subscriptions import DECLARED
from devhook.shop.leases import Creation, Leases
from devhook.shop.registrations import Registrations, unproven_sentences
from devhook.shop.subscriptions import Shape, granted_scopes, scopes_allow
from devhook.shop.versions import APP_DECIDES, NEWEST, answered_difference, subscribed_differences
from devhook.text import counted, did_you_mean, listed, nearest
from devhook.tunnel.events import AddressChanged
from devhook.tunnel.liveness import MachineWoke, Pinger
from devhook.tunnel.provider import Tunnel, TunnelProvider
from devhook.user_key import data_folder
from devhook.webhook.companions import offered
from devhook.webhook.payload import read
from devhook.webhook.signature import Secret
from devhook.webhook.topics import Topic

# Seconds between two checks whether the shop still has our subscriptions. Shopify removes one after four
# hours of failures, and the developer's own app may remove one at any time: Shopify's library removes
# subscriptions that it does not know (https://github.com/Shopify/shopify-app-js).
_CHECK_INTERVAL: Final = 60.0


class ListenOptions(BaseModel):
    """The options of a session that listens.

    `receiver`: the receiver's configuration; the ping key is made here.
    `topics`: the topics to subscribe to in the shop; without a shop, a filter of what is shown.
    `shape`: what the subscriptions deliver.
    `public`: the public address: the settings of an ngrok agent to start, the address of the user's own
    tunnel, or None.
    `mistakable`: values that may be confused with a secret; no signature is checked with them.
    `mask`: what personal data is masked with from the beginning; None: it is shown.
    `command`: a shell command that runs while the session is open, and ends it; empty for none.
    `loading`: a receiver's process that was started already.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    receiver: ReceiverConfig
    topics: tuple[Topic, ...] = ()
    shape: Shape = Shape()
    public: TunnelProvider | None = None
    mistakable: tuple[Secret, ...] = ()
    mask: InstanceOf[Mask] | None = None
    command: str = ""
    loading: InstanceOf[LoadingReceiver] | None = None


@asynccontextmanager
async def listening(options: ListenOptions, client: AdminClient | None, info: Info) -> AsyncIterator[Session]:
    """Yield a session that accepts deliveries; with `client` it subscribes to topics of that shop.

    Raise the failure that prevents the session. A topic that the shop rejects is printed and left out.
    """
    key = SecretStr(token_hex(32))
    async with AsyncExitStack() as stack:
        config = options.receiver.model_copy(update={"ping_key": key})
        intake = await open_intake(stack, config, options.loading)
        path = config.secret_path or "/"
        info(f"Listening on {intake.receiver.url}{path} (Ctrl+C ends it).")
        if not is_this_machine(config.host):
            info(f"Other machines can reach the port: it is bound to {config.host}.")
        tunnel = None
        if options.public is not None:
            tunnel = await stack.enter_async_context(options.public.open(intake.receiver.url))
            info(f"The public address is {tunnel.url}{path}")
        _describe_secrets(config, info)
        describe_answers(config, info)
        if intake.inbox.taken_over:
            info(intake.inbox.taken_over)
        info(f"Deliveries are stored in {intake.inbox.path}, {config.keep}.")
        registrations, created = None, Creation(subscriptions=(), refused=())
        if client is not None:
            assert tunnel is not None  # noqa: S101 - the command requires one with a shop; for mypy
            await stack.enter_async_context(client)
            leases = Leases(intake.inbox, client)
            registrations = Registrations(leases, client, _address_of(tunnel, path), options.shape)
            created = await _subscribe(stack, intake.inbox, client, registrations, options, info)
        session = Session(
            intake,
            config,
            mistakable=options.mistakable,
            filter_text=_filter_text(options) if client is None else "",
            mask=options.mask,
            tunnel=tunnel,
            registrations=registrations,
            api_versions={each.topic: each.api_version for each in created.subscriptions},
        )
        watch_intake(stack, session)
        if tunnel is not None:
            pinger = Pinger(_address_of(tunnel, path), key)
            run_in_background(stack, _follow_tunnel(session, tunnel, pinger, path))
            run_in_background(stack, _follow_pings(session, pinger))
        if session.leases is not None and client is not None:
            run_in_background(stack, _watch_leases(session, session.leases))
            run_in_background(stack, Linker(intake.inbox, client).go_on(session.add_notice))
        if options.command:
            run_in_background(stack, run_command(session, options.command))
        yield session


def _filter_text(options: ListenOptions) -> str:
    return f"topic:{','.join(topic.name for topic in options.topics)}" if options.topics else ""


def _address_of(tunnel: Tunnel, path: str) -> Callable[[], str]:
    """Return a function that returns the current public address: a tunnel's address may change."""
    return lambda: tunnel.url + path


def _describe_secrets(config: ReceiverConfig, info: Info) -> None:
    if config.secrets:
        info(f"Signatures are checked with the {', '.join(secret.name for secret in config.secrets)}.")
    else:
        info("Signatures are not checked: no secret is set. Set DEVHOOK_CLIENT_SECRET to your app's.")


async def _follow_tunnel(session: Session, tunnel: Tunnel, pinger: Pinger, path: str) -> None:
    """Add a notice for each event of the tunnel, and move the subscriptions to a new address."""
    while True:
        event = await tunnel.events.get()
        session.add_notice(event.message, event.hint)
        if isinstance(event, AddressChanged) and session.leases is not None:
            try:
                await session.leases.move(event.new + path)
                session.add_notice("The temporary subscriptions deliver to the new address now.")
            except DevhookError as error:
                session.add_notice(error.message, error.hint)
        pinger.hurry()


async def _follow_pings(session: Session, pinger: Pinger) -> None:
    async for ping_result in pinger.results():
        if isinstance(ping_result, MachineWoke):
            session.add_notice(ping_result.message, ping_result.hint)
        else:
            session.pinged(ping_result)


async def _subscribe(
    stack: AsyncExitStack,
    inbox: Inbox,
    client: AdminClient,
    registrations: Registrations,
    options: ListenOptions,
    info: Info,
) -> Creation:
    """Remove the subscriptions that an earlier session left, then make the temporary ones."""
    leases = registrations.leases
    left = await leases.clean_up()
    if left.removed:
        removed = counted(len(left.removed), "subscription")
        info(f"Removed {removed} that an earlier run left in {leases.shop}.")
    for sentence in unproven_sentences(left.unproven):
        info(sentence)
    granted = await granted_scopes(client)
    allowed = [topic for topic in options.topics if scopes_allow(topic, granted)]
    for topic in options.topics:
        if topic not in allowed:
            info(f"{topic.name} needs {listed(topic.scopes)}, which is not granted. {DECLARED}")
    if not allowed:
        raise CredentialsRefused(
            f"The app is not allowed to subscribe to any of these topics in {leases.shop}.",
            f"Grant it the scopes and approve them in the shop. See: devhook doctor {options.topics[0].name}",
        )
    stack.push_async_callback(remove_subscriptions, leases, info)
    _try_filter(inbox, options, info)
    created = await leases.make([topic.name for topic in allowed], registrations.address, options.shape)
    if not all(lease.proven for lease in leases.open()):
        info(
            f"The journal does not prove which subscriptions are yours, because no key could be made in "
            f"{data_folder()}. If devhook is killed, remove them by hand."
        )
    _describe_subscriptions(created, leases.shop, info)
    _describe_versions(created, client, info)
    _describe_offers(allowed, info)
    return created


def _describe_subscriptions(created: Creation, shop: str, info: Info) -> None:
    """Print which topics are subscribed to and which are rejected. Raise the first rejection if all are."""
    if not created.subscriptions:
        raise created.refused[0].refusal.error()
    topics = ", ".join(subscription.topic for subscription in created.subscriptions)
    info(f"Subscribed in {shop}, for as long as this runs: {topics}.")
    for refused in created.refused:
        info(f"{refused.topic}: {refused.refusal.message} {refused.refusal.hint}")


def _describe_versions(created: Creation, client: AdminClient, info: Info) -> None:
    """Print how the version of the answers, and of the subscriptions, differs from the requested one."""
    if difference := answered_difference(client.api_version, client.answered_version):
        info(f"{difference} Use --api-version {NEWEST}.")
    answered_in = client.answered_version or client.api_version
    subscribed = [(each.topic, each.api_version) for each in created.subscriptions]
    for difference in subscribed_differences(answered_in, subscribed):
        info(f"{difference} {APP_DECIDES}")


def _describe_offers(topics: Sequence[Topic], info: Info) -> None:
    """Print which other topics carry data that these topics lack."""
    for companion in offered(topic.name for topic in topics):
        info(f"{companion.why} --suggest adds {companion.pattern}.")


def _try_filter(inbox: Inbox, options: ListenOptions, info: Info) -> None:
    """Print which fields of the filter are missing in the last payload of a topic."""
    condition = options.shape.filter
    if not condition:
        return
    names = {topic.name for topic in options.topics}
    readable = (row for row in inbox.rows(newest_first=True) if row.topic in names and not row.unreadable)
    last = next(readable, None)
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


async def _watch_leases(session: Session, leases: Leases) -> None:
    """Add a notice when the shop no longer has a temporary subscription."""
    while True:
        await asyncio.sleep(_CHECK_INTERVAL)
        try:
            vanished = await leases.vanished()
        except InboxError as error:
            session.add_notice(error.message, error.hint)
            continue
        except DevhookError:
            # The ping reports a dead network, and the next check a shop that still fails.
            continue
        if vanished:
            topics = ", ".join(lease.topic for lease in vanished)
            session.add_notice(
                f"{leases.shop} no longer has the temporary subscription to {topics}.",
                "Shopify removes one after 8 failures, and an app that registers its own may remove others."
                " On the screen, s and then v create it again.",
            )
