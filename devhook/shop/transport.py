"""Sending to a shop over HTTP: retries where Shopify asks for them, and what came of it in plain words."""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Final, Self

import httpx

from devhook.errors import NetworkError
from devhook.text import duration

Sleep = Callable[[float], Awaitable[None]]

# As Shopify's own client does (@shopify/graphql-client 2.0.0): these two, three times, after a second.
_RETRIED: Final = frozenset({429, 503})
_RETRIES: Final = 3
_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
# Shopify itself gives up after ten seconds with a 504 (D-codes).
_TIMEOUT: Final = httpx.Timeout(15, connect=5)


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
        except httpx.TimeoutException as error:
            raise NetworkError(
                f"{self.host} did not answer in {duration(_TIMEOUT.read or 0)}.",
                "Try again; www.shopifystatus.com tells more.",
            ) from error
        except httpx.HTTPError as error:
            raise NetworkError(f"The connection to {self.host} broke off.", "Try again.") from error


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
