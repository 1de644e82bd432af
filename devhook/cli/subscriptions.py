"""`devhook subscriptions`: lists the subscriptions of the app in a shop, and removes temporary ones."""

import asyncio
import sys
from pathlib import Path
from typing import Final

import click

from devhook import event_loop
from devhook.cli.console import confirm, echo, info, warn
from devhook.cli.inbox_access import open_inbox
from devhook.cli.options import NearestChoice
from devhook.cli.shop import admin_client, required_shop, shop_options
from devhook.errors import ExitStatus, InputError
from devhook.inbox.journal import open_leases
from devhook.shop.client import AdminClient
from devhook.shop.leases import Leases, RemainingLease
from devhook.shop.registrations import (
    Holder,
    Registration,
    journal_leases,
    list_registrations,
    unproven_sentences,
    version_differences,
)
from devhook.shop.subscriptions import delete
from devhook.shop.versions import APP_DECIDES
from devhook.text import counted, visible

_WHOSE: Final = {
    "lease": "temporary, of this inbox",
    "devhook": "devhook's, of another inbox",
    "other": "not devhook's",
}
_NOT_LISTED: Final = "The Admin API does not list those of shopify.app.toml, of the admin and of other apps."


@click.command()
@click.argument("action", type=NearestChoice(["list", "clean"]), default="list", metavar="[list|clean]")
@shop_options
@click.option(
    "--dead",
    is_flag=True,
    help="clean: also remove subscriptions to a dead or unreachable tunnel, after asking about each.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per subscription.")
@click.pass_obj
def subscriptions(
    inbox: Path,
    *,
    action: str,
    shop: str | None,
    api_version: str,
    admin_origin: str | None,
    dead: bool,
    as_json: bool,
) -> ExitStatus:
    """List or remove webhook subscriptions in the shop.

    list shows the subscriptions of this app, and marks those to a dead tunnel: every address that looks like
    a tunnel is requested once.

    clean removes only the temporary subscriptions that the journal of this inbox proves to be devhook's own;
    a running devhook listen keeps its subscriptions.
    """
    if dead and action == "list":
        raise InputError("--dead needs clean.", "devhook subscriptions clean --dead")
    client = admin_client(required_shop(shop), api_version, admin_origin)
    if action == "list":
        return event_loop.run(_list(client, inbox, as_json=as_json))
    return event_loop.run(_clean(client, inbox, dead=dead, as_json=as_json))


async def _list(client: AdminClient, inbox: Path, *, as_json: bool) -> ExitStatus:
    async with client:
        leases = journal_leases(inbox, client.shop)
        entries = await list_registrations(client, [lease for lease in leases if lease.proven])
    if as_json:
        for entry in entries:
            echo(_as_object(entry))
        return ExitStatus.DONE
    if entries:
        _table(entries)
    info(f"{counted(len(entries), 'subscription')} of this app in {client.shop}. {_NOT_LISTED}")
    for difference in version_differences(entries):
        info(f"{difference} {APP_DECIDES}")
    if any(entry.holder == "lease" for entry in entries):
        info("To remove the temporary ones: devhook subscriptions clean")
    for sentence in unproven_sentences([lease for lease in leases if not lease.proven]):
        info(sentence)
    if any(entry.dead for entry in entries):
        info("To remove those to dead tunnels: devhook subscriptions clean --dead")
    return ExitStatus.DONE


async def _clean(client: AdminClient, inbox: Path, *, dead: bool, as_json: bool) -> ExitStatus:
    async with client:
        known = journal_leases(inbox, client.shop)
        leases = [lease for lease in known if lease.proven]
        entries = await list_registrations(client, leases)
        all_gone = await _remove_leases(client, inbox, as_json=as_json) if leases else True
        if not leases:
            info(f"The journal of {inbox} lists no subscription in {client.shop}.")
        for sentence in unproven_sentences([lease for lease in known if not lease.proven]):
            info(sentence)
        others = [entry for entry in entries if entry.holder is not Holder.LEASE]
        gone = [entry for entry in others if entry.dead or entry.unreachable]
        if elsewhere := [each for each in others if each.holder is Holder.DEVHOOK and each not in gone]:
            info(
                f"{counted(len(elsewhere), 'subscription')} of another devhook or inbox, which removes them:"
            )
            for entry in elsewhere:
                info(f"  {entry.subscription.topic} to {entry.subscription.uri}")
        if dead:
            await _remove(client, gone, as_json=as_json)
        elif gone:
            info(
                f"{counted(len(gone), 'other subscription')} to dead or unreachable tunnels; "
                "no journal proves who made them:"
            )
            for entry in gone:
                info(f"  {_in_words(entry)}")
            info("To remove them one by one: devhook subscriptions clean --dead")
    return ExitStatus.DONE if all_gone else ExitStatus.FAILED


