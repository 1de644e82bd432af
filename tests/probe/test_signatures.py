"""What is sent to find out how an endpoint checks signatures, and what is made of its answers."""

import base64
import json

import pytest
from aiohttp import web

from devhook.webhook.delivery import Delivery, Signature
from devhook.webhook.signature import Secret, check, sign

SECRET = Secret(name="app", value="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")


def checked(headers, body):
    claimed = next((value for name, value in headers if name.lower() == "x-shopify-hmac-sha256"), None)
    return check([SECRET], body, claimed)


async def sent_by(probe, app, name):
    """The requests of one check, without the one that finds out whether somebody is there."""
    await probe(app, name)
    return app.requests[1:]


async def test_the_valid_delivery_is_one_of_shopifys_by_its_headers_and_bytes(probe, app):
    ((method, headers, body),) = await sent_by(probe, app, "valid-json")

    written = dict(headers)
    assert method == "POST"
    assert written["Content-Type"] == "application/json"
    assert written["User-Agent"] == "Shopify-Captain-Hook"
    assert written["X-Shopify-Topic"] == "orders/updated"
    assert written["X-Shopify-Shop-Domain"] == "devhook-demo.myshopify.com"
    assert written["X-Shopify-API-Version"] == "2026-10"
    assert written["X-Shopify-Order-Id"] == "522284923510749612"
    assert written["X-Shopify-Triggered-At"].startswith("2026-11-27T12:00:00.")
    assert written["X-Shopify-Webhook-Id"] != written["X-Shopify-Event-Id"]
    assert checked(headers, body).signature is Signature.VALID
    assert rb'"updated_at":"2026-11-27T12:00:00+00:00"' in body
    assert rb"gid:\/\/shopify\/Order\/522284923510749612" in body


async def test_the_changed_byte_is_one_and_was_signed_before(probe, app):
    await probe(app, "valid-json", "changed-byte")
    (_, _, valid), (_, headers, body) = app.requests[1:]

    assert sum(one != other for one, other in zip(valid, body, strict=True)) == 1
    assert checked(headers, valid).signature is Signature.VALID
    assert checked(headers, body).signature is Signature.INVALID


@pytest.mark.parametrize(
    ("name", "signature", "reason"),
    [
        ("changed-byte", Signature.INVALID, "does not make this signature"),
        ("other-secret", Signature.INVALID, "does not make this signature"),
        ("missing-signature", Signature.MISSING, "X-Shopify-Hmac-Sha256 is missing"),
        ("hex-signature", Signature.INVALID, "hexadecimal"),
    ],
)
async def test_a_forgery_is_what_it_is_called(probe, app, name, signature, reason):
    ((_, headers, body),) = await sent_by(probe, app, name)

    found = checked(headers, body)
    assert found.signature is signature
    assert reason in found.reason
    assert body


async def test_the_hexadecimal_signature_would_be_right_in_base64(probe, app):
    ((_, headers, body),) = await sent_by(probe, app, "hex-signature")

    digest = bytes.fromhex(dict(headers)["X-Shopify-Hmac-Sha256"])
    assert check([SECRET], body, base64.b64encode(digest).decode()).signature is Signature.VALID


async def test_an_empty_body_comes_signed_and_forged(probe, app):
    sent = await sent_by(probe, app, "empty-body")

    assert [body for _, _, body in sent] == [b"", b""]
    assert [checked(headers, body).signature for _, headers, body in sent] == [
        Signature.VALID,
        Signature.INVALID,
    ]


async def test_lower_case_names_go_out_in_lower_case_and_still_are_all_there(probe, app):
    ((_, headers, body),) = await sent_by(probe, app, "lower-case-headers")

    ours = [name for name, _ in headers if name not in {"Host", "Content-Length"}]
    assert ours == [name.lower() for name in ours]
    assert "x-shopify-webhook-id" in ours
    assert checked(headers, body).signature is Signature.VALID


async def test_the_names_of_events_are_read_as_such(probe, app):
    await probe(app, "events-headers")
    _, headers, body = app.requests[-1]

    read = Delivery(received_at="2026-11-27T12:00:00Z", headers=headers, body=body)
    assert not any(name.lower().startswith("x-") for name, _ in headers)
    assert (read.topic, read.shop) == ("orders/updated", "devhook-demo.myshopify.com")
    assert read.webhook_id
    assert check([SECRET], body, read.hmac).signature is Signature.VALID


async def test_an_endpoint_that_knows_the_names_of_events_passes_that_check(probe, app):
    app.claimed = lambda request: request.headers.get("shopify-hmac-sha256", "")

    results = await probe(app, "events-headers")

    assert results["events-headers"].outcome == "pass"


async def test_who_signs_the_json_it_writes_is_told_so(probe, app):
    checked_before = app.is_signed
    app.is_signed = lambda request, body: checked_before(
        request, json.dumps(json.loads(body), separators=(",", ":")).encode()
    )

    found = (await probe(app, "valid-json"))["valid-json"]

    assert found.outcome == "fail"
    assert found.status == 401
    assert "it signs its own JSON" in found.fix


async def test_who_has_another_secret_is_asked_for_it(probe, app):
    app.is_signed = lambda *_: False

    found = (await probe(app, "valid-json"))["valid-json"]

    assert found.outcome == "fail"
    assert "the same client secret" in found.fix
    assert found.said == "Bad signature"


async def test_400_will_do_where_there_is_no_signature(probe, app):
    app.refuse = lambda _: web.Response(status=400)

    results = await probe(app, "missing-signature", "other-secret")

    assert [(each.outcome, each.status) for each in results.values()] == [("warn", 400), ("pass", 400)]


async def test_the_right_signature_in_the_answer_is_a_fault_and_is_not_passed_on(probe, app):
    told = []

    async def answer(request, body):
        told.append(sign(SECRET.value.get_secret_value(), body))
        return web.Response(status=401, text=f"want {told[-1]}", headers={"Location": f"/{told[-1]}"})

    app.answer = answer

    found = (await probe(app, "other-secret"))["other-secret"]

    assert found.outcome == "fail"
    assert "Remove the expected signature" in found.fix
    assert found.said == "want ‹hidden›"
    assert not any(signature in found.model_dump_json() for signature in told)


@pytest.mark.parametrize(
    ("signed", "forged", "outcome"),
    [(400, 401, "pass"), (200, 401, "warn"), (500, 500, "warn"), (400, 200, "fail"), (200, 200, "fail")],
)
async def test_an_empty_body_may_not_get_a_forgery_in(probe, app, signed, forged, outcome):
    async def answer(request, body):
        return web.Response(status=signed if app.is_signed(request, body) else forged)

    app.answer = answer

    assert (await probe(app, "empty-body"))["empty-body"].outcome == outcome
