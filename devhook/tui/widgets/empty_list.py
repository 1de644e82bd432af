"""The text of an empty list: the known reason, and the next key or command."""

from typing import Final

from textual.content import Content

from devhook.session.session import Session, Status
from devhook.text import counted
from devhook.tui import styles
from devhook.tui.untrusted import cut, untrusted

_FILTER: Final = 60


def nothing_matches(text: str, known: int, *, searching: bool, key: str) -> Content:
    """Return the text for a filter `text` that hides all `known` deliveries; `key` clears it."""
    told = "Searching the inbox for" if searching else f"0 of {counted(known, 'delivery')} match"
    return Content.assemble(
        (f"{told}\n", styles.PLAIN),
        untrusted(cut(text, _FILTER), styles.ACCENT),
        ("\n\n", ""),
        (key, styles.HOTKEY),
        (" clears the filter.", styles.MUTED),
    )


def nothing_came(session: Session) -> Content:
    """Return the text for an inbox without deliveries."""
    if session.reads_only:
        return _read_only(session.status())
    status = session.status()
    parts = [Content.styled("Waiting for the first delivery.\n\n", styles.PLAIN)]
    if not session.secrets:
        # Ahead of the rest, whose end a small terminal cuts off.
        parts += [
            Content.styled("No secret is known, so signatures are not checked.\nSet ", styles.WARNING),
            Content.styled("DEVHOOK_CLIENT_SECRET", styles.ACCENT),
            Content.styled(" and start again.\n\n", styles.WARNING),
        ]
    if status.simulated:
        parts += _simulated(status)
    elif status.dead_since is not None:
        parts += _dead(status)
    elif status.shop:
        parts += _of_a_shop(status)
    else:
        parts += _without_a_shop(status)
    return Content.assemble(*parts)


def _read_only(status: Status) -> Content:
    return Content.assemble(
        ("There is no delivery in\n", styles.PLAIN),
        untrusted(cut(status.source or status.inbox, _FILTER), styles.ACCENT),
        ("\n\nWhat another devhook receives into it appears here. ", styles.MUTED),
        ("q", styles.HOTKEY),
        (" closes.", styles.MUTED),
    )


def _simulated(status: Status) -> list[Content]:
    return [
        Content.styled("Press ", styles.MUTED),
        Content.styled("1", styles.HOTKEY),
        Content.styled(" to check out an order in the simulated shop,\nor send a delivery to ", styles.MUTED),
        untrusted(status.address, styles.ACCENT),
    ]


def _dead(status: Status) -> list[Content]:
    since = f"{status.dead_since.astimezone():%H:%M}" if status.dead_since else ""
    return [
        Content.styled(f"Since {since} no delivery reaches devhook through\n", styles.ERROR),
        untrusted(status.public_url or status.address, styles.ACCENT),
        Content.styled("\ndevhook keeps trying. To find the cause: ", styles.MUTED),
        Content.styled("devhook doctor", styles.ACCENT),
    ]


def _of_a_shop(status: Status) -> list[Content]:
    shop = untrusted(status.shop or "", styles.ACCENT)
    if not status.leases:
        return [
            Content.styled("devhook has no subscription in ", styles.MUTED),
            shop,
            Content.styled(".\n", styles.MUTED),
            Content.styled("s", styles.HOTKEY),
            Content.styled(" lists the subscriptions, and ", styles.MUTED),
            Content.styled("n", styles.HOTKEY),
            Content.styled(" there creates one.", styles.MUTED),
        ]
    verb = "waits" if status.leases == 1 else "wait"
    return [
        Content.styled(f"{counted(status.leases, 'subscription')} in ", styles.MUTED),
        shop,
        Content.styled(f" {verb} for a change there, at\n", styles.MUTED),
        untrusted(status.public_url or status.address, styles.ACCENT),
        Content.styled("\n\n", ""),
        Content.styled("s", styles.HOTKEY),
        Content.styled(" lists them. ", styles.MUTED),
        Content.styled("c", styles.HOTKEY),
        Content.styled(" creates a delivery without the shop.", styles.MUTED),
    ]


def _without_a_shop(status: Status) -> list[Content]:
    if status.public_url:
        return [
            Content.styled("Create a webhook subscription with the address\n", styles.MUTED),
            untrusted(status.public_url, styles.ACCENT),
        ]
    return [
        Content.styled("Without a tunnel only programs on this machine reach\n", styles.MUTED),
        untrusted(status.address, styles.ACCENT),
        Content.styled("\n\n", ""),
        Content.styled("c", styles.HOTKEY),
        Content.styled(" creates a delivery and sends it there.\n", styles.MUTED),
        Content.styled("--tunnel", styles.ACCENT),
        Content.styled(" opens a public address, and ", styles.MUTED),
        Content.styled("--shop", styles.ACCENT),
        Content.styled(" subscribes there too.", styles.MUTED),
    ]