async def _remove_leases(client: AdminClient, inbox: Path, *, as_json: bool) -> bool:
    """Remove the subscriptions of ended sessions; return whether none of them is left."""
    with open_inbox(inbox) as opened:
        leases = Leases(opened, client)
        removal = await leases.clean_up()
        for lease in removal.removed:
            _print_removed(lease.topic, lease.uri, as_json=as_json)
        undecided = [
            left for left in removal.left if not await _decide(client, leases, left, as_json=as_json)
        ]
        left_ids = {left.lease.id for left in removal.left}
        for lease in open_leases(opened, client.shop):
            if lease.proven and lease.id not in left_ids:
                info(f"{lease.topic} to {lease.uri} is not removed: it belongs to a devhook that is running.")
    for left in undecided:
        warn(f"{left.lease.topic} to {left.lease.uri} was not removed: {left.reason}", left.hint)
    return not undecided


async def _decide(client: AdminClient, leases: Leases, left: RemainingLease, *, as_json: bool) -> bool:
    """Ask about each subscription that may be devhook's without a proof; return whether all are decided."""
    if not left.candidates or not sys.stdin.isatty():
        return False
    for found in left.candidates:
        name = visible(f"{found.topic} to {found.uri}, created {found.created_at:%Y-%m-%d %H:%M:%S} UTC")
        if await _confirmed(f"Nothing proves that devhook made {name} in {client.shop}. Remove it?"):
            await leases.remove_candidate(left, found)
            _print_removed(found.topic, found.uri, as_json=as_json)
            return True
    leases.dismiss(left)
    return True


async def _remove(client: AdminClient, entries: list[Registration], *, as_json: bool) -> None:
    """Remove these subscriptions, each after a confirmation: no journal proves that devhook made them."""
    if not entries:
        info("No subscription leads to a dead tunnel.")
    if entries and not sys.stdin.isatty():
        raise InputError(
            f"Removing {counted(len(entries), 'subscription')} needs a confirmation in a terminal.",
            "Without one, devhook subscriptions clean removes those that the journal proves to be devhook's.",
        )
    for entry in entries:
        if not await _confirmed(f"Remove {_in_words(entry)}?"):
            continue
        await delete(client, entry.subscription.id)
        _print_removed(entry.subscription.topic, entry.subscription.uri, as_json=as_json)


async def _confirmed(question: str) -> bool:
    """Ask in a thread: Ctrl+C ends an event loop only while it runs."""
    context = click.get_current_context()

    def ask() -> bool:
        with context.scope(cleanup=False):
            return confirm(question)

    return await asyncio.to_thread(ask)


def _print_removed(topic: str, uri: str, *, as_json: bool) -> None:
    echo(
        {"removed": {"topic": topic, "uri": uri}}
        if as_json
        else f"Removed {visible(topic)} to {visible(uri)}."
    )


def _in_words(entry: Registration) -> str:
    found = entry.subscription
    made = f"{_WHOSE[entry.holder]}, created {found.created_at:%Y-%m-%d %H:%M} UTC"
    why = entry.dead or f"{entry.unreachable}, perhaps because of your own network"
    return visible(f"{found.topic} to {found.uri} ({made}; {why})")


def _table(entries: list[Registration]) -> None:
    rows = [
        tuple(
            visible(cell)
            for cell in (
                each.subscription.topic,
                each.subscription.format,
                each.subscription.api_version,
                f"{each.subscription.created_at:%Y-%m-%d %H:%M}",
                each.subscription.name or "-",
                _WHOSE[each.holder],
            )
        )
        for each in entries
    ]
    head = ("TOPIC", "FORMAT", "VERSION", "MADE (UTC)", "NAME", "WHOSE")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    echo(_line(head, widths))
    for row, entry in zip(rows, entries, strict=True):
        echo(_line(row, widths))
        echo(f"  → {visible(entry.subscription.uri)}")
        if entry.dead:
            echo(click.style(f"    a dead tunnel: {entry.dead}", fg="yellow"))
        elif entry.unreachable:
            echo(click.style(f"    {entry.unreachable}", fg="yellow"))


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _as_object(entry: Registration) -> dict[str, object]:
    """Return a subscription as a JSON object. Its keys are a contract."""
    found = entry.subscription
    return {
        "id": found.id,
        "topic": found.topic,
        "uri": found.uri,
        "format": found.format,
        "name": found.name,
        "filter": found.filter,
        "include_fields": found.include_fields,
        "api_version": found.api_version,
        "requested_api_version": entry.requested_version or None,
        "created_at": found.created_at.isoformat(),
        "whose": entry.holder,
        "dead": entry.dead or None,
        "unreachable": entry.unreachable or None,
    }
