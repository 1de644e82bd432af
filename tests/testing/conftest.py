"""Right and wrong apps in every framework whose test client is delivered to."""

import base64
import hashlib
import hmac
import json
import sys
import warnings
from types import ModuleType

import pytest

from devhook.testing import Webhooks

SECRET = "shpss_0c0a0f0e1234567890abcdef12345678"


class Orders:
    """What a right app does: verify the bytes, take each Webhook-Id once, keep the newest version."""

    verifies = remembers = compares = True

    def __init__(self):
        self.seen = set()
        self.stored = {}
        self.deliveries = 0

    def take(self, headers, body):
        digest = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
        if self.verifies and not hmac.compare_digest(digest, headers.get("X-Shopify-Hmac-Sha256") or ""):
            return 401
        webhook_id = headers.get("X-Shopify-Webhook-Id")
        if self.remembers and webhook_id in self.seen:
            return 200
        self.seen.add(webhook_id)
        self.deliveries += 1
        document = json.loads(body)
        version = document.get("updated_at") or ""
        if not self.compares or version >= self.stored.get(document["id"], ("",))[0]:
            self.stored[document["id"]] = (version, document.get("note"), document.get("financial_status"))
        return 200


@pytest.fixture
def orders():
    return Orders()


@pytest.fixture
def webhooks():
    return Webhooks(SECRET)


def flask_client(orders):
    from flask import Flask, request

    app = Flask("orders")

    @app.post("/webhooks")
    def take():
        return "", orders.take(request.headers, request.get_data())

    return app.test_client()


def fastapi_client(orders):
    from fastapi import FastAPI, Request, Response

    with warnings.catch_warnings():
        # It warns of the library that devhook itself uses.
        warnings.simplefilter("ignore")
        from fastapi.testclient import TestClient

    app = FastAPI()

    async def take(request: Request):
        return Response(status_code=orders.take(request.headers, await request.body()))

    app.post("/webhooks")(take)
    return TestClient(app)


def django_client(orders):
    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import path

    def take(request):
        return HttpResponse(status=django_client.orders.take(request.headers, request.body))

    django_client.orders = orders
    if not settings.configured:
        urls = sys.modules["orders_urls"] = ModuleType("orders_urls")
        urls.urlpatterns = [path("webhooks", take)]
        settings.configure(ROOT_URLCONF="orders_urls", ALLOWED_HOSTS=["*"])
        django.setup()
    return Client()


CLIENTS = {"Flask": flask_client, "FastAPI": fastapi_client, "Django": django_client}
