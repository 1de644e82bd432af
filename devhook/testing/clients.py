"""How a request is sent to each kind of client: a URL, and the test clients of web frameworks.

A kind is recognised by the names of its classes, so that no framework is imported.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import httpx

Headers = Sequence[tuple[str, str]]

_TIMEOUT: Final = 5.0
"""Seconds that Shopify waits for an answer.

https://shopify.dev/docs/apps/build/webhooks/troubleshooting-webhooks
"""
_CONTENT_TYPE: Final = "content-type"


@dataclass(frozen=True, kw_only=True)
class WebhookResponse:
    """What an app answered: the status and the bytes of the body."""

    status: int
    body: bytes = b""

    @property
    def accepted(self) -> bool:
        """Whether Shopify takes the delivery as received: 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the statuses of success


Send = Callable[[Any, str, Headers, bytes], WebhookResponse]
SendAsync = Callable[[Any, str, Headers, bytes], Awaitable[WebhookResponse]]


class ClientKind(NamedTuple):
    """A kind of client: the class that its clients are of, and how a request is sent."""

    name: str
    class_name: str
    send: Send


class AsyncClientKind(NamedTuple):
    """A kind of client that is awaited."""

    name: str
    class_name: str
    send: SendAsync


def _httpx(client: Any, path: str, headers: Headers, body: bytes) -> WebhookResponse:
    answer = client.post(path, content=body, headers=list(headers))
    return WebhookResponse(status=answer.status_code, body=answer.content)


def _flask(client: Any, path: str, headers: Headers, body: bytes) -> WebhookResponse:
    answer = client.post(path, data=body, headers=list(headers))
    return WebhookResponse(status=answer.status_code, body=answer.data)


def _django(client: Any, path: str, headers: Headers, body: bytes) -> WebhookResponse:
    content_type = next((value for name, value in headers if name.lower() == _CONTENT_TYPE), "")
    others = {name: value for name, value in headers if name.lower() != _CONTENT_TYPE}
    answer = client.generic("POST", path, data=body, content_type=content_type, headers=others)
    return WebhookResponse(status=answer.status_code, body=answer.content)


async def _aiohttp(client: Any, path: str, headers: Headers, body: bytes) -> WebhookResponse:
    answer = await client.post(path, data=body, headers=list(headers))
    return WebhookResponse(status=answer.status, body=await answer.read())


async def _httpx_async(client: Any, path: str, headers: Headers, body: bytes) -> WebhookResponse:
    answer = await client.post(path, content=body, headers=list(headers))
    return WebhookResponse(status=answer.status_code, body=answer.content)


CLIENTS: Final = (
    ClientKind("Flask", "werkzeug.test.Client", _flask),
    ClientKind("Django", "django.test.client.RequestFactory", _django),
    # Its class is httpx's or that of a successor, whichever is installed.
    ClientKind("Starlette or FastAPI", "starlette.testclient.TestClient", _httpx),
    ClientKind("httpx", "httpx.Client", _httpx),
)
"""The kinds of clients that are called."""

ASYNC_CLIENTS: Final = (
    AsyncClientKind("aiohttp", "aiohttp.test_utils.TestClient", _aiohttp),
    AsyncClientKind("httpx", "httpx.AsyncClient", _httpx_async),
)
"""The kinds of clients that are awaited."""


def send(target: Any, path: str, headers: Headers, body: bytes) -> WebhookResponse:
    """Post a request to a URL, or to a test client at `path`, and return the answer.

    Raise TypeError for another target, httpx.HTTPError where nothing answers at the URL within 5 seconds.
    """
    if isinstance(target, str):
        with httpx.Client(trust_env=False, timeout=_TIMEOUT) as client:
            return _httpx(client, target, headers, body)
    for kind in CLIENTS:
        if kind.class_name in _class_names(target):
            return kind.send(target, path, headers, body)
    if any(kind.class_name in _class_names(target) for kind in ASYNC_CLIENTS):
        raise TypeError(f"{type(target).__name__} is awaited: use deliver_async().")
    raise _unknown(target)


async def send_async(target: Any, path: str, headers: Headers, body: bytes) -> WebhookResponse:
    """Post a request to a client that is awaited, at `path`, and return the answer."""
    for kind in ASYNC_CLIENTS:
        if kind.class_name in _class_names(target):
            return await kind.send(target, path, headers, body)
    raise _unknown(target)


def _class_names(target: Any) -> set[str]:
    # httpx names its classes as if they were defined in the package itself.
    return {f"{each.__module__}.{each.__qualname__}" for each in inspect.getmro(type(target))}


def _unknown(target: Any) -> TypeError:
    kinds = ", ".join(kind.name for kind in (*CLIENTS, *ASYNC_CLIENTS))
    return TypeError(f"{type(target).__name__} is neither a URL nor a test client of {kinds}.")
