"""Whether a signing secret has the form of one, without showing it. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.doctor.finding import Finding, note, obstacle, ok

_CHECK: Final = "secret"
_TOKEN: Final = re.compile(r"shp(?:at|ca|pa|ua)_")
# The client secret of an app is shpss_ and 32 hexadecimal digits, or the digits alone for older apps. The
# secret of the admin's webhooks is hexadecimal too.
_USUAL: Final = re.compile(r"(?:shpss_)?[0-9a-f]{32,64}\Z")
_QUOTES: Final = "\"'`\u201c\u201d\u2018\u2019"
_WHERE: Final = "The client secret is next to the client id in the app's settings (shpss_…)."
_ADMINS: Final = (
    "Webhooks made in the admin (Settings > Notifications) are signed with another one:"
    " DEVHOOK_NOTIFICATIONS_SECRET."
)


class SigningSecret(BaseModel):
    """A secret that signatures are checked with.

    `name`: its name in messages.
    `value`: the secret.
    `source`: where it was found.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    name: str
    value: SecretStr
    source: str


def signing_findings(
    secrets: Sequence[SigningSecret], others: Iterable[tuple[str, SecretStr]]
) -> list[Finding]:
    """Return whether each secret has the form of a signing secret.

    `others` are the credentials that a secret may have been confused with, by name.
    """
    if not secrets:
        return [
            note(
                _CHECK,
                "No secret is set: signatures will not be checked.",
                f"Set DEVHOOK_CLIENT_SECRET to the app's. {_ADMINS}",
            )
        ]
    confusable = {value.get_secret_value().strip(): name for name, value in others}
    return [_finding(each, confusable) for each in secrets]


def _finding(secret: SigningSecret, confusable: dict[str, str]) -> Finding:
    value = secret.value.get_secret_value().strip()
    subject = f"The {secret.name} (from {secret.source})"
    if value[0] in _QUOTES or value[-1] in _QUOTES:
        return obstacle(_CHECK, f"{subject} is enclosed in quotation marks.", "Remove the quotation marks.")
    if not value.isascii() or not value.isprintable() or " " in value:
        return obstacle(
            _CHECK,
            f"{subject} contains a space, a line break or an invalid character.",
            "Copy it again completely.",
        )
    if _TOKEN.match(value):
        return obstacle(_CHECK, f"{subject} is an access token; Shopify does not sign with it.", _WHERE)
    if value in confusable:
        return obstacle(_CHECK, f"{subject} is the {confusable[value]}.", _WHERE)
    if not _USUAL.match(value):
        return note(_CHECK, f"{subject} does not look like a secret of Shopify.", _WHERE)
    return ok(
        _CHECK,
        f"{subject} looks like a secret of Shopify.",
        "" if "Notifications" in secret.name else _ADMINS,
    )
