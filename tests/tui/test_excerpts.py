from datetime import UTC, datetime

from devhook.tui.excerpts import body_of, file_name, headers_of, recording_name
from devhook.webhook.delivery import Delivery

NOW = datetime(2026, 3, 14, tzinfo=UTC)


def a_delivery(body=b"{}", *headers):
    return Delivery(received_at=NOW, headers=headers, body=body)


def test_a_body_is_its_bytes_and_is_text_only_where_it_is_utf_8():
    for body, suffix, text in (
        (b' {"id":1.50}\n', ".json", ' {"id":1.50}\n'),
        ("ä=1".encode(), ".txt", "ä=1"),
        (b"", ".txt", ""),
        (b"\xff\x00", ".bin", None),
        (b"a\0b", ".bin", None),
        (b"[" * 100_000, ".txt", "[" * 100_000),
    ):
        excerpt = body_of(a_delivery(body))
        assert (excerpt.content, excerpt.suffix, excerpt.text) == (body, suffix, text)
    assert body_of(a_delivery(b"<a/>", ("Content-Type", "application/xml"))).suffix == ".xml"


def test_headers_keep_their_order_case_and_repetition():
    excerpt = headers_of(a_delivery(b"", ("X-b", "1"), ("x-A", "caf\u00c3\u00a9"), ("X-b", "\x1b[2J")))

    assert excerpt.text == "X-b: 1\nx-A: café\nX-b: ␛[2J\n"


def test_nothing_in_a_pager_acts_on_the_terminal():
    shown = body_of(a_delivery(b"\x1b]52;c;aGk=\x07\r\nnext \xff")).shown.decode()

    assert shown.isprintable() or shown.replace("\n", "").isprintable()
    assert shown.split("\n")[1] == "next \\xff"


def test_files_are_named_by_topic_and_id_whatever_the_topic_is():
    assert file_name(12, a_delivery(b"", ("X-Shopify-Topic", "orders/updated")), ".json") == (
        "orders-updated-12.json"
    )
    assert (
        file_name(7, a_delivery(b"", ("X-Shopify-Topic", "../../etc/passwd")), ".txt") == "etc-passwd-7.txt"
    )
    assert file_name(7, a_delivery(b"", ("X-Shopify-Topic", "\x1b/é")), ".txt") == "delivery-7.txt"
    assert file_name(7, a_delivery(), ".txt") == "delivery-7.txt"
    assert recording_name([7]) == "delivery-7.jsonl"
    assert recording_name([12, 7, 40]) == "deliveries-7-40.jsonl"
