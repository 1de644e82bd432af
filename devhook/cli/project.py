"""What commands take from the project in the current folder, and how they say so."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from devhook.errors import InputError
from devhook.files import is_own
from devhook.project.app_config import AppConfig, app_config, app_folder
from devhook.project.env_file import env_file
from devhook.project.stack import Stack, stack_of
from devhook.sender.target import is_listening
from devhook.shop.access import shop_domain
from devhook.text import counted, listed
from devhook.webhook.topics import topics

_SELECTED: Final = "SHOPIFY_FLAG_APP_CONFIG"
"""The variable with which Shopify's CLI selects one of several app configurations."""


class Project(NamedTuple):
    """The project in the current folder.

    `app`: what its `shopify.app.toml` declares; None without one, and when `problem` says why it is not read.
    `env`: its `.env`.
    `folder`: where it begins; None where others can write to the current folder.
    """

    app: AppConfig | None = None
    env: Path | None = None
    folder: Path | None = None
    problem: InputError | None = None

    @property
    def stack(self) -> Stack | None:
        """Its framework. Six files are read for it, which most commands do not need."""
        return stack_of(self.folder) if self.folder else None


def current_project() -> Project:
    """Return the project in the current folder. What it says is data: it selects nothing by itself."""
    here = Path.cwd()
    if not is_own(here):
        return Project()
    folder, problem, app = app_folder(here) or here, None, None
    try:
        app = app_config(here, os.environ.get(_SELECTED, ""))
    except InputError as error:
        problem = error
    return Project(app, env_file(folder, app.name if app else ""), folder, problem)


async def target_of(project: Project) -> str:
    """Return the address of the project's app, as a value of `--forward-to`; "" if nothing listens.

    The path is the declared one, else the one where apps of its framework usually take webhooks.
    """
    stack = project.stack
    if stack is not None:
        declared = project.app.webhook_path if project.app else ""
        for port in stack.ports:
            if await is_listening(f"http://localhost:{port}"):
                return f"{port}{declared or stack.path}"
    return ""


def declared_topics(app: AppConfig | None) -> tuple[str, ...]:
    """Return the declared topics that exist. A name that does not is never part of a command to type."""
    known = {each.name for each in topics()}
    return tuple(name for name in (app.topic_names if app else ()) if name in known)


def declared_shop(app: AppConfig | None) -> str:
    """Return the development shop that the app declares, `acme.myshopify.com`; "" for none."""
    try:
        return shop_domain(app.dev_shop) if app and app.dev_shop else ""
    except InputError:
        return ""


def found_in(project: Project, target: str) -> tuple[str, ...]:
    """Return what the project says, a sentence for each: for somebody who decides what to use of it."""
    app, told = project.app, []
    if project.problem:
        told.append(project.problem.message)
    if declared := declared_topics(app):
        told.append(f"{_name(app)} declares {listed(declared, 'and')}.")
    if shop := declared_shop(app):
        told.append(f"{_name(app)} names the development shop {shop}.")
    if stack := project.stack:
        listens = (
            f"something listens at port {target.partition('/')[0]}"
            if target
            else f"nothing listens at port {stack.ports[0]} yet"
        )
        told.append(f"This looks like a {stack.name} project, and {listens}.")
    return tuple(told)


async def suggestions(project: Project, asked: Sequence[str], shop: str, *, forwards: bool) -> list[str]:
    """Return what the project offers and the command line does not use, each with what to type.

    `asked` are the topics of the command line, `shop` its shop; `forwards`: whether it has a target.
    """
    app = project.app
    told = [f"{project.problem.message} {project.problem.hint}"] if project.problem else []
    if (declared := declared_topics(app)) and not asked:
        at = f" --shop {shop}" if shop else ""
        told.append(f"{_name(app)} declares {counted(len(declared), 'topic')}. To receive them: ")
        told[-1] += f"devhook listen {' '.join(declared)}{at}"
    if (named := declared_shop(app)) and not shop:
        told.append(f"{_name(app)} names a development shop. To subscribe there: --shop {named}")
    stack = None if forwards else project.stack
    if stack and (target := await target_of(project)):
        told.append(
            f"This looks like a {stack.name} project, and something listens at port "
            f"{target.partition('/')[0]}. To forward to it: --forward-to {target}"
        )
    return told


def _name(app: AppConfig | None) -> str:
    return app.file.name if app else ""
