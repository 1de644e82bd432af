"""`devhook forge`: its options, and the delivery that they describe."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from secrets import token_hex
from typing import Any, Final, NamedTuple

import click
from click.core import ParameterSource
from pydantic import SecretStr

from devhook.analysis.comparison import Comparison
from devhook.analysis.wording import change_words, without_mirrors
from devhook.cli.console import confirm, info, warn
from devhook.cli.credentials import SIGNING, VARIABLES, emptied_secrets, secrets_known
from devhook.cli.forge_result import print_requests, send_requests
from devhook.cli.inbox_access import open_inbox, selection_of
from devhook.cli.masking import run_mask
from devhook.cli.options import NearestChoice, TopicName
from devhook.errors import DevhookError, ExitStatus, InputError
from devhook.filter.selection import reads_as_selection
from devhook.forge.compose import ForgedRequest, ForgeOptions, compose
from devhook.forge.consistency import consistent
from devhook.forge.edits import Edits, apply_edits
from devhook.forge.request import JSON, XML
from devhook.forge.shopify_headers import random_uuids
from devhook.forge.snippets import SnippetFormat
from devhook.forge.source import DEMO_SHOP, Source, from_delivery, from_file, from_sample, sample_caveat
from devhook.forge.tamper import TAMPERS
from devhook.privacy.known_values import personal_values
from devhook.privacy.mask import told_by
from devhook.sender.target import target_url
from devhook.shop.access import shop_domain
from devhook.shop.versions import NEWEST, is_version
from devhook.text import listed
from devhook.webhook.document import Document
from devhook.webhook.payload import Unreadable, read_json, write_pretty
from devhook.webhook.signature import Secret
from devhook.webhook.topics import name_meant

SIGNERS: Final = {
    "client": "client_secret",
    "old": "old_client_secret",
    "notifications": "notifications_secret",
}

_SHOWN_CHANGES: Final = 24
_EPILOG: Final = "\b\nWhat --tamper does, and the answer that an endpoint must give:\n" + "\n".join(
    f"  {name:<18} {tamper.effect:<50} {tamper.wanted}" for name, tamper in TAMPERS.items()
)


class _Asked(NamedTuple):
    """The values of the options."""

    topic: str | None
    made_of: str | None
    sets: tuple[str, ...]
    adds: tuple[str, ...]
    unsets: tuple[str, ...]
    consistent: bool
    edit: bool
    written_as: str | None
    shop: str | None
    api_version: str | None
    sign_with: str | None
    tamper: str | None
    to: str | None
    allow_remote: bool
    form: str | None
    as_json: bool


def _payload_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for the payload."""
    options = [
        click.option(
            "--from",
            "made_of",
            metavar="ID|FILE",
            help="Make it of a delivery in the inbox (41, last, -2), or of a file: a payload in JSON or XML, "
            "a recording of one delivery. Default: devhook's own payload for TOPIC.",
        ),
        click.option(
            "--set",
            "sets",
            metavar="PATH=VALUE",
            multiple=True,
            help="Replace a field: 'line_items[0].quantity=4', note=null, 'line_items[TEE-M].price=19.00'. "
            "A string stays a string.",
        ),
        click.option(
            "--add",
            "adds",
            metavar="PATH=VALUE",
            multiple=True,
            help="Add a new field, an item of a list, or a tag.",
        ),
        click.option(
            "--unset", "unsets", metavar="PATH", multiple=True, help="Remove a field, an item, or a tag."
        ),
        click.option(
            "--consistent",
            is_flag=True,
            help="Recompute the fields that depend on the changed ones: totals, money sets, "
            "updated_at, repeated ids.",
        ),
        click.option("--edit", is_flag=True, help="Open the payload in $VISUAL or $EDITOR first."),
        click.option(
            "--format",
            "written_as",
            type=NearestChoice(["json", "xml"]),
            help="The format of the body. Default: that of --from, else json.",
        ),
    ]
    return _with(options, command)


