"""The places of the files that ship with the package: fixtures and the manual."""

from pathlib import Path

from devhook.errors import DevhookError


def fixtures() -> Path:
    """Return the folder of fixtures (`payloads/`, `scenarios/`, `shop.json`).

    Raise DevhookError if the installation has none.
    """
    package = Path(__file__).parent
    for folder in (package / "fixtures", package.parent / "fixtures"):
        if folder.is_dir():
            return folder
    raise DevhookError(
        "devhook's fixtures are missing from this installation.",
        "Install it again: pip install --force-reinstall devhook",
    )


def manual() -> Path:
    """Return the folder of the manual's pages, Markdown files."""
    return Path(__file__).parent / "manual"
