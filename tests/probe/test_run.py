"""A probe as a whole: it passes an endpoint that is right and finds what is wrong with those that are not."""

import asyncio
import base64
import hmac
import json
import socket

import pytest
from aiohttp import web

from devhook.errors import InputError, NetworkError
from devhook.probe.run import CHECKS, select_checks

# The app's, as everywhere in these tests.
SECRET = b"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"
FORGED = {"changed-byte", "other-secret", "missing-signature", "hex-signature"}
COMPLIANCE = {
    f"compliance-{topic}" for topic in ("customers-data-request", "customers-redact", "shop-redact")
}
COMPLIANCE_401 = {f"{name}-401" for name in COMPLIANCE}
SIGNED = {"valid-json", "lower-case-headers", "escaped-slash", "escaped-markup", "emoji", "big-integers"}
SIGNED |= {"large-body", "duplicate", "late-version", "burst"}


def names(results, *outcomes):
    return {name for name, result in results.items() if result.outcome in outcomes}


def signature_of(body):
    return base64.b64encode(hmac.digest(SECRET, body, "sha256")).decode()


async def test_an_endpoint_that_is_right_passes_every_check_that_concerns_it(probe, app):
    results = await probe(app)

    assert list(results) == [check.name for check in CHECKS]
    assert names(results, "warn", "fail") == set()
    assert names(results, "skip") == {"tls", "events-headers"}
    assert all(result.fix == "" for result in results.values())


@pytest.mark.parametrize(
    "topic",
    ["orders/cancelled", "orders/edited", "products/delete", "inventory_shipments/create", "shop/redact"],
)
async def test_any_topic_will_do(probe, app, topic):
    results = await probe(app, "valid-json", "big-integers", "large-body", "late-version", topic=topic)

    assert names(results, "pass") == {"valid-json", "big-integers", "large-body", "late-version"}
    assert set(app.values("X-Shopify-Topic")) == {topic}


def trusts_everybody(app):
    app.is_signed = lambda *_: True


def signs_the_json_it_writes(app):
    """`express.json()` in front of everything, as in a hundred questions."""

    def is_signed(request, body):
        written = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False)
        return signature_of(written.encode()) == app.claimed(request)

    app.is_signed = is_signed


def lets_in_what_bears_no_signature(app):
    checked = app.is_signed
    app.is_signed = lambda request, body: not app.claimed(request) or checked(request, body)


def takes_hexadecimal_too(app):
    def is_signed(request, body):
        digest = hmac.digest(SECRET, body, "sha256")
        return app.claimed(request) in {digest.hex(), base64.b64encode(digest).decode()}

    app.is_signed = is_signed


def says_400_to_forgeries(app):
    app.refuse = lambda _: web.Response(status=400)


def looks_the_shop_up_first(app):
    checked = app.answer

    async def answer(request, body):
        if request.headers.get("X-Shopify-Shop-Domain") != "kiln-and-clay.myshopify.com":
            return web.Response(status=404, text="No such shop")
        return await checked(request, body)

    app.answer = answer


def calls_a_duplicate_a_conflict(app):
    seen = set()

    async def accept(request, body):
        webhook_id = request.headers["X-Shopify-Webhook-Id"]
        if webhook_id in seen:
            return web.Response(status=409)
        seen.add(webhook_id)
        return web.Response()

    app.accept = accept


def calls_a_late_version_a_conflict(app):
    newest = {}

    async def accept(request, body):
        order, triggered_at = json.loads(body).get("id"), request.headers["X-Shopify-Triggered-At"]
        if triggered_at < newest.get(order, ""):
            return web.Response(status=409)
        newest[order] = triggered_at
        return web.Response()

    app.accept = accept


def redirects_to_the_slash(app):
    async def answer(request, body):
        return web.Response(status=308, headers={"Location": f"{request.path}/"})

    app.answer = answer


def takes_100_kilobytes_at_most(app):
    checked = app.answer

    async def answer(request, body):
        return web.Response(status=413) if len(body) > 100_000 else await checked(request, body)

    app.answer = answer


def minds_the_case_of_headers(app):
    app.claimed = lambda request: dict(request.raw_headers).get(b"X-Shopify-Hmac-Sha256", b"").decode()


