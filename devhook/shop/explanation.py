"""Finds the known refusals of Shopify in a pasted answer or log. Pure.

The text is an answer of the Admin API (GraphQL, or the 422 of the legacy REST API), a page of the token
endpoint, the page of a tunnel, or lines of a log that contain one of these or a sentence from them.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pydantic import SecretStr

from devhook.errors import InputError, TunnelError
from devhook.shop.known_refusals.access import OTHER_GRANT
from devhook.shop.known_refusals.requests import REDIRECTED, UNKNOWN, UNKNOWN_STATUS
from devhook.shop.pasted_text import Block, blocks, named_in, unbroken, unframed, without_tags
from devhook.shop.refusal import TOKEN, RequestContext, ShopRefusal
from devhook.shop.refusals import OAUTH_ERROR, RefusalEvidence, by_status, matches, refusal_of_match
from devhook.tunnel.ngrok.error_codes import ERROR_MEANINGS, codes_in
from devhook.webhook.interception.recognition import interceptions_in
from devhook.webhook.topics import topic

# A number is a status only after or before one of these words.
_STATUS: Final = re.compile(
    r"(?i)(?:\bHTTP/[\d.]+\s+|\bstatus(?:[ _-]?code)?\W{1,4}|\bcode\W{1,4}|\bresponse:?\s+"
    r"|\bHTTP Error\s+|\bnetworkStatusCode\W{1,4}|\berror response \(|\bresulted in a\W+|RequestClientError: "
    r"|^\s*\[)([3-9]\d\d)\b"
    r"|\b([45]\d\d) (?:Client Error|Bad Request|Unauthorized|Payment Required|Forbidden|Not Found"
    r"|Not Acceptable|Unprocessable|Locked|Too Many Requests|Internal Server Error|Bad Gateway"
    r"|Service Unavailable|Gateway Time-?out)\b"
)
_LOCATION: Final = re.compile(r"(?im)^[<\s]*location:\s*(\S{1,500})")
_ASKED: Final = re.compile(
    r"Expected \W?\"(\w+)\W?\" to be one of|invalid value \((\w+)\)"
    r"|Invalid topic specified: (\w+(?:[/.]\w+)?)|\btopic\"?\s*(?::|=>?)\s*[\"']([\w/.]+)[\"']"
)
_MOST_TOKENS: Final = 20
_ABOUT_THE_TOPIC: Final = frozenset({"unknown_topic", "scope", "no_topic"})
UNEXPLAINED: Final = frozenset({UNKNOWN.code, UNKNOWN_STATUS.code})
"""The codes of refusals that devhook only quotes."""


def explained(text: str, context: RequestContext) -> tuple[ShopRefusal, ...]:
    """Return every refusal in `text`, each once.

    `context`: what is used where the text names no shop, topic or address, or several. Errors that are not
    known are quoted. No refusal quotes a token.
    """
    plain = unframed(text)
    # Each is removed wherever it is broken; the rest of them only where it is not.
    tokens = sorted({*TOKEN.findall(unbroken(plain)), *TOKEN.findall(plain)}, key=len, reverse=True)
    secrets = (*context.secrets, *(SecretStr(token) for token in tokens[:_MOST_TOKENS]))
    # The target of a redirect is not what was requested.
    named = named_in(_LOCATION.sub("", plain))
    whole = _completed(named, context).model_copy(update={"secrets": secrets})
    parts = list(blocks(without_tags(plain)))
    pages = list(_pages(plain))
    found = dict.fromkeys(pages)
    found |= dict.fromkeys(
        _with_the_nearest(refusal, plain)
        for part in parts
        for refusal in _in_block(part, whole, only_precise=bool(pages))
    )
    # The code of an OAuth error is a word, and its description a sentence.
    unknown = list(dict.fromkeys(each for part in parts for each in part.errors if not _is_known(each)))
    codes = [each for each in OAUTH_ERROR.findall(plain) if not _is_known(": ".join(each))]
    found |= dict.fromkeys(OTHER_GRANT.refusal(whole, answer=": ".join(filter(None, code))) for code in codes)
    if not found:
        return tuple(_by_status(plain, unknown, whole))
    return (*found, *(UNKNOWN.refusal(whole, answer=each) for each in unknown if " " in each))


def _pages(text: str) -> Iterator[ShopRefusal]:
    """Yield what the pages of tunnels and development servers, and the codes of ngrok's agent, mean."""
    codes = [code for code in codes_in(text) if code in ERROR_MEANINGS]
    for code in codes:
        error = ERROR_MEANINGS[code].error(code)
        yield ShopRefusal(code="ngrok_agent", message=error.message, hint=error.hint, kind=type(error))
    for found in interceptions_in(text):
        if not (codes and found.by == "ngrok"):
            yield ShopRefusal(code=found.code, message=found.message, hint=found.hint, kind=TunnelError)


def _in_block(block: Block, whole: RequestContext, *, only_precise: bool) -> Iterator[ShopRefusal]:
    """Yield the refusals in a block. What the lines around one name goes before what the block names."""
    within = _completed(named_in(block.text), whole)
    found = [(match, block.text) for match in matches(block.text)]
    codes = {match.known.code for match, _ in found}
    flat = unbroken(block.text)
    found += [(match, flat) for match in matches(flat) if match.known.code not in codes]
    not_vague = [each for each in found if not each[0].known.vague]
    for match, text in not_vague if only_precise else not_vague or found:
        around = block.around(match.start, match.end) if text is block.text else ""
        sentence = text[match.start :].split("\n", 1)[0]
        yield refusal_of_match(match, sentence, _completed(named_in(around), within))


def _is_known(sentence: str) -> bool:
    return any(next(matches(text), None) for text in (sentence, unbroken(sentence)))


def _by_status(text: str, unknown: Sequence[str], context: RequestContext) -> list[ShopRefusal]:
    """Return the refusals that the statuses in the text show; if none is known, the errors are quoted."""
    statuses = list(dict.fromkeys(int(first or second) for first, second in _STATUS.findall(text)))
    location = _LOCATION.search(text)
    shown = [
        by_status(RefusalEvidence(unknown, status=status), context, location[1] if location else "")
        for status in statuses
    ]
    not_shown = UNEXPLAINED if location else UNEXPLAINED | {REDIRECTED.code}
    known = [refusal for refusal in dict.fromkeys(shown) if refusal.code not in not_shown]
    if known or not unknown:
        return known
    return [by_status(RefusalEvidence(unknown, status=statuses[0] if statuses else None), context)]


def _completed(found: RequestContext, otherwise: RequestContext) -> RequestContext:
    """Return `found`, with the values of `otherwise` where it has none."""
    return otherwise.model_copy(
        update={key: value for key in ("shop", "topic", "uri") if (value := getattr(found, key))}
    )


def _with_the_nearest(refusal: ShopRefusal, text: str) -> ShopRefusal:
    """Return the refusal, with the nearest topics if the requested topic does not exist."""
    asked = _ASKED.search(text) if refusal.code in _ABOUT_THE_TOPIC else None
    if asked is None:
        return refusal
    try:
        topic(next(filter(None, asked.groups())))
    except InputError as error:
        code = "compliance_topic" if "compliance_topics" in error.hint else "unknown_topic"
        return refusal.model_copy(
            update={"code": code, "message": error.message, "hint": error.hint, "kind": InputError}
        )
    return refusal
