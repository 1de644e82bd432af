"""Makes the deliveries that a probe sends: signed sample payloads in Shopify's form."""

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
    """A request of a probe. `words` describe it: `orders/updated, 39,562 bytes, signed`."""

    words: str


class Samples:
    """Makes deliveries of one topic.

    - `secret`: the app's client secret, which signs them.
    - `topic`: the topic of the deliveries.
    - `shop`: the `*.myshopify.com` domain in the headers.
    - `api_version`: the version in the headers.
    - `random`, `clock`: the sources of ids and times.
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
        """Return the sample payload with the current time as `updated_at`, and with `changes`."""
        if "updated_at" in self._sample:
            changes = {"updated_at": self.clock().isoformat(timespec="seconds")} | changes
        return self._sample | changes

    def delivery(self, body: Document | bytes = None, *, how: str = "signed", **changes: Any) -> ProbeRequest:
        """Return a signed delivery of `body`: a document, exact bytes, or (None) the sample.

        It has new ids and the current time; `changes` replace header values. `how` is part of its `words`.
        """
        document = self.document() if body is None else body
        written = document if isinstance(document, bytes) else write_json(document)
        own_id = document.get("id") if isinstance(document, dict) else None
        defaults = {
            "topic": self.topic,
            "shop": self._shop,
            "api_version": self._api_version,
            "webhook_id": self._uuids(),
            "event_id": self._uuids(),
            "triggered_at": triggered_at(self.clock(), self._random.randrange(1000)),
            "resource_id": own_id if isinstance(own_id, int) else None,
        }
        values = HeaderValues(**(defaults | changes))
        words = f"{values.topic}, {counted(len(written), 'byte')}, {how}"
        return ProbeRequest(headers=values.headers(self.sign(written)), body=written, words=words)

    def sign(self, body: bytes) -> str:
        """Return the valid signature of `body`."""
        return sign(self._secret, body)

    def tampered(self, request: ProbeRequest, tamper: Tamper) -> ProbeRequest:
        """Return the request, changed by `tamper`."""
        changed = tamper.requests(request, self._context)[0]
        return replace(changed, words=f"{request.words.removesuffix(', signed')}, {tamper.effect}")

    def hidden(self, body: bytes) -> tuple[str, str]:
        """Return what must never be shown: the valid signature of `body`, and the secret."""
        return self.sign(body), self._secret
