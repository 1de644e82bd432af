"""Ids, ranges, `last`, `-2` and filter words select the same deliveries in every command."""

import http.server
import json
import threading

import pytest

SELECTIONS = {
    "3": [3],
    "3-5": [3, 4, 5],
    "3-99": [3, 4, 5, 6],
    "last": [6],
    "-1": [6],
    "-2": [5],
    "-2 last": [5, 6],
    "1 4": [1, 4],
    "3 is:first": [3],
    "4 is:first": [],
    "3-5 is:first": [3, 5],
    "last is:first": [],
    "-2 is:first": [5],
    "is:first topic:orders/*": [1, 3, 5],
    "-is:first": [4, 6],
    "order:#2001": [1, 4],
    "#2001": [1, 4],
}


def listed(out, key="id"):
    """The ids in the JSON lines that have one."""
    return [line[key] for line in map(json.loads, out.splitlines()) if key in line]


MANY = {
    "log": lambda here, words, _: listed(here("log", "--json", *words)[1]),
    "export": lambda here, words, _: listed(here("export", *words)[1]),
    "record": lambda here, words, _: listed(here("record", "--as", "jsonl", *words)[1]),
    "replay": lambda here, words, port: listed(here("replay", "--to", port, "--json", *words)[1]),
    "wait": lambda here, words, _: listed(
        here("wait", "--include-past", "--timeout", 0, "--count", 9, "--json", *words)[1]
    ),
}
ONE = {
    "show": lambda here, words: here("show", "--json", *words),
    "diff": lambda here, words: here("diff", "--json", *words),
    "forge": lambda here, words: here(
        "forge", "--from", " ".join(words), "--print", "body", "--tamper", "missing-signature"
    ),
}
KEY = {"show": "id", "diff": "after", "forge": "marked"}


@pytest.fixture
def port():
    """A server that accepts everything."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def six(here, deliver):
    """Six deliveries: the first of three orders and of a refund, and newer versions of two orders."""
    for number, (topic, name) in enumerate(
        [
            ("orders/create", "#2001"),
            ("refunds/create", "#7"),
            ("orders/create", "#2002"),
            ("orders/updated", "#2001"),
            ("orders/create", "#2003"),
            ("orders/updated", "#2003"),
        ]
    ):
        deliver(topic, {"id": int(name[1:]), "name": name, "marked": number + 1})
    return here


@pytest.mark.parametrize("command", MANY)
def test_a_command_for_many_deliveries_takes_the_same_selections(six, port, command):
    for words, found in SELECTIONS.items():
        assert sorted(MANY[command](six, words.split(), port)) == found, words


@pytest.mark.parametrize("command", ONE)
def test_a_command_for_one_delivery_takes_the_same_selections(six, command):
    for words, found in SELECTIONS.items():
        if words.startswith("#") and command == "forge":
            continue  # text without a name names a file there
        status, out, err = ONE[command](six, words.split())
        if len(found) == 1:
            assert (status, json.loads(out)[KEY[command]]) == (0, found[0]), (words, err)
        elif command != "diff" or len(found) != 2:
            assert (status, out) == (2, ""), words
            assert ("No delivery" in err) is (not found), words
            assert ("selects more than" in err) is bool(found), words


def test_two_deliveries_are_compared_in_the_order_in_which_they_are_given(six):
    def ends(*words):
        told = json.loads(six("diff", "--json", *words)[1])
        return told["before"], told["after"]

    assert ends("4", "1") == (4, 1)
    assert ends("-2", "last") == (5, 6)
    assert ends("3-4") == (3, 4)
    assert ends("order:#2001") == (1, 4)


@pytest.mark.parametrize("command", ["show", "diff", "log", "export", "record", "replay", "forge"])
@pytest.mark.parametrize(
    ("words", "told"),
    [("41", "The inbox contains no delivery 41."), ("-9", "contains only 6 deliveries"), ("5-3", "3-5")],
)
def test_an_id_that_does_not_exist_is_refused_with_the_newest(six, port, command, words, told):
    more = {"forge": ("--from",), "replay": ("--to", port)}.get(command, ())
    print_body = ("--print", "body") if command == "forge" else ()

    status, out, err = six(command, *print_body, *more, words)

    assert (status, out) == (2, "")
    assert told in err
    assert "The newest one is 6" in err or words == "5-3"


def test_an_id_may_be_waited_for(six):
    status, out, err = six("wait", "7", "--timeout", 0)

    assert (status, out) == (124, "")
    assert "No delivery that matches came" in err
