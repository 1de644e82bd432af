"""A signed request: its headers, its body, and how a payload becomes a body."""

from dataclasses import dataclass, replace
from typing import Final, Self

from pydantic import SecretStr

from devhook.forge.shopify_headers import SIGNATURE_HEADER, Headers
from devhook.webhook.payload import Document, write_json
from devhook.webhook.signature import sign
from devhook.webhook.xml_writing import root_of, write_xml

JSON: Final = "application/json"
XML: Final = "application/xml"


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """A request as it is sent: its headers in order, and the bytes of its body."""

    headers: Headers
    body: bytes

    def value(self, name: str) -> str | None:
        """Return the value of the first header `name`, without regard to case; None if it is missing."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)

    def with_header(self, name: str, value: str | None) -> Self:
        """Return the request with this value for the header `name`; without the header if it is None.

        The header keeps its position and spelling; a missing one is added at the end.
        """
        wanted = name.lower()
        headers = tuple((each, value if each.lower() == wanted else text) for each, text in self.headers)
        if self.value(name) is None:
            headers = (*headers, (name, value))
        return replace(self, headers=tuple((each, text) for each, text in headers if text is not None))

    def signed_with(self, secret: SecretStr) -> Self:
        """Return the request with its body signed by `secret`."""
        return self.with_header(SIGNATURE_HEADER, sign(secret.get_secret_value(), self.body))


def body_of(document: Document, topic: str, content_type: str) -> bytes:
    """Return the body of a delivery of `document`: JSON in Shopify's byte form, or XML in Rails' form.

    Raises TypeError for XML of a document that is not an object.
    """
    if content_type == XML:
        if not isinstance(document, dict):
            raise TypeError("only an object can be written as XML")
        return write_xml(document, root_of(topic, document))
    return write_json(document)
