"""Writes and reads HAR 1.2 (HTTP Archive), the format of browsers, proxies and tunnels.

Two extensions go beyond 1.2. A body that is not UTF-8 is base64 with `"encoding": "base64"` (the proposal for
1.3). devhook's own data is in `_devhook` (the specification leaves names with an underscore free).

Reading imports the POST requests of any recorder. HAR stores text, not bytes; if the recorder changed a body,
its signature is invalid.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import (
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
from devhook.recordings.bounds import Milliseconds, Moment, Status
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
    """Yield the archive by entries. Without `to` a request is sent to its own path at localhost:3000."""
    log: dict[str, Any] = {"version": "1.2", "creator": _CREATOR, "pages": []}
    if test_secret is not None:
        log["comment"] = (
            f"Masked, and signed again with {test_secret.value.get_secret_value()}, which is not a secret."
        )
    # The entries are written one by one, so that 100,000 of them are never in memory.
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
    """Yield the POSTs of an archive; their signatures are checked with `secrets`.

    Raises InputError for an invalid entry (counted from 0, as in `jq`), or for a file that is not HAR.
    """
    for number, entry in enumerate(_entries(content, name)):
        try:
            read = _Entry.model_validate(entry)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(["log.entries", str(number), *map(str, first["loc"])])
            raise InputError(
                f"{name}, {place}: {first['msg'].removeprefix('Value error, ')}.",
                "Nothing was imported. Export the file again, or remove the entry.",
            ) from error
        if read.request.method.upper() == "POST":
            yield _recorded(read, secrets)


class _Pair(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    value: str

    def header(self) -> tuple[str, str]:
        """Return the header as in a delivery: each byte as its Latin-1 character."""
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
        """Return the body's bytes."""
        if self.encoding.lower() == "base64":
            return base64.b64decode("".join(self.text.split()), validate=True)
        # mitmproxy writes bytes that are not text as surrogates.
        return self.text.encode("utf-8", "surrogateescape" if _are_bytes(self.text) else "replace")


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True)

    method: str
    url: str
    headers: tuple[_Pair, ...]
    postData: _Content | None = None  # noqa: N815 - HAR's name


class _Response(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: Status = 0
    headers: tuple[_Pair, ...] = ()
    content: _Content | None = None


class _Known(BaseModel):
    """devhook's own data in an entry."""

    model_config = ConfigDict(frozen=True)

    origin: Origin = Origin.SHOPIFY


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    startedDateTime: Moment  # noqa: N815 - HAR's name
    time: Milliseconds = 0.0
    request: _Request
    response: _Response = _Response()
    known: _Known = Field(default=_Known(), alias="_devhook")

    @field_validator("response", mode="before")
    @classmethod
    def _no_response(cls, value: object) -> object:
        return _Response() if value is None else value


def _entries(content: bytes, name: str) -> list[Any]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name}, line {error.lineno}, column {error.colno}: not valid JSON: {error.msg}.",
            "devhook imports recordings and HAR files.",
        ) from error
    except (ValueError, RecursionError) as error:
        # No UTF-8, or a number of more digits than Python reads.
        raise InputError(
            f"{name} is neither a recording nor a HAR file.",
            "devhook imports recordings and HAR files.",
        ) from error
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise InputError(
            f"{name} is neither a recording nor a HAR file: it contains no log.entries.",
            "devhook imports recordings and HAR files.",
        )
    return entries


def _recorded(entry: _Entry, secrets: Sequence[Secret]) -> Recorded:
    request = entry.request
    parts = urlsplit(request.url)
    path = _bytes(parts.path or "/") + (f"?{_bytes(parts.query)}" if parts.query else "")
    delivery = Delivery(
        received_at=entry.startedDateTime,
        path=path,
        # HTTP/2's `:method` and the like are not headers.
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
    """Return text with each byte as its Latin-1 character; other characters become their UTF-8 bytes."""
    if all(ord(character) <= _LATIN for character in text):
        return text
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _are_bytes(text: str) -> bool:
    """Return whether every surrogate in the text represents a byte."""
    return all("\udc80" <= each <= "\udcff" for each in text if "\ud800" <= each <= "\udfff")


HAR: Final = ExportFormat(
    name="har",
    summary="an HTTP archive, for browsers and other tools",
    suffixes=(".har",),
    write=lambda deliveries, options: write_har(deliveries, options.to, options.test_secret),
    takes_address=True,
)
