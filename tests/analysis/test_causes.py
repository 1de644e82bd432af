import pytest

from devhook.analysis.causes import CompanionDelivery, causes
from devhook.analysis.verdict import Reading, Verdict
from devhook.webhook.subject import Subject
from devhook.webhook.topics import matching

ORDER = Subject(kind="order", id="77", name="#1001", document="order")


def unchanged(subject=ORDER, **facts):
    return Reading(
        **{"subject": subject, "version": 1, "verdict": Verdict.UNCHANGED, "compared_with": 41} | facts
    )


def companion(topic, number=50, **facts):
    about = {"webhook_id": f"w-{number}", "after": 200_000_000, "same_action": False}
    return CompanionDelivery(id=number, topic=topic, **about | facts)


def test_the_likely_causes_of_an_order_are_told_in_order_each_with_what_would_prove_it():
    likely = causes("orders/updated", unchanged(), (), fields=93)

    assert [cause.topic for cause in likely] == [
        "fulfillment_orders/moved",
        "customer.tags_added",
        "fulfillment_orders/*",
        "orders/risk_assessment_changed",
        None,
        None,
    ]
    assert [cause.what.split()[0] for cause in likely[4:]] == ["Two", "The"]
    assert all(cause.what.endswith(".") and cause.proof.endswith(".") for cause in likely)
    assert not any(cause.shown_by for cause in likely)


def test_every_topic_to_add_can_be_subscribed_to():
    likely = causes("orders/updated", unchanged(), (), fields=93)

    assert all(matching(cause.topic) for cause in likely if cause.topic)


@pytest.mark.parametrize(
    ("topic", "what"),
    [
        ("fulfillment_orders/moved", "The order was moved"),
        ("customer.tags_added", "A metafield was set, or tags"),
        ("fulfillment_orders/split", "The order was routed anew"),
        ("fulfillment_holds/added", "The order was routed anew"),
        ("orders/risk_assessment_changed", "The risk"),
    ],
)
def test_what_a_companion_proves_comes_first(topic, what):
    other, proof = companion("orders/paid", 49), companion(topic)

    first, *rest = causes("orders/updated", unchanged(), (other, proof), fields=93)

    assert first.what.startswith(what)
    assert first.shown_by == (proof,)
    assert not any(cause.shown_by for cause in rest)


def test_a_second_subscription_is_proven_by_the_same_topic_and_action_under_another_id():
    twice = companion("orders/updated", same_action=True)

    first, *_ = causes("orders/updated", unchanged(), (twice,), fields=93)

    assert (first.what, first.shown_by) == ("Two subscriptions ask for the same topic.", (twice,))
    by_chance = companion("orders/updated", same_action=False)
    assert not causes("orders/updated", unchanged(), (by_chance,), fields=93)[0].shown_by


def test_the_same_bytes_under_one_event_id_can_only_be_a_second_subscription():
    twice = companion("orders/updated", 41, same_action=True, identical=True)
    moved = companion("fulfillment_orders/moved", same_action=True)

    (only,) = causes("orders/updated", unchanged(), (twice, moved), fields=4)

    assert (only.what, only.shown_by) == ("Two subscriptions ask for the same topic.", (twice,))
    other_topic = companion("orders/paid", 41, same_action=True, identical=True)
    assert causes("orders/updated", unchanged(), (other_topic,), fields=93) == ()


def test_what_another_action_reported_is_no_cause_beside_the_true_one():
    moved = companion("fulfillment_orders/moved", same_action=True)
    risk = companion("orders/risk_assessment_changed", 51, after=-3_000_000_000)

    assert [cause.topic for cause in causes("orders/updated", unchanged(), (moved, risk), fields=93)] == [
        "fulfillment_orders/moved"
    ]
    near = companion("fulfillment_orders/moved")
    by_moment = causes("orders/updated", unchanged(), (near, risk), fields=93)
    assert [cause.shown_by for cause in by_moment if cause.shown_by] == [(near,)]
    alone = causes("orders/updated", unchanged(), (risk,), fields=93)
    assert (alone[0].topic, alone[0].shown_by) == ("orders/risk_assessment_changed", (risk,))


def test_what_the_delivery_itself_excludes_is_not_listed():
    product = unchanged(Subject(kind="product", id="3", document="product"))

    other_action = causes("products/update", product, (), 20, other_action=True)
    with_metafields = causes("products/update", product, (), 20, metafields=True)

    assert [cause.what.split()[1] for cause in other_action] == ["metafield", "subscription's"]
    assert [cause.what.split()[1] for cause in with_metafields] == ["subscriptions", "subscription's"]


def test_a_body_of_few_fields_makes_include_fields_the_likeliest():
    first, *rest = causes("orders/updated", unchanged(), (), fields=4)

    assert "include_fields" in first.what
    assert not any("include_fields" in cause.what for cause in rest)


def test_one_action_that_fires_several_topics_needs_no_other_cause():
    same = companion("orders/create", 41, same_action=True)

    assert causes("orders/updated", unchanged(), (same,), fields=93) == ()


def test_a_product_is_told_of_metafields_and_a_refund_is_not():
    product = Subject(kind="product", id="3", document="product")
    refund = ORDER._replace(document="refund 5")

    assert [cause.what.split()[1] for cause in causes("products/update", unchanged(product), (), 20)] == [
        "metafield",
        "subscriptions",
        "subscription's",
    ]
    assert [cause.what.split()[1] for cause in causes("refunds/create", unchanged(refund), (), 20)] == [
        "subscriptions",
        "subscription's",
    ]


@pytest.mark.parametrize(
    "facts", [{"verdict": Verdict.CHANGED}, {"verdict": Verdict.LATE}, {"subject": None}]
)
def test_only_what_did_not_change_has_causes(facts):
    assert causes("orders/updated", unchanged(**facts), (), fields=93) == ()


@pytest.mark.parametrize(
    ("after", "says", "words"),
    [
        (0, "", "orders/paid at the same moment"),
        (999, "", "orders/paid at the same moment"),
        (1_500_000_000, "", "orders/paid 1.5 s later"),
        (-200_000_000, "moved", "orders/paid 200 ms before says: moved"),
    ],
)
def test_a_companion_is_put_into_words(after, says, words):
    assert companion("orders/paid", after=after, says=says).words() == words
