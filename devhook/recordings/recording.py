r"""Writes and reads recordings: deliveries as JSON lines, exact to the byte, readable for people and `jq`.

The first line describes the file; every other line is a delivery, oldest first:

    {"recording": 1, "made_by": "devhook 0.2.0", "test_secret": null}
    {"recording": 1, "id": 12, "topic": "orders/paid", "received_at": "2026-07-04T12:00:00.123456+00:00",
     "method": "POST", "path": "/webhooks?x=1", "headers": [["Content-Type", "application/json"], …],
     "body": "{\"id\":1}", "signature": "valid", "signed_with": "client secret", "origin": "shopify",
     "answers": [{"by": "receiver", "at": "…", "status": 200, …}]}

- `recording` is the version of the format, on each line. So lines can be filtered, cut and joined (`grep`,
  `jq -c`, `cat`), and the first line can be missing or anywhere. A higher version is rejected.
- `test_secret` is `{"name": …, "value": …}` if the deliveries are masked and signed again with a public
  secret, so that every reader can check them.
- `headers` keep order, case and repetition. Header names, header values and `path` are the received bytes,
  each as its Latin-1 character. `received_at` has microseconds.
- `body` is the body's text if its bytes are UTF-8; otherwise `body_base64` replaces it.
- `id` (in the original inbox) and `topic` (from the headers) are for the reader and are not imported. Unknown
  keys are ignored.
- `answers` are the answers to the delivery: `by` is `receiver` for devhook's own answer, else the address of
  a target. Status 0 means that the connection was dropped. Empty values are omitted.

The file is ASCII. Nothing in it can control a terminal.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Self

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
from devhook.recordings.bounds import Moment, Seconds, Status
from devhook.recordings.export_format import ExportFormat
from devhook.webhook.answer import Answer, Failure
from devhook.webhook.delivery import Delivery, Origin, Signature
from devhook.webhook.signature import Secret

VERSION: Final = 1
LONGEST_LINE: Final = 64 * 2**20
"""Bytes. A body of 5 MiB is 7 MiB of base64, and at worst six times as much in escapes."""

_LATIN: Final = 0xFF


def write_recording(deliveries: Iterable[Recorded], test_secret: Secret | None = None) -> Iterator[str]:
    """Yield the lines of a recording, without line ends."""
    secret = test_secret and {"name": test_secret.name, "value": test_secret.value.get_secret_value()}
    yield json.dumps({"recording": VERSION, "made_by": f"devhook {__version__}", "test_secret": secret})
    for each in deliveries:
        yield json.dumps(_as_object(each))


def is_recording(line: bytes) -> bool:
    """Return whether this is a line of a recording of any version."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and "recording" in document


