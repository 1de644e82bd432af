"""From a payload to the requests that deliver it: whole and rightly signed, or spoiled in one way."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.analysis.diff import compare
from devhook.errors import InputError
from devhook.forge.effects import Tamper
from devhook.forge.forge import Forged, forge, new_heading
from devhook.forge.shopify_headers import Uuids
from devhook.forge.source import XML, Source
from devhook.forge.tamper import spoiled
from devhook.webhook.document import Document


class Manner(BaseModel):
    """How a delivery is made: what its headers claim, what signs it, what is wrong with it.

    `secret` signs; `other_secret` is one that is not the app's. `content_type` None: as the source has it.
    """

    model_config = ConfigDict(frozen=True)

    shop: str
    api_version: str
    secret: SecretStr
    other_secret: SecretStr
    content_type: str | None = None
    tamper: Tamper | None = None


def make(
    source: Source, document: Document, manner: Manner, *, moment: datetime, uuids: Uuids
) -> tuple[Forged, ...]:
    """Return the requests that deliver `document`, which is the source's or was made of it.

    There are two of a duplicate, one of anything else. A delivery in which nothing was altered keeps its
    bytes. Raises InputError for a document that the content type cannot hold.
    """
    content_type = manner.content_type or source.content_type
    untouched = content_type == source.content_type and not compare(source.document, document)
    kept = source.body if untouched else None
    if kept is None and source.unreadable:
        raise InputError(f"Its payload cannot be read, so it can only be sent as it is. {source.unreadable}")
    if kept is None and content_type == XML and not isinstance(document, dict):
        raise InputError("Only an object can be written as XML.", "Use --format json.")
    heading = new_heading(
        source,
        document,
        shop=manner.shop,
        api_version=manner.api_version,
        content_type=content_type,
        moment=moment,
        uuids=uuids,
    )
    forged = forge(document, heading, manner.secret, bytes_as_they_came=kept)
    if manner.tamper is None:
        return (forged,)
    return spoiled(
        forged,
        document,
        manner.tamper,
        secret=manner.secret,
        other_secret=manner.other_secret,
        made_of=source.triggered_at,
    )
