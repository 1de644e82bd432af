"""`devhook verify` and `devhook sign`: one body by hand."""

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from devhook.cli.narration import note, put, tell
from devhook.errors import ExitStatus, InputError
from devhook.text import byte_size

if TYPE_CHECKING:
    from devhook.cli.credentials import Credentials
    from devhook.signature_doctor.doctor import Diagnosis
    from devhook.webhook.delivery import Delivery
    from devhook.webhook.signature import Check

# Far more than any payload: a file that is larger is another file.
_READ_AT_MOST: Final = 32 * 2**20
_HOW_TO_SET: Final = (
    "Set DEVHOOK_CLIENT_SECRET (or SHOPIFY_API_SECRET) to the app's client secret, and run this again."
)


@click.command(short_help="Check one body's signature, and say what is wrong with it.")
@click.argument("file", type=click.File("rb"), required=False, metavar="FILE")
@click.option(
    "--hmac", "claimed", metavar="H", help="The signature: what stood in the header X-Shopify-Hmac-Sha256."
)
@click.option(
    "--headers",
    "headers",
    type=click.File("rb"),
    metavar="FILE",
    help="Take the signature from saved headers: one a line, or a JSON object.",
)
@click.option(
    "--shop",
    metavar="SHOP",
    envvar=["DEVHOOK_VERIFY_SHOP", "DEVHOOK_SHOP"],
    help="The shop whose secrets the keyring keeps. Also DEVHOOK_SHOP.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def verify(
    *, file: BinaryIO | None, claimed: str | None, headers: BinaryIO | None, shop: str | None, as_json: bool
) -> ExitStatus:
    """Check the signature of the body in FILE (- is what is piped in), and say which mistake made it wrong.

    FILE holds the body's bytes as they came, or a whole saved request: headers, an empty line, the body. The
    secrets are those that listen checks with: DEVHOOK_CLIENT_SECRET, DEVHOOK_OLD_CLIENT_SECRET and
    DEVHOOK_NOTIFICATIONS_SECRET, the config file, the keyring. No secret is an option, and nothing is sent.

    The exit status is 0 when the signature is valid, 1 when it is not, 2 when it cannot be checked.

    \b
      devhook verify body.json --hmac 'K2Zp…='
      devhook verify body.json --headers headers.txt
      pbpaste | devhook verify - --hmac 'K2Zp…='
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    from devhook.webhook.signature import check

    known = _known(shop)
    secrets = known.secrets()
    if not secrets:
        raise InputError("No secret is known to check it with.", _HOW_TO_SET)
    request = _request(file, headers)
    signature = _signature(claimed, request)
    result = check(secrets, request.body, signature)
    if result.signed_with:
        put(json.dumps(_told(result, len(request.body))) if as_json else _valid(result))
        return ExitStatus.DONE
    diagnosis = _diagnosed(request, signature, known)
    if as_json:
        put(json.dumps(_told(result, len(request.body), diagnosis)))
    else:
        _tell_diagnosis(diagnosis)
    if not diagnosis.found:
        _tell_looks(known)
    return ExitStatus.FAILED


@click.command(short_help="Sign one body with the client secret.")
@click.argument("file", type=click.File("rb"), required=False, metavar="FILE")
@click.option(
    "--shop",
    metavar="SHOP",
    envvar=["DEVHOOK_SIGN_SHOP", "DEVHOOK_SHOP"],
    help="The shop whose secrets the keyring keeps. Also DEVHOOK_SHOP.",
)
def sign(*, file: BinaryIO | None, shop: str | None) -> None:
    """Write the signature of the body in FILE (- is what is piped in): the X-Shopify-Hmac-Sha256 header.

    It is made with the client secret, from DEVHOOK_CLIENT_SECRET, SHOPIFY_API_SECRET, the config file or the
    keyring. Every byte of FILE is signed, a line end at its end too; send it as it is.

    \b
      curl -H "X-Shopify-Hmac-Sha256: $(devhook sign body.json)" --data-binary @body.json …
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    from devhook.cli.saved_request import parted
    from devhook.webhook.signature import sign as signature_of

    known = _known(shop)
    found = known.found.get("client_secret")
    if found is None:
        raise InputError("The client secret, which signs, is not known.", _HOW_TO_SET)
    body = _read(file, "sign")
    if parted(body)[0]:
        note(
            "This begins like a whole request, and its headers are signed too: Shopify signs the body alone."
        )
    if not body:
        note("The body is empty.")
    elif body.endswith(b"\n"):
        note("The body ends in a line end, which is signed with it: send it with curl --data-binary.")
    put(signature_of(found.value.get_secret_value(), body))
    note(f"{len(body):,} bytes, signed with the client secret from {found.source}.")


