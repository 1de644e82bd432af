"""Validates GraphQL variables, with the messages of Shopify's server.

The messages are those of recorded answers: https://github.com/airhorns/shopify-draft-proxy
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableDefinitionNode,
    is_input_type,
    print_ast,
    type_from_ast,
)
from pydantic import BaseModel, ConfigDict

_INT_LIMIT: Final = 2**31


class Problem(BaseModel):
    """A mistake: the path inside the variable, and an explanation."""

    model_config = ConfigDict(frozen=True)

    path: tuple[str | int, ...]
    explanation: str


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, values: Mapping[str, Any]
) -> list[GraphQLError]:
    """Return an error for each variable that does not fit the operation."""
    errors = []
    for definition in operation.variable_definitions or ():
        kind = type_from_ast(schema, definition.type)
        name = definition.variable.name.value
        if not is_input_type(kind) or (name not in values and definition.default_value is not None):
            continue
        problems = tuple(_problems(values.get(name), kind))
        if problems:
            errors.append(_error(definition, values.get(name), problems))
    return errors


def _error(definition: VariableDefinitionNode, value: Any, problems: tuple[Problem, ...]) -> GraphQLError:
    message = (
        f"Variable ${definition.variable.name.value} of type {print_ast(definition.type)}"
        " was provided invalid value"
    )
    nested = [
        f"{'.'.join(map(str, problem.path))} ({problem.explanation})" for problem in problems if problem.path
    ]
    if nested:
        message += f" for {', '.join(nested)}"
    return GraphQLError(
        message,
        definition,
        extensions={
            "code": "INVALID_VARIABLE",
            "value": value,
            "problems": [problem.model_dump(mode="json") for problem in problems],
        },
    )


def _problems(value: Any, kind: GraphQLInputType, path: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    if isinstance(kind, GraphQLNonNull):
        if value is None:
            yield Problem(path=path, explanation="Expected value to not be null")
        else:
            yield from _problems(value, kind.of_type, path)
    elif value is None:
        return
    elif isinstance(kind, GraphQLList):
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _problems(item, kind.of_type, (*path, index))
        else:
            yield from _problems(value, kind.of_type, path)
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _object_problems(value, kind, path)
    elif explanation := _leaf_problem(value, kind):
        yield Problem(path=path, explanation=explanation)


def _object_problems(
    value: Any, kind: GraphQLInputObjectType, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(path=path, explanation=f"Expected {json.dumps(value)} to be a key-value object.")
        return
    for name in value:
        if name not in kind.fields:
            yield Problem(path=(*path, name), explanation=f"Field is not defined on {kind.name}")
    for name, field in kind.fields.items():
        if name in value or isinstance(field.type, GraphQLNonNull):
            yield from _problems(value.get(name), field.type, (*path, name))


def _leaf_problem(value: Any, kind: GraphQLInputType) -> str:
    if isinstance(kind, GraphQLEnumType):
        if isinstance(value, str) and value in kind.values:
            return ""
        return f"Expected {json.dumps(value)} to be one of: {', '.join(kind.values)}"
    name = str(kind)
    if name == "URL" and isinstance(value, str):
        return "" if "://" in value else f"Invalid url '{value}', missing scheme"
    fits = {
        "Boolean": isinstance(value, bool),
        "Int": isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INT_LIMIT,
        "ID": isinstance(value, str | int) and not isinstance(value, bool),
    }.get(name, isinstance(value, str))
    return "" if fits else f"Could not coerce value {json.dumps(value)} to {name}"
