"""How a session ends when its terminal vanishes or a signal arrives, at any moment of its life.

Four windows and six signals by default: each phase, and each signal with each output.
`DEVHOOK_ROUNDS=100 pytest tests/terminal/test_ending.py` plays more of them.
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from random import Random

import aiohttp
import pytest

from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.shop import SimulatedShop
from devhook.webhook.signature import sign

ROUNDS = int(os.environ.get("DEVHOOK_ROUNDS", "0"))
SEED = int(os.environ.get("DEVHOOK_SEED", str(time.time_ns())))
TOPICS = ("orders/create", "orders/updated", "orders/paid")
PHASES = ("opening", "running", "flooding", "quitting")
# Seconds. An end is bounded by 3 s; a machine that does much else is given more before the round fails.
BOUND = 30.0
# Seconds. Twice what a start takes on a quiet machine; on a busy one more rounds end while it starts.
SPAN = 3.0
# Seconds of deliveries as fast as they are answered, which takes both cores.
FLOOD = 1.0
BODY = b'{"id":820982911946154508,"name":"#1001","note":"%06d"}'


def _free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _is_ugly(written):
    """Whether it shows a traceback of ours, or a broken screen. Python's own start is not ours."""
    own_start = "init_import_site" in written
    return (
        "Traceback" in written and "devhook" in written and not own_start
    ) or "The screen broke" in written


