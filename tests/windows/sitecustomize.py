"""Python 3.12 as devhook finds it on Windows: without the names that POSIX systems have, in every process.

There is no Windows here. With this folder on PYTHONPATH the modules of devhook, and only they, get other
`os`, `signal`, `select`, `sys` and `subprocess`: these lack what Windows lacks, and the event loop refuses
devhook what that of Windows refuses. `fcntl`, `termios` and their kind cannot be imported. It shows that
nothing else than these names is needed, not that Windows does what its documentation says.
"""

import builtins
import importlib
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType

_MISSING_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}
_MISSING = {
    "os": """O_NONBLOCK O_DIRECTORY O_NOFOLLOW fchmod fork forkpty geteuid getegid getgid getpgid getsid
        getuid killpg mkfifo nice openpty posix_spawn pread preadv pwrite sched_setaffinity setpgid setsid
        statvfs uname wait4""",
    "signal": """SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU
        SIGUSR1 SIGUSR2 SIG_BLOCK SIG_UNBLOCK SIG_SETMASK alarm pthread_kill pthread_sigmask setitimer
        siginterrupt sigpending sigwait""",
    "select": "epoll poll POLLIN POLLOUT POLLHUP POLLERR",
    "sys": "",
    "subprocess": "",
}
_REFUSED_BY_THE_LOOP = (
    "add_reader",
    "add_signal_handler",
    "add_writer",
    "connect_read_pipe",
    "connect_write_pipe",
)


def _select_sockets(read, write, other, timeout=None):
    """Windows selects among sockets only."""
    import select

    for each in (*read, *write, *other):
        descriptor = each if isinstance(each, int) else each.fileno()
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise OSError(10038, "An operation was attempted on something that is not a socket")
    return select.select(read, write, other, timeout)


def _with_the_modes_of_windows(plain):
    """A mode tells there only whether a file can be written."""

    def state_of(*arguments, **options):
        found = plain(*arguments, **options)
        everyone = 0o777 if stat.S_ISDIR(found.st_mode) else 0o666
        return os.stat_result((found.st_mode | everyone, *found[1:]), found.__reduce__()[1][1])

    return state_of


_DIFFERENT = {
    "os": {
        "name": "nt",
        "stat": _with_the_modes_of_windows(os.stat),
        "fstat": _with_the_modes_of_windows(os.fstat),
    },
    "signal": {"SIGBREAK": signal.SIGUSR2, "CTRL_BREAK_EVENT": signal.SIGTERM},
    "select": {"select": _select_sockets},
    # Pipes that do not block came with Python 3.12.
    "sys": {"platform": "win32", "version_info": max(sys.version_info, (3, 12))},
    "subprocess": {"CREATE_NEW_PROCESS_GROUP": 0},
}


class _OnWindows(ModuleType):
    """A module of the standard library without the names that Windows lacks."""

    def __init__(self, name):
        super().__init__(name)
        self.__dict__.update(_DIFFERENT[name])

    def __getattr__(self, attribute):
        if attribute in _MISSING[self.__name__].split():
            raise AttributeError(f"module {self.__name__!r} has no attribute {attribute!r} on Windows")
        return getattr(importlib.import_module(self.__name__), attribute)


_modules = {name: _OnWindows(name) for name in _MISSING}
_import = builtins.__import__


def _is_devhook(space):
    return bool(space) and str(space.get("__name__", "")).partition(".")[0] == "devhook"


def _import_on_windows(name, globals=None, locals=None, fromlist=(), level=0):  # noqa: A002 - its names
    if level == 0 and (_is_devhook(globals) or _is_main_of_devhook(globals)):
        if name in _MISSING_MODULES:
            raise ModuleNotFoundError(f"No module named {name!r} on Windows", name=name)
        if name in _modules:
            return _modules[name]
    return _import(name, globals, locals, fromlist, level)


def _is_main_of_devhook(space):
    """`python -m devhook.receiver` runs as `__main__`."""
    spec = (space or {}).get("__spec__")
    return spec is not None and spec.name.partition(".")[0] == "devhook"


def _refuse_devhook():
    from asyncio import selector_events, unix_events

    def refusing(plain):
        def refuse(loop, *arguments, **options):
            if _is_devhook(sys._getframe(1).f_globals):
                raise NotImplementedError(plain.__name__)
            return plain(loop, *arguments, **options)

        return refuse

    for loop in (selector_events.BaseSelectorEventLoop, unix_events._UnixSelectorEventLoop):
        for name in _REFUSED_BY_THE_LOOP:
            if name in vars(loop):
                setattr(loop, name, refusing(vars(loop)[name]))


def _change_modes():
    plain = Path.stat
    changed = _with_the_modes_of_windows(plain)

    def state_of(path, **options):
        return (changed if _is_devhook(sys._getframe(1).f_globals) else plain)(path, **options)

    Path.stat = state_of


def _start_batch_files():
    """CreateProcess of Windows starts a batch file by cmd.exe, which has a stand-in."""
    plain = subprocess.Popen._execute_child

    def execute(process, arguments, *others):
        if isinstance(arguments, list) and str(arguments[0]).endswith(".bat"):
            arguments = ["cmd.exe", "/c", *arguments]
        return plain(process, arguments, *others)

    subprocess.Popen._execute_child = execute


builtins.__import__ = _import_on_windows
_refuse_devhook()
_change_modes()
_start_batch_files()
