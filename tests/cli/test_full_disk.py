"""`devhook listen` on a disk that is full for some time: a small tmpfs, or a limit of file sizes."""

import asyncio
import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from devhook.webhook.signature import sign

SECRET = "a secret for tests"


class SmallDisk:
    """A tmpfs of 2 MiB."""

    def __init__(self, folder):
        self.folder = folder
        self._filler = folder / "filler"
        folder.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True, capture_output=True
        )

    def fill(self, _process):
        with self._filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(512))

    def free_some(self, _process):
        os.truncate(self._filler, max(0, self._filler.stat().st_size - 4096))

    def free(self, _process):
        self._filler.unlink()

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=True)


class SmallFiles:
    """An ordinary folder whose files devhook's processes cannot enlarge."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def fill(self, process):
        _limit([process.pid, *_children(process.pid)], 0)

    def free_some(self, process):
        _limit(_children(process.pid), resource.RLIM_INFINITY)

    def free(self, process):
        _limit([process.pid, *_children(process.pid)], resource.RLIM_INFINITY)

    def close(self):
        pass


def _limit(pids, size):
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _children(pid):
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(each) for children in found for each in children.read_text().split()]


@pytest.fixture(params=[SmallDisk, SmallFiles])
def disk(request, tmp_path):
    try:
        small = request.param(tmp_path / "disk")
    except (subprocess.CalledProcessError, FileNotFoundError):
        # Only root can mount a tmpfs; otherwise the limit of file sizes is tried twice.
        small = SmallFiles(tmp_path / "other")
    yield small
    small.close()


async def send(url, number):
    body = json.dumps({"id": 1, "name": "#1", "note": f"{number}"}).encode()
    headers = {
        "X-Shopify-Topic": "orders/updated",
        "X-Shopify-Shop-Domain": "acme.myshopify.com",
        "X-Shopify-Webhook-Id": f"w-{number}",
        "X-Shopify-Hmac-Sha256": sign(SECRET, body),
    }
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def next_delivery(process):
    while (event := json.loads(await process.stdout.readline()))["event"] != "delivery":
        pass
    return event


@pytest.mark.thorough
async def test_a_full_disk_is_answered_500_and_the_session_goes_on(disk, tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "devhook", "--inbox", str(disk.folder / "inbox"), "listen", "--port", "0",
        "--json", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "DEVHOOK_CLIENT_SECRET": SECRET},
    )  # fmt: skip
    try:
        async with asyncio.timeout(90):
            while not (found := re.search(rb"Listening on (http://\S+?)/", await process.stderr.readline())):
                assert process.returncode is None
            url = found[1].decode()
            assert await send(url, 1) == 200
            first = await next_delivery(process)

            disk.fill(process)
            # The reserved space of the write-ahead logs is used first.
            number, acknowledged = 1, 1
            while await send(url, number := number + 1) == 200:
                acknowledged += 1
            assert [await send(url, number) for _ in range(3)] == [500] * 3
            # There is room for a delivery and hardly for its reading.
            disk.free_some(process)
            while await send(url, number := number + 1) != 200:
                disk.free_some(process)
            acknowledged += 1
            assert process.returncode is None
            disk.free(process)
            assert await send(url, number + 1) == 200
            acknowledged += 1
            shown = [first, *[await next_delivery(process) for _ in range(acknowledged - 1)]]
            process.send_signal(signal.SIGINT)
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()

    told = errors.decode()
    assert process.returncode == 130
    assert [each["id"] for each in shown] == list(range(1, acknowledged + 1))
    assert f"{acknowledged} deliveries" in told
    assert "Traceback" not in told
    assert 1 <= len(re.findall(r"nothing can be written to|The disk failed at", told)) <= 4
