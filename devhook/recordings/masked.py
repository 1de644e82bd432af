"""A delivery made fit for sharing: what is personal masked, and signed anew with a secret that is none."""

from collections.abc import Iterable, Iterator
from secrets import token_bytes
from typing import Final

from devhook.inbox.recorded import Recorded, RecordedAnswer
from devhook.privacy.mask import Mask
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Secret, sign

TEST_SECRET: Final = Secret(name="devhook-test-secret", value="devhook-test-secret")
"""What masked deliveries are signed with. Its name is its value: it is written into what is shared."""

_HMAC: Final = frozenset({"shopify-hmac-sha256", "x-shopify-hmac-sha256"})
_PATH: Final = "/webhooks"


def masked(each: Recorded, mask: Mask) -> Recorded:
    """Return the delivery with stand-ins for what is personal.

    A signature that held is made anew with TEST_SECRET, and holds; one that failed is left, and fails. The
    path, which may be a secret one, becomes `/webhooks`. Of the answers the bodies and headers are left out.
    """
    delivery = each.delivery
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


def masking(deliveries: Iterable[Recorded]) -> Iterator[Recorded]:
    """Mask deliveries with a key of their own: nobody can try out what a stand-in is of, not even we."""
    mask = Mask(token_bytes(32))
    for each in deliveries:
        yield masked(each, mask)
