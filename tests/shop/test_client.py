import asyncio
import json
import traceback

import httpx
import pytest
from aiohttp import web

from devhook.errors import CredentialsRefused, DevhookError, ExitStatus, InputError, NetworkError
from devhook.shop.client import NotSent, Transport
from devhook.simulator.admin.installation import GrantRefusal
from devhook.simulator.admin.server import AdminFault, ShopState

NAME = "query Name { shop { myshopifyDomain } }"
HTML = {"content_type": "text/html", "status": 200, "text": "<html>Welcome to our network</html>"}


def as_json(body, status=200, **headers):
    return {
        "status": status,
        "text": json.dumps(body),
        "content_type": "application/json",
        "headers": headers,
    }


async def failure(client, document=NAME, variables=None):
    with pytest.raises(DevhookError) as raised:
        await client.graphql(document, variables)
    return raised.value


async def test_a_document_is_answered_with_its_data(shop, client):
    assert await client.graphql(NAME) == {"shop": {"myshopifyDomain": shop.domain}}
    assert client.answered_version == "2026-10"


async def test_a_fall_forward_is_noticed(shop):
    client = await shop.client(api_version="2025-01")

    await client.graphql(NAME)

    assert (client.api_version, client.answered_version) == ("2025-01", "2026-01")


async def test_a_client_that_is_given_is_left_open(shop):
    async with httpx.AsyncClient(trust_env=False) as http:
        client = await shop.client(http=http)
        async with client:
            await client.graphql(NAME)

        assert not http.is_closed


async def test_used_up_points_are_waited_for_as_long_as_the_cost_says(shop, client):
    shop.server.throttle.drain(left=20)

    data = await client.graphql("query L { webhookSubscriptions(first: 250) { nodes { id } } }")

    assert data == {"webhookSubscriptions": {"nodes": []}}
    assert shop.pauses == [pytest.approx(2.31)]


async def test_the_wait_for_points_ends_after_a_minute(shop, client):
    shop.server.throttle.restore_rate = 1
    shop.server.throttle.drain()

    refused = await failure(client, "query L { webhookSubscriptions(first: 250) { nodes { id } } }")

    assert refused.message == "The app has no API points left in harbour-lamps.myshopify.com."
    assert refused.status is ExitStatus.FAILED
    assert sum(shop.pauses) <= 60


async def test_a_request_that_costs_more_than_the_bucket_holds_is_not_waited_for(shop, client):
    shop.server.throttle.maximum = 100
    shop.server.throttle.drain(left=100)

    await failure(client, "query L { webhookSubscriptions(first: 250) { nodes { id } } }")

    assert shop.pauses == []


async def test_a_throttled_answer_without_its_cost_is_waited_for_a_second_at_a_time(shop, stranger):
    throttled = as_json({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]})
    stranger.answers = [throttled, throttled, as_json({"data": {"shop": 1}})]
    client = await shop.client(origin=stranger.origin)

    assert await client.graphql(NAME) == {"shop": 1}
    assert shop.pauses == [1.0, 1.0]


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_shop_is_asked_again_when_it_says(shop, client, status):
    shop.server.fail_next(AdminFault(status=status, retry_after=7.5))
    shop.server.fail_next(AdminFault(status=status))

    assert await client.graphql(NAME) == {"shop": {"myshopifyDomain": shop.domain}}
    assert shop.pauses == [7.5, 1.0]


async def test_a_shop_that_stays_busy_is_asked_four_times(shop, client):
    shop.server.fail_next(AdminFault(status=429), times=4)

    refused = await failure(client)

    assert refused.message == "The rate limit of harbour-lamps.myshopify.com is exceeded (429)."
    assert shop.pauses == [1.0, 1.0, 1.0]
    assert await client.graphql(NAME)


async def test_a_shop_that_wants_minutes_is_not_waited_for(shop, client):
    shop.server.fail_next(AdminFault(status=503, retry_after=900))

    refused = await failure(client)

    assert isinstance(refused, NetworkError)
    assert shop.pauses == []


@pytest.mark.parametrize(
    ("trouble", "kind", "message"),
    [
        (
            AdminFault(status=500, body="<html>We're sorry, but something went wrong.</html>"),
            NetworkError,
            (
                "harbour-lamps.myshopify.com answered 500: an error at Shopify. It says: We're sorry, but"
                " something went wrong."
            ),
        ),
        (
            AdminFault(status=403, body={"errors": "[API] This action requires merchant approval"}),
            CredentialsRefused,
            (
                "A scope is not approved in harbour-lamps.myshopify.com: its owner has not granted it to the"
                " app."
            ),
        ),
        (
            AdminFault(status=403, body={"errors": "[API] A new rule applies"}),
            CredentialsRefused,
            "harbour-lamps.myshopify.com rejects the request (403). It says: [API] A new rule applies",
        ),
        (
            AdminFault(status=404, body="<html>404 Not Found</html>"),
            InputError,
            (
                "There is no shop harbour-lamps.myshopify.com, or it has no Admin API at the requested"
                " address."
            ),
        ),
        (
            AdminFault(status=430, body="<html>Shopify Security Rejection</html>"),
            DevhookError,
            "Shopify rejects these requests as an attack (430 Security Rejection).",
        ),
    ],
)
async def test_a_status_is_explained_whatever_its_body(shop, client, trouble, kind, message):
    shop.server.fail_next(trouble)

    refused = await failure(client)

    assert type(refused) is kind
    assert refused.message == message
    assert refused.hint


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            ShopState.FROZEN,
            (
                "harbour-lamps.myshopify.com is not available: it is frozen because of an unpaid bill,"
                " paused or closed."
            ),
        ),
        (ShopState.LOCKED, "harbour-lamps.myshopify.com is locked by Shopify (423)."),
    ],
)
async def test_a_frozen_or_locked_shop_is_reported(shop, client, state, message):
    shop.server.state = state

    assert (await failure(client)).message == message


