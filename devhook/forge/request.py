"""A signed request: its headers and its body as they are sent, and how a payload is written as a body."""

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
    """A request that is ready to be sent: `headers` in their order, `body` as its bytes."""

    headers: Headers
    body: bytes

    def value(self, name: str) -> str | None:
        """Return the value of the first header called `name`, in any case; None where there is none."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)

    def with_header(self, name: str, value: str | None) -> Self:
        """Return the request with another value for the header `name`, or without it.

        The header keeps its place and its spelling; one that is missing is added at the end.
        """
        wanted = name.lower()
        headers = tuple((each, value if each.lower() == wanted else text) for each, text in self.headers)
        if self.value(name) is None:
            headers = (*headers, (name, value))
        return replace(self, headers=tuple((each, text) for each, text in headers if text is not None))

    def signed_with(self, secret: SecretStr) -> Self:
        """Return the request with the signature of its body that `secret` makes."""
        return self.with_header(SIGNATURE_HEADER, sign(secret.get_secret_value(), self.body))


def body_of(document: Document, topic: str, content_type: str) -> bytes:
    """Return the body of a delivery about `document`: JSON in Shopify's byte form, or XML as Rails writes it.

    Raises TypeError for XML of a document that is not an object.
    """
    if content_type == XML:
        if not isinstance(document, dict):
            raise TypeError("only an object can be written as XML")
        return write_xml(document, root_of(topic, document))
    return write_json(document)
