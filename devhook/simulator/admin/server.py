"""The simulated shop's Admin API over HTTP: GraphQL, and tokens by the client-credentials grant."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict

from devhook.shop.versions import answered, is_version
from devhook.simulator.admin.execute import execute
from devhook.simulator.admin.fields import Find, Root
from devhook.simulator.admin.installation import Grant, GrantRefusal, Installation
from devhook.simulator.admin.subscriptions import Subscriptions
from devhook.simulator.admin.throttle import Throttle

_TOKEN_REFUSED: Final = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105 - Shopify's sentence, not a password
_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>"
)
_EXPLAINED: Final = {GrantRefusal.SHOP_NOT_PERMITTED: "Client credentials cannot be performed on this shop."}


class ShopState(Enum):
    """Whether the shop answers its API; else the status and message for every request.

    402 is a shop with unpaid bills, 423 one locked for abuse
    (https://shopify.dev/docs/api/usage/response-codes); their bodies are not documented.
    """

    OPEN = None
    FROZEN = (402, "Unavailable Shop")
    LOCKED = (423, "Locked")


class AdminFault(BaseModel):
    """An answer that replaces the real one. A string as `body` is sent as HTML, anything else as JSON."""

    model_config = ConfigDict(frozen=True)

    status: int
    body: Any = ""
    retry_after: float | None = None


class AdminServer:
    """POST /admin/api/{version}/graphql.json and POST /admin/oauth/access_token, over plain HTTP.

    Open it with `async with`.

    - `url`: its origin while it is open (`http://127.0.0.1:40123`).
    - `state`: whether it answers; it can be changed at any time.
    - `throttle`: the bucket that pays for requests.
    - `find`: returns the shop's object with a gid.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        installation: Installation,
        *,
        domain: str,
        clock: Callable[[], datetime],
        find: Find = lambda _: None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.state = ShopState.OPEN
        self.throttle = Throttle(clock)
        self._installation = installation
        self._root = Root(subscriptions, installation, find, domain=domain)
        self._host = host
        self._port = port
        self._faults: deque[AdminFault] = deque()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return the origin that it listens on."""
        if self._runner is None:
            raise RuntimeError("the server is not open")
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def fail_next(self, fault: AdminFault, times: int = 1) -> None:
        """Answer the next `times` requests with `fault`."""
        self._faults.extend([fault] * times)

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/admin/api/{version}/graphql.json", self._graphql)
        application.router.add_post("/admin/oauth/access_token", self._access_token)
        application.router.add_route(hdrs.METH_ANY, "/{anything:.*}", self._unknown)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _graphql(self, request: web.Request) -> web.Response:
        if replacement := self._replacement():
            return replacement
        asked = request.match_info["version"]
        if not is_version(asked):
            return await self._unknown(request)
        version = answered(asked)
        if not self._installation.knows(request.headers.get("X-Shopify-Access-Token", "")):
            return _json(401, {"errors": _TOKEN_REFUSED})
        given = _object(await request.text())
        document = given.get("query")
        if not isinstance(document, str):
            return _json(400, {"errors": {"query": "Required parameter missing or invalid"}})
        variables = given.get("variables")
        answered_with = execute(
            document,
            variables if isinstance(variables, dict) else {},
            given.get("operationName"),
            version=version,
            root=self._root,
            throttle=self.throttle,
        )
        return _json(200, answered_with, {"X-Shopify-API-Version": version})

    async def _access_token(self, request: web.Request) -> web.Response:
        if replacement := self._replacement():
            return replacement
        as_json = request.content_type == "application/json"
        given: Mapping[str, Any] = _object(await request.text()) if as_json else await request.post()
        if given.get("grant_type") != "client_credentials":
            return _json(400, {"error": "unsupported_grant_type"})
        granted = self._installation.grant(str(given.get("client_id")), str(given.get("client_secret")))
        if isinstance(granted, Grant):
            return _json(
                200,
                {
                    "access_token": granted.token.get_secret_value(),
                    "scope": ",".join(granted.scopes),
                    "expires_in": granted.expires_in,
                },
            )
        if as_json:
            return _json(400, {"error": granted.value})
        page = _PAGE.format(f"400 - Oauth error {granted.value}", _EXPLAINED.get(granted, ""))
        return web.Response(status=400, text=page, content_type="text/html")

    async def _unknown(self, _: web.Request) -> web.Response:
        return _json(404, {"errors": "Not Found"})

    def _replacement(self) -> web.Response | None:
        """Return the answer that replaces the real one, if there is one."""
        if self._faults:
            fault = self._faults.popleft()
            headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:.1f}"}
            if isinstance(fault.body, str):
                return web.Response(
                    status=fault.status, text=fault.body, content_type="text/html", headers=headers
                )
            return _json(fault.status, fault.body, headers)
        if self.state.value is not None:
            status, sentence = self.state.value
            return _json(status, {"errors": sentence})
        return None


def _object(text: str) -> Mapping[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=status, headers=headers)
