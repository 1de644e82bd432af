"""HAR 1.2 (HTTP Archive): written for browsers' tools and others, and read from what they wrote.

Two things go beyond 1.2, in the ways that others know. A body that is not UTF-8 stands in base64 with
`"encoding": "base64"` beside it (the proposal for 1.3); and what only devhook knows stands in `_devhook`
(the specification leaves names with an underscore to everybody).

Reading takes the requests that were POSTed, whoever recorded them: a browser, a proxy, a tunnel. HAR keeps
text, not bytes; where the recorder changed a body, its signature no longer fits, and is shown as invalid.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from devhook import __version__
from devhook.errors import InputError
from devhook.inbox.recorded import Recorded, RecordedAnswer
from devhook.recordings.export_format import DEFAULT_TARGET, ExportFormat, path_of
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Delivery, Origin
from devhook.webhook.signature import Secret, check

_UNKNOWN: Final = -1
_CREATOR: Final = {"name": "devhook", "version": __version__}
_LATIN: Final = 0xFF


def write_har(
    deliveries: Iterable[Recorded], to: str | None = None, test_secret: Secret | None = None
) -> Iterator[str]:
    """Write the archive, an entry at a time. Without `to` a request goes to its path at localhost:3000."""
    log: dict[str, Any] = {"version": "1.2", "creator": _CREATOR, "pages": []}
    if test_secret is not None:
        log["comment"] = (
            f"Masked, and signed anew with the secret {test_secret.value.get_secret_value()},"
            f" which is no secret."
        )
    # The entries are put in by hand, so that a hundred thousand of them are never in memory.
    yield f'{{"log": {json.dumps(log)[:-1]}, "entries": ['
    before = ""
    for each in deliveries:
        if before:
            yield f"{before},"
        before = json.dumps(_entry(each, to))
    if before:
        yield before
    yield "]}}"


def read_har(content: bytes, name: str, secrets: Sequence[Secret] = ()) -> Iterator[Recorded]:
    """Read the POSTs of an archive; their signatures are checked with `secrets`.

    InputError tells the entry that is wrong (entries are counted from 0, as `jq` does), or that it is no HAR.
    """
    for number, entry in enumerate(_entries(content, name)):
        try:
            read = _Entry.model_validate(entry)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(["log.entries", str(number), *map(str, first["loc"])])
            raise InputError(
                f"{name}, {place}: {first['msg'].removeprefix('Value error, ')}.",
                "Nothing was imported. Have the file written again, or take the entry out.",
            ) from error
        if read.request.method.upper() == "POST":
            yield _recorded(read, secrets)


class _Pair(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    value: str

    def header(self) -> tuple[str, str]:
        """The header as a delivery has it: each byte as its Latin-1 character."""
        return _bytes(self.name), _bytes(self.value)


class _Content(BaseModel):
    """`postData`, or the content of a response."""

    model_config = ConfigDict(frozen=True)

    text: str = ""
    encoding: str = ""

    @field_validator("text", "encoding", mode="before")
    @classmethod
    def _nothing(cls, value: object) -> object:
        return "" if value is None else value

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        try:
            self.octets()
        except binascii.Error:
            raise ValueError("the text is not base64") from None
        return self

    def octets(self) -> bytes:
        """The body."""
        if self.encoding.lower() == "base64":
            return base64.b64decode("".join(self.text.split()), validate=True)
        # Bytes that are no text may have been written as half surrogates (mitmproxy does).
        return self.text.encode("utf-8", "surrogateescape" if _are_bytes(self.text) else "replace")


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True)

    method: str
    url: str
    headers: tuple[_Pair, ...]
    postData: _Content | None = None  # noqa: N815 - HAR's name


class _Response(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: int = 0
    headers: tuple[_Pair, ...] = ()
    content: _Content | None = None


class _Known(BaseModel):
    """What devhook itself wrote beside an entry."""

    model_config = ConfigDict(frozen=True)

    origin: Origin = Origin.SHOPIFY


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    startedDateTime: AwareDatetime  # noqa: N815 - HAR's name
    time: float = 0.0
    request: _Request
    response: _Response = _Response()
    known: _Known = Field(default=_Known(), alias="_devhook")


def _entries(content: bytes, name: str) -> list[Any]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name}, line {error.lineno}: it is not JSON, at column {error.colno}: {error.msg}.",
            "devhook imports its own recordings, and HAR files.",
        ) from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{name} is neither a recording nor a HAR file.",
            "devhook imports its own recordings, and HAR files.",
        ) from error
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise InputError(
            f"{name} is neither a recording nor a HAR file: there is no log.entries in it.",
            "devhook imports its own recordings, and HAR files.",
        )
    return entries


def _recorded(entry: _Entry, secrets: Sequence[Secret]) -> Recorded:
    request = entry.request
    parts = urlsplit(request.url)
    path = _bytes(parts.path or "/") + (f"?{_bytes(parts.query)}" if parts.query else "")
    delivery = Delivery(
        received_at=entry.startedDateTime,
        path=path,
        # HTTP/2's `:method` and the like are no headers.
        headers=tuple(pair.header() for pair in request.headers if not pair.name.startswith(":")),
        body=request.postData.octets() if request.postData else b"",
    )
    found = check(secrets, delivery.body, delivery.hmac)
    return Recorded(
        id=0,
        delivery=delivery,
        signature=found.signature,
        signed_with=found.signed_with,
        origin=entry.known.origin,
        answers=(_answer(entry),) if entry.response.status else (),
    )


def _answer(entry: _Entry) -> RecordedAnswer:
    response = entry.response
    return RecordedAnswer(
        by="receiver",
        at=entry.startedDateTime,
        answer=Answer(
            status=response.status,
            headers=tuple(pair.header() for pair in response.headers),
            body=response.content.octets() if response.content else b"",
            seconds=max(0, entry.time) / 1000,
        ),
    )


def _entry(each: Recorded, to: str | None) -> dict[str, Any]:
    delivery, answer = each.delivery, each.answer
    milliseconds = answer.answer.seconds * 1000 if answer else 0
    url = to if to is not None else f"{DEFAULT_TARGET}{path_of(delivery)}"
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    return {
        "startedDateTime": delivery.received_at.isoformat(timespec="microseconds"),
        "time": milliseconds,
        "request": {
            "method": delivery.method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(delivery.headers),
            "queryString": _pairs(query),
            "postData": {"mimeType": delivery.header("content-type") or "", **_text(delivery.body)},
            "headersSize": _UNKNOWN,
            "bodySize": len(delivery.body),
        },
        "response": _response(answer.answer if answer else Answer(seconds=0)),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_devhook": {
            "id": each.id,
            "topic": delivery.topic,
            "signature": each.signature,
            "signed_with": each.signed_with,
            "origin": each.origin,
            "answered_by": answer.by if answer else None,
        },
    }


def _response(answer: Answer) -> dict[str, Any]:
    status, body = answer.status or 0, answer.body
    named = {name.lower(): value for name, value in answer.headers}
    return {
        "status": status,
        "statusText": HTTPStatus(status).phrase if status in set(HTTPStatus) else "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(answer.headers),
        "content": {"size": len(body), "mimeType": named.get("content-type", ""), **_text(body)},
        "redirectURL": named.get("location", ""),
        "headersSize": _UNKNOWN,
        "bodySize": len(body),
        **({"_error": answer.error} if answer.error else {}),
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _text(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}


def _bytes(text: str) -> str:
    """Text as the bytes of a request, each as its Latin-1 character; what is beyond them is UTF-8's bytes."""
    if all(ord(character) <= _LATIN for character in text):
        return text
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _are_bytes(text: str) -> bool:
    """Whether every half surrogate in the text stands for a byte."""
    return all("\udc80" <= each <= "\udcff" for each in text if "\ud800" <= each <= "\udfff")


HAR: Final = ExportFormat(
    name="har",
    summary="an HTTP archive, for browsers and other tools",
    suffixes=(".har",),
    write=lambda deliveries, options: write_har(deliveries, options.to, options.test_secret),
    takes_address=True,
)
