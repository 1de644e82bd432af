import asyncio
import math
from datetime import UTC, datetime

import pytest
from aiohttp import web
from pydantic import SecretStr

from devhook.inbox.database import Inbox
from devhook.inbox.journal import sends
from devhook.scenario.loading import load_scenario
from devhook.scenario.model import Action, Deliver, Scenario, Step
from devhook.simulator.scenario_run import ScenarioRun, count_resigned
from devhook.webhook.delivery import Origin, Signature
from devhook.webhook.signature import Secret, check, sign

SECRET = SecretStr("hush")
KNOWN = [Secret(name="app", value=SECRET)]


@pytest.fixture
def inbox(tmp_path):
    with Inbox.open(tmp_path / "inbox") as opened:
        yield opened


@pytest.fixture
def played(inbox, endpoint):
    """Play steps, or a scenario, against the endpoint; returns the rehearsal and its attempts."""

    async def play(*steps, scenario=None, path="", speed=math.inf):
        attempts = []
        rehearsal = ScenarioRun(inbox, endpoint.origin + path, SECRET, speed, attempts.append)
        await rehearsal.run(scenario or Scenario(title="Of a test", steps=steps))
        return rehearsal, attempts

    return play


def recorded(body='{"id":1,"name":"#1001"}', secret="hush", *, topic="orders/updated", **facts):
    headers = (
        ("Host", "old.example"),
        ("x-shopify-topic", topic),
        ("X-Shopify-Webhook-Id", "w-1"),
        ("X-Shopify-Hmac-Sha256", sign(secret, body.encode())),
        ("x-b", "\xc3\xa4"),
    )
    given = {"do": "deliver", "headers": headers, "body": body, "signature": "valid"}
    return Deliver.model_validate(given | facts)


def signatures(endpoint):
    claimed = zip(endpoint.bodies, endpoint.headers("X-Shopify-Hmac-Sha256"), strict=True)
    return [check(KNOWN, body, claim).signature for body, claim in claimed]


async def test_everything_goes_to_the_endpoint_signed_with_the_apps_secret_under_its_own_host(
    played, endpoint
):
    rehearsal, attempts = await played(Step(do=Action.CHECK_OUT), path="/hooks?a=1")

    assert len(attempts) == 4
    assert set(signatures(endpoint)) == {Signature.VALID}
    assert {request.path_qs for request in endpoint.requests} == {"/hooks?a=1"}
    assert set(endpoint.headers("Host")) == {endpoint.origin.removeprefix("http://")}
    assert {attempt.envelope.about for attempt in attempts} == {"#1001"}
    assert rehearsal.passed


async def test_every_attempt_is_written_down(played, inbox, endpoint):
    await played(Step(do=Action.CHECK_OUT))

    written = sends(inbox)[::-1]
    assert [send.body for send in written] == endpoint.bodies
    assert {send.origin for send in written} == {Origin.SIMULATOR}
    assert {send.answer.status for send in written} == {200}


async def test_what_is_not_accepted_is_tried_again_and_passes_when_it_is(played, endpoint):
    endpoint.answers(500, 503, 200)

    rehearsal, attempts = await played(recorded())

    assert [attempt.number for attempt in attempts] == [1, 2, 3]
    assert [attempt.retry_in is not None for attempt in attempts] == [True, True, False]
    assert rehearsal.passed
    assert next(rehearsal.lines()) == "1 of 1 delivery accepted, in 3 attempts"


async def test_what_is_never_accepted_ends_with_its_subscription(played, endpoint):
    endpoint.answers(500)

    rehearsal, attempts = await played(recorded())

    assert len(attempts) == 9
    assert attempts[-1].removed
    assert not rehearsal.passed


@pytest.mark.parametrize(("status", "passed"), [(401, True), (200, False)])
async def test_a_forged_delivery_has_to_be_refused(status, passed, played, endpoint):
    async def answer(request):
        claimed = request.headers.get("X-Shopify-Hmac-Sha256")
        valid = check(KNOWN, endpoint.bodies[-1], claimed).signature is Signature.VALID
        return web.Response(status=200 if valid else status)

    endpoint.answer = answer

    rehearsal, _ = await played(scenario=load_scenario("tampered"))

    assert rehearsal.passed is passed
    assert any("forged deliveries answered as required" in line for line in rehearsal.lines())


async def test_a_recorded_delivery_arrives_with_its_bytes_and_headers_on_its_path(played, endpoint):
    await played(recorded(path="/old?x=1"))

    (request,) = endpoint.requests
    assert (request.path_qs, endpoint.bodies) == ("/old?x=1", [b'{"id":1,"name":"#1001"}'])
    assert list(request.raw_headers)[1:-1] == [
        (b"x-shopify-topic", b"orders/updated"),
        (b"X-Shopify-Webhook-Id", b"w-1"),
        (b"X-Shopify-Hmac-Sha256", sign("hush", endpoint.bodies[0]).encode()),
        (b"x-b", "ä".encode()),
    ]


@pytest.mark.parametrize(
    ("recording", "arrives", "anew"),
    [
        (recorded(), Signature.VALID, 0),
        (recorded(secret="another app's"), Signature.VALID, 1),
        (recorded(secret="another app's", signature="unchecked"), Signature.VALID, 1),
        (recorded(secret="a stranger's", signature="invalid"), Signature.INVALID, 0),
    ],
)
async def test_what_another_secret_signed_is_signed_anew_but_a_strangers_is_not(
    recording, arrives, anew, played, endpoint
):
    await played(recording)

    assert signatures(endpoint) == [arrives]
    assert count_resigned(Scenario(title="x", steps=(recording,)), SECRET) == anew


@pytest.mark.parametrize("topic", ["products/update", "not/a-topic", "bulk_operations/finish"])
async def test_any_topic_can_be_sent_again(topic, played, endpoint):
    await played(recorded(topic=topic))

    assert endpoint.headers("X-Shopify-Topic") == [topic]


async def test_recorded_deliveries_can_go_wrong_too(played, endpoint):
    late = recorded('{"id":1}', fault="late")

    await played(
        late,
        recorded('{"id":2}', fault="duplicate"),
        recorded('{"id":3}', fault="body"),
        recorded('{"id":4}', fault="missing-signature"),
    )

    assert [body[-2:-1] for body in endpoint.bodies] == [b"2", b"2", b"1", b"4", b"4"]
    assert signatures(endpoint) == [*[Signature.VALID] * 3, Signature.INVALID, Signature.MISSING]


async def test_the_pauses_of_recorded_deliveries_are_kept(inbox, endpoint):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)

    scenario = Scenario(title="x", steps=(recorded(), recorded(after=30.0), recorded(after=60.0)))
    await ScenarioRun(inbox, endpoint.origin, SECRET, 200.0, lambda _: None, sleep=sleep).run(scenario)

    assert pauses == [0.0, 0.15, 0.3]


async def test_the_deliveries_of_a_stopped_play_are_written_down(inbox, endpoint):
    tried = asyncio.Event()
    rehearsal = ScenarioRun(inbox, endpoint.origin, SECRET, 1.0, lambda _: tried.set())
    scenario = Scenario(title="x", steps=(recorded(), recorded(after=3600.0)))
    running = asyncio.ensure_future(rehearsal.run(scenario))
    await tried.wait()

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert len(sends(inbox)) == 1
    assert sends(inbox)[0].sent_at.date() == datetime.now(UTC).date()
