"""Every failure a user can meet: what happened, the next command to type, its exit status.

DevhookError                      1  it failed, or failures were found
├── InboxError                    1  the inbox cannot be opened, read or written
├── ReceiverError                 1  the receiver did not start, or ended by itself
├── InputError                    2  an argument or a file says something that cannot be used
├── CredentialsRefused            3  Shopify or ngrok refused the token, or it does not reach far enough
├── NetworkError                  4  nothing could be reached
└── TunnelError                   4  there is no public address, or it does not lead here
"""

from enum import IntEnum
from typing import ClassVar


class ExitStatus(IntEnum):
    """What the process's exit status tells a script."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CREDENTIALS = 3
    NETWORK = 4
    TIMED_OUT = 124
    INTERRUPTED = 130


class DevhookError(Exception):
    """A failure that is told to the user, not shown as a traceback.

    `message` says what happened to the user's thing; `hint` is the next thing to do or command to type.
    """

    status: ClassVar[ExitStatus] = ExitStatus.FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InboxError(DevhookError):
    """The inbox cannot be opened, read or written."""


class ReceiverError(DevhookError):
    """The receiver did not start, or ended by itself."""


class InputError(DevhookError):
    """An argument or a file says something that cannot be used."""

    status = ExitStatus.USAGE


class CredentialsRefused(DevhookError):
    """Shopify or ngrok refused the credentials, or they do not reach far enough."""

    status = ExitStatus.CREDENTIALS


class NetworkError(DevhookError):
    """The other side could not be reached, or broke off."""

    status = ExitStatus.NETWORK


class TunnelError(DevhookError):
    """There is no public address, or it does not lead here."""

    status = ExitStatus.NETWORK
