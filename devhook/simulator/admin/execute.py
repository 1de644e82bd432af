"""Executes one GraphQL request, and returns Shopify's response including its cost."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    parse,
)

from devhook.simulator.admin.errors import document_errors
from devhook.simulator.admin.fields import Execution, Root
from devhook.simulator.admin.schema import schema
from devhook.simulator.admin.throttle import Throttle, requested_cost
from devhook.simulator.admin.variables import variable_errors

Response = dict[str, Any]

_RATE_LIMITS: Final = "https://shopify.dev/api/usage/rate-limits"


def execute(
    document: str,
    variables: Mapping[str, Any],
    operation_name: str | None,
    *,
    version: str,
    root: Root,
    throttle: Throttle,
) -> Response:
    """Execute one request. Return the JSON body of an HTTP 200; errors are in its `errors`."""
    known = schema(version)
    try:
        parsed = parse(document)
        operation = _operation(parsed, operation_name)
    except GraphQLError as error:
        return _errors_response([error])
    errors = document_errors(known, parsed) or variable_errors(known, operation, variables)
    if errors:
        return _errors_response(errors)
    fragments = {
        each.name.value: each for each in parsed.definitions if isinstance(each, FragmentDefinitionNode)
    }
    requested = requested_cost(_root_fields(operation.selection_set, fragments), variables)
    if not throttle.take(requested):
        return _throttled_response(requested, throttle)
    execution = Execution(version)
    result = execute_sync(
        known,
        parsed,
        root_value=root.fields(),
        context_value=execution,
        variable_values=dict(variables),
        operation_name=operation_name,
    )
    throttle.give_back(execution.unspent)
    response = _errors_response(result.errors) if result.errors else {}
    response["data"] = result.data
    response["extensions"] = _cost(requested, requested - execution.unspent, throttle)
    return response


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None and len(operations) == 1:
        return operations[0]
    for operation in operations:
        if name is not None and operation.name and operation.name.value == name:
            return operation
    raise GraphQLError(f'No operation named "{name}"' if name else "An operation name is required")


def _root_fields(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    for selection in selections.selections:
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode():
                yield from _root_fields(selection.selection_set, fragments)
            case FragmentSpreadNode():
                yield from _root_fields(fragments[selection.name.value].selection_set, fragments)


def _errors_response(errors: list[GraphQLError]) -> Response:
    return {"errors": [error.formatted for error in errors]}


def _throttled_response(requested: int, throttle: Throttle) -> Response:
    return {
        "errors": [
            {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": _RATE_LIMITS}}
        ],
        "extensions": _cost(requested, None, throttle),
    }


def _cost(requested: int, actual: int | None, throttle: Throttle) -> dict[str, Any]:
    return {
        "cost": {
            "requestedQueryCost": requested,
            "actualQueryCost": actual,
            "throttleStatus": throttle.level().model_dump(),
        }
    }
