"""The forge page's draft: an edited payload, its changes, and the requests made from it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from pydantic import SecretStr

from devhook.analysis.comparison import Comparison
from devhook.analysis.diff import Change
from devhook.errors import InputError
from devhook.forge.compose import ForgedRequest, ForgeOptions, compose
from devhook.forge.consistency import consistent
from devhook.forge.shopify_headers import Uuids
from devhook.forge.source import DEMO_SHOP, Source
from devhook.forge.tamper import Tamper
from devhook.privacy.known_values import personal_values
from devhook.privacy.mask import Mask
from devhook.shop.versions import NEWEST
from devhook.tui.untrusted import writable_json
from devhook.webhook.document import Document
from devhook.webhook.payload import Unreadable, read_json, write_pretty
from devhook.webhook.signature import Secret

_NOTHING: Final = Comparison()


@dataclass(frozen=True)
class Draft:
    """A payload as it stands in the editor. `text` is JSON whatever it is sent as.

    `problem` says why it cannot be sent yet, and where; `compared` is the comparison with what it is made of.
    """

    source: Source
    text: str
    document: Document
    problem: str = ""
    compared: Comparison = _NOTHING
    is_masked: bool = False

    @property
    def changes(self) -> tuple[Change, ...]:
        """The listed changes, the significant ones first."""
        return (*self.compared.changes, *self.compared.noise)

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return the draft of an unaltered payload. Raises InputError for one that cannot be read."""
        if source.unreadable:
            raise InputError(
                f"This payload cannot be edited. {source.unreadable}", "Press r to send it unchanged."
            )
        return cls(source, writable_json(write_pretty(source.document)), source.document)

    def edited(self, text: str) -> Self:
        """Return the draft with what was typed."""
        try:
            document = read_json(text.encode("utf-8", "surrogatepass"))
        except Unreadable as error:
            return replace(self, text=text, problem=f"This is not valid JSON. {error.reason}")
        compared = Comparison.of(self.source.document, document)
        return replace(self, text=text, document=document, problem="", compared=compared)

    def made_consistent(self, moment: datetime, shop: str) -> Self:
        """Return the draft with the fields that depend on its edits adjusted. It must be JSON."""
        document = consistent(self.source.document, self.document, moment=moment, shop=shop)
        return self.edited(writable_json(write_pretty(document)))

    def masked(self, mask: Mask) -> Self:
        """Return the draft with pseudonyms instead of personal data, in the original too; but not twice."""
        if self.is_masked:
            return self
        mask = mask.knowing(personal_values(self.source.document, self.source.topic))
        if not self.problem:
            mask = mask.knowing(personal_values(self.document, self.source.topic))
        source = self.source.masked(mask)
        original = replace(type(self).of(source), is_masked=True)
        if self.problem:
            return original
        document = mask.document(self.document, source.topic)
        return original.edited(writable_json(write_pretty(document)))

    def shop(self, of_the_run: str | None) -> str:
        """Return the shop domain that the headers name."""
        return self.source.shop or of_the_run or DEMO_SHOP

    def requests(
        self,
        *,
        shop: str,
        secrets: Sequence[Secret],
        other_secret: SecretStr,
        tamper: Tamper | None,
        moment: datetime,
        uuids: Uuids,
    ) -> tuple[ForgedRequest, ...]:
        """Return what is to be sent. Raises InputError where it is not JSON, or nothing can sign it."""
        if self.problem:
            raise InputError(self.problem, "Correct the JSON, then send it.")
        if not secrets and (tamper is None or tamper.needs_secret):
            raise InputError(
                "No secret is set to sign the delivery with.", "Set DEVHOOK_CLIENT_SECRET, and start again."
            )
        options = ForgeOptions(
            shop=shop,
            api_version=self.source.api_version or NEWEST,
            secret=secrets[0].value if secrets else other_secret,
            other_secret=other_secret,
            tamper=tamper,
        )
        return compose(self.source, self.document, options, moment=moment, uuids=uuids)
