"""Checks of the compliance webhooks, which every app must answer to be approved.

https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance

The deliveries name a shop that does not exist, as in Shopify's review, so an app deletes no real data.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final, cast

from devhook.forge.source import sample
from devhook.forge.tamper import SECRET
from devhook.probe.check import COMPARE, PRIVACY, Evaluation, ProbeCheck, expect_accepted, expect_rejected
from devhook.probe.endpoint import ProbeEndpoint
from devhook.probe.samples import ProbeRequest
from devhook.webhook.topics import COMPLIANCE

_ELSEWHERE: Final = (
    " If compliance webhooks have another address, probe that one with --only 'compliance-*', and this one"
    " with --skip 'compliance-*'."
)


async def _answered(topic: str, endpoint: ProbeEndpoint) -> Evaluation:
    evaluation = expect_accepted(await endpoint.send(_delivery(endpoint, topic)))
    return evaluation._replace(fix=evaluation.fix + _ELSEWHERE) if evaluation.fix else evaluation


async def _rejected(topic: str, endpoint: ProbeEndpoint) -> Evaluation:
    exchange = await endpoint.send(endpoint.samples.tampered(_delivery(endpoint, topic), SECRET))
    # An app that looks up the shop first finds none and answers 404 instead of 401.
    return expect_rejected(exchange, accepted=f"{COMPARE} Also before looking up the shop.", strict=True)


def _delivery(endpoint: ProbeEndpoint, topic: str) -> ProbeRequest:
    document = cast("dict[str, Any]", sample(topic))
    return endpoint.samples.delivery(document, topic=topic, shop=document["shop_domain"])


def _checks() -> Iterator[ProbeCheck]:
    for topic in COMPLIANCE:
        name = f"compliance-{topic.replace('/', '-').replace('_', '-')}"
        yield ProbeCheck(name, f"{topic} is answered with 2xx.", partial(_answered, topic), PRIVACY)
        yield ProbeCheck(
            f"{name}-401",
            f"{topic} with an invalid signature is answered with 401; otherwise the app is not approved.",
            partial(_rejected, topic),
            PRIVACY,
        )


COMPLIANCE_CHECKS: Final = tuple(_checks())