def _known(shop: str | None) -> "Credentials":
    from devhook.cli.credentials import credentials
    from devhook.shop.access import shop_domain

    return credentials(shop_domain(shop) if shop else "")


def _read(file: BinaryIO | None, command: str) -> bytes:
    if file is None:
        raise InputError(
            "Which body? No FILE was given.", f"devhook {command} body.json …; - reads what is piped in."
        )
    if file is sys.stdin.buffer and sys.stdin.isatty():
        note("Paste the body, then press Ctrl+D (twice where its last line does not end).")
    body = file.read(_READ_AT_MOST + 1)
    if len(body) > _READ_AT_MOST:
        raise InputError(
            f"The body is larger than {byte_size(_READ_AT_MOST)}, which no payload is.",
            "Give the file that holds the body alone.",
        )
    return body


def _request(file: BinaryIO | None, headers: BinaryIO | None) -> "Delivery":
    """The body and the headers that are known of it."""
    from devhook.cli.saved_request import headers_of, parted
    from devhook.webhook.delivery import Delivery

    given = headers_of(headers.read(_READ_AT_MOST)) if headers else ()
    found, body = parted(_read(file, "verify"))
    if found:
        note(
            f"FILE is a whole request: {len(found)} headers, and below them the body of {len(body):,} bytes."
        )
    return Delivery(received_at=datetime.now(UTC), headers=(*given, *found), body=body)


def _signature(claimed: str | None, request: "Delivery") -> str:
    """The signature that was asked about, without what it was pasted with."""
    from devhook.signature_doctor.digests import undecorated

    found = claimed if claimed is not None else request.hmac
    if found is None:
        raise InputError(
            "Which signature? None was given." if not request.headers else "The headers hold no signature.",
            "Add --hmac with the value of the header X-Shopify-Hmac-Sha256.",
        )
    bare = undecorated(found)
    if not bare:
        raise InputError("The signature is empty.", "Is the variable set that --hmac was given?")
    if claimed is not None and bare != claimed.strip():
        note("Taken without the header's name and the quotation marks that were pasted with it.")
    return bare


def _diagnosed(request: "Delivery", signature: str, known: "Credentials") -> "Diagnosis":
    from devhook.signature_doctor.case import Case
    from devhook.signature_doctor.doctor import diagnose

    length = request.header("content-length") or ""
    case = Case(
        body=request.body,
        claimed=signature,
        content_length=int(length) if length.isascii() and length.isdigit() else None,
    )
    return diagnose(case, known.secrets(), known.mistakable())


def _valid(result: "Check") -> str:
    return f"{click.style('✓', fg='green')} valid: the {result.signed_with} makes this signature."


def _tell_diagnosis(diagnosis: "Diagnosis") -> None:
    from devhook.cli.lines import diagnosis_lines

    put(f"{click.style('✗', fg='red')} invalid")
    for line in diagnosis_lines(diagnosis):
        put(f"  {line}")
    if not diagnosis.found:
        put(f"  {click.style(diagnosis.tried, dim=True)}")


def _tell_looks(known: "Credentials") -> None:
    """Where nothing explains the signature, the secret itself may be none."""
    from devhook.cli.doctor import signing_looks
    from devhook.doctor.finding import Outcome

    for finding in signing_looks(known):
        if finding.outcome is not Outcome.OK:
            tell(finding.message, finding.hint)


def _told(result: "Check", size: int, diagnosis: "Diagnosis | None" = None) -> dict[str, object]:
    """The outcome as JSON. Its keys are a contract."""
    return {
        "signature": result.signature,
        "signed_with": result.signed_with,
        "bytes": size,
        "mistakes": [mistake.model_dump() for mistake in diagnosis.mistakes] if diagnosis else [],
        "attempts": diagnosis.attempts if diagnosis else 0,
        "excluded": diagnosis.excluded if diagnosis else (),
        "untried": diagnosis.untried if diagnosis else (),
    }
