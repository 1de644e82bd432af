"""What the screen remembers from one run to the next: the theme, the tab, the sizes of the panes.

It is a small file in the user's state folder. A file that is damaged, too large or cannot be written changes
nothing: the screen looks as usual then.
"""

import json
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import platformdirs

from devhook.files import read_regular, replace_file

_LARGEST: Final = 4_096
_LONGEST_NAME: Final = 40
LEAST_SHARE: Final = 20
MOST_SHARE: Final = 80
# Seconds that the end of the screen waits for a write that has begun; the folder may be on a dead network.
_PATIENCE: Final = 0.3


def state_file() -> Path:
    """Return the file of the user's state folder; it may not exist."""
    return Path(platformdirs.user_state_dir("devhook", appauthor=False)) / "screen.json"


@dataclass(frozen=True)
class ScreenLook:
    """How the screen looks. `wide`, `narrow`: the list's share of the width and of the height, in percent.

    Empty and 0: as usual.
    """

    theme: str = ""
    tab: str = ""
    wide: int = 0
    narrow: int = 0

    @classmethod
    def of(cls, found: Any) -> Self:
        """Return the look that a file describes, with defaults for what is missing or invalid."""
        given = found if isinstance(found, dict) else {}

        def name(of: str) -> str:
            value = given.get(of)
            return value if isinstance(value, str) and len(value) <= _LONGEST_NAME else ""

        def share(of: str) -> int:
            value = given.get(of)
            return value if type(value) is int and LEAST_SHARE <= value <= MOST_SHARE else 0

        return cls(name("theme"), name("tab"), share("wide"), share("narrow"))


class ScreenMemory:
    """The look as it is, kept in `file`; in memory only without one."""

    def __init__(self, file: Path | None = None) -> None:
        self.look = _read(file) if file else ScreenLook()
        self._file = file
        self._lock = threading.Lock()
        self._writing: threading.Thread | None = None

    def remember(self, **changes: str | int) -> None:
        """Change the look, and write it in a thread of its own: the screen does not wait for the disk."""
        changed = replace(self.look, **changes)  # type: ignore[arg-type]
        if changed == self.look:
            return
        self.look = changed
        if self._file is not None:
            self._writing = threading.Thread(target=self._write, args=(self._file,), daemon=True)
            self._writing.start()

    def finish(self) -> None:
        """Wait for what is being written, within a bound."""
        if self._writing is not None:
            self._writing.join(_PATIENCE)

    def _write(self, file: Path) -> None:
        # Write the newest look, whichever thread is the last one.
        with self._lock, suppress(OSError):
            replace_file(file, json.dumps(asdict(self.look)) + "\n")


def _read(file: Path) -> ScreenLook:
    try:
        return ScreenLook.of(json.loads(read_regular(file, _LARGEST)))
    except (OSError, ValueError, RecursionError):
        return ScreenLook()
