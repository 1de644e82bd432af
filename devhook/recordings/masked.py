"""Masks the personal data of deliveries for sharing, and signs them again with a public test secret."""

from collections.abc import Iterable, Iterator
from typing import Final

from devhook.inbox.recorded import Recorded, RecordedAnswer
from devhook.privacy.mask import Mask, values_of
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Secret, sign

TEST_SECRET: Final = Secret(name="devhook-test-secret", value="devhook-test-secret")
"""The secret of masked deliveries. It is public: its value is written into every masked file."""

_HMAC: Final = frozenset({"shopify-hmac-sha256", "x-shopify-hmac-sha256"})
_PATH: Final = "/webhooks"


def masked(each: Recorded, mask: Mask) -> Recorded:
    """Return the delivery with pseudonyms for personal data.

    A trusted delivery is signed again with TEST_SECRET and is valid; an invalid signature stays. The path,
    which may contain a secret, becomes `/webhooks`. Answers lose their bodies and headers.
    """
    delivery = each.delivery
    mask = mask.knowing(values_of(delivery))
    trusted = each.signature.trusted and delivery.hmac is not None
    body = mask.body(delivery.body, delivery.content_type, delivery.topic)
    signature = sign(TEST_SECRET.value.get_secret_value(), body)

    def header(name: str, value: str) -> str:
        match name.lower():
            case "content-length":
                return str(len(body))
            case plain if plain in _HMAC and trusted:
                return signature
        return value

    return each.model_copy(
        update={
            "delivery": delivery.model_copy(
                update={
                    "path": _PATH,
                    "headers": tuple(
                        (name, header(name, value)) for name, value in mask.headers(delivery.headers)
                    ),
                    "body": body,
                }
            ),
            "signature": Signature.VALID if trusted else each.signature,
            "signed_with": TEST_SECRET.name if trusted else each.signed_with,
            "answers": tuple(_masked_answer(answer, mask) for answer in each.answers),
        }
    )


def _masked_answer(answer: RecordedAnswer, mask: Mask) -> RecordedAnswer:
    return answer.model_copy(
        update={
            "by": mask.text(answer.by),
            "answer": answer.answer.model_copy(
                update={"headers": (), "body": b"", "error": mask.text(answer.answer.error)}
            ),
        }
    )


def masking(deliveries: Iterable[Recorded], mask: Mask) -> Iterator[Recorded]:
    """Yield the deliveries masked."""
    for each in deliveries:
        yield masked(each, mask)
