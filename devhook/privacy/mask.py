"""Masks personal data in documents, changes, headers, bodies and free text, for showing and for sharing.

A value is recognised as personal by its place in the document (personal.py), by its shape (patterns.py), or
because a personal field of the same deliveries has it too (known_values.py). Its pseudonym depends only on
the value, its place and the key, never on earlier input. So equal values stay equal, different values stay
different, and the changes between two masked documents are the masked changes between the documents, if the
mask knows the values of both. It knows those of the deliveries that are shown together, and of no others: a
customer called May would alter every month, and only from her first order on.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, Final
from xml.etree.ElementTree import Element, TreeBuilder, tostring

from defusedxml.ElementTree import DefusedXMLParser

from devhook import json_pointer
from devhook.analysis.comparison import Comparison, Unlisted
from devhook.analysis.diff import Change
from devhook.analysis.identity import is_set
from devhook.analysis.paths import labels_in, spelled
from devhook.analysis.verdict import Reading
from devhook.privacy.known_values import NOTHING_KNOWN, KnownValues, PersonalValue, personal_values, values_in
from devhook.privacy.patterns import Edit, edited, edits, merged
from devhook.privacy.personal import Area, Field, Personal, kind_of, root
from devhook.privacy.pseudonyms import Pseudonyms
from devhook.privacy.unescaping import escaped_like, layers
from devhook.text import counted
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Delivery
from devhook.webhook.document import Document, Unreadable
from devhook.webhook.headers import readable
from devhook.webhook.payload import is_xml, read, read_xml, write_json
from devhook.webhook.subject import Subject
from devhook.webhook.xml_payload import xml_text

_SECRET_HEADERS: Final = re.compile(
    r"authorization|proxy-authorization|cookie|set-cookie|(?:.*-)?(?:token|secret|api-?key|password)",
    re.IGNORECASE,
)
# A signature reveals nothing without the secret, and is the header that readers look for.
_SIGNATURE_HEADERS: Final = re.compile(r"(?:x-)?shopify-hmac-sha256", re.IGNORECASE)
_ANY_TIME: Final = datetime.min.replace(tzinfo=UTC)
_ORDINAL: Final = re.compile(r" #[0-9]+\Z")
_ID: Final = re.compile(r"[0-9]+|gid://\S+")
# The beginning of a JSON document, whatever its Content-Type.
_OPENING: Final = re.compile(rb'\s*(?:\{\s*"|\[\s*[\[{"])')
_PLAIN_KEY: Final = re.compile(r"[a-z0-9]*(?:[A-Z_.:-][a-z0-9]+)*")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?")


class Mask:
    """Masks with one key; without the key nobody can test which value a pseudonym stands for.

    A `topic` says what the document as a whole is: a customer's name and tags are personal, a product's are
    not. `known` are the personal values that are looked for in all other text.
    """

    def __init__(self, key: bytes, known: KnownValues = NOTHING_KNOWN) -> None:
        self._key = key
        self._pseudonyms = Pseudonyms(key)
        self._known = known

    def knowing(self, *values: Iterable[PersonalValue]) -> "Mask":
        """Return this mask; it looks for these personal values too (see `values_of`, `told_by`)."""
        known = KnownValues(chain(self._known, *values))
        return Mask(self._key, known) if known else self

    def document(self, document: Document, topic: str | None = None) -> Document:
        """Return `document` in the same shape, with a pseudonym for every personal value.

        Types, the order of keys, nulls and empty values stay. A key is masked if it has the shape of personal
        data.
        """
        return self._value(document, root(topic))

    def change(self, change: Change, topic: str | None = None) -> Change:
        """Return the change as `compare` finds it between the two documents masked."""
        if not change.steps and change.pointer:
            change = change.model_copy(update={"steps": json_pointer.steps(change.pointer)})
        fields = _fields(change.steps, topic)
        return change.model_copy(
            update={
                "path": self._path(change, fields),
                "pointer": json_pointer.spell(map(self._key_text, json_pointer.parse(change.pointer))),
                "before": self._value(change.before, fields[-1]),
                "after": self._value(change.after, fields[-1]),
                "steps": tuple(
                    self._key_text(step) if isinstance(step, str) else step for step in change.steps
                ),
            }
        )

    def value(self, value: Document, steps: Iterable[str | int], topic: str | None = None) -> Document:
        """Return the masked `value`, which the keys and indexes in `steps` lead to in a document."""
        return self._value(value, _fields(steps, topic)[-1])

    def text(self, text: str) -> str:
        """Return free text without secrets, and without personal data that is known or has its shape."""
        return edited(text, self.edits(text))

    def edits(self, text: str) -> tuple[Edit, ...]:
        """Return what `text` replaces, and where: for text that is written in several pieces."""
        found = [
            Edit(*span, escaped_like(text[slice(*span)], edit.text))
            for layer in layers(text)
            for edit in self._found(layer.text)
            for span in [layer.span(edit.start, edit.end)]
        ]
        # Unescaped values come first, because they get the pseudonym of the field.
        return merged((*found, *self._found(text)))

    def _found(self, text: str) -> Iterator[Edit]:
        yield from edits(text, self._pseudonyms.of)
        if not text.startswith("gid://"):
            yield from self._known.edits(text, self._pseudonyms.of)

    def texts(self, content: Any) -> Any:
        """Return an object of devhook's own JSON with all of its texts masked by shape, keys included."""
        match content:
            case str():
                return self.text(content)
            case Mapping():
                return {self._key_text(key): self.texts(value) for key, value in content.items()}
            case Sequence():
                return [self.texts(each) for each in content]
        return content

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Return headers with credentials, and everything with the shape of personal data, replaced.

        The signature and Content-Length stay; code that sends a masked delivery computes both again.
        """
        return tuple((name, self._header(name, value)) for name, value in headers)

    def body(self, body: bytes, content_type: str, topic: str | None = None) -> bytes:
        """Return the body of the masked document; for an unreadable body, a note with its size."""
        if not body:
            return body
        try:
            if is_xml(body, content_type):
                return self._xml(body, topic)
            return write_json(self.document(read(body, content_type), topic))
        except Unreadable:
            return f"(masked: {counted(len(body), 'byte')} that cannot be read)".encode()

    def delivery(self, delivery: Delivery) -> Delivery:
        """Return a delivery for display. Its signature is still that of the original body.

        A mask that knows no values looks for those of the delivery.
        """
        if not self._known and (known := KnownValues(values_of(delivery))):
            return Mask(self._key, known).delivery(delivery)
        body = self.body(delivery.body, delivery.content_type, delivery.topic)
        headers = self.headers(delivery.headers)
        return delivery.model_copy(
            update={"path": self._received(delivery.path), "headers": headers, "body": body}
        )

    def answer(self, answer: Answer) -> Answer:
        """Return an answer for display. A body that is not JSON or XML is masked by shape only.

        The body is shown uncompressed, without Content-Encoding. JSON that was cut is a note of its size.
        """
        shown = answer.uncompressed()
        kind = shown.header("content-type") or ""
        if "json" in kind or "xml" in kind or _OPENING.match(shown.body):
            body = self.body(shown.body, kind)
        else:
            body = self.text(shown.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        headers = self.headers(shown.headers)
        return shown.model_copy(update={"headers": headers, "body": body, "error": self.text(shown.error)})

    def subject(self, subject: Subject) -> Subject:
        """Return the subject of a document: a customer's name is masked, an order's is not."""
        field = root(subject.kind)
        name = subject.name and self._string(subject.name, field.inside("name"))
        identity = subject.id if subject.id.isdecimal() else self._string(subject.id, field.inside("id"))
        return subject._replace(id=identity, name=name)

    def reading(self, reading: Reading, topic: str | None = None) -> Reading:
        """Return a reading of the masked document."""
        return reading.model_copy(
            update={
                "subject": reading.subject and self.subject(reading.subject),
                "changes": tuple(self.change(change, topic) for change in reading.changes),
                "noise": tuple(self.change(change, topic) for change in reading.noise),
                "unlisted": self._unlisted(reading.unlisted),
                "hint": self.text(reading.hint),
                "unreadable": self.text(reading.unreadable),
                "repeated": tuple(self.change(change, topic) for change in reading.repeated),
                "remarks": tuple(map(self.text, reading.remarks)),
            }
        )

    def comparison(self, comparison: Comparison, topic: str | None = None) -> Comparison:
        """Return the comparison of the two documents masked."""
        return comparison._replace(
            changes=tuple(self.change(change, topic) for change in comparison.changes),
            noise=tuple(self.change(change, topic) for change in comparison.noise),
            unlisted=self._unlisted(comparison.unlisted),
        )

    def _unlisted(self, unlisted: Iterable[Unlisted]) -> tuple[Unlisted, ...]:
        return tuple(each._replace(part=each.part and self.text(each.part)) for each in unlisted)

    def _key_text(self, key: str) -> str:
        """Return a key for display. Shopify's are no text: a customer called Note does not rename them."""
        return edited(key, edits(key, self._pseudonyms.of)) if _PLAIN_KEY.fullmatch(key) else self.text(key)

    def _value(self, value: Document, field: Field) -> Document:
        match value:
            case dict():
                return {
                    self._key_text(key): self._value(each, field.inside(key)) for key, each in value.items()
                }
            case list():
                return [self._value(each, field) for each in value]
            case str():
                return self._string(value, field)
            case bool() | None:
                return value
            case int() | Decimal():
                kind = kind_of(field)
                return self._pseudonyms.of_number(kind, value) if kind else value
        return value

    def _string(self, text: str, field: Field) -> str:
        kind = kind_of(field)
        # A pseudonym may have the shape of personal data: a serial number that of a telephone number. What is
        # shown must be the same when the edge of an output masks it again.
        return self.text(text if kind is None else self._pseudonyms.of(kind, text))

    def _path(self, change: Change, fields: list[Field]) -> str:
        """Return the path with the labels of items masked; a label may be a person's name or a tag."""
        labels = iter(labels_in(change.path, change.steps))
        last = len(change.steps) - 1
        steps = []
        for number, (step, field) in enumerate(zip(change.steps, fields[1:], strict=True)):
            if isinstance(step, str):
                steps.append((self._key_text(step), False))
            else:
                whole = change.after if change.before is None else change.before
                label = self._label(next(labels, ""), field, whole if number == last else None)
                steps.append((label, True))
        return spelled(steps)

    def _label(self, label: str, field: Field, whole: Document) -> str:
        """Return the masked label of an item of the list `field`; `whole` is the item if it changed."""
        if is_set(field.key):
            stem, ordinal = _apart(label)
            for text, number in ((label, ""), (stem, ordinal)):
                if _is_label_of(text, str(whole)):
                    return f"{self._value(whole, field)}{number}"
        if field.area is Area.ANYTHING or _ID.fullmatch(label):
            return self.text(label)
        return self._string(label, field.inside("name"))

    def _header(self, name: str, value: str) -> str:
        if _SIGNATURE_HEADERS.fullmatch(name):
            return value
        if _SECRET_HEADERS.fullmatch(name):
            return self._pseudonyms.of(Personal.TOKEN, value)
        return self._received(value)

    def _received(self, text: str) -> str:
        """Return the text of a request's head, which is Latin-1 for bytes that may be UTF-8."""
        told = readable(text)
        masked = self.text(told)
        return text if masked == told else masked.encode().decode("latin-1")

    def _xml(self, body: bytes, topic: str | None) -> bytes:
        read_xml(body)  # raises Unreadable
        parser = DefusedXMLParser(target=TreeBuilder(), encoding="utf-8", forbid_dtd=True)
        parser.feed(xml_text(body).encode())
        tree = parser.close()
        self._mask_element(tree, root(topic))
        return bytes(tostring(tree, encoding="UTF-8", xml_declaration=True))

    def _mask_element(self, element: Element, field: Field) -> None:
        """Mask an element like the document that it is read as; a list's items belong to its field."""
        kind = element.get("type")
        for child in element:
            self._mask_element(child, field if kind == "array" else field.inside(child.tag))
            child.tail = child.tail and self.text(child.tail)
        for name, value in element.items():
            element.set(name, self.text(value))
        element.text = element.text and self._typed(element.text, kind, field)

    def _typed(self, text: str, kind: str | None, field: Field) -> str:
        if kind in {"integer", "float"} and _NUMBER.fullmatch(text):
            return str(self._value(int(text) if kind == "integer" else Decimal(text), field))
        return self._string(text, field)


