"""The README, the manual and the pictures agree with the program."""

import importlib.util
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("documents.py")


@pytest.fixture(scope="module")
def documents():
    found = importlib.util.spec_from_file_location("documents", SOURCE)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.thorough
async def test_the_readme_the_manual_and_the_pictures_are_as_the_program_makes_them(documents, quick_screens):
    with documents.calm():
        texts, pictures = await documents.made()

    stale = "Run: python tests/documents.py"
    for page, text in texts.items():
        assert page.read_text(encoding="utf-8") == text, stale
    assert {file.stem for file in documents.SCREENSHOTS.glob("*.svg")} == set(pictures), stale
    for name, svg in pictures.items():
        kept = (documents.SCREENSHOTS / f"{name}.svg").read_text(encoding="utf-8")
        assert documents.words_of(kept) == documents.words_of(svg), stale


def test_each_picture_shows_what_its_caption_says(documents):
    assert set(documents.SHOWN) == {name for name, *_ in documents.PICTURES}
    for name, shown in documents.SHOWN.items():
        words = documents.words_of((documents.SCREENSHOTS / f"{name}.svg").read_text(encoding="utf-8"))
        assert not [each for each in shown if each not in words], name


def test_the_manual_names_every_command_and_no_other(documents):
    text = (documents.MANUAL / "commands.md").read_text(encoding="utf-8")

    assert re.findall(r"^\$ devhook (\S+) --help", text, re.MULTILINE) == sorted(documents.root.entries)


def test_every_link_of_the_readme_and_the_manual_leads_to_a_file(documents):
    for page in documents.pages():
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).is_file(), f"{page.name} links to {link}"


def test_the_readme_links_every_page_of_the_manual_and_is_short(documents):
    text = documents.README.read_text(encoding="utf-8")

    assert set(re.findall(r"devhook/manual/([\w-]+)\.md", text)) == {
        page.stem for page in documents.MANUAL.glob("*.md")
    }
    assert len(text.splitlines()) <= 250
