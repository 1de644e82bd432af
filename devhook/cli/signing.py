"""`devhook verify` and `devhook sign`: the signature of one body from a file or stdin."""

import json
import sys
from datetime import UTC, datetime
from typing import BinaryIO, Final

import click

from devhook.cli.console import echo, info, warn, write
from devhook.cli.credentials import Credentials, credentials, secret_findings
from devhook.cli.events import diagnosis_lines
from devhook.doctor.finding import FindingOutcome
from devhook.errors import ExitStatus, InputError
from devhook.recordings.saved_request import Headers, header_lines, read_request
from devhook.shop.access import shop_domain
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.digests import undecorated
from devhook.signature_doctor.doctor import Diagnosis, diagnose
from devhook.text import byte_size, counted
from devhook.webhook.delivery import Delivery
from devhook.webhook.signature import Check, check
from devhook.webhook.signature import sign as signature_of

# Bytes; far more than any payload.
_READ_AT_MOST: Final = 32 * 2**20
_HOW_TO_SET: Final = (
    "Set DEVHOOK_CLIENT_SECRET (or SHOPIFY_API_SECRET) to the app's client secret, and run this again."
)


@click.command()
@click.argument("file", type=click.File("rb"), required=False, metavar="FILE")
@click.option(
    "--hmac", "claimed", metavar="H", help="The signature: the value of the header X-Shopify-Hmac-Sha256."
)
@click.option(
    "--headers",
    "headers",
    type=click.File("rb"),
    metavar="FILE",
    help="Read the signature from saved headers: one per line, or a JSON object.",
)
@click.option(
    "--shop",
    metavar="SHOP",
    envvar=["DEVHOOK_VERIFY_SHOP", "DEVHOOK_SHOP"],
    help="The shop whose secrets are in the keyring. Also DEVHOOK_SHOP.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(
    *, file: BinaryIO | None, claimed: str | None, headers: BinaryIO | None, shop: str | None, as_json: bool
) -> ExitStatus:
    """Check the signature of one body and explain a wrong one.

    FILE contains the body exactly as it arrived, or a whole saved request: headers, an empty line, the body.
    It may be a .http file, or the output of curl -v with the body after it; - is stdin. The secrets are those
    of listen: DEVHOOK_CLIENT_SECRET, DEVHOOK_OLD_CLIENT_SECRET and DEVHOOK_NOTIFICATIONS_SECRET, the config
    file, the keyring. Nothing is sent.

    The exit status is 0 when the signature is valid, 1 when it is not, 2 when it cannot be checked.

    \b
      devhook verify body.json --hmac 'K2Zp…='
      devhook verify body.json --headers headers.txt
      pbpaste | devhook verify - --hmac 'K2Zp…='
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    known = _known(shop)
    secrets = known.secrets()
    if not secrets:
        raise InputError("No secret is set.", _HOW_TO_SET)
    request = _request(file, headers)
    signature = _signature(claimed, request)
    result = check(secrets, request.body, signature)
    if result.signed_with:
        echo(_as_object(result, len(request.body)) if as_json else _valid(result))
        return ExitStatus.DONE
    diagnosis = _diagnosed(request, signature, known)
    if as_json:
        echo(_as_object(result, len(request.body), diagnosis))
    else:
        _print_diagnosis(diagnosis)
    if diagnosis.is_open:
        _report_doubtful_secrets(known)
    return ExitStatus.FAILED


@click.command()
@click.argument("file", type=click.File("rb"), required=False, metavar="FILE")
@click.option(
    "--shop",
    metavar="SHOP",
    envvar=["DEVHOOK_SIGN_SHOP", "DEVHOOK_SHOP"],
    help="The shop whose secrets are in the keyring. Also DEVHOOK_SHOP.",
)
def sign(*, file: BinaryIO | None, shop: str | None) -> None:
    """Sign one body with the client secret.

    Prints the value of the header X-Shopify-Hmac-Sha256 for the body in FILE; - is stdin. The client secret
    comes from DEVHOOK_CLIENT_SECRET, SHOPIFY_API_SECRET, the config file or the keyring. Every byte of FILE
    is signed, including a line break at the end; send it unchanged.

    \b
      curl -H "X-Shopify-Hmac-Sha256: $(devhook sign body.json)" --data-binary @body.json …
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    known = _known(shop)
    found = known.found.get("client_secret")
    if found is None:
        raise InputError("The client secret is not set.", _HOW_TO_SET)
    body = _read(file, "sign")
    if read_request(body).headers:
        info("FILE is a whole request; its headers are signed too, but Shopify signs only the body.")
    if not body:
        info("The body is empty.")
    elif body.endswith(b"\n"):
        info("The body ends with a line break, which is signed too: send it with curl --data-binary.")
    write(signature_of(found.value.get_secret_value(), body))
    info(f"{counted(len(body), 'byte')}, signed with the client secret from {found.source}.")


