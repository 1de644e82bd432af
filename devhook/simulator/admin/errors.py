"""The errors of an invalid GraphQL document, with the messages of Shopify's server, which is graphql-ruby.

The messages are those of recorded answers (https://github.com/airhorns/shopify-draft-proxy); all others are
graphql-core's.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_required_argument,
    print_ast,
    specified_rules,
    validate,
    visit,
)
from graphql.validation import (
    FieldsOnCorrectTypeRule,
    KnownArgumentNamesRule,
    ProvidedRequiredArgumentsRule,
    ValuesOfCorrectTypeRule,
)


def document_errors(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """Return the errors of `document` in `schema`; an empty list if it is valid."""
    if not validate(schema, document):
        return []
    places = _places(schema, document)
    worded = {
        (error.message, str(error.path)): error
        for rule, wording in _WORDINGS.items()
        for original in validate(schema, document, [rule])
        for error in [wording(original, places)]
    }
    others = validate(schema, document, [rule for rule in specified_rules if rule not in _WORDINGS])
    return [*worded.values(), *others]


class _Place(NamedTuple):
    """The position of a node: the nodes above it, outermost first, and the types there."""

    above: tuple[Node, ...]
    parent_type: str
    input_type: str
    parent_input_type: str
    required: tuple[str, ...]


_Places = dict[int, _Place]


def _places(schema: GraphQLSchema, document: DocumentNode) -> _Places:
    types = TypeInfo(schema)
    places: _Places = {}

    class PlaceVisitor(Visitor):
        def enter(self, node: Node, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> None:
            field = types.get_field_def()
            parent_input = types.get_parent_input_type()
            places[id(node)] = _Place(
                above=tuple(above for above in (*ancestors, parent) if isinstance(above, Node)),
                parent_type=str(types.get_parent_type()),
                input_type=str(types.get_input_type()),
                parent_input_type=str(get_named_type(parent_input)) if parent_input else "",
                required=tuple(
                    name for name, argument in field.args.items() if is_required_argument(argument)
                )
                if field
                else (),
            )

    visit(document, TypeInfoVisitor(types, PlaceVisitor()))
    return places


def _path(node: Node, places: _Places) -> list[str | int]:
    return [step for above in (*places[id(node)].above, node) for step in _step(above)]


def _step(node: Node) -> Iterator[str]:
    match node:
        case OperationDefinitionNode():
            yield f"{node.operation.value} {node.name.value}" if node.name else node.operation.value
        case FragmentDefinitionNode():
            yield f"fragment {node.name.value}"
        case InlineFragmentNode():
            yield f"... on {node.type_condition.name.value}" if node.type_condition else "..."
        case FieldNode():
            yield node.alias.value if node.alias else node.name.value
        case ArgumentNode() | ObjectFieldNode():
            yield node.name.value


def _undefined_field(error: GraphQLError, places: _Places) -> GraphQLError:
    match error.nodes:
        case [FieldNode() as field]:
            name, parent = field.name.value, places[id(field)].parent_type
        case _:
            return error
    return GraphQLError(
        f"Field '{name}' doesn't exist on type '{parent}'",
        field,
        path=_path(field, places),
        extensions={"code": "undefinedField", "typeName": parent, "fieldName": name},
    )


def _missing_arguments(error: GraphQLError, places: _Places) -> GraphQLError:
    match error.nodes:
        case [FieldNode() as field]:
            given = {argument.name.value for argument in field.arguments or ()}
        case _:
            return error
    missing = ", ".join(name for name in places[id(field)].required if name not in given)
    return GraphQLError(
        f"Field '{field.name.value}' is missing required arguments: {missing}",
        field,
        path=_path(field, places),
        extensions={
            "code": "missingRequiredArguments",
            "className": "Field",
            "name": field.name.value,
            "arguments": missing,
        },
    )


def _unknown_argument(error: GraphQLError, places: _Places) -> GraphQLError:
    match error.nodes:
        case [ArgumentNode() as argument]:
            owner = places[id(argument)].above[-1]
        case _:
            return error
    return (
        _not_accepted(argument, "Field", owner.name.value, places) if isinstance(owner, FieldNode) else error
    )


def _wrong_literal(error: GraphQLError, places: _Places) -> GraphQLError:
    """Return the error of a literal that does not fit its argument, or its key in an input object."""
    node = error.nodes[0] if error.nodes else None
    if isinstance(node, ObjectFieldNode):
        return _not_accepted(node, "InputObject", places[id(node)].parent_input_type, places)
    for given in reversed(places[id(node)].above):
        place = places[id(given)]
        match given, place.above[-1:]:
            case ArgumentNode(), (FieldNode() as field,):
                return _incompatible(given, field, "Field", field.name.value, places)
            case ObjectFieldNode(), (owner,):
                return _incompatible(given, owner, "InputObject", place.parent_input_type, places)
    return error


def _incompatible(
    given: ArgumentNode | ObjectFieldNode, at: Node, kind: str, owner: str, places: _Places
) -> GraphQLError:
    name = given.name.value
    return GraphQLError(
        f"Argument '{name}' on {kind} '{owner}' has an invalid value ({print_ast(given.value)})."
        f" Expected type '{places[id(given)].input_type}'.",
        at,
        path=_path(given, places),
        extensions={"code": "argumentLiteralsIncompatible", "typeName": kind, "argumentName": name},
    )


def _not_accepted(
    given: ArgumentNode | ObjectFieldNode, kind: str, owner: str, places: _Places
) -> GraphQLError:
    name = given.name.value
    return GraphQLError(
        f"{kind} '{owner}' doesn't accept argument '{name}'",
        given,
        path=_path(given, places),
        extensions={"code": "argumentNotAccepted", "name": owner, "typeName": kind, "argumentName": name},
    )


_WORDINGS: Final[dict[Any, Callable[[GraphQLError, _Places], GraphQLError]]] = {
    FieldsOnCorrectTypeRule: _undefined_field,
    KnownArgumentNamesRule: _unknown_argument,
    ProvidedRequiredArgumentsRule: _missing_arguments,
    ValuesOfCorrectTypeRule: _wrong_literal,
}
