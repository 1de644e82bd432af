"""The place of the files that ship with the package: in the wheel, or beside it in a checkout."""

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
