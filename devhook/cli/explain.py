"""`devhook explain`: reads an answer of Shopify and prints its meaning and remedy."""

import sys
from typing import BinaryIO, Final

import click

from devhook.cli.console import echo, info
from devhook.cli.masking import run_mask
from devhook.errors import DevhookError, ExitStatus
from devhook.shop.access import shop_domain
from devhook.shop.explanation import UNEXPLAINED, explained
from devhook.shop.refusal import RequestContext, ShopRefusal
from devhook.text import visible
from devhook.webhook.topics import topic as find_topic

# Bytes; far more than any answer.
_READ_AT_MOST: Final = 256 * 1024


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--topic", metavar="TOPIC", help="The topic of the request, where the text does not name it.")
@click.option(
    "--shop",
    metavar="SHOP",
    envvar=["DEVHOOK_EXPLAIN_SHOP", "DEVHOOK_SHOP"],
    help="The shop that answered, where the text does not name it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per error.")
def explain(*, file: BinaryIO, topic: str | None, shop: str | None, as_json: bool) -> ExitStatus:
    """Explain an error that Shopify answered.

    Reads FILE or stdin: an answer of the Admin API (GraphQL or REST), the page of the token endpoint or of a
    tunnel, or lines of a log or a terminal. Says what the error means and what to do about it. Nothing is
    sent.

    \b
      curl … | devhook explain
      devhook explain --topic orders/updated answer.json

    The exit status is 0 when an error was explained, 1 when devhook can only quote it, or finds none.
    """  # noqa: D301 - click requires the character itself
    context = RequestContext(
        shop=shop_domain(shop) if shop else "", topic=find_topic(topic) if topic else None
    )
    if file is sys.stdin.buffer and sys.stdin.isatty():
        info("Paste Shopify's answer, then press Enter and Ctrl+D.")
    text = file.read(_READ_AT_MOST).decode("utf-8", "replace")
    mask = run_mask()
    if mask is not None:
        # Before parts of it are quoted: a part of an address is not recognised as one.
        text = mask.text(text)
    found = explained(text, context)
    if not found:
        raise DevhookError(
            "The text contains no Shopify error that devhook knows."
            if text.strip()
            else "The text is empty.",
            "Use the whole answer of the Admin API: its status, and its body with errors or userErrors.",
        )
    for refusal in found:
        echo(_as_object(refusal) if as_json else _in_words(refusal))
    is_quoted = all(refusal.is_quotation or refusal.code in UNEXPLAINED for refusal in found)
    return ExitStatus.FAILED if is_quoted else ExitStatus.DONE


def _in_words(refusal: ShopRefusal) -> str:
    return f"{visible(refusal.message)}\n  → {visible(refusal.hint)}"


def _as_object(refusal: ShopRefusal) -> dict[str, str]:
    """Return a refusal as a JSON object. Its keys are a contract."""
    return {"code": refusal.code, "message": refusal.message, "remedy": refusal.hint}