def _header_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for the headers, the signature and tampering."""
    options = [
        click.option(
            "--shop",
            metavar="SHOP",
            envvar=["DEVHOOK_FORGE_SHOP", "DEVHOOK_SHOP"],
            help=f"The shop named in the headers. Default: the shop of --from, else {DEMO_SHOP}.",
        ),
        click.option(
            "--api-version",
            metavar="VERSION",
            envvar=["DEVHOOK_FORGE_API_VERSION", "DEVHOOK_API_VERSION"],
            help="The API version named in the headers. Default: that of --from, else the newest.",
        ),
        click.option(
            "--sign-with",
            type=NearestChoice(list(SIGNERS)),
            help="The secret that signs. Default: the first one that is set.",
        ),
        click.option(
            "--tamper",
            type=NearestChoice(list(TAMPERS)),
            metavar="KIND",
            help="Make the request invalid in one way, and check how the endpoint answers.",
        ),
    ]
    return _with(options, command)


def _sending_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for sending and printing."""
    options = [
        click.option("--to", metavar="URL", help="Send it to URL: http://localhost:3000/webhooks, or 3000."),
        click.option("--allow-remote", is_flag=True, help="Allow --to to be another machine."),
        click.option(
            "--print",
            "form",
            type=NearestChoice([each.value for each in SnippetFormat]),
            help="Print it instead of sending it: as a command or script, or only its body or headers.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object per request."),
    ]
    return _with(options, command)


