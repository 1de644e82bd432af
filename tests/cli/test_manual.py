"""`devhook help`: the pages of the manual, and the help of commands."""

import pytest

from devhook.resources import manual


@pytest.mark.smoke
def test_every_page_is_listed_and_shown_without_the_marks_of_its_generated_blocks(devhook):
    pages = {file.stem: file.read_text(encoding="utf-8") for file in manual().glob("*.md")}
    listed = devhook("help")

    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == sorted(pages)
    for name, text in pages.items():
        shown = devhook("help", name).stdout
        assert shown.startswith(text.splitlines()[0])
        assert "<!--" not in shown


def test_a_commands_name_shows_its_help(devhook):
    assert devhook("help", "sign").stdout == devhook("sign", "--help").stdout


def test_an_unknown_page_is_answered_with_the_nearest(devhook):
    refused = devhook("help", "selectin")

    assert refused.returncode == 2
    assert "The manual has no page 'selectin'. Did you mean selecting?" in refused.stderr