async def test_a_refused_token_is_reported(shop, client):
    shop.installation.tokens.clear()

    refused = await failure(client)

    assert refused.status is ExitStatus.CREDENTIALS
    assert refused.message == "harbour-lamps.myshopify.com rejects the access token."


async def test_a_denied_field_is_reported(shop, client):
    shop.installation.denied = {"shop": "`read_shop` access scope."}

    refused = await failure(client)

    assert refused.status is ExitStatus.CREDENTIALS
    assert refused.message == (
        "harbour-lamps.myshopify.com denies access to the field shop."
        " Required access: `read_shop` access scope."
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"errors": "Something odd"}, "harbour-lamps.myshopify.com answered: Something odd"),
        (
            {"errors": {"base": ["Something", "odd"]}},
            "harbour-lamps.myshopify.com answered: Something; odd",
        ),
        (
            {"errors": [{"message": "Something"}, {"message": "odd"}], "data": {"shop": None}},
            "harbour-lamps.myshopify.com answered: Something; odd",
        ),
        ({"errors": [7]}, "harbour-lamps.myshopify.com answered with an error that cannot be read."),
        ({"data": None}, "harbour-lamps.myshopify.com answered without data."),
        ({}, "harbour-lamps.myshopify.com answered without data."),
    ],
)
async def test_errors_of_every_shape_are_reported(shop, stranger, body, message):
    stranger.answers = [as_json(body)]
    client = await shop.client(origin=stranger.origin)

    assert (await failure(client)).message == message


@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        {**HTML, "text": "[1, 2]", "content_type": "text/html"},
        {**HTML, "text": "[" * 100_000},
        {"status": 200, "body": b"\xff\xfe\x00", "content_type": "text/html"},
        {"status": 200, "body": b"", "content_type": "text/html"},
    ],
)
async def test_an_answer_that_is_not_the_admin_apis_is_reported_as_such(shop, stranger, answer):
    stranger.answers = [answer]
    client = await shop.client(origin=stranger.origin)

    refused = await failure(client)

    assert refused.status is ExitStatus.NETWORK
    assert refused.message.startswith(
        "The answer for harbour-lamps.myshopify.com is not from the Admin API; it has the type text/html"
    )


async def test_a_redirect_is_reported_and_not_followed(shop, stranger):
    stranger.answers = [{"status": 301, "headers": {"Location": f"{stranger.origin}/elsewhere"}, "text": ""}]
    client = await shop.client(origin=stranger.origin)

    refused = await failure(client)

    assert refused.message == (f"harbour-lamps.myshopify.com redirects to {stranger.origin}/elsewhere.")
    assert len(stranger.asked) == 1


async def test_an_unreachable_shop_counts_as_not_asked(shop, closed_origin):
    client = await shop.client(origin=closed_origin)

    refused = await failure(client)

    assert isinstance(refused, NotSent)
    assert refused.status is ExitStatus.NETWORK
    assert refused.message == "127.0.0.1 could not be reached."


async def test_a_broken_connection_is_reported_as_broken(shop, stranger):
    async def break_off(request):
        request.transport.abort()
        return web.Response()

    stranger.answers = [break_off]
    client = await shop.client(origin=stranger.origin)

    refused = await failure(client)

    assert type(refused) is NetworkError
    assert refused.message == "The connection to 127.0.0.1 was lost."


async def test_client_credentials_are_exchanged_once_and_renewed_before_they_end(shop):
    client = await shop.client_with_credentials()

    await asyncio.gather(*(client.graphql(NAME) for _ in range(3)))
    shop.clock.advance(hours=23, minutes=49)
    await client.graphql(NAME)
    before = shop.grants
    shop.clock.advance(minutes=5)
    await client.graphql(NAME)

    assert (before, shop.grants) == (1, 2)


async def test_a_token_that_was_revoked_before_its_time_is_renewed_once(shop):
    client = await shop.client_with_credentials()
    await client.graphql(NAME)
    shop.installation.tokens.clear()

    assert await client.graphql(NAME) == {"shop": {"myshopifyDomain": shop.domain}}


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (GrantRefusal.APP_NOT_INSTALLED, "The app is not installed in harbour-lamps.myshopify.com."),
        (
            GrantRefusal.SHOP_NOT_PERMITTED,
            (
                "The client id and secret are not valid for harbour-lamps.myshopify.com:"
                " app and shop must belong to the same organisation."
            ),
        ),
    ],
)
async def test_a_shop_that_gives_no_token_is_reported(shop, refusal, message):
    shop.installation.refusal = refusal
    client = await shop.client_with_credentials()

    refused = await failure(client)

    assert refused.status is ExitStatus.CREDENTIALS
    assert refused.message == message