def read_recording(lines: Iterable[bytes], name: str) -> Iterator[Recorded]:
    """Yield the deliveries of a recording. Raise InputError with the line and the mistake."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read = _read(line)
        except ValueError as error:
            raise InputError(
                f"{name}, line {number}: {error}.", f"Nothing was imported. {_remedy(error)}"
            ) from error
        if read is not None:
            yield read


class _OtherVersion(ValueError):
    """The line has an unknown version of the format."""


def _remedy(error: ValueError) -> str:
    if isinstance(error, _OtherVersion):
        return "If a newer devhook wrote it: pip install --upgrade devhook"
    return "Correct the line, or remove it."


class _Bytes(BaseModel):
    """A body: its text, or its base64, or (of an answer) neither."""

    model_config = ConfigDict(frozen=True)

    body: str | None = None
    body_base64: str | None = None

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.body_base64 is not None:
            raise ValueError("body and body_base64 are both set, and only one is allowed")
        self.octets()
        return self

    def octets(self) -> bytes | None:
        """Return the bytes; None if there is no body."""
        if self.body is not None:
            try:
                return self.body.encode()
            except UnicodeEncodeError:
                raise ValueError("the body is not text: it contains a surrogate") from None
        if self.body_base64 is None:
            return None
        try:
            return base64.b64decode(self.body_base64, validate=True)
        except binascii.Error:
            raise ValueError("body_base64 is not base64") from None


def _latin(text: str) -> str:
    if any(ord(character) > _LATIN for character in text):
        raise ValueError("it contains a character that is not a byte (above U+00FF)")
    return text


class _Answer(_Bytes):
    by: str = Field(min_length=1)
    at: Moment
    status: Status | None = None
    seconds: Seconds = 0.0
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    failure: Failure | None = None
    error: str = ""


class _Line(_Bytes):
    received_at: Moment
    method: str = Field(default="POST", pattern="^[A-Za-z-]+$")
    path: str = "/"
    headers: tuple[tuple[str, str], ...]
    signature: Signature
    signed_with: str | None = None
    origin: Origin = Origin.SHOPIFY
    answers: tuple[_Answer, ...] = ()
    id: int = 0

    @field_validator("path")
    @classmethod
    def _path_is_bytes(cls, path: str) -> str:
        return _latin(path)

    @field_validator("headers")
    @classmethod
    def _headers_are_bytes(cls, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        for name, value in headers:
            _latin(name + value)
        return headers

    @model_validator(mode="after")
    def _has_a_body(self) -> Self:
        if self.octets() is None:
            raise ValueError("neither body nor body_base64 is set")
        return self


def _as_object(each: Recorded) -> dict[str, Any]:
    delivery = each.delivery
    return {
        "recording": VERSION,
        "id": each.id,
        "topic": delivery.topic,
        "received_at": _moment(delivery.received_at),
        "method": delivery.method,
        "path": delivery.path,
        "headers": delivery.headers,
        **_body(delivery.body),
        "signature": each.signature,
        "signed_with": each.signed_with,
        "origin": each.origin,
        "answers": [_answer_object(answer) for answer in each.answers],
    }


def _answer_object(each: RecordedAnswer) -> dict[str, Any]:
    answer = each.answer
    known = {
        "seconds": answer.seconds,
        "headers": answer.headers,
        "cut": answer.cut,
        "failure": answer.failure,
        "error": answer.error,
    }
    return {
        "by": each.by,
        "at": _moment(each.at),
        "status": answer.status,
        **{key: value for key, value in known.items() if value},
        **(_body(answer.body) if answer.body else {}),
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode("ascii")}


def _read(line: bytes) -> Recorded | None:
    """Return the delivery in a line; None for the line that describes the file. Raise ValueError."""
    document = _document(line)
    if "headers" not in document and "made_by" in document:
        return None
    try:
        read = _Line.model_validate(document)
    except ValidationError as error:
        raise ValueError(_first(error)) from error
    return Recorded(
        id=read.id,
        delivery=Delivery(
            received_at=read.received_at,
            method=read.method,
            path=read.path,
            headers=read.headers,
            body=read.octets() or b"",
        ),
        signature=read.signature,
        signed_with=read.signed_with,
        origin=read.origin,
        answers=tuple(map(_answer, read.answers)),
    )


def _answer(read: _Answer) -> RecordedAnswer:
    fields = read.model_dump(exclude={"by", "at", "body", "body_base64"})
    return RecordedAnswer(by=read.by, at=read.at, answer=Answer(body=read.octets() or b"", **fields))


def _document(line: bytes) -> dict[str, Any]:
    if len(line) >= LONGEST_LINE:
        raise ValueError("it is longer than any delivery")
    try:
        document = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON at column {error.colno}: {error.msg}") from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8") from error
    except ValueError:
        raise ValueError("it contains a number of more digits than Python reads") from None
    if not isinstance(document, dict) or "recording" not in document:
        raise ValueError('not a line of a recording: "recording" is missing')
    version = document["recording"]
    if version != VERSION:
        raise _OtherVersion(
            f"it has version {version!r} of the format, and this devhook reads version {VERSION}"
        )
    return document


def _first(error: ValidationError) -> str:
    """Return the first mistake and its position, without the value, which is untrusted."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    what = first["msg"].removeprefix("Value error, ")
    what = what[:1].lower() + what[1:]
    return f"{place}: {what}" if place else what


JSONL: Final = ExportFormat(
    name="jsonl",
    summary="a recording: exact, and devhook import reads it",
    suffixes=(".jsonl",),
    write=lambda deliveries, options: write_recording(deliveries, options.test_secret),
)
