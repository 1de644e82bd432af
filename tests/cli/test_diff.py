"""`devhook diff`: between deliveries, and between the shapes of payloads."""

import json

import pytest

from devhook.webhook.delivery import Signature


def test_one_delivery_is_compared_with_its_previous_version(here, deliver):
    deliver()
    deliver(name="#2002")
    deliver(note="Fragile")

    assert here("diff", "last") == (
        0,
        '~ note  null → "Fragile"\n',
        "orders/updated 3 compared with delivery 1:\n",
    )


def test_any_two_are_compared(here, deliver):
    deliver(note="a", signature=Signature.INVALID)
    deliver("orders/paid", name="#2002", note="b")

    status, out, _ = here("diff", 1, -1)

    assert status == 0
    assert out.splitlines() == [
        "~ id  5000000002001 → 5000000002002",
        '~ name  "#2001" → "#2002"',
        '~ note  "a" → "b"',
    ]


def test_equal_deliveries_are_reported_as_equal(here, deliver):
    deliver()
    deliver()

    assert here("diff", 1, 2) == (0, "", "orders/updated 2 compared with delivery 1:\nNo differences.\n")


def test_a_delivery_without_a_previous_version_is_explained(here, deliver):
    deliver("orders/create", webhook_id="w")
    deliver("orders/create", webhook_id="w")

    first, again = here("diff", 1), here("diff", 2)

    assert first == (0, "", "Delivery 1 was not compared with another delivery.\n")
    assert again[:2] == (0, "")
    assert "The same Webhook-Id as delivery 1" in again[2]


def test_json_is_one_object(here, deliver):
    deliver()
    deliver(note="x")

    told = json.loads(here("diff", 2, "--json")[1])

    change = {"kind": "changed", "path": "note", "pointer": "/note", "before": None, "after": "x"}
    assert told == {"before": 1, "after": 2, "changes": [change], "unlisted": []}


def test_an_unreadable_delivery_is_reported(here, deliver):
    deliver()
    deliver(body=b"{")

    status, out, err = here("diff", 1, 2)

    assert (status, out) == (2, "")
    assert "Delivery 2 cannot be compared." in err
    assert "devhook show 2 --raw" in err


@pytest.mark.parametrize("arguments", [[], ["--shape", "1"], ["--shape", "1", "2", "3"]])
def test_any_other_number_of_arguments_is_a_usage_error(here, deliver, arguments):
    deliver()

    status, out, err = here("diff", *arguments)

    assert (status, out) == (2, "")
    assert "devhook diff" in err


def test_more_than_two_are_a_usage_error(here, deliver):
    for _ in range(3):
        deliver()

    status, out, err = here("diff", "1", "2", "3")

    assert (status, out) == (2, "")
    assert "1 2 3 selects more than 2 deliveries." in err


def test_shapes_of_two_files_are_compared(here, tmp_path):
    (tmp_path / "old.json").write_text('{"id": 1, "price": "1.00", "gone": {"a": 1}, "items": []}')
    (tmp_path / "new.json").write_text('{"id": 2, "price": 1.0, "new": [1], "items": [{"sku": "A"}]}')

    status, out, err = here("diff", "--shape", "old.json", "new.json")

    assert status == 0
    assert out.splitlines() == ["~ price  string → number", "+ new  list", "- gone  object"]
    assert err.splitlines() == [
        "- is only in old.json, + is only in new.json, ~ has another type there.",
        "Not compared, because they are empty or null in one payload: items",
    ]


def test_a_delivery_and_a_recording_are_compared(here, deliver, tmp_path):
    deliver(note="a")
    deliver(document={"id": 1, "note": None})
    deliver(document={"name": 1, "note": 7})
    (tmp_path / "other.jsonl").write_text(here("export", 2, 3)[1])

    told = json.loads(here("diff", "--shape", 1, "other.jsonl", "--json")[1])

    assert told == {
        "changes": [
            {"kind": "type_changed", "path": "note", "before": ["string"], "after": ["null", "number"]},
            {"kind": "type_changed", "path": "name", "before": ["string"], "after": ["number"]},
        ],
        "unknown": [],
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "other.json is neither a file, nor a topic, nor the id of a delivery.\n         All topics"),
        ("", "The body is empty"),
        ("{", "contains no payload"),
        ('{"id": 1}\n{"id": 2}\n', "contains no payload"),
        ('{"recording": 1, "headers": [], "body_base64": "?"}', "line 1"),
        ('{"recording": 1, "made_by": "devhook 0.2.0", "test_secret": null}', "contains no delivery"),
    ],
)
def test_a_file_that_holds_no_payload_is_reported(here, tmp_path, content, said):
    (tmp_path / "one.json").write_text('{"id": 1}')
    if content is not None:
        (tmp_path / "other.json").write_text(content)

    status, out, err = here("diff", "--shape", "one.json", "other.json")

    assert (status, out) == (2, "")
    assert said in err


def test_a_delivery_is_compared_with_the_documented_payload_of_a_topic(here, deliver):
    deliver("tender_transactions/create", {"id": 7, "order_id": 1, "amount": 12.5, "fee": {"amount": "0.10"}})

    status, out, err = here("diff", "--shape", "tender_transactions/create", "last")

    assert status == 0
    assert err.startswith("- is only in tender_transactions/create, + is only in last")
    assert out.splitlines()[:3] == ["~ amount  string → number", "+ fee  object", "- currency  string"]
    assert here("diff", "--shape", "TENDER_TRANSACTIONS_CREATE", "last")[1] == out
    assert here("diff", "--shape", "customers/create", "customers/update")[1:] == (
        "",
        "The shapes are equal.\n",
    )


def test_a_payload_that_is_not_documented_is_compared_with_a_warning(here):
    status, _, err = here("diff", "--shape", "returns/process", "returns/close")

    guessed = "Shopify documents no payload for returns/process; devhook's own is a guess."
    assert (status, err.splitlines()) == (0, [guessed, "The shapes are equal."])


def test_a_misspelt_topic_is_answered_with_the_nearest(here):
    status, out, err = here("diff", "--shape", "order/updated", "customer/redact")

    assert (status, out) == (2, "")
    assert "order/updated is neither a file, nor a topic, nor the id of a delivery." in err
    assert "Did you mean orders/updated" in err


def test_foreign_text_cannot_act_on_the_terminal(here, deliver):
    deliver("orders/\x1b[2J", {"id": 1, "\x1b]0;x": 1})
    deliver("orders/\x1b[2J", {"id": 1, "\x1b]0;x": 2})

    for asked in (["1", "2"], ["--shape", "1", "2"], ["2"]):
        _, out, err = here("diff", *asked)
        assert "\x1b" not in out + err


def test_numbers_keep_their_digits_in_json(here, deliver):
    deliver("orders/updated", body=b'{"id":1,"name":"#1001","weight":1.50}')
    deliver("orders/updated", body=b'{"id":1,"name":"#1001","weight":2.50}')

    assert '"before": 1.50, "after": 2.50' in here("diff", 2, "--json")[1]
