import asyncio
import threading

import pytest

from devhook.receiver.writer_thread import WriterThread


async def test_works_are_done_in_order_in_one_thread_and_at_the_end_all_are_done():
    done = []

    def work(number):
        done.append((number, threading.current_thread()))
        return number

    async with WriterThread.start() as thread:
        first = await thread.do(work, 0)
        for number in range(1, 50):
            thread.do(work, number)

    assert first == 0
    assert [number for number, _ in done] == list(range(50))
    assert {thread for _, thread in done} == {done[0][1]} != {threading.main_thread()}


async def test_an_error_reaches_whoever_waits_and_not_the_next_work():
    async with WriterThread.start() as thread:
        with pytest.raises(ZeroDivisionError):
            await thread.do(lambda: 1 / 0)

        assert await thread.do(lambda: 7) == 7


async def test_a_work_that_nobody_waits_for_any_more_is_done_all_the_same():
    may_go = threading.Event()
    async with WriterThread.start() as thread:
        waiting = asyncio.ensure_future(thread.do(may_go.wait, 20))
        last = thread.do(lambda: 7)
        waiting.cancel()
        may_go.set()

        assert await last == 7
    assert waiting.cancelled()
