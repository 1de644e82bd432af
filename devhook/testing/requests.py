"""Signed webhook requests: forged for any topic, or read from a recording."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from pydantic import SecretStr

from devhook.errors import InputError
from devhook.forge.compose import ForgedRequest, ForgeOptions, compose
from devhook.forge.consistency import consistent as made_consistent
from devhook.forge.edits import with_values
from devhook.forge.shopify_headers import WEBHOOK_ID_HEADER, random_uuids
from devhook.forge.source import DEMO_SHOP, Source, from_sample
from devhook.forge.tamper import TAMPERS
from devhook.recordings.recording import read_recording
from devhook.shop.versions import NEWEST
from devhook.testing.clients import Headers, WebhookResponse, send, send_async
from devhook.text import did_you_mean, nearest
from devhook.webhook.delivery import ORIGIN_HEADER
from devhook.webhook.signature import sign

_SECRET_VARIABLE: Final = "SHOPIFY_API_SECRET"  # noqa: S105 - the name of a variable
_OTHER_SECRET: Final = SecretStr("shpss_another_secret_of_devhook.testing")


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """One webhook request as Shopify sends it.

    `topic`: `orders/paid`.
    `headers`: its headers in Shopify's order, without Host and Content-Length.
    `body`: its bytes, which the signature in the headers belongs to.
    """

    topic: str
    headers: Headers
    body: bytes

    @property
    def webhook_id(self) -> str:
        """The X-Shopify-Webhook-Id: the same again makes a delivery a duplicate."""
        return self.header(WEBHOOK_ID_HEADER)

    def header(self, name: str) -> str:
        """Return the value of a header, "" for one that is missing."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), "")

    def json(self) -> Any:
        """Return the parsed body, as `json.loads` does."""
        return json.loads(self.body)