def _processes_in(folder):
    """The processes whose working directory is `folder`, by id and state."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder and "State:\tZ" not in (process / "status").read_text():
                found.append(int(process.name))
    return found


class Round:
    """One `devhook listen --shop` against a simulated shop, on a terminal that can vanish or on pipes."""

    def __init__(self, shop, folder):
        self.shop = shop
        self.folder = folder
        self.port = _free_port()
        self.output = bytearray()
        self.leader = None
        folder.mkdir()

    async def start(self, *options, controlling=True):
        """Start it on a pseudo-terminal of its own."""
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

        def own_terminal():
            os.setsid()
            if controlling:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = await self._spawn(options, stdin=follower, stdout=follower, stderr=follower,
                                         preexec_fn=own_terminal)  # fmt: skip
        os.close(follower)
        os.set_blocking(self.leader, False)
        asyncio.get_running_loop().add_reader(self.leader, self._read)

    async def start_on_pipes(self, *options):
        """Start it with its output in a file."""
        with (self.folder / "output").open("wb") as output:
            self.process = await self._spawn(options, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    async def _spawn(self, options, **streams):
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("DEVHOOK_", "SHOPIFY_"))
        }
        environment |= {
            "HOME": str(self.folder),
            "TERM": "xterm-256color",
            "DEVHOOK_SHOP": self.shop.domain,
            "DEVHOOK_ADMIN_ORIGIN": self.shop.admin.url,
            "DEVHOOK_ACCESS_TOKEN": self.shop.access_token.get_secret_value(),
            "DEVHOOK_CLIENT_SECRET": self.shop.secret.get_secret_value(),
        }
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "devhook", "--inbox", str(self.folder / "inbox"),
            "listen", *TOPICS, "--port", str(self.port), "--public-url", "https://demo.devhook.example",
            *options, env=environment, cwd=self.folder, **streams,
        )  # fmt: skip

    def _read(self):
        with contextlib.suppress(OSError):
            self.output += os.read(self.leader, 65536)

    def hang_up(self):
        """Close the window."""
        if self.leader is not None:
            asyncio.get_running_loop().remove_reader(self.leader)
            os.close(self.leader)
            self.leader = None

    async def subscribed(self):
        async with asyncio.timeout(60):
            while len(list(self.shop.subscriptions)) < len(TOPICS) and self.process.returncode is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def random_moment(self, random, span=SPAN):
        """Wait for less than `span` seconds."""
        await asyncio.sleep(random.uniform(0, span))

    async def flood(self):
        """Send signed deliveries, as fast as they are answered."""
        secret = self.shop.secret.get_secret_value()
        async with aiohttp.ClientSession() as client:
            for number in range(100_000):
                body = BODY % number
                headers = {
                    "X-Shopify-Topic": "orders/updated",
                    "X-Shopify-Shop-Domain": self.shop.domain,
                    "X-Shopify-Webhook-Id": f"w-{number}",
                    "X-Shopify-Hmac-Sha256": sign(secret, body),
                }
                try:
                    async with client.post(f"http://127.0.0.1:{self.port}/", data=body, headers=headers):
                        pass
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)

    async def left(self):
        """Wait for the end; return what is wrong with it, and how many seconds it took."""
        begun = time.monotonic()
        wrong = []
        try:
            async with asyncio.timeout(BOUND):
                await self.process.wait()
        except TimeoutError:
            wrong.append("the process is still there")
        seconds = time.monotonic() - begun
        # The receiver's exit is reported to the session; its entry in /proc may outlive that by a moment.
        if processes := _processes_in(self.folder):
            await asyncio.sleep(1)
            if processes := _processes_in(self.folder):
                wrong.append(f"{len(processes)} processes are left")
        if subscriptions := len(list(self.shop.subscriptions)):
            wrong.append(f"{subscriptions} subscriptions are left")
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        await self.process.wait()
        self.hang_up()
        return wrong, seconds

    def written(self):
        """Everything that was written, and is still readable."""
        file = self.folder / "output"
        return (file.read_bytes() if file.exists() else bytes(self.output)).decode("utf-8", "replace")


@pytest.fixture
async def shop():
    async with SimulatedShop(demo_shop(), random=Random(7)) as opened:
        yield opened


async def _forget(shop):
    """Remove what a failed round left, so that the next one begins with an empty shop."""
    for each in list(shop.subscriptions):
        shop.subscriptions.delete(each.id)


@pytest.mark.thorough
@pytest.mark.timeout(600)
async def test_a_window_that_closes_at_any_moment_leaves_no_process_and_no_subscription(tmp_path, shop):
    random = Random(SEED)
    failed, times = [], []
    rounds = ROUNDS or len(PHASES)
    for number in range(rounds):
        phase = PHASES[number % len(PHASES)]
        round_ = Round(shop, tmp_path / str(number))
        await round_.start(controlling=number % 3 != 0)
        flood = asyncio.get_running_loop().create_task(round_.flood()) if phase == "flooding" else None
        if phase != "opening":
            await round_.subscribed()
        await round_.random_moment(random, FLOOD if flood else SPAN)
        if phase == "quitting":
            os.write(round_.leader, b"q")
            await asyncio.sleep(random.uniform(0, 0.5))
        round_.hang_up()
        wrong, seconds = await round_.left()
        if flood:
            flood.cancel()
        times.append(seconds)
        if wrong:
            failed.append(f"round {number}, {phase}: {', '.join(wrong)}")
            await _forget(shop)
    print(f"{rounds} windows: {len(failed)} failed, the slowest end took {max(times):.1f} s")
    assert not failed, f"seed {SEED}: {len(failed)} of {rounds}\n" + "\n".join(failed)


@pytest.mark.thorough
@pytest.mark.timeout(600)
async def test_a_signal_at_any_moment_ends_it_with_the_right_status_and_no_traceback(tmp_path, shop):
    random = Random(SEED)
    failed, times = [], []
    rounds = ROUNDS or 6
    for number in range(rounds):
        sent = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[number % 3]
        round_ = Round(shop, tmp_path / str(number))
        screen = number % 2 == 0
        await (round_.start() if screen else round_.start_on_pipes("--json"))
        await round_.random_moment(random)
        round_.process.send_signal(sent)
        wrong, seconds = await round_.left()
        times.append(seconds)
        status, written = round_.process.returncode, round_.written()
        # Before the session has its handlers, a signal has the effect that it has on every program.
        if (
            status not in {130 if sent is signal.SIGINT else 0, -sent, 128 + sent}
            and "init_import_site" not in written
        ):
            wrong.append(f"the status is {status}")
        if _is_ugly(written):
            wrong.append(f"it wrote: {written[-3000:]}")
        if wrong:
            where = "screen" if screen else "JSON"
            failed.append(f"round {number}, {where}, {sent.name}: {', '.join(wrong)}")
            await _forget(shop)
    print(f"{rounds} signals: {len(failed)} failed, the slowest end took {max(times):.1f} s")
    assert not failed, f"seed {SEED}: {len(failed)} of {rounds}\n" + "\n".join(failed)
