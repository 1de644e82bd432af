import asyncio
import socket
from contextlib import aclosing

import pytest

from devhook.errors import InputError
from devhook.sender.target import (
    address,
    is_listening,
    is_this_machine,
    listening_changes,
    target_url,
    until_listening,
)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:3000/webhooks",
        "http://LOCALHOST./",
        "https://app.localhost:8443/hook?a=1",
        "http://127.0.0.1",
        "http://127.8.9.1:80/",
        "http://[::1]:3000/",
    ],
)
def test_an_endpoint_on_this_machine_may_be_sent_to(url):
    assert target_url(url) == url


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3000", "http://localhost:3000"),
        (":3000", "http://localhost:3000"),
        ("3000/webhooks?a=1", "http://localhost:3000/webhooks?a=1"),
        ("localhost:3000/webhooks", "http://localhost:3000/webhooks"),
        ("127.0.0.1:3000", "http://127.0.0.1:3000"),
        (" http://localhost:3000/ \n", "http://localhost:3000/"),
    ],
)
def test_an_endpoint_may_be_typed_in_short(typed, meant):
    assert target_url(typed) == meant


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com/webhooks",
        "http://192.168.1.20:3000/",
        "http://0.0.0.0:3000/",
        "http://localhost.example.com/",
        "http://2130706433/",
    ],
)
def test_any_other_has_to_be_asked_for(url):
    with pytest.raises(InputError, match="is not this machine") as refused:
        target_url(url)

    assert "--allow-remote" in refused.value.hint
    assert target_url(url, allow_remote=True) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "/webhooks",
        "ftp://localhost/",
        "http://",
        "localhost:99999",
        "0",
        "http://localhost:port/",
        "http://a b/",
        "http://[::1/",
    ],
)
def test_what_is_no_endpoint_is_refused_with_an_example(typed):
    with pytest.raises(InputError, match="is not an address") as refused:
        target_url(typed, allow_remote=True)

    assert repr(typed) in refused.value.message
    assert "http://localhost:3000/webhooks" in refused.value.hint


@pytest.mark.parametrize("typed", ["http://user@localhost:3000/", "http://localhost:3000/#top"])
def test_a_user_and_a_fragment_are_refused(typed):
    with pytest.raises(InputError, match="contains no user and no"):
        target_url(typed)


def test_a_name_that_only_begins_like_ours_is_another_machine():
    assert is_this_machine("app.localhost")
    assert not is_this_machine("localhost.example")


@pytest.mark.parametrize(
    ("url", "path", "meant"),
    [
        ("http://localhost:3000", "/hooks?a=1", "http://localhost:3000/hooks?a=1"),
        ("http://localhost:3000/", "/", "http://localhost:3000/"),
        ("http://localhost:3000/hook", "/hooks", "http://localhost:3000/hook"),
        ("http://localhost:3000", "//a/b", "http://localhost:3000//a/b"),
        ("http://localhost:3000", "@evil.example/", "http://localhost:3000/@evil.example/"),
        ("http://localhost", ":99@evil.example/", "http://localhost/:99@evil.example/"),
        ("http://localhost", ".evil.example/", "http://localhost/.evil.example/"),
    ],
)
def test_a_recorded_path_is_kept_and_never_leads_to_another_host(url, path, meant):
    assert address(url, path) == meant


async def served(port=0):
    return await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)


async def test_an_open_port_listens_and_a_closed_one_does_not():
    server = await served()
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/webhooks"

    async with server:
        assert await is_listening(url)

    assert not await is_listening(url)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b"])
async def test_a_name_that_nobody_has_does_not_listen(host):
    assert not await is_listening(f"http://{host}:80")


async def test_a_server_that_takes_nothing_out_of_its_queue_listens_all_the_same():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert await is_listening(f"http://127.0.0.1:{listener.getsockname()[1]}")


async def test_each_change_is_told_once(unused_tcp_port):
    changes = listening_changes(f"http://127.0.0.1:{unused_tcp_port}", interval=0.01)
    async with aclosing(changes):
        down = await anext(changes)
        server = await served(unused_tcp_port)
        up = await anext(changes)
        server.close()
        await server.wait_closed()
        down_again = await anext(changes)

    assert (down, up, down_again) == (False, True, False)


async def test_an_endpoint_that_starts_later_is_waited_for(unused_tcp_port):
    servers = []

    async def sleep(_):
        servers.append(await served(unused_tcp_port))

    await until_listening(f"http://127.0.0.1:{unused_tcp_port}", sleep=sleep)

    servers[0].close()
    await servers[0].wait_closed()
