import asyncio
import errno
import os
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from devhook.errors import InboxError, ReceiverError
from devhook.inbox.database import Inbox
from devhook.receiver import process as process_module
from devhook.receiver.process import ReceiverProcess
from devhook.webhook.answer_fault import parse_fault
from devhook.webhook.delivery import Signature

BODY = b'{"id":1}'


def pid_of(receiver):
    return receiver._process.pid


def rows(path):
    with Inbox.open(path) as inbox:
        return inbox.rows()


@pytest.mark.smoke
async def test_it_takes_deliveries_in_until_the_block_ends(path, config, client, signed):
    async with ReceiverProcess.start(config()) as receiver:
        async with client.post(receiver.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 200

        assert receiver.url == f"http://127.0.0.1:{receiver.port}"
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.post(receiver.url, data=BODY)

    assert [(row.status, row.signature) for row in rows(path)] == [(200, Signature.VALID)]
    assert receiver._process.returncode == 0


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:7"),
        ("::", "http://[::1]:7"),
        ("::1", "http://[::1]:7"),
        ("box", "http://box:7"),
    ],
)
async def test_its_url_is_one_that_this_machine_can_call(config, host, url):
    receiver = object.__new__(ReceiverProcess)
    receiver._config, receiver.port = config(host=host), 7

    assert receiver.url == url


async def test_a_port_that_is_taken_is_told_with_the_way_out(config):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ReceiverError, match=f"Port {port} is taken") as caught:
            async with ReceiverProcess.start(config(port=port)):
                pass

    assert "--port 0" in caught.value.hint


async def test_an_inbox_that_cannot_be_opened_is_told_with_the_way_out(path, config):
    with Inbox.open(path):
        pass
    with closing(sqlite3.connect(path / "deliveries.db")) as connection:
        connection.execute("PRAGMA user_version = 9")

    with pytest.raises(InboxError, match="written by a newer devhook") as caught:
        async with ReceiverProcess.start(config()):
            pass

    assert "--inbox OTHER" in caught.value.hint


async def test_a_start_that_takes_too_long_is_given_up(config):
    with pytest.raises(ReceiverError, match=r"did not start within 10 ms"):
        async with ReceiverProcess.start(config(), patience=0.01):
            pass


async def test_a_receiver_that_breaks_at_its_start_says_of_what(config, monkeypatch):
    monkeypatch.setattr(process_module, "COMMAND", (*process_module.COMMAND[:-1], "devhook.no_such_room"))

    with pytest.raises(ReceiverError, match=r"ended before it was ready \(status 1\): .*no_such_room"):
        async with ReceiverProcess.start(config()):
            pass


async def test_a_receiver_that_is_killed_is_noticed(config, client):
    async with ReceiverProcess.start(config()) as receiver:
        os.kill(pid_of(receiver), signal.SIGKILL)

        error = await receiver.ended()

        assert "ended by itself (killed by SIGKILL)" in error.message
        assert "devhook" in error.hint
        await receiver.answer_with([])


async def test_it_is_told_other_faults_while_it_runs(config, client, signed):
    async with ReceiverProcess.start(config()) as receiver:
        await receiver.answer_with([parse_fault("503")])

        async with client.post(receiver.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 503
        assert receiver.faults == ("503",)


async def test_what_it_does_not_understand_is_a_notice_and_no_end(config, client, signed):
    async with ReceiverProcess.start(config()) as receiver:
        for line in (b"nonsense", b"[]", b'{"secrets":7}', b"\xff", b"", b"x" * 1_200_000):
            receiver._process.stdin.write(line + b"\n")

            notice = await receiver.notices.get()

            assert notice.message.startswith("The receiver "), line[:20]
        async with client.post(receiver.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 200


async def test_what_it_cannot_keep_is_told(path, config, client, signed):
    async with ReceiverProcess.start(config()) as receiver:
        (path / "deliveries.db").unlink()

        async with client.post(receiver.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 500

        notice = await receiver.notices.get()
        assert "removed or replaced" in notice.message
        assert notice.hint


@pytest.mark.posix("SIGHUP")
async def test_ctrl_c_and_a_closed_terminal_are_not_its_business(config, client, signed):
    async with ReceiverProcess.start(config()) as receiver:
        assert os.getsid(pid_of(receiver)) == pid_of(receiver) != os.getsid(0)
        for number in (signal.SIGINT, signal.SIGHUP):
            os.kill(pid_of(receiver), number)

        async with client.post(receiver.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 200


async def test_sigterm_ends_it_in_order(path, config, client, signed):
    async with ReceiverProcess.start(config()) as receiver:
        async with client.post(receiver.url, data=BODY, headers=signed(BODY)) as response:
            assert response.status == 200
        os.kill(pid_of(receiver), signal.SIGTERM)

        await receiver.ended()

        assert receiver._process.returncode == 0
    assert not (path / "deliveries.db-wal").exists()


async def test_one_that_hangs_is_ended_all_the_same(config, monkeypatch):
    monkeypatch.setattr(process_module, "_MARGIN", 0.2)
    async with ReceiverProcess.start(config()) as receiver:
        os.kill(pid_of(receiver), signal.SIGSTOP)

    assert receiver._process.returncode == -signal.SIGKILL


async def test_a_run_that_is_cancelled_leaves_no_receiver(config):
    async def run(started):
        async with ReceiverProcess.start(config()) as receiver:
            started.set_result(receiver)
            await asyncio.Event().wait()

    started = asyncio.get_running_loop().create_future()
    running = asyncio.ensure_future(run(started))
    receiver = await started
    running.cancel()
    await asyncio.wait([running])

    assert running.cancelled()
    assert receiver._process.returncode == 0


async def test_a_run_that_is_killed_leaves_no_receiver(path, client, until):
    code = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from devhook.receiver.config import ReceiverConfig\n"
        "from devhook.receiver.process import ReceiverProcess\n"
        "async def main():\n"
        "    async with ReceiverProcess.start(ReceiverConfig(inbox=Path(sys.argv[1]))) as receiver:\n"
        "        print(receiver.port, flush=True)\n        await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(path), stdout=asyncio.subprocess.PIPE
    )
    port = int(await run.stdout.readline())
    socket.create_connection(("127.0.0.1", port)).close()

    run.kill()
    await run.communicate()

    def refused():
        with socket.socket() as caller:
            return caller.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED

    await until(refused)


async def test_a_module_in_the_folder_where_it_is_started_is_not_loaded(config, tmp_path, monkeypatch):
    (tmp_path / "aiohttp.py").write_text("raise SystemExit('loaded a stranger')")
    monkeypatch.chdir(tmp_path)

    async with ReceiverProcess.start(config()) as receiver:
        assert receiver.port


async def test_an_idle_connection_does_not_hold_up_the_end(config, client):
    async with (
        asyncio.timeout(50),
        ReceiverProcess.start(config(grace=60)) as receiver,
        client.get(receiver.url),
    ):
        pass

    assert receiver._process.returncode == 0


async def test_its_environment_has_no_secret_and_no_name_that_is_not_needed(config, monkeypatch):
    for name in ("DEVHOOK_CLIENT_SECRET", "SHOPIFY_API_SECRET", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD"):
        monkeypatch.setenv(name, "hush-of-somebody")

    async with ReceiverProcess.start(config()) as receiver:
        environment = Path(f"/proc/{receiver._process.pid}/environ").read_bytes()

    assert b"hush-of-somebody" not in environment
    assert b"PATH=" in environment
