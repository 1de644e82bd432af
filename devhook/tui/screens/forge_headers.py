"""The headers of a forged delivery as lines to edit. Pure.

A value in parentheses is made as the delivery is sent: new ids, the time, the signature of the body. A line
that is removed removes the header, and a new one adds it.
"""

import re
from typing import Final

from devhook.errors import InputError
from devhook.forge.compose import ForgedRequest, resource_id
from devhook.forge.request import SignedRequest
from devhook.forge.shopify_headers import Headers, HeaderValues
from devhook.forge.source import Source
from devhook.shop.versions import NEWEST
from devhook.text import visible
from devhook.webhook.document import Document

_MADE: Final = re.compile(r"\(.*\)")
_OF_THE_PAYLOAD: Final = ("X-Shopify-Order-Id", "X-Shopify-Product-Id")
# RFC 9110, section 5.1.
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OF_THE_SENDER: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_MOST: Final = 100
_LONGEST: Final = 8_000


def header_lines(source: Source, document: Document, shop: str) -> str:
    """Return the headers that a delivery would be sent with, a line each."""
    values = HeaderValues(
        topic=source.topic,
        shop=shop,
        api_version=source.api_version or NEWEST,
        webhook_id="(new)",
        event_id="(new)",
        triggered_at="(now)",
        name=source.name,
        resource_id=resource_id(source.topic, document),
        test=source.test,
        content_type=source.content_type,
    )
    told = [
        (name, "(the id of the payload)" if name in _OF_THE_PAYLOAD else value)
        for name, value in values.headers("(signed)")
    ]
    return "\n".join(
        visible(f"{name}: {value.encode('latin-1').decode('utf-8', 'replace')}") for name, value in told
    )


def parsed(text: str) -> Headers:
    """Return the headers of edited lines. Raise InputError for a line that is no header."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST:
        raise InputError(f"A delivery has at most {_MOST} headers.", "Remove some lines.")
    found = []
    for line in lines:
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or not _NAME.fullmatch(name):
            raise InputError(f"{visible(line[:60])} is not a header.", "Write it as Name: value")
        if name.lower() in _OF_THE_SENDER:
            raise InputError(f"devhook sets {name} when it sends the request.", "Remove this line.")
        if len(value) > _LONGEST or not value.isprintable():
            raise InputError(
                f"The value of {name} cannot be sent.", "Shorten it, or remove control characters."
            )
        found.append((name, value))
    return tuple(found)


def with_headers(request: ForgedRequest, wanted: Headers) -> ForgedRequest:
    """Return the request with the edited headers, in their order.

    The last header of a forged request, its mark for devhook's own receiver, stays.
    """
    *_, mark = request.headers
    headers = []
    for name, value in wanted:
        if not _MADE.fullmatch(value):
            headers.append((name, value.encode("utf-8").decode("latin-1")))
        elif (made := SignedRequest.value(request, name)) is not None:
            headers.append((name, made))
    return ForgedRequest(topic=request.topic, headers=(*headers, mark), body=request.body)
