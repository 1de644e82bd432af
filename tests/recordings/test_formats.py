from pathlib import Path

import pytest

from devhook.recordings.formats import Format, format_of, written


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.har", "har"),
        ("A.HAR", "har"),
        ("a.sh", "curl"),
        ("a.http", "http"),
        ("a.rest", "http"),
        ("test_a.py", "pytest"),
        ("a.jsonl", "jsonl"),
        ("a", "jsonl"),
    ],
)
def test_the_name_of_a_file_asks_for_its_format(name, wanted):
    assert format_of(Path(name)) == wanted


def test_without_a_file_it_is_a_recording():
    assert format_of(None) is Format.JSONL


@pytest.mark.parametrize(
    ("wanted", "begins"),
    [
        (Format.JSONL, '{"recording": 1'),
        (Format.HAR, '{"log": '),
        (Format.CURL, "curl -i "),
        (Format.HTTP, "@target = "),
        (Format.PYTEST, '"""Webhooks recorded'),
    ],
)
def test_every_format_is_written(delivered, wanted, begins):
    assert "\n".join(written([delivered()], wanted)).startswith(begins)


@pytest.mark.parametrize("wanted", [Format.HAR, Format.CURL, Format.HTTP])
def test_what_sends_sends_where_it_is_told_to(delivered, wanted):
    assert "https://app.example/hooks" in "\n".join(
        written([delivered()], wanted, to="https://app.example/hooks")
    )
