"""Loads scenarios, built-in ones or from a file, and reports the mistakes in one by line and field."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from devhook.errors import InputError
from devhook.files import read_regular
from devhook.resources import fixtures
from devhook.scenario.model import (
    DOES,
    FAULTS,
    AnswerStep,
    Deliver,
    Expectation,
    RetryStep,
    Scenario,
    Step,
)
from devhook.scenario.toml_positions import line_of
from devhook.text import did_you_mean, nearest, visible
from devhook.toml_text import parse_toml
from devhook.webhook.delivery import Signature

_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
# One mistake often occurs on every line of a file; a longer list of errors does not help.
_MOST_ERRORS: Final = 8
_LARGEST: Final = 128 * 2**20
# Characters of a value that are quoted; the rest does not help to find it.
_QUOTED: Final = 60
_WORDS: Final = {"do": DOES, "fault": FAULTS, "signature": tuple(Signature)}
_TABLES: Final[dict[int | str, type[BaseModel]]] = {
    "act": Step,
    "deliver": Deliver,
    "answer": AnswerStep,
    "retry": RetryStep,
    "expect": Expectation,
}


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that are part of devhook, sorted."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Return the scenario with that name, or the one in that file.

    Raises InputError with the file, the line and the field of every mistake.
    """
    path = _file(name_or_path)
    return read_scenario(_text(path), path.name)


def read_scenario(text: str, file: str) -> Scenario:
    """Return the scenario in `text`; errors name it `file`."""
    try:
        tables = parse_toml(text)
    except ValueError as error:
        raise InputError(*_malformed(str(error), text, file)) from error
    try:
        return Scenario.model_validate(tables)
    except ValidationError as error:
        problems = [_problem_text(problem, text, file) for problem in error.errors()]
        if len(problems) > _MOST_ERRORS:
            problems[_MOST_ERRORS:] = [f"and {len(problems) - _MOST_ERRORS} more"]
        raise InputError(
            "\n".join(map(visible, problems)), f"Examples: {', '.join(scenario_names())}."
        ) from error


def _folder() -> Path:
    return fixtures() / "scenarios"


def _file(name_or_path: str | Path) -> Path:
    names = scenario_names()
    if isinstance(name_or_path, str) and name_or_path in names:
        return _folder() / f"{name_or_path}.toml"
    path = Path(name_or_path)
    if path.is_file() or path.suffix == ".toml" or len(path.parts) > 1:
        return path
    question = did_you_mean(nearest(str(name_or_path), names, 1))
    raise InputError(
        f'Unknown scenario "{name_or_path}".',
        f"{question} Known scenarios: {', '.join(names)}. Give the path of your own: "
        f"./{name_or_path}.toml".lstrip(),
    )


def _text(path: Path) -> str:
    try:
        return read_regular(path, _LARGEST).decode()
    except FileNotFoundError as error:
        raise InputError(
            f"The file {path} does not exist.",
            f"The scenarios of devhook: {', '.join(scenario_names())}.",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name}, line {line}: the file is not UTF-8 text.", "Save the file as UTF-8."
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", "Give the path of a scenario file."
        ) from error


def _malformed(reason: str, text: str, file: str) -> tuple[str, str]:
    position = _POSITION.search(reason)
    message = _POSITION.sub("", reason)
    if position and position[1]:
        where = f"line {position[1]}, column {position[2]}"
    else:
        where = f"line {max(1, len(text.splitlines()))}, at its end"
    return f"{file}, {where}: {message}.", 'The file is not valid TOML. Write text in quotes: do = "pay"'


def _problem_text(problem: ErrorDetails, text: str, file: str) -> str:
    """Return one problem as a sentence: `my.toml, line 14: steps[3].do is …`."""
    # pydantic adds the tag of the step to the path.
    location = tuple(part for part in problem["loc"] if part not in _TABLES or part == "expect")
    return f"{file}, line {line_of(text, location)}: {_field(location)} {_reason(problem)}."


def _field(location: Sequence[int | str]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".") or "the scenario"


def _reason(problem: ErrorDetails) -> str:
    location, given = problem["loc"], problem["input"]
    last = str(location[-1]) if location else ""
    match problem["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            table = next((_TABLES[part] for part in location[:-1] if part in _TABLES), Scenario)
            return f"is not a field. {_choice(last, tuple(table.model_fields))}"
        case "enum":
            return f"is {_shown(given)}. {_choice(given, _WORDS[last])}"
        case "sense":
            return problem["msg"]
        case "value_error":
            return f"is {_shown(given)}: it {problem['msg'].removeprefix('Value error, ')}"
        case _:
            message = problem["msg"][:1].lower() + problem["msg"][1:]
            return f"is {_shown(given)}: {message}"


def _choice(given: object, words: Sequence[str]) -> str:
    question = did_you_mean(nearest(given, words, 1)) if isinstance(given, str) else ""
    return f"{question} Allowed: {', '.join(words)}".lstrip()


def _shown(given: object) -> str:
    if isinstance(given, str):
        return f'"{given[:_QUOTED]}{"…" if len(given) > _QUOTED else ""}"'
    return "a list" if isinstance(given, list) else "a table" if isinstance(given, dict) else str(given)
