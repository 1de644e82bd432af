"""Whether a secret can be one that Shopify signs with, by its looks, and without showing it. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.doctor.finding import Finding, note, obstacle, ok

_CHECK: Final = "secret"
_TOKEN: Final = re.compile(r"shp(?:at|ca|pa|ua)_")
# An app's: shpss_ and 32 hexadecimal digits, or those alone for older apps. The admin's is hexadecimal too.
_USUAL: Final = re.compile(r"(?:shpss_)?[0-9a-f]{32,64}\Z")
_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
_WHERE: Final = "The client secret stands beside the client id in the app's settings (shpss_…)."
_ADMINS: Final = (
    "Webhooks made in the admin (Settings > Notifications) are signed with another one:"
    " DEVHOOK_NOTIFICATIONS_SECRET."
)


class SigningSecret(BaseModel):
    """A secret that deliveries are checked with: what it is called, and where it was found."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str
    value: SecretStr
    source: str


def signing_findings(
    secrets: Sequence[SigningSecret], others: Iterable[tuple[str, SecretStr]]
) -> list[Finding]:
    """Say of each secret whether it can be one. `others` are what it may have been mistaken for, by name."""
    if not secrets:
        return [
            note(
                _CHECK,
                "No secret is set: signatures will not be checked.",
                f"Set DEVHOOK_CLIENT_SECRET to the app's. {_ADMINS}",
            )
        ]
    mistakable = {value.get_secret_value().strip(): name for name, value in others}
    return [_finding(each, mistakable) for each in secrets]


def _finding(secret: SigningSecret, mistakable: dict[str, str]) -> Finding:
    value = secret.value.get_secret_value().strip()
    called = f"The {secret.name} (from {secret.source})"
    if value[0] in _QUOTES or value[-1] in _QUOTES:
        return obstacle(_CHECK, f"{called} is enclosed in quotation marks.", "Remove the quotation marks.")
    if not value.isascii() or not value.isprintable() or " " in value:
        return obstacle(
            _CHECK,
            f"{called} contains a space, a line break or an invalid character.",
            "Copy it again completely.",
        )
    if _TOKEN.match(value):
        return obstacle(_CHECK, f"{called} is an access token; Shopify does not sign with it.", _WHERE)
    if value in mistakable:
        return obstacle(_CHECK, f"{called} is the {mistakable[value]}.", _WHERE)
    if not _USUAL.match(value):
        return note(_CHECK, f"{called} does not look like a secret of Shopify.", _WHERE)
    return ok(
        _CHECK, f"{called} looks like a secret of Shopify.", "" if "Notifications" in secret.name else _ADMINS
    )
