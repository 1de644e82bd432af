import json
import traceback
from pathlib import Path

import pytest

from devhook.errors import InboxError, ReceiverError
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.protocol import (
    Failed,
    Notice,
    Ready,
    Unintelligible,
    config_line,
    config_of,
    event_line,
    event_of,
    faults_line,
    faults_of,
)
from devhook.webhook.answer_fault import parse_fault
from devhook.webhook.signature import Secret

HUSH = "a-secret-that-nobody-may-see"


def test_the_configuration_arrives_as_it_was_with_its_secrets(path):
    config = ReceiverConfig(
        inbox=path, port=4000, secrets=(Secret(name="app", value=HUSH),), secret_path="/x"
    )

    line = config_line(config)

    assert line.count(b"\n") == 1
    assert config_of(line) == config
    assert config_of(line).secrets[0].value.get_secret_value() == HUSH


def test_a_path_that_is_not_utf_8_arrives_as_it_was():
    config = ReceiverConfig(inbox=Path("/data/caf\udce9.db"))

    assert config_of(config_line(config)) == config


def test_secrets_arrive_as_they_were():
    config = ReceiverConfig(inbox=Path("inbox"), secrets=(Secret(name="app", value="naïve\n\ud83d"),))

    assert config_of(config_line(config)) == config


def test_faults_arrive_as_they_were():
    faults = (parse_fault("50%:slow:6s:503x3@orders/*"), parse_fault("drop"))

    assert faults_of(faults_line(faults)).faults == faults


@pytest.mark.parametrize(
    "event", [Ready(port=1), Notice(message="\udce9"), Failed(what="inbox", message="a", hint="b")]
)
def test_an_event_arrives_as_it_was(event):
    assert event_of(event_line(event)) == event


@pytest.mark.parametrize(
    "line", [b"", b"hello\n", b"{}", b'{"event":"dance"}', b'{"event":"ready"}', b"\xff"]
)
def test_what_is_no_event_is_a_value_error(line):
    with pytest.raises(ValueError):  # noqa: PT011 - any of pydantic's
        event_of(line)


def test_a_failure_is_raised_as_what_it_is():
    inbox, receiver = (Failed(what=what, message="m", hint="h").error for what in ("inbox", "receiver"))

    assert (type(inbox), type(receiver)) == (InboxError, ReceiverError)
    assert (inbox.message, inbox.hint) == ("m", "h")


@pytest.mark.parametrize(
    "line",
    [
        HUSH,
        f'{{"secrets":[{{"name":"app","value":"{HUSH}"}}',
        f'{{"secrets":[{{"name":"app","value":["{HUSH}"]}}]}}',
        f'{{"secrets":"{HUSH}"}}',
        f'{{"{HUSH}":"{HUSH}"}}',
        "[" * 100_000 + HUSH,
        json.dumps({"secrets": [{"name": {HUSH: 1}, "value": HUSH}]}),
    ],
)
def test_a_line_that_cannot_be_used_is_complained_of_without_a_secret(line):
    for read in (config_of, faults_of):
        with pytest.raises(Unintelligible) as caught:
            read(line.encode())

        assert str(caught.value)
        assert HUSH not in "".join(traceback.format_exception(caught.value))


def test_a_configuration_shows_no_secret(path):
    config = ReceiverConfig(inbox=path, secrets=(Secret(name="app", value=HUSH),))

    assert HUSH not in repr(config) + str(config) + config.model_dump_json()
