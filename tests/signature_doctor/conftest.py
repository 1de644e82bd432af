"""Signatures made without devhook: with the standard library's hmac, over bytes that the test writes out."""

import base64
import hashlib
import hmac

import pytest


@pytest.fixture
def digest():
    """`digest(key, body)`: the raw HMAC, of SHA-256 unless told otherwise."""

    def make(key, body, algorithm=hashlib.sha256):
        return hmac.new(key.encode(), body, algorithm).digest()

    return make


@pytest.fixture
def signed(digest):
    """`signed(key, body)`: the header's value as Shopify would write it."""

    def make(key, body):
        return base64.b64encode(digest(key, body)).decode()

    return make
