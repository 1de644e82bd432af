import pytest

from devhook.forge.effects import Tamper
from devhook.forge.posting import UNREACHED, post
from devhook.inbox.database import Inbox
from devhook.inbox.journal import sends
from devhook.sender.client import Sender
from devhook.webhook.delivery import Origin


@pytest.fixture
def inbox(tmp_path):
    with Inbox.open(tmp_path / "inbox") as opened:
        yield opened


async def test_each_request_is_sent_as_it_is_and_written_down_with_its_answer(made, endpoint, inbox):
    requests = made("orders/paid", tamper=Tamper.DUPLICATE)

    async with Sender() as sender:
        posted = [send async for send in post(requests, endpoint.url, sender, inbox)]

    assert [send.answer.status for send in posted] == [204, 204]
    assert [body for _, body in endpoint.requests] == [request.body for request in requests]
    kept = sends(inbox)
    assert [(send.origin, send.topic, send.body, send.headers) for send in kept] == [
        (Origin.FORGED, "orders/paid", requests[0].body, requests[0].headers)
    ] * 2


async def test_one_that_reaches_nobody_is_written_down_too(made, inbox):
    async with Sender() as sender:
        (send,) = [send async for send in post(made(), "http://127.0.0.1:9/", sender, inbox, made_of=None)]

    assert send.answer.failure in UNREACHED
    assert sends(inbox)[0].answer.error == send.answer.error
