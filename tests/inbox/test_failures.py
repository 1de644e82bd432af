import errno
import sqlite3
import zlib
from pathlib import Path

import pytest

from devhook.errors import InboxError
from devhook.inbox.failures import in_plain_words

PATH = Path("/data/inbox")


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), "a read-only disk"),
        (OSError(errno.EACCES, "Permission denied"), "cannot be used: Permission denied"),
        (zlib.error("incorrect header"), "is damaged"),
    ],
)
def test_an_error_of_the_disk_is_reported_as_an_inbox_error(failure, told):
    with pytest.raises(InboxError, match=told) as caught, in_plain_words(PATH):
        raise failure

    assert str(PATH) in caught.value.message
    assert caught.value.hint
    assert caught.value.__cause__ is failure


def test_an_error_of_sqlite_is_reported_as_an_inbox_error():
    connection = sqlite3.connect(":memory:")

    with pytest.raises(InboxError, match="no such table: nowhere"), in_plain_words(PATH):
        connection.execute("SELECT * FROM nowhere")
    connection.close()


def test_a_misuse_of_sqlite_stays_a_bug():
    connection = sqlite3.connect(":memory:")
    connection.close()

    with pytest.raises(sqlite3.ProgrammingError), in_plain_words(PATH):
        connection.execute("SELECT 1")


def test_the_inboxs_own_error_passes_unchanged():
    with pytest.raises(InboxError, match=r"^mine$"), in_plain_words(PATH):
        raise InboxError("mine")
