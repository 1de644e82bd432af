"""Describes the mistakes in which other bytes than the body's were signed."""

from collections.abc import Sequence
from typing import Final

from devhook.signature_doctor.mistake import Mistake
from devhook.text import listed

_OVER_WHAT_IS_SENT: Final = "Make the bytes once, sign them, and send those very bytes."
_RAW: Final = (
    "Take the body as it arrives, before any parser: express.raw(), request.get_data(), php://input."
)
_NAMED: Final = 3
_CURL: Final = "Send the file with curl --data-binary @file, which changes nothing."


def old_body(delivery_id: int) -> Mistake:
    """The signature belongs to another delivery's body with the same Webhook-Id."""
    return Mistake(
        name="old-body",
        what=f"It is the signature of delivery {delivery_id}, with the same Webhook-Id and another body.",
        comes_from="A recorded delivery was edited and sent again with its old headers.",
        fix="Sign the body again after editing it: devhook sign FILE.",
    )


def rewritten(writers: Sequence[str]) -> Mistake:
    """The same document was signed as another JSON writer writes it. Each language is named once."""
    languages = list({writer.split()[0]: writer for writer in reversed(writers)}.values())[::-1]
    named = languages if len(languages) <= _NAMED else [*languages[:_NAMED], "others"]
    return Mistake(
        name="rewritten",
        what=f"It is the signature of the same JSON as written by {listed(named)}.",
        comes_from="The JSON was parsed and written again before it was signed, or after it.",
        fix=_OVER_WHAT_IS_SENT,
    )


def cut(length: int, whole: int) -> Mistake:
    """Only the beginning was signed."""
    return Mistake(
        name="truncated",
        what=f"It is the signature of the first {length:,} of the body's {whole:,} bytes.",
        comes_from="A Content-Length that counts characters instead of bytes, or a stream of which only the"
        " first part was read.",
        fix="Count the bytes (Buffer.byteLength, len(text.encode())), and read the body to its end.",
    )


CUT_OFF: Final = Mistake(
    name="truncated",
    what="It is the signature of a longer body: the end of this one was cut off.",
    comes_from="The sender's Content-Length counts characters; each one beyond ASCII costs the end a byte.",
    fix="Set Content-Length from the encoded bytes, or leave it to the HTTP library.",
)
REWRITTEN_ON_ITS_WAY: Final = Mistake(
    name="rewritten-on-its-way",
    what="The signature is right for this JSON as Shopify writes it; this body is written differently.",
    comes_from="After signing, the sending library, a proxy or a body parser parsed it and wrote it again.",
    fix="Send the bytes that were signed, and take them before any parser: express.raw(), php://input.",
)
NEWLINE_ADDED: Final = Mistake(
    name="newline-added",
    what="It is the signature of the body without the line end or white space around it.",
    comes_from="An editor, echo or a heredoc puts a line end after what was signed.",
    fix="Write the body with printf, or save it without a line end at its end.",
)
NEWLINE_CUT: Final = Mistake(
    name="newline-cut",
    what="It is the signature of the body with a line end after it.",
    comes_from="$(…) in a shell, strip() or curl -d takes the last line end away after it was signed.",
    fix=_CURL,
)
WINDOWS_LINE_ENDS: Final = Mistake(
    name="line-ends",
    what="It is the signature of the body with line feeds (LF); this one has CR LF.",
    comes_from="Windows, git's autocrlf or a text-mode file changed the line ends after signing.",
    fix="Open the file in binary mode, and have git leave it alone (-text in .gitattributes).",
)
UNIX_LINE_ENDS: Final = Mistake(
    name="line-ends",
    what="It is the signature of the body with CR LF; this one has line feeds (LF).",
    comes_from="It was signed on Windows or from a text-mode file, and its line ends were changed later.",
    fix="Open the file in binary mode, and have git leave it alone (-text in .gitattributes).",
)
LINE_ENDS: Final = Mistake(
    name="line-ends",
    what="It is the signature of the body without any line ends.",
    comes_from="The text was joined to one line before it was signed, as curl -d @file does.",
    fix=_CURL,
)
BOM_ADDED: Final = Mistake(
    name="byte-order-mark",
    what="It is the signature of the body without the byte order mark at its beginning.",
    comes_from="Windows editors and Encoding.UTF8 in .NET put one before the text.",
    fix="Save and send it as UTF-8 without BOM.",
)
BOM_CUT: Final = Mistake(
    name="byte-order-mark",
    what="It is the signature of the body with a byte order mark before it.",
    comes_from="Windows editors and Encoding.UTF8 in .NET put one before the text, and a reader took it off.",
    fix="Save and sign it as UTF-8 without BOM.",
)
EMPTY: Final = Mistake(
    name="empty-body",
    what="It is the signature of an empty body.",
    comes_from="A body parser or a logger had read the stream before, and nothing was left.",
    fix=_RAW,
)
REMAINS: Final = Mistake(
    name="no-body",
    what="It is the signature of a placeholder for a lost body: {}, null, undefined, [object Object].",
    comes_from="A body parser without the right content type gives {}, and an object turned to text gives"
    " [object Object].",
    fix=_RAW,
)
LATIN: Final = Mistake(
    name="latin-1",
    what="It is the signature of the text in other bytes: Latin-1 and UTF-8 were mistaken for each other.",
    comes_from="The body was decoded as one and encoded as the other, which shows only beyond ASCII.",
    fix="Keep the body as bytes from end to end, and decode it only to parse it.",
)
ENCODING: Final = Mistake(
    name="encoding",
    what="It is the signature of the text in another encoding, or with its letters beyond ASCII replaced.",
    comes_from="It was decoded and encoded again, as UTF-16 or ASCII, or in pieces that split letters.",
    fix="Keep the body as bytes from end to end, and decode it only to parse it.",
)
COMPRESSED: Final = Mistake(
    name="still-compressed",
    what="It is the signature of the decompressed body; this one is still compressed.",
    comes_from="It was compressed after it was signed, by the sender or a proxy; Shopify compresses nothing.",
    fix="Send it uncompressed, or check it once it is decompressed.",
)
DECOMPRESSED: Final = Mistake(
    name="decompressed",
    what="It is the signature of the compressed body; this one is decompressed.",
    comes_from="The sender signed the compressed bytes, and a proxy decompressed them.",
    fix="Sign before compressing; Shopify compresses nothing.",
)
BASE64: Final = Mistake(
    name="base64-body",
    what="The body is base64 on one side only: either the signed or the received bytes are encoded.",
    comes_from="API gateways and serverless functions pass bodies as base64 (isBase64Encoded).",
    fix="Decode the body first where isBase64Encoded says so.",
)
FORM: Final = Mistake(
    name="form-encoded",
    what="It is the signature of the body as a form; this body is not a form.",
    comes_from="The signing side used the fields of a form, or a query string, as the body.",
    fix=_OVER_WHAT_IS_SENT,
)
FORM_SENT: Final = Mistake(
    name="form-encoded",
    what="It is the signature of the JSON alone; this body has it wrapped in a form.",
    comes_from="curl -d and requests' data= send application/x-www-form-urlencoded unless told otherwise.",
    fix="Send the JSON as the body itself, as application/json.",
)
JSON_STRING: Final = Mistake(
    name="json-string",
    what="The body is a JSON string that contains the JSON, on one side only: it was encoded twice.",
    comes_from="JSON.stringify was given text that was JSON already.",
    fix=_OVER_WHAT_IS_SENT,
)
