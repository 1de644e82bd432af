"""Commands in a folder and a home of their own, without a terminal."""

import asyncio
import contextlib
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from devhook.cli import main
from devhook.inbox.database import Inbox
from devhook.simulator.admin.installation import Installation
from devhook.simulator.admin.server import AdminServer
from devhook.simulator.admin.subscriptions import SubscriptionInput, Subscriptions
from devhook.webhook.delivery import Arrival, Delivery, Signature


@pytest.fixture
def clean(tmp_path, monkeypatch):
    """The environment of a command: a home of its own in an empty folder, and nothing set for devhook."""
    monkeypatch.chdir(tmp_path)
    # The journal that a test writes itself has a MAC with the key of the command's user.
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    ours = ("DEVHOOK_", "SHOPIFY_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    clean["HOME"] = str(tmp_path)
    clean["XDG_DATA_HOME"] = str(tmp_path / "data")
    clean["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    clean["XDG_STATE_HOME"] = str(tmp_path / "state")
    return clean


@pytest.fixture
def devhook_process(clean):
    """Run `devhook ARGUMENTS` to its end in a process of its own, without a terminal."""

    def run(*arguments, env=None, piped=""):
        return subprocess.run(
            [sys.executable, "-m", "devhook", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=60,
            input=piped,
            env={**clean, **(env or {})},
            check=False,
        )

    return run


@contextlib.contextmanager
def _environment(wanted):
    """Set `os.environ` to `wanted`, and with it the temporary folder and the time zone."""
    before, folder = dict(os.environ), tempfile.tempdir
    try:
        _replace_environment(wanted)
        tempfile.tempdir = None
        yield
    finally:
        _replace_environment(before)
        tempfile.tempdir = folder


def _replace_environment(wanted):
    os.environ.clear()
    os.environ.update(wanted)
    time.tzset()


@contextlib.contextmanager
def _streams(piped):
    """Replace the standard streams: `piped` is the input, and the two yielded buffers hold the output."""
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(piped.encode() if isinstance(piped, str) else piped), "utf-8")
    sys.stdout = io.TextIOWrapper(out, "utf-8")
    sys.stderr = io.TextIOWrapper(err, "utf-8", "backslashreplace", line_buffering=True)
    ours = sys.stdin, sys.stdout, sys.stderr
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        # A traceback may still refer to the streams; detached, they are not closed by the garbage collector.
        for stream in ours:
            stream.detach()


def _text(written):
    return io.TextIOWrapper(io.BytesIO(written.getvalue()), "utf-8").read()


@pytest.fixture
def devhook(clean):
    """Run `devhook ARGUMENTS` to its end as `devhook_process` does, in this process: a second less each.

    `piped` may be bytes, and with `raw` stdout is. An exception that a person would see as a traceback goes
    on to the test.
    """

    def run(*arguments, env=None, piped="", raw=False):
        told = [str(argument) for argument in arguments]
        with _environment({**clean, **(env or {})}), _streams(piped) as (out, err):
            with pytest.raises(SystemExit) as ended:
                main(told)
            sys.stdout.flush()
            sys.stderr.flush()
            written = out.getvalue() if raw else _text(out), _text(err)
        return subprocess.CompletedProcess(told, ended.value.code, *written)

    return run


class Shop:
    """A simulated shop's Admin API on a real socket, for commands that call it."""

    domain = "tin-whistles.myshopify.com"
    token = "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"
    client_id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    client_secret = "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"

    def __init__(self):
        self.installation = Installation(
            clock=lambda: datetime.now(UTC),
            client_id=self.client_id,
            client_secret=SecretStr(self.client_secret),
            tokens=[SecretStr(self.token)],
        )
        self.subscriptions = Subscriptions(
            self.installation, domain=self.domain, clock=lambda: datetime.now(UTC)
        )
        self.server = AdminServer(
            self.subscriptions, self.installation, domain=self.domain, clock=lambda: datetime.now(UTC)
        )

    @property
    def secrets(self):
        return (self.token, self.client_secret)

    def environment(self, **more):
        """The variables that a user sets to reach this shop with a token."""
        return {
            "DEVHOOK_SHOP": "tin-whistles",
            "DEVHOOK_ADMIN_ORIGIN": self.server.url,
            "DEVHOOK_ACCESS_TOKEN": self.token,
            **more,
        }

    def subscribe(self, topic, uri, name=None):
        return self.subscriptions.create(topic, SubscriptionInput(uri=uri, name=name), api_version="2026-10")


@pytest.fixture
def shop():
    """The shop answers in a thread, because the test waits for the command."""
    simulated = Shop()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def done(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    done(simulated.server.__aenter__())
    try:
        yield simulated
    finally:
        done(simulated.server.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def here(tmp_path, devhook):
    """Run `devhook ARGUMENTS` on the inbox of the test: (status, stdout, stderr)."""

    def run(*arguments, raw=False):
        done = devhook(*arguments, env={"DEVHOOK_INBOX": str(tmp_path / "inbox")}, raw=raw)
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def deliver(tmp_path):
    """Add a delivery to the inbox of the test: `deliver("orders/paid", {"id": 1})` returns its id."""
    moments = itertools.count()

    def make(topic="orders/updated", document=None, *, body=None, name="#2001", note=None, **facts):
        document = document or {"id": 5_000_000_000_000 + int(name[1:]), "name": name, "note": note}
        number = next(moments)
        headers = (
            ("X-Shopify-Topic", topic),
            ("X-Shopify-Shop-Domain", "acme.myshopify.com"),
            ("X-Shopify-Webhook-Id", facts.pop("webhook_id", f"w-{number}")),
            ("Content-Type", "application/json"),
            *([("X-Shopify-Hmac-Sha256", facts.pop("hmac"))] if "hmac" in facts else []),
        )
        delivery = Delivery(
            received_at=datetime.now(UTC) + timedelta(microseconds=number),
            path="/webhooks",
            headers=headers,
            body=json.dumps(document).encode() if body is None else body,
        )
        arrival = Arrival(delivery=delivery, **{"signature": Signature.VALID} | facts)
        with Inbox.open(tmp_path / "inbox") as inbox:
            return inbox.add([arrival])[0]

    return make
