"""A small Flask endpoint, written as Shopify's documentation says, judges what is forged."""

import base64
import hashlib
import hmac
import threading

import flask
import pytest
from werkzeug.serving import make_server

from devhook.forge import tamper as tampering
from devhook.forge.tamper import TAMPERS
from devhook.sender.client import Sender
from devhook.webhook.topics import topic_names

SECRET = "the app's own"


def application():
    """The whole app: it checks the raw body, and takes each delivery once."""
    app = flask.Flask("orders")
    seen = {}

    @app.post("/webhooks")
    def webhook():
        body = flask.request.get_data()
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
        claimed = flask.request.headers.get("X-Shopify-Hmac-Sha256", "")
        if not hmac.compare_digest(base64.b64encode(digest).decode(), claimed):
            flask.abort(401)
        if not body or "X-Shopify-Topic" not in flask.request.headers:
            flask.abort(400)
        seen[flask.request.headers["X-Shopify-Webhook-Id"]] = flask.request.get_json()
        return flask.jsonify(len(seen))

    return app


@pytest.fixture
def url():
    server = make_server("127.0.0.1", 0, application(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/webhooks"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_it_takes_every_topic(url, made):
    async with Sender() as sender:
        for topic in topic_names():
            (request,) = made(topic)
            answer = await sender.send(url, request.headers, request.body)
            assert (topic, answer.status) == (topic, 200)


@pytest.mark.parametrize("tamper", list(TAMPERS.values()))
async def test_it_reacts_to_every_way_to_tamper_as_it_has_to(url, made, tamper):
    async with Sender() as sender:
        answers = [
            await sender.send(url, request.headers, request.body)
            for request in made("orders/updated", tamper=tamper)
        ]

    assert all(tamper.fits(answer.status) for answer in answers)
    if tamper is tampering.DUPLICATE:
        assert [answer.body.strip() for answer in answers] == [b"1", b"1"]
