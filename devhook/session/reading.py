"""A session that only reads: an inbox, or a file of deliveries, without a receiver, a shop or a tunnel."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Final

from pydantic import BaseModel, ConfigDict, InstanceOf

from devhook.errors import DevhookError, InputError, ReceiverError
from devhook.inbox.database import Inbox
from devhook.inbox.feed import Feed
from devhook.inbox.folder import is_database, is_there
from devhook.privacy.mask import Mask
from devhook.receiver.config import ReceiverConfig
from devhook.receiver.protocol import Notice
from devhook.recordings.importing import ImportStopped, import_files
from devhook.sender.latency import LatencyHistogram
from devhook.session.session import AT_ONCE, READING_TIME, Intake, Session
from devhook.webhook.answer_fault import AnswerFault
from devhook.webhook.signature import Secret

_STOPPING: Final = 2.0
"""Seconds that an import may take to stop."""
READ_ONLY: Final = DevhookError(
    "This is read only: devhook open has no receiver and sends nothing.",
    "devhook replay, devhook forge --from and devhook listen do that, with the same ids.",
)
"""What is answered to keys that receive or send."""


class ReadingOptions(BaseModel):
    """The options of a session that only reads.

    `path`: the folder of an inbox, or a recording or a HAR file.
    `secrets`: what the signatures of a HAR file are checked with.
    `mistakable`: values that may be confused with a secret; nothing is checked with them.
    `mask`: what personal data is masked with from the beginning; None: it is shown.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    secrets: tuple[Secret, ...] = ()
    mistakable: tuple[Secret, ...] = ()
    mask: InstanceOf[Mask] | None = None


class NoReceiver:
    """The receiver of a session that only reads. It has no address, and it does not end."""

    url = ""
    faults: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.latency = LatencyHistogram()
        self.notices = asyncio.Queue[Notice]()

    async def answer_with(self, faults: Sequence[AnswerFault]) -> None:  # noqa: ARG002 - as a receiver takes it
        """Raise the error that says why nothing is answered."""
        raise READ_ONLY

    async def ended(self) -> ReceiverError:
        """Wait without end."""
        never: asyncio.Future[ReceiverError] = asyncio.get_running_loop().create_future()
        return await never


@asynccontextmanager
async def reading(options: ReadingOptions) -> AsyncIterator[Session]:
    """Yield a session over the deliveries at a path. What another devhook receives there appears in it.

    Deliveries of a file are imported into a temporary inbox. Raise InputError for a path without deliveries.
    """
    with ExitStack() as stack:
        inbox = stack.enter_context(Inbox.open(await _folder(options, stack)))
        feed = Feed(inbox, after=inbox.newest(), at_once=AT_ONCE, seconds=READING_TIME, aside=True)
        stack.callback(feed.close)
        config = ReceiverConfig(inbox=inbox.path, secrets=options.secrets)
        yield Session(
            Intake(inbox, feed, NoReceiver()),
            config,
            mistakable=options.mistakable,
            mask=options.mask,
            source=str(options.path),
        )


def require_source(path: Path) -> None:
    """Raise InputError where there is neither an inbox nor a recording."""
    if not (is_there(path) or _is_recording(path)):
        raise InputError(f"There is no inbox and no recording at {path}.", "devhook open FILE")


async def _folder(options: ReadingOptions, stack: ExitStack) -> Path:
    """Return the folder of an inbox with the deliveries at the path."""
    path = options.path
    if _is_recording(path):
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="devhook-open-"))) / "inbox"
        await _import(options, folder)
        return folder
    require_source(path)
    return path


def _is_recording(path: Path) -> bool:
    return path.is_file() and not is_database(path)


async def _import(options: ReadingOptions, folder: Path) -> None:
    """Import the file in a thread: a signal ends the import of a large one too."""
    stopped = Event()

    def work() -> None:
        with Inbox.open(folder) as inbox, suppress(ImportStopped):
            if not import_files(
                inbox, [options.path], options.secrets, datetime.now(UTC), stopped=stopped.is_set
            ):
                raise InputError(
                    f"{options.path} contains no delivery.", "Give a recording, a HAR file or an inbox."
                )

    importing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(importing)
    except asyncio.CancelledError:
        stopped.set()
        await asyncio.wait({importing}, timeout=_STOPPING)
        raise
