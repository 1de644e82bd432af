import os
import shutil
import stat
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devhook.errors import InboxError, InputError
from devhook.inbox.database import Inbox
from devhook.inbox.folder import file_of
from devhook.inbox.journal import ask_lease, open_leases
from devhook.webhook.delivery import Arrival, Delivery, Origin, Signature

latin = st.text(st.characters(max_codepoint=255), max_size=40)
anything = st.text(st.characters(), max_size=40)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_an_added_delivery_is_returned_unchanged(inbox):
    given_in = Arrival(
        delivery=Delivery(
            received_at=datetime(2026, 7, 4, 12, 0, 0, 123456, tzinfo=UTC),
            path="/hooks/%F0?q=\xe9",
            headers=(("x-b", "1"), ("X-A", ""), ("x-B", "\xff\x00"), ("x-b", "1")),
            body=bytes(range(256)),
        ),
        signature=Signature.INVALID,
        signed_with="app",
        origin=Origin.REPLAY,
        status=401,
    )

    (delivery_id,) = inbox.add([given_in])

    row = inbox.row(delivery_id)
    assert inbox.delivery(delivery_id) == given_in.delivery
    assert (row.signature, row.signed_with, row.origin, row.status) == (
        Signature.INVALID,
        "app",
        Origin.REPLAY,
        401,
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(headers=st.lists(st.tuples(latin, latin), max_size=8), body=st.binary(max_size=400), path=latin)
def test_every_header_path_and_body_survives(inbox, headers, body, path):
    delivery = Delivery(received_at=datetime.now(UTC), path=path, headers=tuple(headers), body=body)

    (delivery_id,) = inbox.add([Arrival(delivery=delivery, signature=Signature.UNCHECKED)])

    assert inbox.delivery(delivery_id) == delivery


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=anything, path=anything, name=anything)
def test_every_possible_request_can_be_stored(inbox, value, path, name):
    delivery = Delivery(
        received_at=datetime.now(UTC), path=path, headers=(("x-shopify-topic", value), (name, value))
    )

    (delivery_id,) = inbox.add([Arrival(delivery=delivery, signature=Signature.UNCHECKED, signed_with=name)])

    assert inbox.delivery(delivery_id).headers == delivery.headers
    assert inbox.row(delivery_id).id == delivery_id


def test_a_time_in_another_zone_is_the_same_instant(inbox, arrival):
    zone = timezone(timedelta(hours=5, minutes=45))
    moved = arrival().model_copy(
        update={"delivery": Delivery(received_at=datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=zone))}
    )

    (delivery_id,) = inbox.add([moved])

    assert inbox.delivery(delivery_id).received_at == moved.delivery.received_at


def test_a_row_has_the_facts_without_the_body(inbox, arrival, order):
    (delivery_id,) = inbox.add(
        [arrival("orders/paid", order(), webhook_id="w-1", signed_with="app", status=200)]
    )

    row = inbox.row(delivery_id)

    assert (row.topic, row.shop, row.webhook_id) == ("orders/paid", "lavender.myshopify.com", "w-1")
    assert (row.signature, row.signed_with, row.origin) == (Signature.VALID, "app", Origin.SHOPIFY)
    assert (row.status, row.path, row.size) == (200, "/webhooks", len(inbox.delivery(delivery_id).body))
    assert (row.subject, row.verdict, row.change_count, row.hint) == (None, None, 0, "")


def test_rows_come_in_either_order_and_between_ids(inbox, arrival):
    inbox.add([arrival(seconds=second) for second in range(9)])

    def ids(**wanted):
        return [row.id for row in inbox.rows(**wanted)]

    assert ids() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert ids(newest_first=True, limit=3) == [9, 8, 7]
    assert ids(after=2, before=6) == [3, 4, 5]
    assert ids(before=7, newest_first=True, limit=2) == [6, 5]
    assert ids(before=0) == []
    assert inbox.newest() == 9


def test_an_id_is_never_used_twice(inbox, arrival):
    inbox.add([arrival(), arrival()])
    with inbox.writing() as connection:
        connection.execute("DELETE FROM deliveries")

    assert inbox.add([arrival()]) == [3]
    assert inbox.rows()[0].id == 3


