import aiohttp
import pytest
from pydantic import SecretStr

from devhook.receiver.config import ReceiverConfig
from devhook.receiver.protocol import PING, PONG, answer_to, config_line, config_of, ping, pong

KEY = SecretStr("the run's own key")
NONCE = "0123456789abcdef" * 2


async def answer(url, header):
    async with aiohttp.ClientSession() as session, session.post(url, headers={PING: header}) as response:
        return response.status, response.headers.get(PONG), await response.read()


async def test_a_ping_of_the_run_s_is_answered_with_a_proof_and_not_kept(serve):
    server = await serve(ping_key=KEY)

    assert await answer(server.url, ping(KEY, NONCE)) == (204, pong(KEY, NONCE), b"")
    assert server.kept == []


@pytest.mark.parametrize(
    "header",
    [
        ping(SecretStr("another key"), NONCE),
        ping(KEY, NONCE).replace("0", "1", 1),
        f"{NONCE}.{pong(KEY, NONCE)}",
        NONCE,
        "x" * 4000,
        "é",
    ],
)
async def test_any_other_ping_is_a_delivery_like_any_request(serve, header):
    server = await serve(ping_key=KEY)

    status, proof, _ = await answer(server.url, header)

    assert (status, proof) == (401, None)
    assert len(server.kept) == 1


async def test_a_receiver_without_a_key_knows_no_pings(serve):
    server = await serve()

    status, proof, _ = await answer(server.url, ping(KEY, NONCE))

    assert (status, proof) == (401, None)


async def test_a_ping_beside_the_secret_path_is_not_answered(serve):
    server = await serve(ping_key=KEY, secret_path="/hooks")

    assert (await answer(f"{server.url}/other", ping(KEY, NONCE)))[0] == 404
    assert (await answer(f"{server.url}/hooks", ping(KEY, NONCE)))[0] == 204


def test_who_sees_a_ping_and_its_answer_can_make_neither():
    assert answer_to(KEY, ping(KEY, NONCE)) == pong(KEY, NONCE)
    assert pong(KEY, NONCE) not in ping(KEY, NONCE)
    assert answer_to(KEY, f"{NONCE[::-1]}.{ping(KEY, NONCE).partition('.')[2]}") is None


def test_the_key_reaches_the_receiver_and_shows_nowhere_else(path):
    config = ReceiverConfig(inbox=path, ping_key=KEY)

    assert config_of(config_line(config)).ping_key == KEY
    assert KEY.get_secret_value() not in repr(config)
