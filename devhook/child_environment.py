"""The environment of a child process: what it needs to run, and no secret.

It is a list of allowed names, because nobody can list the names of secrets (`AWS_SECRET_ACCESS_KEY`,
`PGPASSWORD`, an app's own), and every process of the user can read the environment of the others.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_ALLOWED: Final = frozenset(
    {
        "ALL_PROXY",
        "HOME",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "LANG",
        "LANGUAGE",
        "LOGNAME",
        "NO_PROXY",
        "PATH",
        "SHELL",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "TEMP",
        "TERM",
        "TMP",
        "TMPDIR",
        "TZ",
        "USER",
        "VIRTUAL_ENV",
        # Without these a program on Windows finds neither its own system nor the user's folders.
        "APPDATA",
        "COMSPEC",
        "HOMEDRIVE",
        "HOMEPATH",
        "LOCALAPPDATA",
        "PATHEXT",
        "PROGRAMDATA",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "USERNAME",
        "USERPROFILE",
        "WINDIR",
    }
)
# The settings of the dynamic linker, of Python, of locales and of the user's folders.
_ALLOWED_PREFIXES: Final = ("DYLD_", "LC_", "LD_", "PYTHON", "XDG_")
IN_BROWSER: Final = "DEVHOOK_IN_BROWSER"
"""Set for a devhook that a browser page shows. SIGUSR1 makes it draw the whole screen again."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def child_environment(environment: Mapping[str, str], prefixes: Iterable[str] = ()) -> dict[str, str]:
    """Return the part of `environment` that a child may see; `prefixes` begin the names that it needs too."""
    allowed = (*_ALLOWED_PREFIXES, *prefixes)
    return {
        name: value
        for name, value in environment.items()
        if name.upper() in _ALLOWED or name.upper().startswith(allowed)
    }


def unset_names(environment: Mapping[str, str], prefixes: Iterable[str] = ()) -> list[str]:
    """Return the variables of `environment` that a child may not see, as names that a shell can unset."""
    allowed = child_environment(environment, prefixes)
    return [name for name in sorted(environment) if name not in allowed and _NAME.fullmatch(name)]
