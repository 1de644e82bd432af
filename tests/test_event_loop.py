import asyncio
import os
import signal
import subprocess
import sys
import threading

import pytest

from devhook import event_loop

UNRESOLVED = """
import asyncio, os, socket, threading
from devhook import event_loop

socket.getaddrinfo = lambda *_, **__: threading.Event().wait()

async def connect():
    try:
        async with asyncio.timeout(0.05):
            await asyncio.open_connection("devhook.example", 80)
    except TimeoutError:
        return "not resolved"

print(event_loop.run(connect()), flush=True)
os._exit(0)
"""


def test_the_result_and_the_failure_are_those_of_the_work():
    async def work():
        return await asyncio.to_thread(threading.current_thread)

    assert event_loop.run(work()) is not threading.current_thread()


def test_a_name_server_that_does_not_answer_does_not_delay_the_end():
    done = subprocess.run(
        [sys.executable, "-c", UNRESOLVED], capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout == "not resolved\n"


def test_a_signal_while_the_loop_is_made_cancels_the_work_and_leaves_the_signals_as_they_were(
    monkeypatch, recwarn
):
    made = asyncio.new_event_loop

    def interrupted():
        os.kill(os.getpid(), signal.SIGINT)
        return made()

    monkeypatch.setattr(asyncio.events, "new_event_loop", interrupted)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("the work")

    with pytest.raises(KeyboardInterrupt):
        event_loop.run(work())

    assert ended == ["the work"]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
    assert not recwarn.list
