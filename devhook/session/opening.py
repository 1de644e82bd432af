"""The parts that every session opens and closes: inbox, receiver, background tasks, subscriptions."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack

from devhook.errors import InputError
from devhook.inbox.database import Inbox
from devhook.inbox.feed import Feed
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.loading import LoadingReceiver
from devhook.receiver.process import ReceiverProcess
from devhook.receiver.targets import Target
from devhook.sender.target import is_this_machine, listening_changes
from devhook.session.session import AT_ONCE, READING_TIME, Intake, Session
from devhook.shop.leases import Leases
from devhook.text import counted

Info = Callable[[str], None]
"""Shows the user one sentence about progress."""


async def open_intake(
    stack: AsyncExitStack, config: ReceiverConfig, loading: LoadingReceiver | None = None
) -> Intake:
    """Open the inbox, then the receiver, so that a bad inbox is reported before a process starts.

    `loading` is a receiver's process that knows of no inbox yet.

    Raise InputError where a target is the receiver itself: each delivery would come back without end.
    """
    inbox = stack.enter_context(Inbox.open(config.inbox))
    # The feed is made before the receiver starts, so that it includes deliveries that arrive during opening.
    feed = Feed(inbox, after=inbox.newest(), at_once=AT_ONCE, seconds=READING_TIME, aside=True)
    stack.callback(feed.close)
    receiver = await stack.enter_async_context(ReceiverProcess.start(config, loading))
    for target in config.targets:
        host, port = target.place
        if port == receiver.port and is_this_machine(host):
            raise InputError(
                f"{target.name} is the address of devhook itself: deliveries would be forwarded in a loop.",
                "Use the port that your app listens on: --forward-to 3000",
            )
    return Intake(inbox, feed, receiver)


def watch_intake(stack: AsyncExitStack, session: Session) -> None:
    """Stop the session when its receiver ends, and watch whether its targets listen."""
    run_in_background(stack, session.watch_receiver())
    for target in session.targets:
        run_in_background(stack, _watch_target(session, target))


async def _watch_target(session: Session, target: Target) -> None:
    async for found in listening_changes(target.url):
        session.target_listens(target, listens=found)


def describe_answers(config: ReceiverConfig, info: Info) -> None:
    """Print where deliveries are forwarded to, and how the sender is answered unless it is the default."""
    for target in config.targets:
        which = ", ".join(target.topics) or "Deliveries"
        info(f"{which} are forwarded to {target.url}.")
    if config.targets and config.wait_for_target:
        info("The target's answer is returned to the sender, within 4.5 s.")
    if config.faults:
        info(f"Answering with faults: {', '.join(map(str, config.faults))}.")


async def remove_subscriptions(leases: Leases, info: Info) -> None:
    """Remove the temporary subscriptions, and print how many were removed and which are left."""
    removal = await leases.remove_all()
    removed = f"Removed {counted(len(removal.removed), 'temporary subscription')} from {leases.shop}; "
    if not removal.left:
        info(f"{removed}nothing is left behind.")
        return
    info(f"{removed}{len(removal.left)} left:")
    for left in removal.left:
        info(f"  {left.lease.topic}: {left.reason} {left.hint}")


def run_in_background(stack: AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    """Run `work` until the stack is closed. Its failure is raised then."""
    task = asyncio.get_running_loop().create_task(work)
    stack.push_async_callback(_cancel, task)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.result()
