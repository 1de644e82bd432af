"""What ngrok's error codes mean in plain words, and what of its words may be shown.

https://ngrok.com/docs/errors/
"""

import re
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict

from devhook.errors import CredentialsRefused, DevhookError, TunnelError
from devhook.text import visible

_CODE: Final = re.compile(r"ERR_NGROK_(\d{1,6})")
_LONGEST: Final = 300
_HIDDEN: Final = "‹token›"
# ERR_NGROK_105 and 107 quote the token; a proxy's address may hold a password.
_QUOTED_TOKEN: Final = re.compile(
    r"(?i)((?:authtoken|token|credential)s?\b\W{0,3}(?:is\s+)?[:=]\W{0,3})[^\s\"'\\,]+"
)
# Tokens and API keys of ngrok look like this: 27 characters, an underscore, 21 characters.
_LIKE_A_TOKEN: Final = re.compile(r"\b[0-9A-Za-z]{16,}_[0-9A-Za-z]{12,}\b")
_USER_INFO: Final = re.compile(r"(?<=://)[^\s/@]+@")

_COPY_AGAIN: Final = (
    "Copy it again from dashboard.ngrok.com/get-started/your-authtoken and type: "
    "ngrok config add-authtoken TOKEN (or set NGROK_AUTHTOKEN)."
)
_DOMAINS: Final = (
    "Leave out --domain to get the account's own one; dashboard.ngrok.com/domains lists those it may use."
)
_USAGE: Final = "dashboard.ngrok.com/usage shows it. Any other tunnel will do too: --public-url https://…"


class ErrorMeaning(BaseModel):
    """What a code means: the sentence, the remedy, and whether it is the token that is refused."""

    model_config = ConfigDict(frozen=True)

    message: str
    hint: str
    credentials: bool = False

    def error(self, code: str) -> DevhookError:
        """The failure, to be raised."""
        kind = CredentialsRefused if self.credentials else TunnelError
        return kind(f"{self.message} (ERR_NGROK_{code})", self.hint)


def _token(message: str, hint: str = _COPY_AGAIN) -> ErrorMeaning:
    return ErrorMeaning(message=message, hint=hint, credentials=True)


def _other(message: str, hint: str) -> ErrorMeaning:
    return ErrorMeaning(message=message, hint=hint)


_NOT_YOURS: Final = _other("The domain is not one that this ngrok account may use.", _DOMAINS)
_TOO_OLD: Final = _other("ngrok no longer serves an agent as old as this one.", "Type: ngrok update")

ERROR_MEANINGS: Final[dict[str, ErrorMeaning]] = {
    "105": _token("ngrok does not take the token: it has not the form of one."),
    "107": _token("ngrok does not know the token: it was reset, or was never right."),
    "4018": _token(
        "ngrok needs a token, and knows none.",
        "LogEvent up at dashboard.ngrok.com (it is free), copy the token and type: "
        "ngrok config add-authtoken TOKEN",
    ),
    "123": _token(
        "The email address of the ngrok account is not confirmed yet.",
        "Open the link in ngrok's mail, or have it sent again: dashboard.ngrok.com/user/settings",
    ),
    "108": _other(
        "The ngrok account runs as many agents already as its plan allows.",
        "End one of them; dashboard.ngrok.com/agents shows where they run.",
    ),
    "120": _TOO_OLD,
    "121": _TOO_OLD,
    "313": _NOT_YOURS,
    "314": _NOT_YOURS,
    "320": _NOT_YOURS,
    "324": _other(
        "The ngrok account has as many endpoints already as its plan allows.",
        "End one of them; dashboard.ngrok.com/endpoints lists them.",
    ),
    "334": _other(
        "The address is online already: another ngrok agent holds it.",
        "End that one (dashboard.ngrok.com/endpoints shows where it runs), or take another address: "
        "--domain NAME",
    ),
    "702": _other("ngrok takes no more requests for this minute.", _USAGE),
    "725": _other("The bytes that ngrok's plan allows for this month are used up.", _USAGE),
    "727": _other("The requests that ngrok's plan allows for this month are used up.", _USAGE),
    "3004": _other(
        "ngrok got an answer that is not HTTP from what the address leads to.",
        "See that the address leads to devhook's port, and not to another one.",
    ),
    "3200": _other(
        "ngrok knows the address, but no agent holds it at the moment.",
        "If it does not come back by itself, start devhook again.",
    ),
    "6024": _other(
        "ngrok shows its warning page for browsers instead of passing the request on.",
        "Webhooks do not meet it; something on the way makes the ping look like a browser.",
    ),
    "8012": _other(
        "The tunnel stands, but nothing answers at the place it leads to.",
        "See that the tunnel leads to the port that devhook listens on.",
    ),
    "9009": _other(
        "ngrok lets agents behind a proxy connect in its paid plans only.",
        "Unset http_proxy and https_proxy if the machine has another way out, or use --public-url https://…",
    ),
}


def codes_in(text: str) -> list[str]:
    """Return the numbers of the codes in `text`, those whose meaning is known first: `["334"]`."""
    codes = list(dict.fromkeys(_CODE.findall(text)))
    return sorted(codes, key=lambda code: code not in ERROR_MEANINGS)


def refused(text: str) -> DevhookError | None:
    """Return the failure that ngrok's words hold the code of, or None when they hold none."""
    codes = codes_in(text)
    if not codes:
        return None
    if known := ERROR_MEANINGS.get(codes[0]):
        return known.error(codes[0])
    return TunnelError(
        f"ngrok refused with ERR_NGROK_{codes[0]}.",
        f"ngrok.com/docs/errors/err_ngrok_{codes[0]} explains it.",
    )


def showable(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the first sentence of ngrok's words as they may be shown: no secret, nothing that acts.

    `secrets` are the tokens that are known; what looks like one is hidden too.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    # The agent's log writes line ends as two characters each.
    lines = text.replace("\\r", "\n").replace("\\n", "\n").strip().splitlines()
    first = lines[0].strip() if lines else ""
    first = _USER_INFO.sub("", _LIKE_A_TOKEN.sub(_HIDDEN, _QUOTED_TOKEN.sub(rf"\1{_HIDDEN}", first)))
    return visible(first[:_LONGEST].rstrip(". "))
