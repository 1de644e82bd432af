"""Lets one system call of a devhook process fail: Python imports this when it starts, from PYTHONPATH.

libfiu's preload library asks before each call whether it is to fail. Only the calls that the inbox makes are
counted, directly or in SQLite, or only those for its journal. Which of them fails is read from a file that
`faults.py` writes: the number of the call point, how many calls still pass, the error, whether it has failed,
and whether only the journal's calls count.
"""

import atexit
import ctypes
import mmap
import os
import struct
import sys
from pathlib import Path

POINTS = (
    "posix/io/oc/open",
    "posix/io/rw/write",
    "posix/io/rw/pwrite",
    "posix/io/sync/fsync",
    "posix/io/sync/fdatasync",
    "posix/io/rw/ftruncate",
    "posix/io/dir/unlink",
    "posix/io/dir/rename",
)
ORDER = struct.Struct("<5i")
NOTHING = -1
_DEEPEST = 60
_INBOX = ("/devhook/inbox/",)
# The MAC of an entry needs the key.
_JOURNAL = ("/devhook/inbox/journal.py", "/devhook/user_key.py")


class Injection:
    """The order for this process, shared with `faults.py`."""

    def __init__(self, file):
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), ORDER.size)
        # Kept: libfiu holds only the pointer.
        self.callback = _CALLBACK(self._fails)

    def _fails(self, name, _number, info, _flags):
        point, left, error, _, journal = ORDER.unpack_from(self._shared)
        if point == NOTHING or POINTS[point].encode() != name or not _is_of(_JOURNAL if journal else _INBOX):
            return 0
        if left > 0:
            ORDER.pack_into(self._shared, 0, point, left - 1, error, 0, journal)
            return 0
        ORDER.pack_into(self._shared, 0, NOTHING, 0, error, 1, journal)
        info[0] = error
        return 1


def _is_of(files):
    frame = sys._getframe(1)
    for _ in range(_DEEPEST):
        if frame is None or "importlib" in frame.f_code.co_filename:
            return False
        if any(file in frame.f_code.co_filename for file in files):
            return True
        frame = frame.f_back
    return False


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.POINTER(ctypes.c_int),
    ctypes.POINTER(ctypes.c_ssize_t),
    ctypes.POINTER(ctypes.c_uint),
)


def _install(file):
    library = ctypes.CDLL("libfiu.so.0")
    library.fiu_init(0)
    injection = Injection(file)
    for point in POINTS:
        library.fiu_enable_external(point.encode(), 1, None, 0, injection.callback)

    def remove():
        for point in POINTS:
            library.fiu_disable(point.encode())

    atexit.register(remove)
    return injection


if "PYTHON_FAULTS" in os.environ:
    KIND = "receiver" if "devhook.receiver" in sys.orig_argv else "session"
    INSTALLED = _install(Path(os.environ["PYTHON_FAULTS"]) / KIND)
