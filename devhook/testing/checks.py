"""Assertions about an app: it rejects bad signatures, and neither a repetition nor the order matters."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final

from devhook.forge.tamper import TAMPERS
from devhook.testing.requests import WebhookRequest, Webhooks

_SHUFFLES: Final = 5


def assert_rejects_bad_signatures(
    webhooks: Webhooks, target: Any, topic: str = "orders/updated", *, sent: Sequence[str] = ()
) -> None:
    """Assert that the app accepts a valid request, and answers each invalid one as Shopify requires.

    `sent`: the ways to tamper that are tried; by default all that make the signature wrong. Raise
    AssertionError with every answer that is not the required one.
    """
    answer = webhooks.deliver(target, topic)
    assert answer.accepted, f"A valid {topic} was answered {answer.status}, not 2xx: {answer.body[:200]!r}"
    wrong = []
    for name in sent or _UNTRUSTED:
        tamper = TAMPERS[name]
        answer = webhooks.deliver(target, topic, tamper=name)
        if not tamper.fits(answer.status):
            wrong.append(f"{name} ({tamper.effect}): answered {answer.status}, required {tamper.wanted}")
    assert not wrong, "The app takes invalid requests:\n" + "\n".join(wrong)


def assert_idempotent(
    webhooks: Webhooks,
    target: Any,
    request: WebhookRequest | str,
    state: Callable[[], Any],
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Assert that a delivery that comes twice, with one Webhook-Id, is accepted and has one effect.

    `state`: returns what the app has stored, to be compared by `==`: rows, a count, a document.
    """
    made = webhooks.make(request, changes) if isinstance(request, str) else request
    _accepted(webhooks, target, made)
    once = state()
    _accepted(webhooks, target, made)
    twice = state()
    assert twice == once, f"The second delivery of {made.topic} had an effect: {once!r} became {twice!r}"


def assert_order_independent(
    webhooks: Webhooks,
    requests: Sequence[WebhookRequest],
    fresh: Callable[[], tuple[Any, Callable[[], Any]]],
    *,
    seed: int = 1,
) -> None:
    """Assert that the app has the same state at the end, in whatever order the requests come.

    `fresh`: returns a target without any state, and the function that returns its state. The requests come
    in their order, in reverse, and shuffled five times with `seed`.
    """
    expected = _state_after(webhooks, requests, fresh)
    shuffler = Random(seed)  # noqa: S311 - not used for security
    orders = [list(reversed(requests))]
    orders += [shuffler.sample(list(requests), len(requests)) for _ in range(_SHUFFLES)]
    for order in orders:
        found = _state_after(webhooks, order, fresh)
        came = ", ".join(request.topic for request in order)
        assert found == expected, f"In the order {came} the app has {found!r} instead of {expected!r}"


def _state_after(
    webhooks: Webhooks,
    requests: Sequence[WebhookRequest],
    fresh: Callable[[], tuple[Any, Callable[[], Any]]],
) -> Any:
    target, state = fresh()
    for request in requests:
        _accepted(webhooks, target, request)
    return state()


def _accepted(webhooks: Webhooks, target: Any, request: WebhookRequest) -> None:
    answer = webhooks.deliver(target, request)
    assert answer.accepted, f"{request.topic} was answered {answer.status}, not 2xx: {answer.body[:200]!r}"


_UNTRUSTED: Final = ("body", "signature", "secret", "missing-signature", "hex", "re-serialised")