def values_of(*deliveries: Delivery) -> Iterator[PersonalValue]:
    """Yield the personal values of deliveries; an unreadable body has none."""
    for delivery in deliveries:
        with suppress(Unreadable):
            yield from personal_values(read(delivery.body, delivery.content_type), delivery.topic)


def values_sent(headers: tuple[tuple[str, str], ...], body: bytes) -> Iterator[PersonalValue]:
    """Yield the personal values of a request that devhook sends."""
    return values_of(Delivery(received_at=_ANY_TIME, headers=headers, body=body))


def told_by(changes: Iterable[Change], topic: str | None) -> Iterator[PersonalValue]:
    """Yield the personal values of changes: those of the version before too."""
    for change in changes:
        steps = change.steps or json_pointer.steps(change.pointer)
        field = _fields(steps, topic)[-1]
        yield from values_in(change.before, field)
        yield from values_in(change.after, field)


def _fields(steps: Iterable[str | int], topic: str | None) -> list[Field]:
    """Return the document as a field, then the field after each step; an item has its list's field."""
    fields = [root(topic)]
    for step in steps:
        fields.append(fields[-1].inside(step) if isinstance(step, str) else fields[-1])
    return fields


def _apart(label: str) -> tuple[str, str]:
    """Split a label from the number (` #2`) that distinguishes equal labels."""
    ordinal = _ORDINAL.search(label)
    return (label[: ordinal.start()], ordinal[0]) if ordinal else (label, "")


def _is_label_of(label: str, item: str) -> bool:
    return label == item or (label.endswith("…") and item.startswith(label[:-1]))
