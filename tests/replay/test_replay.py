import asyncio
import hashlib
from datetime import UTC, datetime

import pytest

from devhook.errors import InputError
from devhook.filter.selection import Selection
from devhook.inbox.journal import sends
from devhook.replay.deliveries import select_deliveries
from devhook.replay.plan import Pace, Rewriting
from devhook.replay.replay import Replay
from devhook.webhook.answer import Failure
from devhook.webhook.delivery import Origin


def selected(inbox, *words):
    return Selection.parse(" ".join(words), datetime.now(UTC)).resolve(inbox)


async def replayed(inbox, target, *words, pace=None, rewriting=None, path="", **how):
    replay = Replay(inbox, target.url + path, rewriting or Rewriting(), **how)
    await replay.run(select_deliveries(inbox, selected(inbox, *words)), pace or Pace())
    return replay


async def test_deliveries_arrive_as_they_came_marked_and_in_their_order(inbox, fill, target):
    fill(b'{"a": 1.0}', b"\xff\x00not json", b"", headers=[("x-b", "1"), ("x-b", "\xc3\xa4")])

    await replayed(inbox, target)

    assert target.bodies == [b'{"a": 1.0}', b"\xff\x00not json", b""]
    line, headers, _ = target.requests[1]
    assert line == "POST /webhooks?a=%2F HTTP/1.1"
    # Made with this user's key.
    headers = [(name, value) for name, value in headers if name != "X-Devhook-Proof"]
    assert headers == [
        ("Host", target.url.removeprefix("http://")),
        ("X-Shopify-Topic", "orders/updated"),
        ("X-Shopify-Shop-Domain", "lavender.myshopify.com"),
        ("X-Shopify-Webhook-Id", "w-1"),
        ("X-Shopify-Event-Id", "e-0"),
        ("Content-Type", "application/json"),
        ("x-b", "1"),
        ("x-b", "\xc3\xa4"),
        ("X-Devhook-Origin", "replay"),
        ("Content-Length", "10"),
    ]


async def test_a_url_with_a_path_gets_everything_there(inbox, fill, target):
    fill(1)

    await replayed(inbox, target, path="/hooks")

    assert target.paths == ["/hooks"]


async def test_every_send_is_written_down_with_its_answer(inbox, fill, target):
    fill(3)
    target.answers = [200, 500, 202]

    replay = await replayed(inbox, target)

    written = sends(inbox)[::-1]
    assert [send.delivery_id for send in written] == [1, 2, 3]
    assert [send.answer.status for send in written] == [200, 500, 202]
    first = written[0]
    assert (first.origin, first.topic, first.body) == (Origin.REPLAY, "orders/updated", None)
    assert first.url == f"{target.url}/webhooks?a=%2F"
    assert first.headers[-1] == ("X-Devhook-Origin", "replay")
    assert (replay.begun, replay.summary.count, replay.summary.accepted) == (3, 3, 2)


async def test_a_thousand_at_once_arrive_complete_and_unchanged(inbox, fill, target):
    bodies = [b'{"id": %d, "note": "%s"}' % (number, b"x" * (number % 97)) for number in range(1_000)]
    fill(*bodies)

    await replayed(inbox, target, pace=Pace(concurrency=64))

    hashes = [sorted(hashlib.sha256(body).digest() for body in some) for some in (bodies, target.bodies)]
    assert hashes[0] == hashes[1]
    assert len(sends(inbox, limit=2_000)) == 1_000


async def test_so_many_are_under_way_as_are_asked_for(inbox, fill, target):
    fill(20)
    target.gate.clear()

    replaying = asyncio.ensure_future(replayed(inbox, target, pace=Pace(concurrency=7)))
    await target.came(7)
    target.gate.set()
    await replaying

    assert target.most_at_once == 7
    assert len(target.requests) == 20


async def test_the_pauses_are_waited_for(inbox, fill, target):
    fill(3, seconds=60.0)
    asked = []

    async def sleep(seconds):
        asked.append(seconds)

    await replayed(inbox, target, pace=Pace(speed=10.0), sleep=sleep)

    assert asked == pytest.approx([6.0, 12.0], abs=1.0)


async def test_each_round_sends_all_of_it_again(inbox, fill, target):
    fill(2)

    await replayed(inbox, target, pace=Pace(times=3), rewriting=Rewriting(new_ids="x"))

    assert target.bodies == target.bodies[:2] * 3
    assert len(set(target.values("X-Shopify-Webhook-Id"))) == 6


async def test_a_replay_that_is_stopped_stops_at_once_and_everything_sent_is_written_down(
    inbox, fill, target
):
    fill(100)
    replay = Replay(inbox, target.url, Rewriting())
    running = asyncio.ensure_future(
        replay.run(select_deliveries(inbox, selected(inbox, "1-100")), Pace(concurrency=2))
    )
    await target.came(10)
    target.gate.clear()
    await target.came(12)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    written = sends(inbox)
    assert replay.begun == len(written) == len(target.requests)
    assert replay.begun - replay.summary.count == 2
    assert [send.answer.failure for send in written[:2]] == [Failure.NO_ANSWER] * 2


async def test_an_answer_that_does_not_come_is_a_failure_and_the_next_is_sent(inbox, fill, target):
    fill(2)
    target.gate.clear()

    replay = await replayed(inbox, target, pace=Pace(seconds=0.05))

    assert replay.summary.last_failure.failure is Failure.NO_ANSWER
    assert len(target.requests) == 2


async def test_a_delivery_that_was_removed_meanwhile_is_named(inbox, fill, target):
    fill(2)
    chosen = select_deliveries(inbox, selected(inbox))
    with inbox.writing() as connection:
        connection.execute("DELETE FROM deliveries WHERE id = 2")

    with pytest.raises(InputError, match="no delivery 2"):
        await Replay(inbox, target.url, Rewriting()).run(chosen, Pace())


async def test_a_patient_one_waits_for_an_app_that_restarts(inbox, fill, target, restarting):
    fill(1)
    target.url = "http://127.0.0.1:1"
    closed = asyncio.Event()

    async with restarting(type(target)()) as other:
        port = int(other.url.rpartition(":")[2])

    async def sleep(seconds):
        closed.set()
        await asyncio.sleep(seconds)

    replay = Replay(inbox, f"http://127.0.0.1:{port}", Rewriting(), reconnect=True, sleep=sleep)
    running = asyncio.ensure_future(replay.run(select_deliveries(inbox, selected(inbox)), Pace()))
    await closed.wait()
    async with restarting(other, port):
        await running

    assert replay.summary.accepted == 1
    assert [send.answer.status for send in sends(inbox)] == [200]
