"""`devhook wait`: it ends with the delivery or with the timeout."""

import json
import threading
from contextlib import contextmanager

import pytest

from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.webhook.answer import Answer
from devhook.webhook.delivery import Signature


@contextmanager
def coming(*deliveries):
    """Add these deliveries repeatedly, because the command may start at any moment."""
    over = threading.Event()

    def come():
        while not over.wait(0.02):
            for each in deliveries:
                each()

    thread = threading.Thread(target=come)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_matching_delivery_is_printed_and_the_status_is_0(here, deliver):
    old = deliver("orders/paid")
    with coming(lambda: deliver("orders/create"), lambda: deliver("orders/paid")):
        status, out, err = here("wait", "topic:orders/paid", "--json")

    told = json.loads(out)
    assert (status, err) == (0, "")
    assert told["topic"] == "orders/paid"
    assert told["id"] > old


def test_wait_ends_after_the_given_count(here, deliver):
    with coming(lambda: deliver("orders/paid")):
        status, out, _ = here("wait", "orders/paid", "--count", 3)

    assert status == 0
    assert [line for line in out.splitlines() if "orders/paid" in line].__len__() == 3


def test_a_delivery_counts_when_its_target_has_answered(here, deliver, tmp_path):
    def answer(number):
        with Inbox.open(tmp_path / "inbox") as inbox:
            answered = Answered(
                delivery_id=number,
                by="http://app",
                at=inbox.row(number).received_at,
                answer=Answer(status=500, seconds=0.1),
            )
            inbox.add([], [answered])

    came = []
    with coming(lambda: came.append(deliver()), lambda: len(came) > 3 and answer(came[-3])):
        status, out, _ = here("wait", "answered:500", "--json")

    assert status == 0
    assert json.loads(out)["id"] in came


def test_when_time_runs_out_other_deliveries_are_reported(here, deliver):
    with coming(lambda: deliver("orders/create", name="#2077"), lambda: deliver(signature=Signature.INVALID)):
        status, out, err = here("wait", "orders/paid", "--timeout", 0.5)

    assert (status, out) == (124, "")
    assert "No delivery that matches came in 500 ms; these" in err
    assert "orders/create" in err
    assert "#2077" in err
    assert "bad signature" in err


def test_when_nothing_comes_the_inbox_is_named(here, tmp_path):
    status, out, err = here("wait", "--timeout", 0, "--count", 2)

    assert (status, out) == (124, "")
    assert "0 of 2 came in 0 s, and no other one." in err
    assert str(tmp_path / "inbox") in err


def test_past_deliveries_count_only_on_request(here, deliver):
    for _ in range(3):
        deliver("orders/paid")

    assert here("wait", "orders/paid", "--timeout", 0)[0] == 124
    status, out, _ = here("wait", "orders/paid", "--timeout", 0, "--include-past", "--count", 2, "--json")

    assert status == 0
    assert [json.loads(line)["id"] for line in out.splitlines()] == [2, 3]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["is:lat"], "is:late"),
        (["--timeout", "soon"], "--timeout"),
        (["--count", "0"], "--count"),
        (["--time", "3"], "--timeout"),
    ],
)
def test_a_mistake_is_reported_at_once(here, arguments, said):
    status, out, err = here("wait", *arguments)

    assert (status, out) == (2, "")
    assert said in err


def test_a_time_that_never_runs_out_is_refused(devhook):
    for command in (["wait"], ["replay", "--to", "9"], ["probe", "9"]):
        for seconds in ("inf", "nan", "-1", "86401"):
            done = devhook(*command, "--timeout", seconds)

            assert done.returncode == 2, done.stderr
            assert "--timeout" in done.stderr
