import pytest

from devhook.shop.transport import NotSent, Transport


async def no_pause(_):
    """Stands where asyncio.sleep would."""


@pytest.fixture
def proxied(monkeypatch, closed_origin):
    """An environment whose proxy nobody listens at."""
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
