"""Which framework a project's app is built with, and where such an app usually takes webhooks."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from devhook.files import read_regular

_LARGEST: Final = 2**20


class Stack(NamedTuple):
    """A framework.

    `name`: as its users call it.
    `file`: the file that names it; `mark`: a regular expression that finds it there.
    `ports`: where its development server listens, the usual one first.
    `path`: where its template takes webhooks; "" where every app chooses.
    """

    name: str
    file: str
    mark: str
    ports: tuple[int, ...]
    path: str = ""


STACKS: Final[Sequence[Stack]] = (
    # https://github.com/Shopify/shopify-app-template-react-router
    Stack("React Router", "package.json", r"@shopify/shopify-app-react-router", (3000, 5173), "/webhooks"),
    # https://github.com/Shopify/shopify-app-template-remix
    Stack("Remix", "package.json", r"@shopify/shopify-app-remix", (3000, 5173), "/webhooks"),
    # https://github.com/Shopify/shopify_app
    Stack("Rails", "Gemfile", r"\bshopify_app\b", (3000,), "/webhooks"),
    Stack("Rails", "Gemfile", r"\brails\b", (3000,)),
    # https://github.com/Kyon147/laravel-shopify
    Stack("Laravel", "composer.json", r"kyon147/laravel-shopify", (8000, 8001), "/webhook"),
    Stack("Laravel", "composer.json", r"laravel/framework", (8000, 8001), "/api/webhooks"),
    Stack("Express", "package.json", r"@shopify/shopify-app-express", (3000, 8081), "/api/webhooks"),
    Stack("Express", "package.json", r'"express"', (3000,)),
    Stack("Django", "manage.py", r"django", (8000,)),
    *(
        Stack(name, file, rf"(?im)^[ \t\"']*{name}\b", ports)
        for name, ports in (("FastAPI", (8000,)), ("Flask", (5000,)), ("Django", (8000,)))
        for file in ("requirements.txt", "pyproject.toml")
    ),
)
"""The frameworks that are recognised, the most specific first."""


def stack_of(folder: Path) -> Stack | None:
    """Return the framework of the project in `folder`; None where no file names one."""
    texts = {name: _text(folder / name) for name in {stack.file for stack in STACKS}}
    return next((stack for stack in STACKS if re.search(stack.mark, texts[stack.file])), None)


def _text(file: Path) -> str:
    try:
        return read_regular(file, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
