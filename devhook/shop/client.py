"""One shop's Admin API: GraphQL documents out, data in; waiting and renewing as Shopify asks for it."""

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
from devhook.shop.messages import EMPTY, FOREIGN, RequestContext
from devhook.shop.refusals import grant_refusal, graphql_refusal, status_refusal
from devhook.shop.versions import NEWEST
from devhook.text import duration

Sleep = Callable[[float], Awaitable[None]]

# As Shopify's own client does (@shopify/graphql-client 2.0.0): these two, three times, after a second.
_RETRIED: Final = frozenset({429, 503})
_RETRIES: Final = 3
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
# Shopify itself gives up after ten seconds with a 504: https://shopify.dev/docs/api/usage/response-codes
_TIMEOUT: Final = httpx.Timeout(15, connect=5)
# Seconds for a whole request with its answer, and for closing the connections.
_TOTAL: Final = 30.0
_CLOSE: Final = 2.0
# A full bucket takes 20 s to fill; whoever has to wait longer than this is told so.
_LONGEST_WAIT: Final = 60.0


class NotSent(NetworkError):
    """The shop was not reached: it cannot have done what was asked."""


class Transport:
    """An HTTP connection to one origin (`https://acme.myshopify.com`). `host` is how errors call it.

    A client that is given is left open, one that is made here is closed. Redirects are not followed: the
    request carries a secret.
    """

    def __init__(
        self, origin: str, *, http: httpx.AsyncClient | None = None, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._origin = httpx.URL(origin)
        self.host = self._origin.host
        self._given = http is not None
        self._http = http or httpx.AsyncClient(
            # A proxy of the environment has no business between devhook and a simulated shop on this machine.
            trust_env=not _is_loopback(self.host),
            # Loading the certificates takes 50 ms, for nothing where there is no TLS.
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
        """POST `body` as JSON. A busy shop (429, 503) is asked again, three times at most, when it says.

        Raises NotSent when the shop was not reached, NetworkError when the connection broke after that.
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
            # httpx bounds each read, and an answer may be sent in many small parts.
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
    """The Admin API of `shop` (`acme.myshopify.com`), asked in `api_version`. Open it with `async with`.

    `origin` is where it is reached: the shop itself, or a simulated one (`http://127.0.0.1:40123`). `clock`
    gives aware times. No token and no secret occurs in anything that it raises or in its repr.
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
        """How far this machine's clock was ahead of the shop's at its last answer, to the second."""
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

        Waits where the shop's points are used up, for as long as the request's cost says, at most a minute in
        all. Raises a DevhookError in plain words for everything else that is not data.
        """
        waited = 0.0
        while True:
            answer = await self._ask({"query": document, "variables": dict(variables or {})})
            pause = _throttle_pause(answer)
            if pause is None or waited + pause > _LONGEST_WAIT:
                return self._data(answer)
            await self._sleep(pause)
            waited += pause

    def attempt(self) -> RequestContext:
        """What the refusals' sentences know of every request of this client."""
        granted = (self._granted.token,) if self._granted else ()
        return RequestContext(
            shop=self.shop, api_version=self.api_version, secrets=(*self._access.secrets(), *granted)
        )

    async def _ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        path = f"/admin/api/{self.api_version}/graphql.json"
        response = await self._transport.post(path, body, await self._headers())
        if response.status_code == httpx.codes.UNAUTHORIZED and isinstance(self._access, ClientCredentials):
            self._granted = None  # it was revoked before its time: the credentials may still be good
            response = await self._transport.post(path, body, await self._headers())
        self.answered_version = response.headers.get("x-shopify-api-version", self.answered_version)
        if told := _moment(response.headers.get("date", "")):
            self.clock_ahead = self._clock() - told
        if response.status_code != httpx.codes.OK:
            location = response.headers.get("location", "")
            raise status_refusal(response.status_code, response.text, self.attempt(), location).error()
        return self._read(response)

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        try:
            answer = json.loads(response.text)
        except ValueError:
            answer = None
        if isinstance(answer, dict):
            return answer
        # Outside of the handler: the decoder's error carries the whole answer.
        kind = response.headers.get("content-type") or "nothing"
        raise FOREIGN.refusal(self.attempt(), kind).error()

    def _data(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        if answer.get("errors"):
            raise graphql_refusal(answer["errors"], self.attempt()).error()
        data = answer.get("data")
        if not isinstance(data, dict):
            raise EMPTY.refusal(self.attempt()).error()
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
            raise grant_refusal(response.status_code, response.text, self.attempt()).error()
        return GrantedToken.read(self._read(response), self._clock())


def _moment(text: str) -> datetime | None:
    """The moment that a Date header names, where it names one."""
    try:
        told = parsedate_to_datetime(text)
    except ValueError:
        return None
    return told if told.tzinfo else None


def _throttle_pause(answer: Mapping[str, Any]) -> float | None:
    """The seconds until the shop has the points for this request; None when it was not for want of them."""
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
            # One more than is missing: Shopify tells whole points of what it counts in fractions.
            return max(0.0, wanted - available + 1) / rate if wanted <= most else None
        case {"errors": [{"extensions": {"code": "THROTTLED"}}, *_]}:
            return _PAUSE
        case _:
            return None


def _pause(response: httpx.Response) -> float:
    """The seconds to wait that the answer names; a second when it names none that can be read."""
    try:
        return max(0.0, float(response.headers["retry-after"]))
    except (KeyError, ValueError):
        return _PAUSE


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