async def test_a_wrong_client_id_or_secret_is_reported(shop):
    wrong_secret = await shop.client_with_credentials(secret="shpss_wrong")
    wrong_id = await shop.client_with_credentials(client_id="client-8")

    assert (await failure(wrong_secret)).message == "Shopify rejects the client secret."
    assert (await failure(wrong_id)).message == "There is no app with this client id."


async def test_the_token_endpoints_page_of_html_is_understood(shop, stranger):
    stranger.answers = [
        {
            "status": 400,
            "content_type": "text/html",
            "text": "<html><title>400 - Oauth error app_not_installed</title></html>",
        }
    ]
    client = await shop.client_with_credentials(origin=stranger.origin)

    assert (await failure(client)).message == "The app is not installed in harbour-lamps.myshopify.com."


ECHOES = [
    lambda said: as_json({"errors": said}),
    lambda said: as_json({"errors": [{"message": said, "extensions": {"code": "ACCESS_DENIED"}}]}),
    lambda said: as_json({"errors": [{"message": "x" * 280 + said}]}),
    lambda said: as_json({"errors": {"base": [said]}}, status=400),
    lambda said: as_json({"error": said}, status=400),
    lambda said: {"status": 404, "text": said, "content_type": "text/html"},
    lambda said: {"status": 200, "text": said, "content_type": "text/html"},
    lambda said: {"status": 302, "headers": {"Location": f"https://a.example/?{said}"}, "text": ""},
    lambda said: {"status": 200, "body": b"", "headers": {"Content-Type": f"text/{said}"}},
]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("refused_at", ["graphql", "grant", "neither"])
async def test_no_token_and_no_secret_is_in_anything_that_is_raised(shop, stranger, echo, refused_at):
    by_token = refused_at == "neither"
    secrets = (shop.token,) if by_token else (shop.client_secret, shop.granted)
    granted = as_json({"access_token": shop.granted, "scope": "", "expires_in": 86399})
    answers = [echo("-".join(secrets))]
    if refused_at == "grant":
        answers = [echo(shop.client_secret)]
    elif refused_at == "graphql":
        answers.insert(0, granted)
    stranger.answers = answers
    opened = shop.client if by_token else shop.client_with_credentials
    client = await opened(origin=stranger.origin)

    refused = await failure(client)

    told = "\n".join(
        [*traceback.format_exception(refused), repr(refused), refused.hint, repr(client), str(vars(client))]
    )
    assert not [secret for secret in secrets if secret in told]
    assert not [secret for secret in secrets if secret[:20] in told]


async def test_a_connection_that_fails_shows_no_secret(shop, closed_origin):
    by_token = await shop.client(origin=closed_origin)
    by_credentials = await shop.client_with_credentials(origin=closed_origin)

    told = [
        "".join(traceback.format_exception(await failure(client))) for client in (by_token, by_credentials)
    ]

    assert shop.token not in told[0]
    assert shop.client_secret not in told[1]


async def no_pause(_):
    """Replaces asyncio.sleep."""


@pytest.fixture
def proxied(monkeypatch, closed_origin):
    """An environment whose proxy accepts no connection."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, closed_origin)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(stranger, proxied):
    stranger.answers = [{"status": 200, "text": "here"}]

    async with Transport(stranger.origin, sleep=no_pause) as transport:
        response = await transport.post("/", {}, {})

    assert response.text == "here"


async def test_a_proxy_of_the_environment_is_asked_for_the_world(proxied):
    async with Transport("http://shop.example", sleep=no_pause) as transport:
        with pytest.raises(NotSent) as failure:
            await transport.post("/", {}, {})

    assert failure.value.message == "shop.example could not be reached."
    assert "HTTPS_PROXY" in failure.value.hint


@pytest.mark.parametrize("after", ["soon", "-5", "nan", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_time_to_wait_that_cannot_be_read_is_a_second_or_none(stranger, after):
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    stranger.answers = [
        {"status": 503, "headers": {"Retry-After": after}, "text": ""},
        {"status": 200, "text": "here"},
    ]

    async with Transport(stranger.origin, sleep=pause) as transport:
        response = await transport.post("/", {}, {})

    assert response.status_code == 200
    assert pauses in ([0.0], [1.0])


async def test_a_body_is_sent_as_json_with_the_headers_given(stranger):
    stranger.answers = [{"status": 200, "text": ""}]

    async with Transport(stranger.origin) as transport:
        await transport.post("/admin/x.json?a=1", {"ä": 1}, {"X-Own": "yes"})

    ((request, body),) = stranger.asked
    assert (request.method, request.path_qs, body) == ("POST", "/admin/x.json?a=1", '{"ä":1}'.encode())
    assert request.headers["X-Own"] == "yes"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Content-Type"] == "application/json"
