from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from devhook.inbox.arrival_rows import ArrivalRow
from devhook.receiver.incoming import Incoming
from devhook.webhook.delivery import Arrival, Origin, Signature
from devhook.webhook.headers import readable
from devhook.webhook.signature import Check

NAMES = ["topic", "shop-domain", "webhook-id", "event-id", "hmac-sha256"]
names = st.builds(
    lambda prefix, name, upper: (prefix + name).upper() if upper else prefix + name,
    st.sampled_from(["shopify-", "x-shopify-", "X-Shopify-"]),
    st.sampled_from(NAMES),
    st.booleans(),
) | st.sampled_from(["Host", "X-Devhook-Origin", "X-Devhook-Proof", "x-a"])
values = st.binary(max_size=8) | st.text(max_size=6).map(str.encode) | st.just(b" orders/paid ")


def incoming(path, raw, body):
    headers = CIMultiDict([(name.decode(), value.decode("utf-8", "surrogateescape")) for name, value in raw])
    return Incoming(path, raw, CIMultiDictProxy(headers), body)


requests = st.builds(
    incoming,
    st.text(st.characters(max_codepoint=255), max_size=9),
    st.lists(st.tuples(names.map(str.encode), values), max_size=9).map(tuple),
    st.binary(max_size=30),
)


@given(incoming=requests, signature=st.sampled_from(Signature), status=st.none() | st.just(401))
def test_the_row_of_a_request_is_that_of_its_delivery(incoming, signature, status):
    checked = Check(signature=signature, signed_with="app")
    arrival = Arrival(
        delivery=incoming.delivery(),
        signature=signature,
        signed_with="app",
        origin=Origin.REPLAY,
        status=status,
    )

    assert incoming.row(checked, Origin.REPLAY, status) == ArrivalRow.of(arrival)


@given(incoming=requests)
def test_what_is_read_before_the_answer_is_what_the_delivery_says(incoming):
    delivery = incoming.delivery()

    assert (incoming.topic, incoming.hmac) == (delivery.topic, delivery.hmac)
    for own, name in ((incoming.claimed_origin, "X-Devhook-Origin"), (incoming.proof, "X-Devhook-Proof")):
        assert own == (readable(value) if (value := delivery.header(name)) is not None else None)
        (own or "").encode()
