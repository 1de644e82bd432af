"""Checks of what every app must answer about personal data, or it is not approved.

https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance

They speak of a shop that does not exist, as those of Shopify's review may: so nothing real is deleted.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final, cast

from devhook.forge.source import sample
from devhook.forge.tamper import SECRET
from devhook.probe.bench import Bench
from devhook.probe.check import COMPARE, PRIVACY, Evaluation, ProbeCheck, expect_accepted, expect_refused
from devhook.probe.samples import ProbeRequest
from devhook.webhook.topics import COMPLIANCE

_ELSEWHERE: Final = (
    " Where compliance webhooks go to another address, probe that with --only 'compliance-*', and this with"
    " --skip 'compliance-*'."
)


async def _answered(topic: str, bench: Bench) -> Evaluation:
    evaluation = expect_accepted(await bench.send(_delivery(bench, topic)))
    return evaluation._replace(fix=evaluation.fix + _ELSEWHERE) if evaluation.fix else evaluation


async def _refused(topic: str, bench: Bench) -> Evaluation:
    exchange = await bench.send(bench.samples.tampered(_delivery(bench, topic), SECRET))
    # Who looks the shop up first finds none, and answers 404 where 401 is due.
    return expect_refused(exchange, accepted=f"{COMPARE} Before the shop is looked up, too.", strict=True)


def _delivery(bench: Bench, topic: str) -> ProbeRequest:
    document = cast("dict[str, Any]", sample(topic))
    return bench.samples.delivery(document, topic=topic, shop=document["shop_domain"])


def _checks() -> Iterator[ProbeCheck]:
    for topic in COMPLIANCE:
        name = f"compliance-{topic.replace('/', '-').replace('_', '-')}"
        yield ProbeCheck(name, f"{topic} is answered with 2xx.", partial(_answered, topic), PRIVACY)
        yield ProbeCheck(
            f"{name}-401",
            f"{topic} with an invalid signature is answered with 401, or the app is not approved.",
            partial(_refused, topic),
            PRIVACY,
        )


COMPLIANCE_CHECKS: Final = tuple(_checks())
