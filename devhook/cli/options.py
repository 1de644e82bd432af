"""Options that several commands share, and the secrets that come from the environment."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from devhook.webhook.signature import Secret

# The name is what the screen calls the secret by; the variables are tried in this order.
_SECRET_VARIABLES: Final = {
    "client secret": ("DEVHOOK_CLIENT_SECRET", "SHOPIFY_API_SECRET"),
    "old client secret": ("DEVHOOK_OLD_CLIENT_SECRET",),
    "Notifications secret": ("DEVHOOK_NOTIFICATIONS_SECRET",),
}


def face_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--output` and `--json`: which face a run is shown with."""
    output = click.option(
        "--output",
        type=click.Choice(["tui", "lines", "json"]),
        help="How deliveries are shown. Default: tui in a terminal, lines elsewhere.",
    )
    json = click.option(
        "--json", "as_json", is_flag=True, help="One JSON object per delivery: --output json."
    )
    return output(json(command))


def secrets_known() -> tuple["Secret", ...]:
    """Return the secrets in the environment. There is no option for them: `ps` shows options to everybody."""
    from devhook.webhook.signature import Secret

    found = []
    for name, variables in _SECRET_VARIABLES.items():
        value = next(
            (os.environ[variable] for variable in variables if os.environ.get(variable, "").strip()), None
        )
        if value is not None:
            found.append(Secret(name=name, value=value))
    return tuple(found)
