"""The failures that a user can see, each with a message, the next command to type and an exit status.

DevhookError                      1  the command failed, or found failures
├── InboxError                    1  the inbox cannot be opened, read or written
├── ReceiverError                 1  the receiver did not start, or ended unexpectedly
├── InputError                    2  an argument or a file is invalid
├── CredentialsRefused            3  Shopify or ngrok rejects the credentials, or they do not permit enough
├── NetworkError                  4  the other side cannot be reached, or disconnected
└── TunnelError                   4  there is no public address, or it does not lead to devhook
"""

from enum import IntEnum
from typing import ClassVar


class ExitStatus(IntEnum):
    """The exit status of the process.

    `DONE`: the command succeeded.
    `FAILED`: the command failed, or found failures.
    `USAGE`: an argument or a file is invalid.
    `CREDENTIALS`: credentials are rejected or do not permit enough.
    `NETWORK`: the other side cannot be reached.
    `TIMED_OUT`: the time limit passed, with the status of timeout(1).
    `INTERRUPTED`: SIGINT ended the command, with the status of a shell (SIGHUP: 129, SIGTERM: 143).
    """

    DONE = 0
    FAILED = 1
    USAGE = 2
    CREDENTIALS = 3
    NETWORK = 4
    TIMED_OUT = 124
    INTERRUPTED = 130


class DevhookError(Exception):
    """A failure that is printed as a sentence, without a traceback.

    `message`: what happened.
    `hint`: the next thing to do or command to type; may be empty.
    `status`: the exit status of the process.
    """

    status: ClassVar[ExitStatus] = ExitStatus.FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InboxError(DevhookError):
    """The inbox cannot be opened, read or written."""


class ReceiverError(DevhookError):
    """The receiver did not start, or ended unexpectedly."""


class InputError(DevhookError):
    """An argument or a file is invalid."""

    status = ExitStatus.USAGE


class CredentialsRefused(DevhookError):
    """Shopify or ngrok rejects the credentials, or they do not permit enough."""

    status = ExitStatus.CREDENTIALS


class NetworkError(DevhookError):
    """The other side cannot be reached, or disconnected."""

    status = ExitStatus.NETWORK


class TunnelError(DevhookError):
    """There is no public address, or it does not lead to devhook."""

    status = ExitStatus.NETWORK
