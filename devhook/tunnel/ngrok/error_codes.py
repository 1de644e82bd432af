"""The meanings of the error codes of ngrok's agent, and which of its words may be shown.

Those of ngrok's answers to requests are in webhook/interception/tunnels.py.

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
# ERR_NGROK_105 and 107 quote the token; a proxy's address may contain a password.
_QUOTED_TOKEN: Final = re.compile(
    r"(?i)((?:authtoken|token|credential)s?\b\W{0,3}(?:is\s+)?[:=]\W{0,3})[^\s\"'\\,]+"
)
# The form of ngrok's tokens and API keys: 27 characters, an underscore, 21 characters.
_LIKE_A_TOKEN: Final = re.compile(r"\b[0-9A-Za-z]{16,}_[0-9A-Za-z]{12,}\b")
_USER_INFO: Final = re.compile(r"(?<=://)[^\s/@]+@")

_COPY_AGAIN: Final = (
    "Copy it again from dashboard.ngrok.com/get-started/your-authtoken and type: "
    "ngrok config add-authtoken TOKEN (or set NGROK_AUTHTOKEN)."
)
_DOMAINS: Final = (
    "Remove --domain to use the account's own; dashboard.ngrok.com/domains lists the account's domains."
)


class ErrorMeaning(BaseModel):
    """What a code means.

    `message`: what happened.
    `hint`: what to do about it.
    `credentials`: whether ngrok rejects the token.
    """

    model_config = ConfigDict(frozen=True)

    message: str
    hint: str
    credentials: bool = False

    def error(self, code: str) -> DevhookError:
        """Return the error to raise."""
        kind = CredentialsRefused if self.credentials else TunnelError
        return kind(f"{self.message} (ERR_NGROK_{code})", self.hint)


def _token(message: str, hint: str = _COPY_AGAIN) -> ErrorMeaning:
    return ErrorMeaning(message=message, hint=hint, credentials=True)


def _other(message: str, hint: str) -> ErrorMeaning:
    return ErrorMeaning(message=message, hint=hint)


_NOT_YOURS: Final = _other("This ngrok account may not use the domain.", _DOMAINS)
_TOO_OLD: Final = _other("ngrok no longer supports an agent as old as this one.", "Type: ngrok update")

ERROR_MEANINGS: Final[dict[str, ErrorMeaning]] = {
    "105": _token("ngrok rejects the token: it does not have the form of a token."),
    "107": _token("ngrok rejects the token: it was reset, or is wrong."),
    "4018": _token(
        "ngrok has no token.",
        "Sign up at dashboard.ngrok.com (it is free), copy the token and type: "
        "ngrok config add-authtoken TOKEN",
    ),
    "123": _token(
        "The email address of the ngrok account is not confirmed.",
        "Open the link in ngrok's mail, or request another one: dashboard.ngrok.com/user/settings",
    ),
    "108": _other(
        "The ngrok account already runs as many agents as its plan allows.",
        "Stop one of them: dashboard.ngrok.com/agents lists them.",
    ),
    "120": _TOO_OLD,
    "121": _TOO_OLD,
    "313": _NOT_YOURS,
    "314": _NOT_YOURS,
    "320": _NOT_YOURS,
    "324": _other(
        "The ngrok account already has as many endpoints as its plan allows.",
        "Stop one of them: dashboard.ngrok.com/endpoints lists them.",
    ),
    "334": _other(
        "The address is already online: another ngrok agent uses it.",
        "End that agent (dashboard.ngrok.com/endpoints shows where it runs), or use another address: "
        "--domain NAME",
    ),
    "9009": _other(
        "ngrok supports agents behind a proxy in its paid plans only.",
        "Unset http_proxy and https_proxy if the machine can connect without them, or use --public-url https://…",
    ),
}


def codes_in(text: str) -> list[str]:
    """Return the numbers of the codes in `text`, those with a known meaning first: `["334"]`."""
    codes = list(dict.fromkeys(_CODE.findall(text)))
    return sorted(codes, key=lambda code: code not in ERROR_MEANINGS)


def error_of(text: str) -> DevhookError | None:
    """Return the error for the code in ngrok's words, or None if they contain no code."""
    codes = codes_in(text)
    if not codes:
        return None
    if known := ERROR_MEANINGS.get(codes[0]):
        return known.error(codes[0])
    return TunnelError(
        f"ngrok rejects the request with ERR_NGROK_{codes[0]}.",
        f"ngrok.com/docs/errors/err_ngrok_{codes[0]} explains it.",
    )


def showable(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the first line of ngrok's words, without secrets and with control characters made visible.

    `secrets` are the known tokens; text in the form of a token is hidden too.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    # The agent's log escapes line ends.
    lines = text.replace("\\r", "\n").replace("\\n", "\n").strip().splitlines()
    first = lines[0].strip() if lines else ""
    first = _USER_INFO.sub("", _LIKE_A_TOKEN.sub(_HIDDEN, _QUOTED_TOKEN.sub(rf"\1{_HIDDEN}", first)))
    return visible(first[:_LONGEST].rstrip(". "))
