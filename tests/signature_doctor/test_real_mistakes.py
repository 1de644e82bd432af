"""What real programs sign by mistake: Node runs here, PHP and Ruby ran when the file was made."""

import json
import subprocess
from pathlib import Path

import pytest

from devhook.signature_doctor.case import Case
from devhook.signature_doctor.mistakes import MISTAKES
from tests.node_modules import NODE

HERE = Path(__file__).parent
SIGNED = json.loads((HERE / "signed_by_mistake.json").read_text())
BODY = SIGNED["document"].encode()


@pytest.fixture(scope="module")
def names():
    """The names of the mistakes by the bytes that they sign, the simplest first."""
    found = {}
    for mistake in MISTAKES:
        for guess in mistake.guesses(Case(body=BODY, claimed="x")):
            found.setdefault(guess.body, [each.name for each in guess.mistakes])
    return found


def test_what_php_and_ruby_sign_by_mistake_is_named(names):
    told = {name: [names.get(text.encode()) for text in texts] for name, texts in SIGNED["signed"].items()}

    assert told == {name: [[name]] * len(texts) for name, texts in SIGNED["signed"].items()}


def test_what_node_signs_by_mistake_is_named(names):
    done = subprocess.run(
        [NODE, HERE / "signed_by_mistake.js"], input=BODY, capture_output=True, check=True, timeout=60
    )
    signed = json.loads(done.stdout)

    told = {name: [names.get(bytes.fromhex(text)) for text in texts] for name, texts in signed.items()}

    assert len(signed) > 15
    assert told == {name: [[name]] * len(texts) for name, texts in signed.items()}


def test_what_python_signs_by_mistake_is_named(names):
    parsed = json.loads(BODY)

    assert names[str(parsed).encode()] == ["python-str"]
    assert names[str(BODY).encode()] == ["python-bytes-repr"]
    assert names[repr(BODY.decode()).encode()] == ["python-repr"]
    assert names[str(list(BODY)).encode()] == ["json-of-a-buffer"]
    assert names[json.dumps(parsed, sort_keys=True).encode()] == ["rewritten"]
    assert names[json.dumps(dict(sorted(parsed.items()))).encode()] == ["rewritten"]