@pytest.mark.parametrize("delivery_id", [0, -1, 7, 2**63, 10**30])
def test_asking_for_an_unknown_delivery_is_an_input_error(inbox, delivery_id):
    for ask in (inbox.delivery, inbox.row):
        with pytest.raises(InputError, match=f"no delivery {delivery_id}"):
            ask(delivery_id)


def test_another_process_may_be_stopped_while_it_writes_readings_or_leases(inbox, path, arrival):
    with Inbox.open(path) as output, output.writing() as connection:
        connection.execute("DELETE FROM readings.readings")
        connection.execute("DELETE FROM journal.leases")

        assert inbox.add([arrival()]) == [1]


def test_outputs_can_read_and_use_the_journal_while_a_delivery_is_written(inbox, path, arrival):
    with Inbox.open(path) as receiver, receiver.writing() as connection:
        connection.execute("DELETE FROM deliveries")

        assert inbox.rows() == []
        assert ask_lease(inbox, shop="s", topic="orders/paid", uri="u", api_version="2026-10", name="n") == 1


def test_a_batch_is_written_as_a_whole_or_not_at_all(inbox, path, arrival):
    inbox._connection.execute("PRAGMA main.max_page_count = 60")

    with pytest.raises(InboxError, match="disk is full"):
        inbox.add([arrival(body=os.urandom(4000)) for _ in range(100)])

    with Inbox.open(path) as other:
        assert other.rows() == []


def test_a_full_disk_is_reported_in_plain_words_and_writing_works_again_when_there_is_space(
    inbox, path, arrival
):
    inbox._connection.execute("PRAGMA main.max_page_count = 12")
    with pytest.raises(InboxError, match=f"nothing can be written to the inbox {path}") as caught:
        inbox.add([arrival(body=os.urandom(100_000))])
    inbox._connection.execute("PRAGMA main.max_page_count = 10000")

    assert "--inbox" in caught.value.hint
    assert inbox.add([arrival(body=os.urandom(100_000))]) == [1]


def test_nothing_is_written_into_an_inbox_that_was_removed(inbox, path, arrival):
    file_of(path, "deliveries").unlink()

    with pytest.raises(InboxError, match="removed or replaced"):
        inbox.add([arrival()])


def test_nothing_is_written_into_an_inbox_that_was_replaced(inbox, path, arrival, tmp_path):
    shutil.copy(file_of(path, "deliveries"), tmp_path / "copy")
    (tmp_path / "copy").replace(file_of(path, "deliveries"))

    with pytest.raises(InboxError, match="removed or replaced"):
        inbox.add([arrival()])


def test_only_the_owner_can_read_folder_and_files_whatever_the_umask(path, arrival):
    before = os.umask(0)
    try:
        with Inbox.open(path) as inbox:
            inbox.add([arrival()])
            ask_lease(inbox, shop="s", topic="orders/paid", uri="u", api_version="2026-10", name="n")
            modes = {file.name: mode(file) for file in path.iterdir()}
    finally:
        os.umask(before)

    assert mode(path) == 0o700
    assert {"deliveries.db", "deliveries.db-wal", "readings.db", "journal.db"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_path_may_contain_any_bytes(tmp_path, arrival):
    path = tmp_path / "caf\udce9 ?'\"" / "in#box%"

    with Inbox.open(path) as inbox:
        assert inbox.add([arrival()]) == [1]
        assert open_leases(inbox) == []

    assert [folder.name for folder in path.parent.iterdir()] == ["in#box%"]


def test_the_parent_folder_keeps_its_mode(path):
    path.parent.mkdir(mode=0o755)

    with Inbox.open(path):
        assert mode(path.parent) == 0o755


def test_written_deliveries_are_there_after_reopening(path, arrival):
    with Inbox.open(path) as inbox:
        inbox.add([arrival("orders/paid")])

    with Inbox.open(path) as inbox:
        assert [row.topic for row in inbox.rows()] == ["orders/paid"]
