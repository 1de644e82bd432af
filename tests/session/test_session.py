"""A session over a real inbox and a receiver that is a process of its own."""

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack

import aiohttp
import pytest
from aiohttp import web

from devhook.errors import InputError, ReceiverError
from devhook.inbox.retention import remove_oldest
from devhook.privacy.mask import Mask
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.targets import Forward, Target
from devhook.session.opening import open_intake, run_in_background, watch_intake
from devhook.session.session import Session
from devhook.webhook.answer_fault import parse_fault
from devhook.webhook.signature import Secret, sign

APP = Secret(name="client secret", value="a secret for tests")
BODY = b'{"id":1}'
# Nothing listens on the port "discard" of a machine of today.
TARGET = Target(url="http://127.0.0.1:9")


@pytest.fixture
async def stack():
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def config(tmp_path):
    return ReceiverConfig(inbox=tmp_path / "inbox", secrets=(APP,), targets=(TARGET,))


async def deliver(session, *, topic="orders/paid", version="2026-10"):
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-API-Version": version,
        "X-Shopify-Hmac-Sha256": sign(APP.value.get_secret_value(), BODY),
    }
    async with (
        aiohttp.ClientSession() as client,
        client.post(session.status().address, data=BODY, headers=headers) as response,
    ):
        return response.status


async def test_what_comes_while_the_rest_is_opened_is_new_and_another_version_is_noticed_once(stack, config):
    intake = await open_intake(stack, config)
    before = Session(intake, config)
    assert await deliver(before) == 200

    session = Session(intake, config, api_versions={"orders/paid": "2026-07"})

    assert [row.topic for row in session.read().new] == ["orders/paid"]
    assert session.tally.deliveries == 1

    await deliver(before)
    while session.tally.deliveries < 2:
        session.read()

    (notice,) = session.take_notices()
    assert notice.message == (
        "The payload of orders/paid has API version 2026-10, but its subscription has 2026-07."
    )
    assert session.take_notices() == []


async def test_what_was_removed_before_it_was_read_is_noticed_and_counted(stack, config):
    session = Session(await open_intake(stack, config), config)
    for _ in range(5):
        await deliver(session)
    while session.inbox.newest() < 5:
        pass
    remove_oldest(session.inbox, before=4)

    rows = session.read().new

    assert [row.id for row in rows] == [4, 5]
    (notice,) = session.take_notices()
    assert notice.message == "Deliveries 1 to 3 were removed before they were shown."
    assert str(session.tally).startswith("5 deliveries: 2 valid, ")
    assert str(session.tally).endswith(", 3 removed")


async def test_a_target_that_is_the_receiver_itself_is_refused(stack, config):
    with socket.create_server(("127.0.0.1", 0)) as found:
        free = found.getsockname()[1]
    own = config.model_copy(update={"port": free, "targets": (Target(url=f"http://localhost:{free}"),)})

    with pytest.raises(InputError, match="is the address of devhook itself"):
        await open_intake(stack, own)


async def test_an_app_that_answers_404_at_a_path_that_nobody_named_is_noticed_once(stack, config):
    async def nothing_here(_request):
        return web.Response(status=404)

    app = web.ServerRunner(web.Server(nothing_here))
    await app.setup()
    await web.TCPSite(app, "127.0.0.1", 0).start()
    stack.push_async_callback(app.cleanup)
    url = f"http://127.0.0.1:{app.addresses[0][1]}"
    forwarding = config.model_copy(update={"targets": (Target(url=url),), "forward": Forward.ALL})
    session = Session(await open_intake(stack, forwarding), forwarding)

    for _ in range(2):
        await deliver(session)
        async with asyncio.timeout(30):
            while not session.read().answered:  # noqa: ASYNC110 - the feed is polled, as outputs do
                await asyncio.sleep(0)

    assert session.status().targets[0].status == 404
    (notice,) = session.take_notices()
    assert "answers 404 at the path that deliveries arrive on (/)." in notice.message
    assert notice.hint.endswith(f"--forward-to {url.removeprefix('http://')}/webhooks")


async def test_the_status_shows_faults_targets_and_the_mask_until_the_receiver_ends(stack, config):
    session = Session(await open_intake(stack, config), config, mask=Mask(b"a key"))
    mask = session.mask

    await session.answer_with([parse_fault("503")])

    while await deliver(session) != 503:
        pass
    assert session.status().faults == ("503",)

    session.target_listens(TARGET, listens=False)
    session.target_listens(TARGET, listens=True)
    session.target_listens(TARGET, listens=True)

    said = [notice.message for notice in session.take_notices()]
    assert said == ["Nothing listens at 127.0.0.1:9.", "127.0.0.1:9 listens again."]
    assert [target.listens for target in session.status().targets] == [True]

    session.toggle_mask()
    assert (session.mask, session.status().masked) == (None, False)
    session.toggle_mask()
    assert session.mask is mask

    watch_intake(stack, session)
    assert not session.is_stopping

    os.kill(session._receiver._process.pid, signal.SIGKILL)
    await session.wait_until_stopping()

    assert isinstance(session.failure, ReceiverError)


async def test_what_work_in_the_background_failed_of_is_raised_at_the_end_and_the_rest_is_ended():
    async def fails():
        raise RuntimeError("a bug")

    ended = []

    async def waits():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("the rest")

    stack = AsyncExitStack()
    run_in_background(stack, fails())
    run_in_background(stack, waits())
    await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="a bug"):
        await stack.aclose()
    assert ended == ["the rest"]
