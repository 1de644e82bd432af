"""The checks of the shop: its API, the token, scopes, API version, clock, leftover subscriptions."""

from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Final

from devhook.doctor.finding import Finding, failed, note, obstacle, ok
from devhook.doctor.project import scope_findings
from devhook.errors import CredentialsRefused, DevhookError
from devhook.inbox.journal import Lease
from devhook.project.app_config import AppConfig
from devhook.shop.access import Access, ClientCredentials
from devhook.shop.client import AdminClient
from devhook.shop.known_refusals.subscriptions import DECLARED
from devhook.shop.refusals import topic_refusal
from devhook.shop.registrations import Holder, list_registrations
from devhook.shop.subscriptions import granted_scopes, scopes_allow, stable_versions
from devhook.text import counted, duration, listed
from devhook.webhook.topics import Topic

# Shopify's clock orders the deliveries; this machine's clock measures their delay.
_TOLERATED: Final = timedelta(seconds=10)
_KINDS: Final = {
    "shpat_": "an Admin API access token (shpat_…)",
    "shpca_": "an Admin API access token of a custom app (shpca_…)",
    "shppa_": "the password of a private app (shppa_…)",
}


async def shop_findings(
    client: AdminClient,
    access: Access,
    source: str,
    topics: Sequence[Topic],
    leases: Sequence[Lease],
    app: AppConfig | None = None,
) -> list[Finding]:
    """Query the shop and return the findings. Nothing is changed in the shop.

    `source`: where `access` was found.
    `topics`: the topics to subscribe to.
    `leases`: the open leases of the journal.
    `app`: what the project's `shopify.app.toml` declares.

    If the shop rejects the token, the checks that need it are left out.
    """
    try:
        granted = await granted_scopes(client)
    except CredentialsRefused as error:
        return [ok("shop", f"{client.shop} answers."), failed("token", error)]
    except DevhookError as error:
        return [failed("shop", error)]
    return [
        ok("shop", f"{client.shop} answers."),
        ok("token", f"{client.shop} accepts {_kind(access)}, from {source}."),
        *(_scope(topic, granted, client) for topic in topics),
        *scope_findings(app, granted),
        *await _findings_of("version", _versions(client)),
        *_clock(client.clock_ahead),
        *await _findings_of("leftovers", _leftovers(client, leases)),
    ]


async def _findings_of(check: str, findings: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        return await findings
    except DevhookError as error:
        return [failed(check, error)]


def _kind(access: Access) -> str:
    if isinstance(access, ClientCredentials):
        return "the client id and secret (a token for 24 h at a time)"
    token = access.token.get_secret_value()
    return next((kind for prefix, kind in _KINDS.items() if token.startswith(prefix)), "the access token")


def _scope(topic: Topic, granted: frozenset[str], client: AdminClient) -> Finding:
    check = f"scope {topic.name}"
    attempt = client.request_context().model_copy(update={"topic": topic, "uri": "https://"})
    if refusal := topic_refusal(attempt):
        return failed(check, refusal.error())
    if not scopes_allow(topic, granted):
        return obstacle(
            check,
            f"{topic.name} needs {listed(topic.scopes)}, and the app is granted none of them.",
            DECLARED,
        )
    if not topic.scopes:
        return ok(check, f"{topic.name} needs no scope.")
    scope = next(
        each for each in topic.scopes if scopes_allow(topic.model_copy(update={"scopes": (each,)}), granted)
    )
    if topic.protected_customer_data:
        return ok(
            check,
            f"{topic.name}: {scope} is granted.",
            "It contains protected customer data; only subscribing shows whether the app is approved for "
            "that.",
        )
    return ok(check, f"{topic.name}: {scope} is granted.")


async def _versions(client: AdminClient) -> list[Finding]:
    asked, stable = client.api_version, await stable_versions(client)
    newest = max(stable, default=asked)
    if client.answered_version not in {None, asked}:
        return [
            note(
                "version",
                f"API version {asked} is no longer supported; {client.answered_version} is used instead.",
                f"Use --api-version {newest}.",
            )
        ]
    if asked not in stable:
        return [
            note(
                "version",
                f"API version {asked} is not a stable version.",
                f"The newest stable version: --api-version {newest}",
            )
        ]
    if asked < newest:
        return [
            note(
                "version",
                f"API version {asked} is supported, but not the newest.",
                f"Use --api-version {newest}.",
            )
        ]
    return [ok("version", f"API version {asked} is the newest stable version.")]


def _clock(ahead: timedelta | None) -> list[Finding]:
    if ahead is None:
        return []
    if abs(ahead) <= _TOLERATED:
        return [ok("clock", "This machine's clock agrees with Shopify's.")]
    direction = "ahead of" if ahead > timedelta() else "behind"
    return [
        note(
            "clock",
            f"This machine's clock is {duration(abs(ahead).total_seconds())} {direction} Shopify's.",
            "Synchronise it; otherwise the times shown for deliveries are wrong.",
        )
    ]


async def _leftovers(client: AdminClient, leases: Sequence[Lease]) -> list[Finding]:
    entries = await list_registrations(client, leases)
    found = []
    if leases:
        known = counted(len(leases), "subscription")
        found.append(
            note(
                "leftovers",
                f"The journal lists {known} of devhook in {client.shop}.",
                "If no devhook listen is running: devhook subscriptions clean",
            )
        )
    foreign = sum(entry.holder is Holder.DEVHOOK for entry in entries)
    if foreign:
        found.append(
            note(
                "leftovers",
                f"{counted(foreign, 'subscription')} {_were(foreign)} made by devhook with another inbox.",
                "Perhaps by a colleague, or from another folder: devhook subscriptions list",
            )
        )
    dead = sum(bool(entry.dead) for entry in entries)
    if dead:
        found.append(
            note(
                "leftovers",
                f"{counted(dead, 'subscription')} {_were(dead)} made for a dead tunnel.",
                "devhook subscriptions list",
            )
        )
    return found or [ok("leftovers", f"No subscription of devhook is left over in {client.shop}.")]


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
