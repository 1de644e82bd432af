"""Sends GraphQL documents to the Admin API of a shop, with its rate limits, retries and token renewal."""

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self

import httpx

from devhook.errors import NetworkError
from devhook.shop.access import Access, ClientCredentials, GrantedToken, TokenAccess
from devhook.shop.known_refusals.requests import EMPTY, FOREIGN
from devhook.shop.refusal import RequestContext
from devhook.shop.refusals import grant_refusal, graphql_refusal, status_refusal
from devhook.shop.versions import NEWEST
from devhook.text import duration

Sleep = Callable[[float], Awaitable[None]]

# The statuses, retries and pause of Shopify's own client (@shopify/graphql-client 2.0.0).
_RETRIED: Final = frozenset({429, 503})
_RETRIES: Final = 3
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
# Shopify answers 504 after ten seconds: https://shopify.dev/docs/api/usage/response-codes
_TIMEOUT: Final = httpx.Timeout(15, connect=5)
# Seconds for a whole request with its answer, and for closing the connections.
_TOTAL: Final = 30.0
_CLOSE: Final = 2.0
# An empty bucket is full after 20 s; a longer wait than this raises an error.
_LONGEST_WAIT: Final = 60.0


class NotSent(NetworkError):
    """The request did not reach the shop, so the shop did not execute it."""