def _with(options: Sequence[Callable[..., Any]], command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(options):
        command = option(command)
    return command


@click.command(epilog=_EPILOG)
@click.argument("topic", required=False, type=TopicName())
@_payload_options
@_header_options
@_sending_options
@click.pass_context
def forge(context: click.Context, /, **options: Any) -> ExitStatus:
    """Make one signed delivery, and send or print it.

    \b
      devhook forge orders/updated --to 3000
      devhook forge orders/paid --set 'line_items[0].quantity=4' --consistent --to 3000
      devhook forge --from 41 --set note=null --to 3000
      devhook forge customers/redact --print curl

    The delivery has new ids and times and all headers that Shopify sends. The secret comes from the
    environment (DEVHOOK_CLIENT_SECRET, SHOPIFY_API_SECRET), the config file or the keyring. Each request and
    its answer is stored in the inbox.

    The exit status is 0 when the endpoint answers 2xx or, with --tamper, as required; 1 when it does not; 4
    when it cannot be reached, or when a tunnel, a proxy or a development server answers instead of it.
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    asked = _Asked(**options)
    if not (asked.topic or asked.made_of):
        raise InputError("A topic is required.", "devhook forge orders/updated --to 3000")
    if not (asked.to or asked.form):
        raise InputError("Either --to or --print is required.", "Send it: --to 3000. Print it: --print curl")
    if asked.form and asked.as_json:
        raise InputError("--json and --print cannot be used together.", "Remove one of them.")
    # Options are checked before the editor opens.
    url = target_url(asked.to, allow_remote=asked.allow_remote) if asked.to else ""
    version = _version(asked.api_version)
    source = _source(asked, context.obj)
    mask = run_mask()
    if mask is not None and (asked.form or asked.edit):
        # The payload itself is shown. What is only sent stays as it is.
        source = source.masked(mask)
    shop = _shop(asked, source)
    signer = _signer(asked, shop)
    document = _document(asked, source, shop)
    version = (version if _typed("api_version") else source.api_version or version) or NEWEST
    requests = _requests(asked, source, document, shop=shop, api_version=version, signer=signer)
    if asked.form:
        return print_requests(requests, asked.form, url)
    how = f"signed with the {signer.name}" if signer else "not signed with the app's secret"
    if asked.tamper:
        how = TAMPERS[asked.tamper].effect
    info(f"{source.topic} → {url}: {how}")
    return send_requests(
        requests,
        url,
        context.obj,
        made_of=source.delivery_id,
        tamper=TAMPERS.get(asked.tamper or ""),
        as_json=asked.as_json,
    )


def _source(asked: _Asked, inbox_path: Path) -> Source:
    """Return the source of the payload: a delivery, a file or devhook's own, with the requested topic."""
    topic = name_meant(asked.topic) if asked.topic else None
    made_of = asked.made_of or ""
    if reads_as_selection(made_of):
        selection = selection_of([made_of])
        with open_inbox(inbox_path) as inbox:
            (row,) = selection.resolve(inbox).few(1)
            return from_delivery(inbox.delivery(row.id), row.id, topic=topic)
    if made_of:
        return from_file(Path(made_of), topic)
    source = from_sample(str(topic))
    if caveat := sample_caveat(source.topic):
        info(caveat)
    return source


def _shop(asked: _Asked, source: Source) -> str:
    """Return the shop for the headers: the typed one, else that of the delivery, else the configured one."""
    wanted = shop_domain(asked.shop) if asked.shop else ""
    return (wanted if _typed("shop") else source.shop or wanted) or DEMO_SHOP


def _document(asked: _Asked, source: Source, shop: str) -> Document:
    """Return the edited payload; the changes are printed to stderr."""
    edits = Edits(adds=asked.adds, sets=asked.sets, unsets=asked.unsets)
    if edits == Edits() and not (asked.edit or asked.consistent):
        return source.document
    if source.unreadable:
        raise InputError(f"The payload cannot be edited. {source.unreadable}")
    document = apply_edits(source.document, edits)
    if asked.edit:
        document = _edited(document)
    if asked.consistent:
        document = consistent(source.document, document, moment=datetime.now(UTC), shop=shop)
    _print_changes(source.document, document, source.topic)
    return document


def _print_changes(before: Document, after: Document, topic: str) -> None:
    compared = Comparison.of(before, after)
    mask = run_mask()
    if mask is not None:
        known = mask.knowing(personal_values(before, topic), told_by(compared.changes, topic))
        compared = known.comparison(compared, topic)
    listed = without_mirrors((*compared.changes, *compared.noise))
    for change, _ in listed[:_SHOWN_CHANGES]:
        info(f"  {change_words(change)}")
    unlisted = sum(each.number for each in compared.unlisted) + compared.unlisted_noise
    if more := len(listed[_SHOWN_CHANGES:]) + unlisted:
        info(f"  and {more:,} more changes")
    if compared.is_empty:
        info("The payload is unchanged.")


def _requests(
    asked: _Asked,
    source: Source,
    document: Document,
    *,
    shop: str,
    api_version: str,
    signer: Secret | None,
) -> tuple[ForgedRequest, ...]:
    other = SecretStr(token_hex(32))
    made = ForgeOptions(
        shop=shop,
        api_version=api_version,
        secret=signer.value if signer else other,
        other_secret=other,
        content_type={"json": JSON, "xml": XML}.get(asked.written_as or ""),
        tamper=TAMPERS.get(asked.tamper or ""),
    )
    return compose(source, document, made, moment=datetime.now(UTC), uuids=random_uuids(SystemRandom()))


def _typed(option: str) -> bool:
    """Return whether the option was typed: only then does it override the value of the delivery."""
    source = click.get_current_context().get_parameter_source(option)
    return source is ParameterSource.COMMANDLINE


def _version(asked: str | None) -> str:
    if asked and not is_version(asked):
        raise InputError(f"{asked!r} is not an API version.", "Use 2026-10, for example, or unstable.")
    return asked or ""


def _signer(asked: _Asked, shop: str) -> Secret | None:
    """Return the signing secret; None when none is needed and none is set. Raise InputError otherwise."""
    known = {secret.name: secret for secret in secrets_known(shop)}
    wanted = SIGNING[SIGNERS[asked.sign_with]] if asked.sign_with else next(iter(known), "")
    if wanted in known:
        return known[wanted]
    unsigned = bool(asked.tamper) and not TAMPERS[asked.tamper or ""].needs_secret
    if (unsigned or asked.form == SnippetFormat.BODY) and not asked.sign_with:
        return None
    raise InputError(
        f"The {wanted} is not set." if wanted else "No secret is set to sign with.",
        f"Set {listed(VARIABLES[SIGNERS[asked.sign_with or 'client']])}, or store it with: devhook init",
    )


def _edited(document: Document) -> Document:
    """Return `document` as the user edits it in $VISUAL or $EDITOR.

    Raise DevhookError when nothing was changed, when everything was deleted, when the editor failed, and
    when the text is not JSON and stdin is no terminal, or the user declines to edit it again.
    """
    opened = write_pretty(document) + "\n"
    text = opened
    while True:
        try:
            # None when the editor did not save the file.
            text = click.edit(text, env=emptied_secrets(), extension=".json", require_save=False) or ""
        except click.ClickException as error:
            raise DevhookError(
                f"The editor failed: {error.format_message()}",
                "Use another editor: EDITOR=nano devhook forge …",
            ) from error
        if text == opened or not text.strip():
            raise DevhookError(
                "The payload was not changed in the editor.",
                "Remove --edit to make the delivery without changes.",
            )
        try:
            return read_json(text.encode("utf-8", "surrogatepass"))
        except Unreadable as error:
            _ask_again(error.reason)


def _ask_again(reason: str) -> None:
    """Report the error; return when the user wants to edit again, else raise DevhookError."""
    sentence = f"The payload is not valid JSON. {reason}"
    if not sys.stdin.isatty():
        raise DevhookError(sentence, "Nothing was sent.")
    warn(sentence)
    if not confirm("Edit it again?", default=True):
        raise DevhookError("The payload is not valid JSON; nothing was sent.")
