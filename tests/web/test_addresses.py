"""Which requests may ask for the pages."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.web.addresses import Addresses, Role, is_local

HERE = Addresses("127.0.0.1", 4000)


def test_each_page_has_a_token_of_its_own_that_is_new_in_each_run():
    again = Addresses("127.0.0.1", 4000)
    addresses = {each.of(role) for each in (HERE, again) for role in Role}

    assert len(addresses) == 4
    for role in Role:
        token = HERE.of(role).split("/")[3]
        assert len(token) >= 24
        assert HERE.role(token) is role
        assert again.role(token) is None
        assert HERE.role(token[:-1]) is HERE.role("") is HERE.role("\udcff") is None


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Host": "127.0.0.1:4000"}, True),
        ({"Host": "localhost:4000"}, True),
        ({"Host": "127.0.0.1:4000", "Origin": "http://127.0.0.1:4000"}, True),
        ({"Host": "127.0.0.1:4000", "Origin": "http://localhost:4000"}, False),
        ({"Host": "127.0.0.1:4000", "Origin": "http://127.0.0.1:4001"}, False),
        ({"Host": "127.0.0.1:4000", "Origin": "null"}, False),
        ({"Host": "127.0.0.1:4000", "Origin": ""}, False),
        ({"Host": "evil.example:4000"}, False),
        ({"Host": "evil.example:4000", "Origin": "http://evil.example:4000"}, False),
        ({"Host": "127.0.0.1"}, False),
        ({"Host": "127.0.0.1:x"}, False),
        ({"Host": "[::1"}, False),
        ({"Host": "user@127.0.0.1:4000"}, False),
        ({}, False),
    ],
)
def test_host_and_origin_must_be_this_servers(headers, allowed):
    assert HERE.allows(headers) == allowed


def test_a_server_for_all_addresses_is_reached_at_numbers_and_its_own_name():
    everywhere = Addresses("0.0.0.0", 4000)

    assert everywhere.of(Role.OWNER).startswith("http://127.0.0.1:4000/")
    assert everywhere.of(Role.WATCHER).startswith(f"http://{socket.gethostname()}:4000/")
    assert everywhere.allows({"Host": "192.168.7.7:4000"})
    assert everywhere.allows({"Host": f"{socket.gethostname()}:4000"})
    assert not everywhere.allows({"Host": "rebound.evil.example:4000"})
    assert [is_local(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1", "x")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


@given(st.text(), st.text() | st.none())
def test_no_other_host_or_origin_is_let_in(host, origin):
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})

    assert not HERE.allows(headers)
