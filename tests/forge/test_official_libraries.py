"""Shopify's own libraries take every forged topic and refuse every way to tamper with one."""

import asyncio
import contextlib
import json
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from devhook.forge import tamper as tampering
from devhook.forge.source import sample
from devhook.forge.tamper import TAMPERS
from devhook.sender.client import Sender
from devhook.webhook.payload import read_json
from devhook.webhook.topics import topic_names
from tests.node_modules import installed, node_environment

# The first run on a machine fetches 48 MB from the npm registry.
pytestmark = pytest.mark.timeout(300)

HERE = Path(__file__).parent / "official"
ENUMS = [name.upper().replace("/", "_").replace(".", "_") for name in topic_names()]
REFUSALS = {
    tampering.BODY: 401,
    tampering.SIGNATURE: 401,
    tampering.SECRET: 401,
    tampering.MISSING_SIGNATURE: 400,
    tampering.MISSING_TOPIC: 400,
    tampering.HEX: 401,
    tampering.RE_SERIALISED: 401,
    tampering.STALE: 200,
    tampering.DUPLICATE: 200,
    tampering.EMPTY: 400,
    tampering.GZIP: 401,
    tampering.HUGE: 200,
}


@pytest.fixture(scope="module")
def libraries():
    return installed(HERE / "package.json")


@contextlib.contextmanager
def running(node, libraries, tmp_path, script):
    """The endpoint in `script`, and the port it listens on."""
    for file in HERE.glob("*.mjs"):
        shutil.copy(file, tmp_path)
    (tmp_path / "node_modules").symlink_to(libraries)
    with subprocess.Popen(
        [node, tmp_path / script, *ENUMS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=node_environment(SHOPIFY_API_SECRET="the app's own"),
        cwd=tmp_path,
    ) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


@pytest.fixture(params=["process.mjs", "react_router.mjs"])
def official(request, node, libraries, tmp_path):
    with running(node, libraries, tmp_path, request.param) as url:
        yield url


async def test_they_take_every_topic_and_read_in_it_what_was_forged(official, made):
    async with Sender() as sender:
        for topic in topic_names():
            (request,) = made(topic)
            answer = await sender.send(official, request.headers, request.body)
            assert (topic, answer.status, answer.body) == (topic, 200, answer.body)

    # A sender reads the first bytes of an answer only.
    with await asyncio.to_thread(urllib.request.urlopen, f"{official}/taken") as told:
        taken = json.load(told)
    assert [each["topic"] for each in taken] == ENUMS
    assert {each["shop"] for each in taken} == {"kiln-and-clay.myshopify.com"}
    assert {each["apiVersion"] for each in taken} == {"2026-10"}
    for topic, each in zip(topic_names(), taken, strict=True):
        assert read_json(each["payload"].encode()) == sample(topic)


async def test_the_signature_of_xml_holds_too(node, libraries, tmp_path, made):
    (request,) = made("orders/paid", content_type="application/xml")

    # React Router's authenticate.webhook reads every body as JSON.
    with running(node, libraries, tmp_path, "process.mjs") as url:
        async with Sender() as sender:
            answer = await sender.send(url, request.headers, request.body)

    assert answer.status == 200


async def test_they_refuse_every_way_to_tamper_with_the_status_they_are_known_for(official, made):
    answered = {}

    async with Sender() as sender:
        for tamper in TAMPERS.values():
            for request in made("orders/updated", tamper=tamper):
                answer = await sender.send(official, request.headers, request.body)
                answered[tamper] = answer.status

    assert answered == REFUSALS
