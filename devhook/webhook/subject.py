"""Which order (or other resource) a document speaks of, and which version of it."""

from pydantic import BaseModel, ConfigDict


class Subject(BaseModel):
    """What a document speaks of: `order 820982911946154508 (#1001)`.

    `id` is the number or token without `gid://shopify/…/`; it is unique among the subjects of one kind in one
    shop. `name` is what the merchant sees. `document` says which of the subject's documents this is (`order`,
    `fulfillment 4423`, `refund 9`): two deliveries can only be versions of each other where it is equal.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    id: str
    name: str | None = None
    document: str
