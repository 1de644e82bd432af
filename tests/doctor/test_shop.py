from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from devhook.doctor.finding import FindingOutcome
from devhook.doctor.shop import shop_findings
from devhook.shop.access import ClientCredentials, TokenAccess
from devhook.shop.client import AdminClient
from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.shop import SimulatedShop
from devhook.webhook.topics import topic


@pytest.fixture
async def shop():
    async with SimulatedShop(demo_shop(), random=Random(7)) as opened:
        yield opened


@pytest.fixture
def look(shop):
    async def findings(*topics, **client):
        access = TokenAccess(token=shop.access_token)
        async with AdminClient(shop.domain, access, origin=shop.admin.url, **client) as asked:
            found = await shop_findings(asked, access, "the test", [topic(each) for each in topics], [])
        return {each.check: each for each in found}

    return findings


@pytest.mark.parametrize(
    ("ahead", "text"),
    [(90, "s ahead of Shopify's"), (-90, "s behind Shopify's"), (0, "agrees with Shopify's")],
)
async def test_a_clock_that_is_wrong_is_worth_a_word(look, ahead, text):
    found = await look(clock=lambda: datetime.now(UTC) + timedelta(seconds=ahead))

    assert found["clock"].outcome is (FindingOutcome.NOTE if ahead else FindingOutcome.OK)
    assert text in found["clock"].message


async def test_a_version_that_is_not_served_any_more_is_worth_a_word(look):
    found = await look(api_version="2025-10")

    assert found["version"].outcome is FindingOutcome.NOTE
    assert "2026-01 is used instead" in found["version"].message
    assert found["version"].hint == "Use --api-version 2026-10."


async def test_what_cannot_be_looked_at_is_told_and_the_rest_goes_on(shop, look):
    shop.installation.denied = {"webhookSubscriptions": "`read_webhooks`", "publicApiVersions": "`x`"}

    found = await look("orders/paid")

    assert found["version"].outcome is FindingOutcome.OBSTACLE
    assert found["leftovers"].outcome is FindingOutcome.OBSTACLE
    assert found["scope orders/paid"].outcome is FindingOutcome.OK


async def test_a_client_secret_that_is_refused_is_told(shop):
    access = ClientCredentials(client_id=shop.client_id, client_secret=shop.access_token)
    async with AdminClient(shop.domain, access, origin=shop.admin.url) as client:
        answers, token = await shop_findings(client, access, "the test", [], [])

    assert answers.outcome is FindingOutcome.OK
    assert token.outcome is FindingOutcome.OBSTACLE
    assert "rejects the client secret" in token.message
