"""The receiver's access to the inbox: one thread inserts rows, another one commits them."""

import sqlite3
from collections.abc import Sequence
from typing import ClassVar, Final

from devhook.inbox.arrival_rows import ArrivalRow
from devhook.inbox.database import Inbox
from devhook.inbox.deliveries import Answered
from devhook.inbox.failures import in_plain_words
from devhook.inbox.schema import PATIENCE

_PRIMARY_CODE: Final = 0xFF


class ReceiverInbox(Inbox):
    """An inbox that several threads use, one at a time. Its pages are written only at a commit."""

    _shared: ClassVar = True

    def begin_rows(
        self, rows: Sequence[ArrivalRow], answers: Sequence[Answered] = ()
    ) -> Sequence[int] | None:
        """Do the part of `add_rows` that waits for no disk; `commit_rows` does the rest.

        Return None where another program has locked the file: `add_rows` waits for it.
        """
        connection = self._connection
        with in_plain_words(self.path):
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                connection.execute("BEGIN")
                return self._insert(connection, rows, answers)
            except sqlite3.OperationalError as error:
                self._roll_back()
                if error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY:
                    return None
                raise
            except BaseException:
                self._roll_back()
                raise
            finally:
                connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")

    def commit_rows(self) -> None:
        """Complete `begin_rows`: all is on disk when this returns, and nothing when it raises InboxError."""
        with in_plain_words(self.path):
            try:
                self._require_in_place()
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
