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
from devhook.probe.check import PRIVACY, Check
from devhook.probe.judging import COMPARE, Judgement, taken, turned_away
from devhook.probe.samples import ProbeRequest
from devhook.webhook.topics import COMPLIANCE

_ELSEWHERE: Final = (
    " Where compliance webhooks go to another address, probe that with --only 'compliance-*', and this with"
    " --skip 'compliance-*'."
)


async def _answered(topic: str, bench: Bench) -> Judgement:
    judgement = taken(await bench.send(_delivery(bench, topic)))
    return judgement._replace(fix=judgement.fix + _ELSEWHERE) if judgement.fix else judgement


async def _refused(topic: str, bench: Bench) -> Judgement:
    exchange = await bench.send(bench.samples.tampered(_delivery(bench, topic), SECRET))
    # Who looks the shop up first finds none, and answers 404 where 401 is due.
    return turned_away(exchange, accepted=f"{COMPARE} Before the shop is looked up, too.", strict=True)


def _delivery(bench: Bench, topic: str) -> ProbeRequest:
    document = cast("dict[str, Any]", sample(topic))
    return bench.samples.delivery(document, topic=topic, shop=document["shop_domain"])


def _checks() -> Iterator[Check]:
    for topic in COMPLIANCE:
        name = f"compliance-{topic.replace('/', '-').replace('_', '-')}"
        yield Check(name, f"{topic} is answered with 2xx.", partial(_answered, topic), PRIVACY)
        yield Check(
            f"{name}-401",
            f"{topic} with an invalid signature is answered with 401, or the app is not approved.",
            partial(_refused, topic),
            PRIVACY,
        )


COMPLIANCE_CHECKS: Final = tuple(_checks())
