import os

import pytest

from devhook.receiver.lines import Ready, Trouble, event_of
from devhook.receiver.outlet import Outlet


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    yield reading, Outlet(writing)
    os.close(writing)
    os.set_blocking(reading, False)
    os.close(reading)


def read_all(descriptor):
    os.set_blocking(descriptor, False)
    pieces = []
    try:
        while piece := os.read(descriptor, 65536):
            pieces.append(piece)
    except BlockingIOError:
        return b"".join(pieces)
    return b"".join(pieces)


def test_what_is_said_is_one_line(pipe):
    reading, outlet = pipe

    outlet.say(Ready(port=4000))
    outlet.say(Trouble(message="The disk\nis full.", hint="é"))

    said = read_all(reading).splitlines()
    assert [event_of(line) for line in said] == [
        Ready(port=4000),
        Trouble(message="The disk\nis full.", hint="é"),
    ]


@pytest.mark.parametrize("length", [10, 1000, 5000, 100_000])
def test_a_reader_that_stopped_holds_nobody_up_and_gets_whole_lines(pipe, length):
    reading, outlet = pipe
    trouble = Trouble(message="x" * length)

    for _ in range(3_000_000 // length):
        outlet.say(trouble)
    said = read_all(reading)
    outlet.say(Ready(port=1))
    said += read_all(reading)

    events = [event_of(line) for line in said.splitlines()]
    assert set(events[:-1]) == {trouble}
    assert events[-1] == Ready(port=1)
    assert len(events) < 3_000_000 // length


def test_a_reader_that_is_gone_is_no_trouble(pipe):
    reading, writing = os.pipe()
    outlet = Outlet(writing)
    os.close(reading)

    outlet.say(Ready(port=1))
    outlet.say(Ready(port=1))

    os.close(writing)
