import asyncio
import socket
from contextlib import aclosing

from devhook.sender.reach import listens, watched


async def served(port=0):
    return await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)


async def test_an_open_port_listens_and_a_closed_one_does_not():
    server = await served()
    port = server.sockets[0].getsockname()[1]

    async with server:
        assert await listens("127.0.0.1", port)

    assert not await listens("127.0.0.1", port)


async def test_a_name_that_nobody_has_does_not_listen():
    assert not await listens("no-such-host.invalid", 80)


async def test_each_change_is_told_once(unused_tcp_port):
    async with aclosing(watched("127.0.0.1", unused_tcp_port, every=0.01)) as looks:
        down = await anext(looks)
        server = await served(unused_tcp_port)
        up = await anext(looks)
        server.close()
        await server.wait_closed()
        down_again = await anext(looks)

    assert (down, up, down_again) == (False, True, False)


async def test_a_server_that_takes_nothing_out_of_its_queue_listens_all_the_same():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert await listens(*listener.getsockname())
