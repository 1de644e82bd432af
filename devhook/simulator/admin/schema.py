"""The GraphQL schema of the simulated Admin API in each API version."""

from functools import cache
from importlib.resources import files
from typing import Final

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    ObjectTypeDefinitionNode,
    Visitor,
    build_ast_schema,
    parse,
    visit,
)
from graphql.language import REMOVE

from devhook.shop.versions import has_name
from devhook.webhook.topics import topics

_NAMED: Final = frozenset({"WebhookSubscription", "WebhookSubscriptionInput"})
_TOPICS: Final = "WebhookSubscriptionTopic"


def sdl() -> str:
    """Return the subset of the Admin API's schema that devhook uses, as of 2026-10."""
    return files("devhook.simulator.admin").joinpath("admin.graphql").read_text(encoding="utf-8")


@cache
def schema(version: str) -> GraphQLSchema:
    """Return the schema of one API version, without later topics and without a later `name`."""
    document: DocumentNode = visit(parse(sdl(), no_location=True), _Earlier(version))
    return build_ast_schema(document)


class _Earlier(Visitor):
    """Removes from the newest schema what an older version does not contain."""

    def __init__(self, version: str) -> None:
        super().__init__()
        self._has_name = has_name(version)
        self._later_topics = {
            topic.enum for topic in topics() if version[:1].isdigit() and topic.first_seen_in > version
        }
        self._inside = ""

    def enter_enum_type_definition(self, node: EnumTypeDefinitionNode, *_: object) -> None:
        self._inside = node.name.value

    def enter_object_type_definition(self, node: ObjectTypeDefinitionNode, *_: object) -> None:
        self._inside = node.name.value

    def enter_input_object_type_definition(self, node: InputObjectTypeDefinitionNode, *_: object) -> None:
        self._inside = node.name.value

    def enter_enum_value_definition(self, node: EnumValueDefinitionNode, *_: object) -> object:
        return REMOVE if self._inside == _TOPICS and node.name.value in self._later_topics else None

    def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> object:
        return self._unless_name(node.name.value)

    def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: object) -> object:
        return self._unless_name(node.name.value)

    def _unless_name(self, name: str) -> object:
        return REMOVE if name == "name" and self._inside in _NAMED and not self._has_name else None
