from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from devhook.errors import CredentialsRefused, InputError
from devhook.shop.access import ClientCredentials, GrantedToken, TokenAccess, access, shop_domain

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "acme",
        " Acme ",
        "acme.myshopify.com",
        "acme.myshopify.com/",
        "https://acme.myshopify.com",
        "https://acme.myshopify.com/admin",
        "https://acme.myshopify.com/admin/orders?query=1",
        "http://acme.myshopify.com",
        "https://admin.shopify.com/store/acme",
        "https://admin.shopify.com/store/acme/",
        "https://admin.shopify.com/store/acme/settings/apps?a=b",
        "admin.shopify.com/store/acme#top",
    ],
)
def test_a_shop_is_known_by_its_handle_its_domain_or_its_admin(text):
    assert shop_domain(text) == "acme.myshopify.com"


@pytest.mark.parametrize("text", ["", "  ", "acme shop", "-acme", "https://", "a_c", "a.b.myshopify.com"])
def test_what_is_no_shop_is_refused(text):
    with pytest.raises(InputError) as failure:
        shop_domain(text)

    assert failure.value.message.endswith("is not a shop.")
    assert "https://admin.shopify.com/store/acme" in failure.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "www.acme.example",
        "https://admin.shopify.com/",
        "acme.myshopify.com.attacker.example",
        "acme.myshopify.com@attacker.example",
    ],
)
def test_another_domain_is_refused_with_where_to_find_the_right_one(text):
    with pytest.raises(InputError) as failure:
        shop_domain(text)

    assert failure.value.message == f"'{text}' is not a shop's myshopify.com domain."
    assert "Settings > Domains" in failure.value.hint


def test_a_token_goes_before_client_credentials():
    assert access(" shpat_1\n", "id", "secret") == TokenAccess(token=SecretStr("shpat_1"))
    assert access("", " id", "secret ") == ClientCredentials(
        client_id="id", client_secret=SecretStr("secret")
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "The access to the shop is missing."),
        ({"client_id": "id"}, "The client secret is missing."),
        ({"client_secret": "a-secret"}, "The client id is missing."),
        ({"token": "shpss_a-secret"}, "The access token is a client secret (shpss_…)."),
        ({"token": "a-secret\nanother"}, "The access token contains invalid characters."),
        ({"token": "a-secrét"}, "The access token contains invalid characters."),
        (
            {"client_id": "id", "client_secret": "a-secret b"},
            "The client secret contains invalid characters.",
        ),
    ],
)
def test_access_that_cannot_be_used_is_refused_without_showing_it(given, message):
    with pytest.raises(InputError) as failure:
        access(**given)

    assert failure.value.message == message
    assert failure.value.hint
    assert "a-secr" not in failure.value.message + failure.value.hint


def test_no_access_shows_its_secret():
    shown = [
        repr(access("shpat_shown")),
        repr(access("", "id", "shpss_shown")),
        str(access("shpat_shown")),
        access("", "id", "shpss_shown").model_dump_json(),
    ]

    assert not any("shown" in text for text in shown)


def test_a_granted_token_is_renewed_before_it_ends():
    granted = GrantedToken.read(
        {"access_token": "shpat_1", "scope": "read_orders,read_returns", "expires_in": 86399}, NOW
    )

    assert granted.scopes == {"read_orders", "read_returns"}
    assert granted.ends_at == NOW + timedelta(seconds=86_399)
    assert granted.fresh(NOW + timedelta(hours=23, minutes=49))
    assert not granted.fresh(NOW + timedelta(hours=23, minutes=50))


@pytest.mark.parametrize(
    "body",
    [None, [], {}, {"access_token": "shpat_hidden"}, {"access_token": "shpat_hidden", "expires_in": "x"}],
)
def test_an_answer_without_a_token_is_refused_without_showing_it(body):
    with pytest.raises(CredentialsRefused) as failure:
        GrantedToken.read(body, NOW)

    assert failure.value.message == "The shop's answer to the client id and secret contains no token."
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__
