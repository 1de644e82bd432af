"""Copies parts of deliveries to the clipboard, saves them to a file, opens them in a pager or an editor.

While the screen is masked, what it copies, saves or opens is masked as `devhook export --mask` masks it.
"""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from textual import work
from textual.binding import Binding
from textual.widget import Widget

from devhook.errors import DevhookError, InputError
from devhook.files import write_whole
from devhook.inbox.recorded import Recorded, recorded
from devhook.privacy.mask import Mask
from devhook.receiver.targets import Target, targets_of
from devhook.recordings.curl import curl_line
from devhook.recordings.export_format import ExportOptions
from devhook.recordings.formats import format_of
from devhook.recordings.masked import TEST_SECRET, masked, masking
from devhook.session.session import Session
from devhook.text import byte_size, counted
from devhook.tui.clipboard import MOST, copied_words, doubt, tmux_set_clipboard
from devhook.tui.delivery_view import DeliveryView
from devhook.tui.excerpts import Excerpt, body_of, file_name, headers_of, recording_name
from devhook.tui.notices import info, show_error, tell
from devhook.tui.screens.copy_save_open_menus import CopyMenu, OpenMenu, SaveMenu
from devhook.tui.screens.devhook_screen import DevhookScreen
from devhook.tui.screens.key_menu import KeyMenu
from devhook.tui.screens.save import SaveScreen, SaveTo
from devhook.tui.terminal_app import TerminalApp
from devhook.tui.terminal_job import EDITOR, PAGER, program, run_in_terminal
from devhook.tui.widgets.detail import Detail
from devhook.webhook.delivery import Delivery

_PERSONAL: Final = "It contains personal data. Ctrl+L masks it: what is saved is masked then."
_MASKED: Final = f"Masked, and signed again with the test secret {TEST_SECRET.name}."
# Copies, saves or opens something of a delivery, by its name.
Take: TypeAlias = Callable[[DeliveryView, str], Awaitable[None]]
# What the user can do if the clipboard did not change.
_ELSE: Final = {
    "body": "w saves it to a file",
    "curl": "w saves it to a .sh file",
    "headers": "o opens them in a pager",
}
_IN_EDITOR: Final = "-editor"


