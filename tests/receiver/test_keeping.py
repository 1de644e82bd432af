"""What is beyond the bounds goes, behind the deliveries that come in."""

import asyncio
from datetime import UTC, datetime

import pytest

from devhook.errors import InboxError
from devhook.inbox.locks import alone, receiving
from devhook.inbox.retention import Keep
from devhook.inbox.store import Inbox
from devhook.receiver.commit import GroupCommit
from devhook.receiver.keeping import keeping_bounds
from devhook.receiver.process import ReceiverProcess
from devhook.webhook.delivery import Arrival, Delivery, Signature

BODY = b'{"note":"%s"}' % (b"fragile " * 400)


def arrivals(count):
    delivery = Delivery(received_at=datetime.now(UTC), body=BODY)
    return [Arrival(delivery=delivery, signature=Signature.UNCHECKED)] * count


def left(path):
    with Inbox.open(path) as inbox:
        return inbox.query("SELECT count(*), min(id), max(id) FROM deliveries")[0]


@pytest.fixture
def large(path):
    """An inbox of 5,000 deliveries."""
    with Inbox.open(path) as inbox:
        inbox.add(arrivals(5_000))


async def test_deliveries_are_acknowledged_while_a_large_inbox_is_cut_down(
    path, config, client, large, until
):
    async with ReceiverProcess.start(config(secrets=(), keep=Keep(count=500))) as receiver:
        loop = asyncio.get_running_loop()
        took = []
        while left(path)[1] < 4_501:
            before = loop.time()
            async with client.post(receiver.url, data=BODY) as response:
                assert response.status == 200
            took.append(loop.time() - before)

    assert len(took) > 20
    assert sorted(took)[len(took) // 2] < 0.5
    assert left(path) == (500 + len(took), 4_501, 5_000 + len(took))


async def test_one_acknowledgement_waits_for_one_step_and_not_for_all(path, config, large):
    async with GroupCommit.open(path) as commit, keeping_bounds(commit, config(keep=Keep(count=1))):
        for _ in range(3):
            await commit.keep(arrivals(1)[0])

        assert left(path)[0] > 4_000


async def test_an_unbounded_inbox_is_left_alone(path, config, large):
    async with (
        GroupCommit.open(path) as commit,
        keeping_bounds(commit, config(keep=Keep(days=0, count=0, size=0))),
    ):
        await asyncio.sleep(0.1)
        await commit.keep(arrivals(1)[0])

    assert left(path)[0] == 5_001


async def test_a_receiver_lets_no_command_have_the_inbox_for_itself_until_it_ends(path):
    async with GroupCommit.open(path):
        with pytest.raises(InboxError), alone(path):
            pass

    with alone(path):
        pass


async def test_a_command_that_has_the_inbox_keeps_a_receiver_from_starting_and_not_from_saying_so(
    path, monkeypatch
):
    monkeypatch.setattr("devhook.inbox.locks.PATIENCE", 0.1)
    with Inbox.open(path), alone(path), pytest.raises(InboxError, match="importing"):
        async with GroupCommit.open(path):
            pass

    with receiving(path):
        pass