def knows_its_topics_only(app):
    async def accept(request, body):
        known = request.headers["X-Shopify-Topic"].split("/")[0] in {"orders", "customers", "shop"}
        return web.Response(status=200 if known else 404)

    app.accept = accept


def breaks_down_over_an_unknown_topic(app):
    async def accept(request, body):
        if request.headers["X-Shopify-Topic"].startswith("devhook/"):
            raise web.HTTPInternalServerError
        return web.Response()

    app.accept = accept


def has_room_for_four(app):
    async def accept(request, body):
        if app.under_way > 4:
            return web.Response(status=503)
        await asyncio.sleep(0.001)
        return web.Response()

    app.accept = accept


def answers_a_get(app):
    checked = app.answer

    async def answer(request, body):
        return web.Response(text="It works") if request.method == "GET" else await checked(request, body)

    app.answer = answer


def closes_every_connection(app):
    async def accept(request, body):
        return web.Response(headers={"Connection": "close"})

    app.accept = accept


def tells_the_right_signature(app):
    app.refuse = lambda body: web.Response(status=401, text=f"expected {signature_of(body)}, got another")


def knows_no_compliance(app):
    checked = app.answer

    async def answer(request, body):
        if not request.headers.get("X-Shopify-Topic", "").startswith("orders/"):
            return web.Response(status=200)
        return await checked(request, body)

    app.answer = answer


@pytest.mark.parametrize(
    ("planted", "failing", "warned"),
    [
        (trusts_everybody, FORGED | COMPLIANCE_401, set()),
        (lets_in_what_bears_no_signature, {"missing-signature"}, set()),
        (takes_hexadecimal_too, {"hex-signature"}, set()),
        (
            says_400_to_forgeries,
            COMPLIANCE_401,
            {"changed-byte", "other-secret", "hex-signature"},
        ),
        (calls_a_duplicate_a_conflict, {"duplicate"}, set()),
        (calls_a_late_version_a_conflict, {"late-version"}, set()),
        (takes_100_kilobytes_at_most, {"large-body"}, set()),
        (minds_the_case_of_headers, {"lower-case-headers"}, set()),
        (knows_its_topics_only, set(), {"unknown-topic"}),
        (breaks_down_over_an_unknown_topic, {"unknown-topic"}, set()),
        (has_room_for_four, {"burst"}, set()),
        (answers_a_get, set(), {"get"}),
        (closes_every_connection, set(), {"keep-alive"}),
        (tells_the_right_signature, FORGED | COMPLIANCE_401, set()),
        (knows_no_compliance, COMPLIANCE_401, set()),
        (looks_the_shop_up_first, COMPLIANCE | COMPLIANCE_401, set()),
        (redirects_to_the_slash, None, {"get", "empty-body"}),
        (signs_the_json_it_writes, SIGNED | {"unknown-topic"}, set()),
    ],
)
async def test_a_planted_fault_is_found_and_nothing_else(probe, app, planted, failing, warned):
    planted(app)
    everything = {check.name for check in CHECKS} - {"tls", "events-headers", "keep-alive", "answer-time"}

    results = await probe(app, shop="kiln-and-clay.myshopify.com")

    assert names(results, "fail") == (everything - warned if failing is None else failing)
    assert names(results, "warn") == warned
    for result in results.values():
        assert bool(result.fix) is (result.outcome in {"warn", "fail"})
        assert SECRET.decode() not in result.model_dump_json()


async def test_what_fails_for_the_reason_that_all_fail_for_is_marked_so(probe, app):
    signs_the_json_it_writes(app)

    results = await probe(app)

    following = {name for name, result in results.items() if result.follows}
    assert following == (names(results, "fail") - {"valid-json"}) > {"emoji", "burst"}
    assert {result.follows for result in results.values()} == {"", "valid-json"}


async def test_what_fails_for_another_reason_is_not(probe, app):
    async def accept(request, body):
        return web.Response(status=413 if len(body) > 100_000 else 422)

    app.accept = accept

    results = await probe(app, "valid-json", "large-body", "emoji")

    assert [result.follows for result in results.values()] == ["", "valid-json", ""]