class CopySaveOpenScreen(DevhookScreen):
    """A page that shows a delivery in detail, and lets it be copied, saved and opened."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def picked(self) -> Sequence[int]:
        """Return the ids of the deliveries that an action on several is about, oldest first."""
        raise NotImplementedError

    def action_copy(self, what: str = "") -> None:
        """Copy something of the delivery; ask what, unless it is given."""
        self._choose(CopyMenu, what, self._copy)

    def action_save(self, what: str = "") -> None:
        """Save something of the delivery to a file; ask what, unless it is given."""
        self._choose(SaveMenu, what, self._save)

    def action_open_in(self, what: str = "") -> None:
        """Open something of the delivery in another program; ask what, unless it is given."""
        self._choose(OpenMenu, what, self._open_in)

    def offered(self) -> Iterable[tuple[Binding, Widget]]:
        """Yield the bindings that the palette offers: this page's, what its menus offer, the detail's."""
        yield from super().offered()
        for menu, action in ((CopyMenu, "copy"), (SaveMenu, "save"), (OpenMenu, "open_in")):
            yield from ((binding, self) for binding in menu.palette(action))
        yield from ((binding, self._detail) for binding in Binding.make_bindings(Detail.BINDINGS))

    def _choose(self, menu: type[KeyMenu], what: str, take: Take) -> None:
        view = self._detail.delivery
        if view is None:
            info(self, "There is no delivery yet.")
        elif what:
            self._take(view, what, take)
        else:
            try:
                about = self._about(view)
            except DevhookError as error:
                show_error(self, error)
                return
            # At once, not in a worker: the key that is typed next belongs to the menu.
            self.app.push_screen(menu(about), partial(self._chosen, view, take))

    def _chosen(self, view: DeliveryView, take: Take, what: str | None) -> None:
        if what is not None:
            self._take(view, what, take)

    @work(exclusive=True, group="take")
    async def _take(self, view: DeliveryView, what: str, take: Take) -> None:
        try:
            await take(view, what)
        except DevhookError as error:
            show_error(self, error)
        except OSError as error:  # a full disk, a folder that was removed
            failed = DevhookError(f"No file can be written: {error.strerror}.", "Copy it with y instead.")
            show_error(self, failed)

    def _about(self, view: DeliveryView) -> dict[str, str]:
        """Return a remark for each choice of the menus."""
        size, tab = byte_size(len(view.exact.body)), self._detail.reading
        picked = self.picked()
        return {
            "body": size,
            "body-editor": size,
            "headers": counted(len(view.exact.headers), "header"),
            "headers-editor": counted(len(view.exact.headers), "header"),
            "address": self._address() or "none: nothing is received here",
            "curl": f"to {self._curl_target(view.head) or '$TARGET'}",
            "path": tab.path or "",
            "value": (tab.value or "").partition("\n")[0],
            "recording": f"delivery {picked[0]}" if len(picked) == 1 else counted(len(picked), "delivery"),
            "tab": tab.NAME.capitalize(),
            "tab-editor": tab.NAME.capitalize(),
        }

    @property
    def _detail(self) -> Detail:
        return self.query_one(Detail)

    @property
    def _mask(self) -> Mask | None:
        return self._session.mask

    def _recorded(self, view: DeliveryView) -> Recorded:
        """Return the delivery; with a mask as devhook export writes it."""
        found = recorded(self._session.inbox, view.row.id)
        return masked(found, self._mask) if self._mask else found

    # To the clipboard

    async def _copy(self, view: DeliveryView, what: str) -> None:
        named, text = self._text(view, what)
        size = len(text.encode("utf-8", "replace"))
        if not size:
            raise InputError(f"Nothing was copied: {named} is empty.")
        if size > MOST:
            raise InputError(
                f"{named.capitalize()} is too large for a clipboard: {byte_size(size)}.",
                "Save it to a file with w.",
            )
        refuses = await asyncio.to_thread(doubt, os.environ, lambda: tmux_set_clipboard(os.environ))
        if isinstance(self.app, TerminalApp):
            self.app.copy_exactly(text)
        tell(self, copied_words(named, size, refuses, _ELSE.get(what, "")))

    def _text(self, view: DeliveryView, what: str) -> tuple[str, str]:
        """Return what is copied, under its name. Raise InputError where there is nothing."""
        match what:
            case "body" | "headers":
                delivery = self._recorded(view).delivery
                excerpt = body_of(delivery) if what == "body" else headers_of(delivery)
                if excerpt.text is None:
                    raise InputError("The body is not text.", "Save its bytes to a file with w.")
                return excerpt.what, excerpt.text
            case "address":
                if not (address := self._address()):
                    raise InputError("There is no address: nothing is received here.")
                return "the public address" if self._session.status().public_url else "the address", address
            case "curl":
                delivery = self._recorded(view).delivery
                return "the curl command", curl_line(delivery, self._curl_target(delivery))
        found = self._detail.reading.path if what == "path" else self._detail.reading.value
        if found is None:
            raise InputError(f"There is no {what} under the cursor.", "Select a field in Payload or Changes.")
        return f"the {what}", found

    def _address(self) -> str:
        status = self._session.status()
        return status.public_url or status.address

    def _curl_target(self, delivery: Delivery) -> str | None:
        """Return where curl sends to, as a replay does: a target, or the receiver; None without either."""
        targets = targets_of(self._session.targets, delivery.topic)
        receiver = self._session.status().address
        if not targets and not receiver:
            return None
        return (targets[0] if targets else Target(url=receiver)).address(delivery.path)

    # To a file

    async def _save(self, view: DeliveryView, what: str) -> None:
        if what == "body":
            excerpt = body_of(self._recorded(view).delivery)
            named, name = excerpt.what, file_name(view.row.id, view.exact, excerpt.suffix)
        else:
            ids = self.picked()
            if not ids:
                raise InputError("There is no delivery to save any more.")
            named, name = counted(len(ids), "delivery"), recording_name(ids)
        asked = SaveScreen(f"Save {named}", name, Path.cwd(), lambda: _MASKED if self._mask else _PERSONAL)
        to = await self.app.push_screen_wait(asked)
        if to is None:
            return
        mask = self._mask  # as the dialog said at last
        try:
            if what == "body":
                excerpt = body_of(self._recorded(view).delivery)
                size = await asyncio.to_thread(write_whole, to.file, [excerpt.content], replace=to.replace)
            else:
                size = await asyncio.to_thread(self._write_recording, ids, to, mask)
        except FileExistsError as error:
            raise InputError(f"{to.file} already exists.", "Save it again, under another name.") from error
        except OSError as error:
            raise InputError(
                f"{to.file} cannot be written: {error.strerror}.", "Use another name."
            ) from error
        tell(self, f"Saved {named} to {to.file}, {byte_size(size)}.{f' {_MASKED}' if mask else ''}")

    def _write_recording(self, ids: Sequence[int], to: SaveTo, mask: Mask | None) -> int:
        options = ExportOptions(file_name=to.file.name, test_secret=TEST_SECRET if mask else None)
        with self._session.inbox.beside() as inbox:
            deliveries = (recorded(inbox, number) for number in ids)
            pieces = format_of(to.file).write(masking(deliveries, mask) if mask else deliveries, options)
            return write_whole(to.file, (f"{piece}\n".encode() for piece in pieces), replace=to.replace)

    # To another program

    async def _open_in(self, view: DeliveryView, what: str) -> None:
        in_editor = what.endswith(_IN_EDITOR)
        words = program(EDITOR if in_editor else PAGER, os.environ)
        excerpt = self._excerpt(view, what.removesuffix(_IN_EDITOR))
        content = excerpt.content if in_editor else excerpt.shown
        with tempfile.TemporaryDirectory(prefix="devhook-") as folder:  # of mode 0700
            file = Path(folder) / file_name(view.row.id, view.exact, excerpt.suffix)
            write_whole(file, [content])
            await run_in_terminal(self.app, [*words, str(file)])
            # An editor may have renamed it.
            is_changed = in_editor and file.is_file() and file.read_bytes() != content
        if is_changed:
            tell(
                self,
                "The edited text was discarded: a delivery cannot be changed. e edits a copy and sends it.",
            )

    def _excerpt(self, view: DeliveryView, what: str) -> Excerpt:
        if what == "tab":
            tab = self._detail.reading
            return Excerpt(f"the {tab.NAME} tab", tab.whole_text().encode("utf-8", "replace"), ".txt")
        delivery = self._recorded(view).delivery
        return body_of(delivery) if what == "body" else headers_of(delivery)
