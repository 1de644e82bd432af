"""Where the files that ship with the package lie: in the wheel, or beside the checkout."""

from pathlib import Path

from devhook.errors import DevhookError


def fixtures() -> Path:
    """Return the folder of fixtures (`payloads/`, `scenarios/`, `shop.json`)."""
    package = Path(__file__).parent
    for folder in (package / "fixtures", package.parent / "fixtures"):
        if folder.is_dir():
            return folder
    raise DevhookError(
        "devhook's fixtures are missing from this installation.",
        "Install it again: pip install --force-reinstall devhook",
    )
