from devhook.inbox.namesakes import NAMESAKES, case_of
from devhook.inbox.reader import Reader
from devhook.webhook.delivery import Signature


def case(inbox, delivery_id):
    return case_of(inbox, delivery_id, inbox.delivery(delivery_id))


def test_other_bodies_of_the_same_webhook_id_are_found(inbox, arrival):
    inbox.add([arrival(body=b"old", webhook_id="w-1"), arrival(body=b"else", webhook_id="w-2")])
    inbox.add([arrival(body=b"new", webhook_id="w-1", signature=Signature.INVALID)])
    Reader(inbox).read_new()

    found = case(inbox, 3)

    assert found.body == b"new"
    assert [(other.id, other.body) for other in found.others] == [(1, b"old")]


def test_what_was_not_trusted_explains_nothing(inbox, arrival):
    inbox.add([arrival(body=b"forged", webhook_id="w-1", signature=Signature.INVALID) for _ in range(2)])
    Reader(inbox).read_new()

    assert case(inbox, 2).others == ()


def test_another_shops_id_is_another_id(inbox, arrival):
    inbox.add(
        [arrival(body=b"old", webhook_id="w-1"), arrival(body=b"new", webhook_id="w-1", shop="b.example")]
    )
    Reader(inbox).read_new()

    assert case(inbox, 2).others == ()


def test_without_an_id_there_are_no_others(inbox, arrival):
    inbox.add([arrival(body=b"old"), arrival(body=b"new")])
    Reader(inbox).read_new()

    assert case(inbox, 2).others == ()
    assert case(inbox, 2).claimed == ""


def test_they_are_looked_up_by_index(inbox):
    steps = [step for *_, step in inbox.query(f"EXPLAIN QUERY PLAN {NAMESAKES}", "s", "w", 9)]

    assert "USING INDEX originals (shop=? AND webhook_id=?)" in " ".join(steps)
