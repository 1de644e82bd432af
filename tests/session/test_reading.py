"""A session that only reads an inbox or a recording."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devhook.errors import DevhookError, InputError
from devhook.inbox.database import Inbox
from devhook.inbox.recorded import recorded
from devhook.recordings.recording import write_recording
from devhook.session.reading import READ_ONLY, ReadingOptions, reading
from devhook.webhook.delivery import Arrival, Delivery, Signature


def arrival(number):
    delivery = Delivery(
        received_at=datetime(2026, 11, 28, 9, number, tzinfo=UTC),
        headers=(
            ("X-Shopify-Topic", "orders/updated"),
            ("X-Shopify-Shop-Domain", "bird-boxes.myshopify.com"),
        ),
        body=b'{"id": 7, "name": "#1007", "note": "%d"}' % number,
    )
    return Arrival(delivery=delivery, signature=Signature.UNCHECKED, status=200)


async def read(session, count):
    """Read until there are so many new deliveries."""
    rows = []
    async with asyncio.timeout(30):
        while len(rows) < count:
            rows += session.read().new
            await asyncio.sleep(0)
    return rows


async def test_what_another_devhook_receives_into_the_inbox_appears(tmp_path):
    with Inbox.open(tmp_path / "inbox") as writer:
        writer.add([arrival(1)])
        async with reading(ReadingOptions(path=tmp_path / "inbox")) as session:
            assert session.reads_only
            assert session.status().source == str(tmp_path / "inbox")
            assert [row.id for row in session.inbox.rows()] == [1]

            writer.add([arrival(2)])
            (row,) = await read(session, 1)
            assert (row.id, row.change_count) == (2, 1)

            with pytest.raises(DevhookError, match="read only"):
                await session.answer_with(())


@pytest.mark.parametrize("content", [b"", b"{}", b"\x00" * 100, b"[1, 2]"])
async def test_a_file_without_deliveries_is_refused_and_leaves_nothing_behind(tmp_path, monkeypatch, content):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = tmp_path / "file.jsonl"
    file.write_bytes(content)

    with pytest.raises(DevhookError):
        async with reading(ReadingOptions(path=file)):
            raise AssertionError

    assert list(tmp_path.iterdir()) == [file]


async def test_the_import_of_a_large_file_stops_when_the_session_is_to_end(tmp_path, monkeypatch, until):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Inbox.open(tmp_path / "inbox") as inbox:
        (number,) = inbox.add([arrival(1)])
        head, line = write_recording([recorded(inbox, number)])
    shutil.rmtree(tmp_path / "inbox")
    file = tmp_path / "large.jsonl"
    file.write_text("\n".join([head, *[line] * 30_000]))

    opening = asyncio.ensure_future(reading(ReadingOptions(path=file)).__aenter__())
    await until(lambda: list(tmp_path.glob("*/inbox/deliveries.db")))
    opening.cancel()

    with pytest.raises(asyncio.CancelledError):
        await opening
    assert list(tmp_path.iterdir()) == [file]


async def test_a_path_where_nothing_is_is_refused(tmp_path):
    with pytest.raises(InputError, match="no inbox and no recording"):
        async with reading(ReadingOptions(path=tmp_path / "nothing")):
            raise AssertionError
    assert not Path(tmp_path / "nothing").exists()


def test_the_refusal_names_the_commands_that_send():
    for command in ("devhook replay", "devhook forge", "devhook listen"):
        assert command in READ_ONLY.hint
