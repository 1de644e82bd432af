import pytest

from devhook.errors import InputError
from devhook.forge.source import DEMO_SHOP, sample, sample_topics
from devhook.webhook.topics import COMPLIANCE


def test_every_topic_that_has_a_payload_gives_it():
    assert {"orders/updated", "refunds/create", *COMPLIANCE} <= set(sample_topics())
    assert all(sample(topic) for topic in sample_topics())


def test_they_are_of_the_sample_shop():
    assert sample("shop/redact")["shop_domain"] == DEMO_SHOP


def test_ids_keep_every_digit():
    assert sample("orders/delete") == {"id": 522286293035151460}


@pytest.mark.parametrize(
    ("topic", "near"), [("order/update", "orders/updated"), ("ORDERS_UPDATED", "orders/create")]
)
def test_a_topic_without_one_is_answered_with_those_that_have(topic, near):
    with pytest.raises(InputError) as refused:
        sample(topic)

    assert topic in refused.value.message
    assert near in refused.value.hint


def test_a_topic_is_no_path():
    with pytest.raises(InputError):
        sample("../shop")