def _known(shop: str | None) -> Credentials:
    return credentials(shop_domain(shop) if shop else "")


def _read(file: BinaryIO | None, command: str) -> bytes:
    if file is None:
        raise InputError("FILE is required.", f"devhook {command} body.json …; - reads stdin.")
    if file is sys.stdin.buffer and sys.stdin.isatty():
        info("Paste the body, then press Ctrl+D (twice if the last line has no line break).")
    body = file.read(_READ_AT_MOST + 1)
    if len(body) > _READ_AT_MOST:
        raise InputError(
            f"The body is larger than {byte_size(_READ_AT_MOST)}, the limit of this command.",
            "Use a file that contains only the body.",
        )
    return body


def _request(file: BinaryIO | None, headers: BinaryIO | None) -> Delivery:
    """Return the body and its headers as a delivery."""
    given = headers_of(headers.read(_READ_AT_MOST)) if headers else ()
    found = read_request(_read(file, "verify"))
    if found.body is None:
        raise InputError(
            "FILE is the output of curl -v, which contains the headers and not the body that was sent.",
            "devhook verify body.json --headers FILE",
        )
    if found.headers:
        info(
            f"FILE is a whole request: {counted(len(found.headers), 'header')} and a body of "
            f"{counted(len(found.body), 'byte')}."
        )
    return Delivery(
        received_at=datetime.now(UTC), path=found.path, headers=(*given, *found.headers), body=found.body
    )


def _signature(claimed: str | None, request: Delivery) -> str:
    """Return the signature to check, without header name and quotation marks."""
    found = claimed if claimed is not None else request.hmac
    if found is None:
        raise InputError(
            "A signature is required." if not request.headers else "The headers contain no signature.",
            "Add --hmac with the value of the header X-Shopify-Hmac-Sha256.",
        )
    bare = undecorated(found)
    if not bare:
        raise InputError("The signature is empty.", "Check that the variable given to --hmac is set.")
    if claimed is not None and bare != claimed.strip():
        info("The header's name and quotation marks around the signature are ignored.")
    return bare


def _diagnosed(request: Delivery, signature: str, known: Credentials) -> Diagnosis:
    return diagnose(Case.of(request, signature), known.secrets(), known.mistakable())


def _valid(result: Check) -> str:
    return f"{click.style('✓', fg='green')} valid: the {result.signed_with} makes this signature."


def _print_diagnosis(diagnosis: Diagnosis) -> None:
    echo(f"{click.style('✗', fg='red')} invalid")
    for line in diagnosis_lines(diagnosis):
        echo(f"  {line}")
    if diagnosis.tried:
        echo(f"  {click.style(diagnosis.tried, dim=True)}")


def _report_doubtful_secrets(known: Credentials) -> None:
    """Report secrets that do not have the format of a secret: they may explain the signature."""
    for finding in secret_findings(known):
        if finding.outcome is not FindingOutcome.OK:
            warn(finding.message, finding.hint)


def _as_object(result: Check, size: int, diagnosis: Diagnosis | None = None) -> dict[str, object]:
    """Return the result as a JSON object. Its keys are a contract."""
    return {
        "signature": result.signature,
        "signed_with": result.signed_with,
        "bytes": size,
        "mistakes": [mistake.model_dump() for mistake in diagnosis.mistakes] if diagnosis else [],
        "observations": [seen.model_dump() for seen in diagnosis.observations] if diagnosis else [],
        "attempts": diagnosis.attempts if diagnosis else 0,
        "excluded": diagnosis.excluded if diagnosis else (),
        "untried": diagnosis.untried if diagnosis else (),
    }


def headers_of(saved: bytes) -> Headers:
    """Parse headers: lines as curl -v or a proxy prints them, or a JSON object from a log.

    Raise InputError when there are none.
    """
    text = saved.decode("latin-1")
    found = _header_object(text) if text.lstrip().startswith("{") else header_lines(text)
    if not found:
        raise InputError(
            "The file given to --headers contains no headers.",
            'One per line (X-Shopify-Topic: orders/paid), or as a JSON object ({"x-shopify-topic": "…"}).',
        )
    return found


def _header_object(text: str) -> Headers:
    try:
        headers = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(
        (name, str(value[0] if isinstance(value, list) and value else value))
        for name, value in headers.items()
    )
