"""Many strangers and few files: a receiver as a process, whose limit of open files is low."""

import asyncio
import contextlib
import resource
import subprocess
import sys

import aiohttp
import pytest

from devhook.receiver.protocol import config_line, event_of

COMMAND = [sys.executable, "-m", "devhook.receiver"]
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
STRANGERS = {
    "silent": b"",
    "dripping headers": HEAD,
    "dripping body": HEAD + b"Content-Length: 1000\r\n\r\n",
    "idle": HEAD + b"Content-Length: 2\r\n\r\n{}",
}
POSSIBLE = "from devhook.receiver.accepting import connections_possible as p; print(p(512))"


def limited(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.posix("limits of files")
@pytest.mark.thorough
def test_the_limit_of_files_is_raised_or_fewer_connections_are_accepted():
    for soft, hard, possible in ((256, 2000, 512), (256, 600, 440), (256, 256, 96), (100, 100, 16)):
        done = subprocess.run(
            [sys.executable, "-c", POSSIBLE],
            capture_output=True, text=True, check=True, preexec_fn=limited(soft, hard),
        )  # fmt: skip

        assert int(done.stdout) == possible, (soft, hard)


@pytest.mark.posix("limits of files")
@pytest.mark.parametrize("kind", STRANGERS)
@pytest.mark.thorough
async def test_strangers_who_open_more_connections_than_there_are_files_shut_nobody_out(config, signed, kind):
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=limited(200, 200),
    )  # fmt: skip
    process.stdin.write(config_line(config()))
    port = event_of(await process.stdout.readline()).port
    async with contextlib.AsyncExitStack() as strangers:
        for _ in range(300):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            strangers.callback(writer.close)
            writer.write(STRANGERS[kind])

        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as client:
            for _ in range(5):
                async with client.post(
                    f"http://127.0.0.1:{port}/", data=b"{}", headers=signed(b"{}")
                ) as answer:
                    assert answer.status == 200

    _, complained = await process.communicate(b"")
    assert (process.returncode, complained) == (0, b"")
