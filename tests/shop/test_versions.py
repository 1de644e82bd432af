import pytest

from devhook.errors import InputError
from devhook.shop import versions


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("2026-01", "2026-01"),
        ("2026-10", "2026-10"),
        ("2027-01", "2027-01"),
        ("unstable", "unstable"),
        ("2025-10", "2026-01"),
        ("2019-04", "2026-01"),
    ],
)
def test_a_version_that_is_not_served_falls_forward_to_the_oldest_that_is(asked, answered):
    assert versions.answered(asked) == answered


def test_the_newest_stable_version_is_the_default():
    assert versions.NEWEST == "2026-10"
    assert versions.checked("2026-10") == "2026-10"
    assert versions.checked("unstable") == "unstable"


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2025-10", "Shopify's API version 2025-10 is no longer supported."),
        ("2026-11", "Shopify's API version 2026-11 does not exist."),
        ("newest", "Shopify's API version newest does not exist."),
    ],
)
def test_a_version_that_would_fall_forward_is_refused_with_those_that_do_not(version, message):
    with pytest.raises(InputError) as failure:
        versions.checked(version)

    assert failure.value.message == message
    assert failure.value.hint == (
        "Use --api-version 2026-10, the newest stable one, or one of 2026-01, 2026-04, 2026-07."
    )


@pytest.mark.parametrize(
    ("version", "named"),
    [("2025-07", False), ("2026-01", False), ("2026-04", True), ("2027-01", True), ("unstable", True)],
)
def test_subscriptions_have_names_since_2026_04(version, named):
    assert versions.has_name(version) is named


def test_each_difference_between_versions_is_said_once():
    assert list(versions.subscribed_differences("2026-10", [("orders/paid", "2026-10")])) == []
    assert list(
        versions.subscribed_differences(
            "2026-10",
            [
                ("orders/paid", "2026-07"),
                ("shop/update", "2026-10"),
                ("orders/updated", "2026-07"),
                ("carts/create", "2026-04"),
            ],
        )
    ) == [
        (
            "API version 2026-10 was requested, but the subscriptions to orders/paid and orders/updated have"
            " 2026-07."
        ),
        "API version 2026-10 was requested, but the subscription to carts/create has 2026-04.",
    ]
    assert versions.answered_difference("2026-10", None) == versions.answered_difference("2026-10", "2026-10")
    assert versions.answered_difference("2025-01", "2026-01") == (
        "API version 2025-01 was requested, but the shop answers in 2026-01."
    )
    for subscribed, delivered in ((None, "2026-07"), ("2026-07", None), ("2026-07", "2026-07")):
        assert versions.delivered_difference(subscribed, delivered) == ""
    assert versions.delivered_difference("2026-10", "2026-07") == (
        "The payload has API version 2026-07, but its subscription has 2026-10."
    )
