"""The deliveries that a probe sends: of devhook's own payloads, made as Shopify makes them, and signed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any, cast

from pydantic import SecretStr

from devhook.forge.request import SignedRequest
from devhook.forge.shopify_headers import HeaderValues, random_uuids, triggered_at
from devhook.forge.source import sample
from devhook.forge.tamper import Tamper, TamperContext
from devhook.text import counted
from devhook.webhook.payload import Document, write_json
from devhook.webhook.signature import sign


@dataclass(frozen=True, kw_only=True)
class ProbeRequest(SignedRequest):
    """What is sent. `words` describe it: `orders/updated, 39,562 bytes, signed`."""

    words: str


class Samples:
    """Makes deliveries about `topic`, one that there is a sample of, for an app with this `secret`.

    `shop` is the `*.myshopify.com` domain that they seem to come from. Ids are drawn from `random`, times are
    the `clock`'s.
    """

    def __init__(
        self,
        secret: SecretStr,
        *,
        topic: str,
        shop: str,
        api_version: str,
        random: Random,
        clock: Callable[[], datetime],
    ) -> None:
        self.topic = topic
        self.clock = clock
        self._secret = secret.get_secret_value()
        other_secret = SecretStr(f"shpss_{random.getrandbits(128):032x}")
        self._context = TamperContext(secret=secret, other_secret=other_secret)
        self._shop = shop
        self._api_version = api_version
        self._random = random
        self._uuids = random_uuids(random)
        self._sample = cast("dict[str, Any]", sample(topic))

    def document(self, **changes: Document) -> dict[str, Any]:
        """The sample payload as it is now, with `changes` made to it."""
        if "updated_at" in self._sample:
            changes = {"updated_at": self.clock().isoformat(timespec="seconds")} | changes
        return self._sample | changes

    def delivery(self, body: Document | bytes = None, *, how: str = "signed", **changes: Any) -> ProbeRequest:
        """A delivery as Shopify sends it: of the sample, or of another document, or of these very bytes.

        It has new ids and happens now; `changes` are other header values. `how` is told of it.
        """
        document = self.document() if body is None else body
        written = document if isinstance(document, bytes) else write_json(document)
        own_id = document.get("id") if isinstance(document, dict) else None
        told = {
            "topic": self.topic,
            "shop": self._shop,
            "api_version": self._api_version,
            "webhook_id": self._uuids(),
            "event_id": self._uuids(),
            "triggered_at": triggered_at(self.clock(), self._random.randrange(1000)),
            "resource_id": own_id if isinstance(own_id, int) else None,
        }
        values = HeaderValues(**(told | changes))
        words = f"{values.topic}, {counted(len(written), 'byte')}, {how}"
        return ProbeRequest(headers=values.headers(self.sign(written)), body=written, words=words)

    def sign(self, body: bytes) -> str:
        """The right signature of `body`."""
        return sign(self._secret, body)

    def tampered(self, request: ProbeRequest, tamper: Tamper) -> ProbeRequest:
        """The request, tampered with."""
        changed = tamper.requests(request, self._context)[0]
        return replace(changed, words=f"{request.words.removesuffix(', signed')}, {tamper.effect}")

    def hidden(self, body: bytes) -> tuple[str, str]:
        """What must not be shown to anybody when `body` was sent: its right signature, and the secret."""
        return self.sign(body), self._secret
