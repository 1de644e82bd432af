from pathlib import Path

import pytest

from devhook.recordings.export_format import ExportOptions
from devhook.recordings.formats import FORMATS, format_of


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.har", "har"),
        ("A.HAR", "har"),
        ("a.sh", "curl"),
        ("a.http", "http"),
        ("a.rest", "http"),
        ("test_a.py", "pytest"),
        ("a.js", "k6"),
        ("a.jsonl", "jsonl"),
        ("a", "jsonl"),
    ],
)
def test_the_name_of_a_file_asks_for_its_format(name, wanted):
    assert format_of(Path(name)).name == wanted


def test_without_a_file_it_is_a_recording():
    assert format_of(None).name == "jsonl"


def test_every_format_is_written(delivered):
    begins = {
        "jsonl": '{"recording": 1',
        "har": '{"log": ',
        "curl": "curl -i ",
        "http": "@target = ",
        "pytest": '"""Webhooks recorded',
        "k6": "// Webhooks recorded",
    }
    written = {name: "\n".join(each.write([delivered()], ExportOptions())) for name, each in FORMATS.items()}

    assert written.keys() == begins.keys()
    assert {name for name, text in written.items() if not text.startswith(begins[name])} == set()


def test_a_format_that_takes_an_address_sends_there(delivered):
    options = ExportOptions(to="https://app.example/hooks")
    written = {name: "\n".join(each.write([delivered()], options)) for name, each in FORMATS.items()}

    assert {name for name, text in written.items() if "https://app.example/hooks" in text} == {
        name for name, each in FORMATS.items() if each.takes_address
    }
