"""Recognises what a body looks like, whatever its Content-Type says."""

import codecs
import re
from enum import StrEnum
from typing import Final

# Bytes of a body that are looked at.
_BEGINNING: Final = 1_024


class Looks(StrEnum):
    """What a body looks like; the value completes `The body looks like …`."""

    JSON = "JSON"
    XML = "XML"
    HTML = "HTML"
    FORM = "a form (name=value&…)"
    MULTIPART = "a multipart form"
    GZIP = "gzip: it is still compressed"
    ZLIB = "zlib: it is still compressed"
    ZIP = "a ZIP archive"
    UTF_16 = "UTF-16"
    BASE64 = "base64"


# In this order: what begins with `<` is XML unless it is HTML.
_FORMS: Final = (
    (Looks.GZIP, re.compile(rb"\x1f\x8b")),
    (Looks.ZLIB, re.compile(rb"\x78[\x01\x5e\x9c\xda]")),
    (Looks.ZIP, re.compile(rb"PK\x03\x04")),
    (Looks.XML, re.compile(rb"(?:\xff\xfe|\xfe\xff)?(?:<\x00|\x00<)")),
    (Looks.UTF_16, re.compile(rb"\xff\xfe|\xfe\xff|[\[{\"]\x00|\x00[\[{\"]")),
    (Looks.HTML, re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)),
    (Looks.XML, re.compile(rb"\s*<")),
    (Looks.JSON, re.compile(rb"\s*[\[{\"]")),
    (Looks.MULTIPART, re.compile(rb"--[^\r\n]{1,70}\r?\ncontent-disposition:", re.IGNORECASE)),
    # eyJ is the beginning of {" in base64.
    (Looks.BASE64, re.compile(rb"eyJ[A-Za-z0-9+/_-]+={0,2}\s*\Z")),
    (Looks.FORM, re.compile(rb"[A-Za-z0-9_.%+\[\]-]{1,200}=[^\s\x00-\x1f]*\Z")),
)


def looks_like(body: bytes) -> Looks | None:
    """Return what the beginning of `body` looks like; None if it looks like nothing known."""
    beginning = body[:_BEGINNING].removeprefix(codecs.BOM_UTF8)
    return next((looks for looks, form in _FORMS if form.match(beginning)), None)