class Transport:
    """An HTTP connection to one origin (`https://acme.myshopify.com`). `host` is its name in errors.

    `http`: a client of the caller, which is not closed; without it a new client, which is closed. Redirects
    are not followed, because the request contains a secret.
    """

    def __init__(
        self, origin: str, *, http: httpx.AsyncClient | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._origin = httpx.URL(origin)
        self.host = self._origin.host
        self._given = http is not None
        self._http = http or httpx.AsyncClient(
            # A simulated shop on this machine is reached without the proxy of the environment.
            trust_env=not _is_loopback(self.host),
            # Loading the certificates takes 50 ms, and http:// does not need them.
            verify=self._origin.scheme == "https",
        )
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._given:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE):
                    await self._http.aclose()

    async def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> httpx.Response:
        """POST `body` as JSON. After 429 and 503 it is sent again after Retry-After, three times at most.

        Raises NotSent if the request did not reach the shop, NetworkError if the connection broke later.
        """
        url = self._origin.join(path)
        for _ in range(_RETRIES):
            response = await self._post(url, body, headers)
            pause = _pause(response)
            if response.status_code not in _RETRIED or pause > _LONGEST_PAUSE:
                return response
            await self._sleep(pause)
        return await self._post(url, body, headers)

    async def _post(
        self, url: httpx.URL, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> httpx.Response:
        try:
            # httpx limits each read, and an answer may arrive in many small parts.
            async with asyncio.timeout(_TOTAL):
                return await self._http.post(
                    url,
                    json=dict(body),
                    headers={**headers, "Accept": "application/json"},
                    timeout=_TIMEOUT,
                    follow_redirects=False,
                )
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as error:
            raise NotSent(
                f"{self.host} could not be reached.",
                "Check the connection, the shop's name, and HTTPS_PROXY if there is a proxy.",
            ) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise NetworkError(
                f"{self.host} did not answer in {duration(_TIMEOUT.read or 0)}.",
                "Try again; see www.shopifystatus.com.",
            ) from error
        except httpx.HTTPError as error:
            raise NetworkError(f"The connection to {self.host} was lost.", "Try again.") from error


class AdminClient:
    """The Admin API of a shop. Open it with `async with`.

    `shop`: its domain (`acme.myshopify.com`).
    `origin`: its URL: empty for that of the domain, or that of a simulated shop (`http://127.0.0.1:40123`).
    `api_version`: the version of the requests.
    `clock`: returns aware times.

    No error and no repr contains a token or a secret.
    """

    def __init__(
        self,
        shop: str,
        access: Access,
        *,
        origin: str = "",
        api_version: str = NEWEST,
        http: httpx.AsyncClient | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.shop = shop
        self.api_version = api_version
        self.answered_version: str | None = None
        """The version that the shop answered in; it differs from `api_version` after a fall-forward."""
        self.clock_ahead: timedelta | None = None
        """The difference between this machine's clock and the shop's at its last answer, to the second."""
        self._access = access
        self._transport = Transport(origin or f"https://{shop}", http=http, sleep=sleep)
        self._clock = clock
        self._sleep = sleep
        self._granted: GrantedToken | None = None
        self._granting = asyncio.Lock()

    def __repr__(self) -> str:
        return f"AdminClient({self.shop!r}, api_version={self.api_version!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def graphql(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Execute `document` and return its `data`.

        If the points of the shop are used up, waits until there are enough for the request, for a minute at
        most in total. Raises a DevhookError for every answer without data.
        """
        waited = 0.0
        while True:
            answer = await self._ask({"query": document, "variables": dict(variables or {})})
            pause = _throttle_pause(answer)
            if pause is None or waited + pause > _LONGEST_WAIT:
                return self._data(answer)
            await self._sleep(pause)
            waited += pause

    def request_context(self) -> RequestContext:
        """Return the part of the context of a refusal that all requests of this client share."""
        granted = (self._granted.token,) if self._granted else ()
        return RequestContext(
            shop=self.shop, api_version=self.api_version, secrets=(*self._access.secrets(), *granted)
        )

    async def _ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        path = f"/admin/api/{self.api_version}/graphql.json"
        response = await self._transport.post(path, body, await self._headers())
        if response.status_code == httpx.codes.UNAUTHORIZED and isinstance(self._access, ClientCredentials):
            self._granted = None  # The token was revoked early; the credentials may still be valid.
            response = await self._transport.post(path, body, await self._headers())
        self.answered_version = response.headers.get("x-shopify-api-version", self.answered_version)
        if date := _moment(response.headers.get("date", "")):
            self.clock_ahead = self._clock() - date
        if response.status_code != httpx.codes.OK:
            location = response.headers.get("location", "")
            raise status_refusal(
                response.status_code, response.text, self.request_context(), location
            ).error()
        return self._read(response)

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        try:
            answer = json.loads(response.text)
        except (ValueError, RecursionError):
            answer = None
        if isinstance(answer, dict):
            return answer
        # Outside of the handler, because the decoder's error contains the whole answer.
        kind = response.headers.get("content-type") or "nothing"
        raise FOREIGN.refusal(self.request_context(), answer=kind).error()

    def _data(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        if answer.get("errors"):
            raise graphql_refusal(answer["errors"], self.request_context()).error()
        data = answer.get("data")
        if not isinstance(data, dict):
            raise EMPTY.refusal(self.request_context()).error()
        return data

    async def _headers(self) -> dict[str, str]:
        return {"X-Shopify-Access-Token": await self._token()}

    async def _token(self) -> str:
        if isinstance(self._access, TokenAccess):
            return self._access.token.get_secret_value()
        async with self._granting:
            if self._granted is None or not self._granted.fresh(self._clock()):
                self._granted = await self._grant(self._access)
            return self._granted.token.get_secret_value()

    async def _grant(self, credentials: ClientCredentials) -> GrantedToken:
        response = await self._transport.post(
            "/admin/oauth/access_token",
            {
                "grant_type": "client_credentials",
                "client_id": credentials.client_id,
                "client_secret": credentials.client_secret.get_secret_value(),
            },
            {},
        )
        if response.status_code != httpx.codes.OK:
            raise grant_refusal(response.status_code, response.text, self.request_context()).error()
        return GrantedToken.read(self._read(response), self._clock())


def _moment(text: str) -> datetime | None:
    """Return the time in a Date header; None if it is unreadable or has no zone."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None


def _throttle_pause(answer: Mapping[str, Any]) -> float | None:
    """Return the seconds until the shop has enough points; None if the answer is not THROTTLED."""
    match answer:
        case {
            "errors": [{"extensions": {"code": "THROTTLED"}}, *_],
            "extensions": {
                "cost": {
                    "requestedQueryCost": int(wanted),
                    "throttleStatus": {
                        "currentlyAvailable": int() | float() as available,
                        "maximumAvailable": int() | float() as most,
                        "restoreRate": int() | float() as rate,
                    },
                }
            },
        } if rate > 0:
            # One point more than is missing, because Shopify rounds the fractions of its points.
            return max(0.0, wanted - available + 1) / rate if wanted <= most else None
        case {"errors": [{"extensions": {"code": "THROTTLED"}}, *_]}:
            return _PAUSE
        case _:
            return None


def _pause(response: httpx.Response) -> float:
    """Return the seconds in Retry-After; one second without a readable Retry-After."""
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return _PAUSE


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
