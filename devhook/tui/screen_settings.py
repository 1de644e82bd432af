"""What the user's config says about the screen: its theme, and keys of the user's own."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

from textual.app import App

from devhook.errors import InputError
from devhook.text import did_you_mean, nearest
from devhook.tui.key_names import key_name, key_of
from devhook.tui.keys import KeyPlace, bound, places
from devhook.tui.themes import THEMES

_PAGE: Final = "devhook help keys lists the actions and their keys."


class ScreenSettings(NamedTuple):
    """The theme's name, empty for the usual one, and the keys of bindings by their ids."""

    theme: str = ""
    keymap: Mapping[str, str] = {}


def screen_settings(app: type[App[Any]], theme: str, keys: Mapping[str, Any]) -> ScreenSettings:
    """Return the settings of a config file.

    Raise InputError for an unknown theme, action or key, and for a key that two actions would have.
    """
    if theme and theme not in THEMES:
        near = did_you_mean(nearest(theme, THEMES))
        raise InputError(f"Unknown theme {theme} in the config file.", near or f"Known: {', '.join(THEMES)}.")
    found = places(app)
    known = {binding.id for place in found for binding in place.bindings if binding.id}
    keymap = {}
    for action, given in _flat(keys):
        if action not in known:
            near = did_you_mean(nearest(action, sorted(known)))
            raise InputError(f"Unknown action keys.{action} in the config file.", near or _PAGE)
        keymap[action] = ",".join(_keys_of(action, given))
    _require_one_action_a_key(found, keymap)
    return ScreenSettings(theme, keymap)


def _flat(keys: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the actions and their keys; TOML reads `list.fold` without quotes as a table of its own."""
    for name, value in keys.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _keys_of(action: str, given: Any) -> list[str]:
    names = given if isinstance(given, list) else [given]
    if not names or not all(isinstance(name, str) for name in names):
        raise InputError(
            f"keys.{action} in the config file must be a key, or a list of keys.", f'"{action}" = "Ctrl+R"'
        )
    found = [(name, key_of(name)) for name in names]
    for name, key in found:
        if key is None:
            raise InputError(
                f"keys.{action} in the config file: {name or 'an empty text'} is not a key.",
                "A key is a character, Esc, Enter, Space, PgUp, F5, …, or Ctrl+, Alt+ or Shift+ with one.",
            )
    return list(dict.fromkeys(key for _, key in found if key is not None))


def _require_one_action_a_key(found: tuple[KeyPlace, ...], keymap: Mapping[str, str]) -> None:
    """Raise InputError for a key that the user gave and that another action has where it works."""
    everywhere = found[0]
    for place in found:
        around = bound(everywhere, keymap) if place.on_main and place is not everywhere else ()
        taken: dict[str, str] = {}
        for binding in chain(bound(place, keymap), around):
            action = binding.id or binding.action
            other = taken.setdefault(binding.key, action)
            if other != action and {action, other} & set(keymap):
                both = sorted((action, other), key=lambda each: each not in keymap)
                raise InputError(
                    f"keys.{both[0]} in the config file is {key_name(binding.key)}, "
                    f"which is also the key of {both[1]} ({place.title[:1].lower()}{place.title[1:]}).",
                    f'Use another key, or change that one too: "{both[1]}" = "…"',
                )
