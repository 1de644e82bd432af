"""Endpoints with a certificate of their own."""

import ssl

import pytest
import trustme


@pytest.fixture
def self_signed():
    """The server's side of TLS at 127.0.0.1, vouched for by nobody but us, and a client that trusts it."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return server, trust
