import sys

import pytest

from devhook.receiver.loading import LoadingReceiver
from devhook.receiver.process import ReceiverProcess
from devhook.webhook.answer_fault import parse_fault

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there a session starts its own receiver")


@pytest.fixture
def loading():
    receiver = LoadingReceiver()
    receiver.start()
    yield receiver
    receiver.end()


async def test_a_receiver_that_was_started_before_the_session_is_one_as_any_other(
    loading, config, client, signed
):
    async with ReceiverProcess.start(config(), loading) as receiver:
        assert loading.take() is None
        async with client.post(receiver.url, data=b"{}", headers=signed(b"{}")) as response:
            assert response.status == 200
        await receiver.answer_with([parse_fault("503")])
        async with client.post(receiver.url, data=b"{}", headers=signed(b"{}")) as response:
            assert response.status == 503
    assert receiver._process.returncode == 0


async def test_its_failure_is_that_of_the_session(loading, config, path):
    path.write_text("no folder")

    with pytest.raises(Exception, match=str(path)):
        async with ReceiverProcess.start(config(), loading):
            pass


async def test_its_sudden_end_is_told(loading, config):
    async with ReceiverProcess.start(config(), loading) as receiver:
        receiver._process.kill()

        assert (await receiver.ended()).message == "The receiver ended by itself (killed by SIGKILL)."


@pytest.mark.posix("the receiver starts beside the imports on POSIX only")
async def test_one_that_no_session_takes_is_ended(loading, config):
    process = loading._loaded.process
    loading.end()

    assert process.returncode is not None
    async with ReceiverProcess.start(config(), loading) as receiver:
        assert receiver.port
