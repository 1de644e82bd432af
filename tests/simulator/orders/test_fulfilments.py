"""Parcels and how they are tracked."""

from devhook.simulator.orders.catalogue import demo_shop
from devhook.simulator.orders.fulfilments import Fulfilment, Tracking

SENT, LATER, LATEST = "2026-05-04T10:00:00+01:00", "2026-05-04T11:00:00+01:00", "2026-05-04T12:00:00+01:00"


def parcel():
    return Fulfilment(
        id=3,
        order_id=7,
        name="#1001.1",
        location=demo_shop().locations[0],
        packed=(),
        created_at=SENT,
        updated_at=SENT,
    )


def test_a_new_parcel_has_no_number_yet():
    body = parcel().body("zoe@example.com", None)

    assert (body["tracking_number"], body["tracking_numbers"], body["tracking_urls"]) == (None, [], [])
    assert (body["status"], body["shipment_status"], body["email"]) == ("success", None, "zoe@example.com")


def test_every_report_of_the_carrier_moves_the_time():
    sent = parcel()

    sent.track(Tracking("Nordwind Parcel", "NW1", "https://track.example.com/NW1"), LATER)
    assert sent.body_in_order()["updated_at"] == LATER
    sent.proceed(LATEST)
    body = sent.body_in_order()
    assert (body["created_at"], body["updated_at"]) == (SENT, LATEST)
    assert (body["shipment_status"], body["tracking_numbers"]) == ("in_transit", ["NW1"])


def test_a_parcel_is_delivered_in_three_stages():
    sent = parcel()

    for stage in ("in_transit", "out_for_delivery", "delivered"):
        assert not sent.delivered
        sent.proceed(LATER)
        assert sent.shipment_status == stage
    assert sent.delivered