class Webhooks:
    """Makes requests signed with an app's client secret, and delivers them.

    `client_secret`: the app's secret; by default that of the variable SHOPIFY_API_SECRET.
    `shop`: the shop in the headers, `acme.myshopify.com`.
    `path`: where a test client takes webhooks. A URL contains its own path.
    `seed`: makes the ids of the requests the same in every run.

    Raise ValueError without a secret.

        >>> webhooks = Webhooks("shpss_of_the_app", path="/hooks")
        >>> webhooks.make("orders/paid").header("X-Shopify-Topic")
        'orders/paid'
    """

    def __init__(
        self,
        client_secret: str | None = None,
        *,
        shop: str = DEMO_SHOP,
        path: str = "/webhooks",
        api_version: str = NEWEST,
        seed: int = 1,
    ) -> None:
        secret = client_secret or os.environ.get(_SECRET_VARIABLE, "")
        if not secret:
            raise ValueError(f"Webhooks needs the app's client secret: an argument, or {_SECRET_VARIABLE}.")
        self.shop = shop
        self.path = path
        self._secret = SecretStr(secret)
        self._api_version = api_version
        self._uuids = random_uuids(Random(seed))  # noqa: S311 - not used for security

    @property
    def secret(self) -> SecretStr:
        """The client secret, for the app under test: `secret.get_secret_value()`."""
        return self._secret

    def sign(self, body: bytes) -> str:
        """Return the value of X-Shopify-Hmac-Sha256 for a body.

        >>> Webhooks("shpss_of_the_app").sign(b"{}")
        '1siblJUc4wECO3Q5kNgjwMQIM6jhNRRYSwqVwvnSaUU='
        """
        return sign(self._secret.get_secret_value(), body)

    def make(
        self,
        topic: str,
        changes: Mapping[str, Any] | None = None,
        *,
        payload: Any = None,
        consistent: bool = False,
        tamper: str | None = None,
        moment: datetime | None = None,
    ) -> WebhookRequest:
        """Return a signed request of a topic.

        `changes`: values by path, such as `line_items[0].quantity`; a missing field is added.
        `payload`: the payload; by default devhook's own, with every field that Shopify documents.
        `consistent`: adapt the totals, the money sets and the ids to the changes, as Shopify would.
        `tamper`: make the request invalid in one way, `devhook forge --help` lists them.
        `moment`: when it happened; by default now.

        Raise ValueError for an unknown topic, path or way to tamper.

            >>> request = Webhooks("shpss_of_the_app").make("orders/updated", {"line_items[0].quantity": 3})
            >>> request.json()["line_items"][0]["quantity"]
            3
        """
        now = moment or datetime.now(UTC)
        try:
            source = self._source(topic, payload)
            document = with_values(source.document, changes or {})
        except InputError as error:
            raise ValueError(f"{error.message} {error.hint}".rstrip()) from error
        if consistent:
            document = made_consistent(source.document, document, moment=now, shop=self.shop)
        options = ForgeOptions(
            shop=self.shop,
            api_version=self._api_version,
            secret=self._secret,
            other_secret=_OTHER_SECRET,
            tamper=_tamper(tamper),
        )
        forged, *_ = compose(source, document, options, moment=now, uuids=self._uuids)
        return _as_sent(forged)

    def deliver(
        self,
        target: Any,
        request: WebhookRequest | str,
        changes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> WebhookResponse:
        """Deliver a request, or one that is made of a topic, and return what the app answered.

        `target`: a URL, or a test client of Flask, Django, Starlette or FastAPI. `options` are those of
        `make`. Raise httpx.HTTPError where nothing answers at the URL within Shopify's 5 seconds.
        """
        made = self.make(request, changes, **options) if isinstance(request, str) else request
        return send(target, self.path, made.headers, made.body)

    async def deliver_async(
        self,
        target: Any,
        request: WebhookRequest | str,
        changes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> WebhookResponse:
        """Deliver as `deliver` does, to aiohttp's test client or an httpx.AsyncClient."""
        made = self.make(request, changes, **options) if isinstance(request, str) else request
        return await send_async(target, self.path, made.headers, made.body)

    def _source(self, topic: str, payload: Any) -> Source:
        source = from_sample(topic)
        if payload is None:
            return source
        whole = with_values({}, {"payload": payload})
        return source.model_copy(update={"document": whole["payload"]})


def recorded(path: str | Path) -> list[WebhookRequest]:
    """Return the requests of a recording, byte for byte, for parametrised tests.

    `path`: a file that `devhook export` or `devhook record --as jsonl` wrote. The signatures are those of
    the recording: of `export --mask` they are made with the test secret that it names.

        @pytest.mark.parametrize("request", recorded("orders.jsonl"), ids=lambda each: each.topic)

    Raise ValueError for a file that is not a recording.
    """
    file = Path(path)
    try:
        with file.open("rb") as lines:
            found = [each.delivery for each in read_recording(lines, str(file))]
    except InputError as error:
        raise ValueError(f"{error.message} {error.hint}".rstrip()) from error
    return [
        WebhookRequest(topic=delivery.topic or "", headers=_sendable(delivery.headers), body=delivery.body)
        for delivery in found
    ]


def _as_sent(request: ForgedRequest) -> WebhookRequest:
    """Return the request without the mark for devhook's own receiver."""
    sent = request.with_header(ORIGIN_HEADER, None)
    return WebhookRequest(topic=request.topic, headers=sent.headers, body=sent.body)


def _sendable(headers: Headers) -> Headers:
    """Return the headers without those that belong to the connection that they were recorded on."""
    connection = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}
    return tuple((name, value) for name, value in headers if name.lower() not in connection)


def _tamper(name: str | None) -> Any:
    if name is None:
        return None
    if name not in TAMPERS:
        raise ValueError(f"Unknown way to tamper: {name!r}. {did_you_mean(nearest(name, TAMPERS))}".rstrip())
    return TAMPERS[name]