async def test_the_same_run_twice_sends_the_same_bytes(probe, app):
    await probe(app, "valid-json", "other-secret", "burst")
    first, app.requests = app.requests, []
    await probe(app, "valid-json", "other-secret", "burst")

    assert sorted(body for _, _, body in app.requests) == sorted(body for _, _, body in first)
    assert sorted(app.values("X-Shopify-Webhook-Id")) == sorted(
        dict(headers)["X-Shopify-Webhook-Id"] for _, headers, _ in first
    )


async def test_where_nobody_listens_there_is_one_sentence_and_no_result(probe):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        with pytest.raises(NetworkError, match=f"nothing listens on 127.0.0.1:{port}"):
            await probe(f"http://127.0.0.1:{port}/")


def test_the_checks_that_are_asked_for_are_made_in_their_own_order():
    for asked in (["burst", "valid-json"], ["burst, valid-json"]):
        assert [check.name for check in select_checks(asked)] == ["valid-json", "burst"]


def test_a_pattern_means_several_and_what_is_to_be_skipped_is_left_out():
    made = {check.name for check in select_checks(["compliance-*"], ["*-401"])}

    assert made == COMPLIANCE


@pytest.mark.parametrize(
    ("only", "skip", "said"),
    [
        (["valid-jsn"], [], "valid-json"),
        ([], ["brust"], "burst"),
        (["?"], [], "--list"),
        (["burst"], ["burst"], "--list"),
    ],
)
def test_a_check_that_there_is_none_of_is_answered_with_the_nearest(only, skip, said):
    with pytest.raises(InputError) as refused:
        select_checks(only, skip)

    assert said in refused.value.hint


def test_every_check_has_a_name_of_its_own_and_says_what_it_requires():
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert all(check.requirement.endswith(".") for check in CHECKS)
    assert all(check.source.startswith("https://shopify.dev/") for check in CHECKS if check.source)


async def test_a_page_that_answers_200_to_everything_passes_nothing(probe, app):
    async def answer(request, body):
        return web.Response(text="<form><input type=password></form>", content_type="text/html")

    app.answer = answer
    results = await probe(app, "valid-json", "changed-byte", "get", "burst")

    assert names(results, "fail") == {"valid-json", "changed-byte", "burst"}
    assert names(results, "warn") == {"get"}
    assert "A login answered, not the handler of webhooks" in results["valid-json"].came
    assert results["valid-json"].intercepted_by == "a login"


async def test_what_answers_in_front_of_the_app_is_named_and_nothing_else_is_checked(probe, app):
    async def answer(request, body):
        return web.Response(status=403, text='Blocked request. This host ("a.example") is not allowed.')

    app.answer = answer
    results = await probe(app)

    assert names(results, "fail") == {"valid-json"}
    assert names(results, "skip") == {check.name for check in CHECKS} - {"valid-json"}
    assert {result.intercepted_by for name, result in results.items() if name != "tls"} == {
        "Vite's development server"
    }
    assert len(app.requests) <= 4
    assert "server.allowedHosts" in results["valid-json"].fix


async def test_a_proxy_that_answers_in_place_of_the_app_now_and_then_fails_one_check(probe, app):
    checked = app.answer

    async def answer(request, body):
        if len(body) < 100_000:
            return await checked(request, body)
        page = "<h1>413 Request Entity Too Large</h1><hr><center>nginx/1.25</center>"
        return web.Response(status=413, text=page, content_type="text/html")

    app.answer = answer
    results = await probe(app)

    assert names(results, "fail") == {"large-body"}
    assert results["large-body"].intercepted_by == "nginx"
    assert "client_max_body_size" in results["large-body"].fix


async def test_a_redirect_that_repeats_the_valid_signature_does_not_show_it(probe, app):
    async def answer(request, body):
        return web.Response(status=302, headers={"Location": f"/next?sig={signature_of(body)}"})

    app.answer = answer
    results = await probe(app, "valid-json", "changed-byte")

    for result in results.values():
        assert signature_of(b"") not in result.model_dump_json()
        assert "sig=‹hidden›" in result.came
