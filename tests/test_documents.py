"""The README and the pictures say what the program says."""

import importlib.util
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("documents.py")


@pytest.fixture(scope="module")
def documents():
    found = importlib.util.spec_from_file_location("documents", SOURCE)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


async def test_the_readme_and_the_pictures_are_as_the_program_makes_them(documents, quick_screens):
    with documents.calm():
        text, pictures = await documents.made()

    stale = "Run: python tests/documents.py"
    assert documents.README.read_text(encoding="utf-8") == text, stale
    assert {file.stem for file in documents.SCREENSHOTS.glob("*.svg")} == set(pictures), stale
    for name, svg in pictures.items():
        kept = (documents.SCREENSHOTS / f"{name}.svg").read_text(encoding="utf-8")
        assert documents.words_of(kept) == documents.words_of(svg), stale


def test_the_readme_names_every_command_and_no_other(documents):
    text = documents.README.read_text(encoding="utf-8")

    for command in documents.root.entries:
        assert f"$ devhook {command} --help" in text
