import pytest

from devhook.inbox.mistakes import explained, keep_mistake
from devhook.inbox.readings import Reader, read_everything
from devhook.inbox.retention import forget_removed, remove_oldest
from devhook.signature_doctor.doctor import Diagnosis
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Secret, sign

SECRET = Secret(name="client secret", value="a-secret-of-the-tests")
BODY = b'{"id": 5001, "name": "#1001"}'
TOLD = "bad signature: the body without the white space between"


@pytest.fixture
def refused(inbox, arrival):
    """The id of a delivery whose signature is of the body without blanks."""

    def make(**facts):
        hmac = sign(SECRET.value.get_secret_value(), BODY.replace(b" ", b""))
        made = arrival("orders/updated", body=BODY, signature=Signature.INVALID, **facts)
        headers = (*made.delivery.headers, ("X-Shopify-Hmac-Sha256", hmac))
        delivery = made.delivery.model_copy(update={"headers": headers})
        return inbox.add([made.model_copy(update={"delivery": delivery})])[0]

    return make


def summaries(inbox, seconds, secrets=(SECRET,)):
    rows = explained(inbox, inbox.rows(), lambda _: (secrets, ()), seconds)
    return [row.summary for row in rows]


def test_a_wrong_signature_is_explained_as_long_as_the_time_lasts_and_the_mistake_is_kept(inbox, refused):
    refused()
    read_everything(inbox)
    assert summaries(inbox, 0) == ["bad signature"]
    assert summaries(inbox, 60, secrets=()) == ["bad signature"]

    (told,) = summaries(inbox, 60)
    assert told.startswith(TOLD)
    assert summaries(inbox, 0, secrets=()) == [told]
    assert inbox.rows()[0].discreet == told
    assert inbox.rows()[0].is_explained


def test_a_kept_mistake_revises_the_delivery_once_and_goes_with_it(inbox, refused):
    number = refused()
    reader = Reader(inbox)
    reader.read_new()
    reader.revised()
    unread = refused()
    case = next(iter(summaries(inbox, 60)))
    assert case.startswith(TOLD)
    assert [row.id for row in reader.revised()] == [number]

    keep_mistake(inbox, number, Diagnosis())
    keep_mistake(inbox, unread, Diagnosis())
    assert reader.revised() == []
    assert not inbox.row(unread).is_explained

    read_everything(inbox)
    remove_oldest(inbox, unread)
    while forget_removed(inbox):
        pass
    assert inbox.query("SELECT count(*) AS kept FROM readings.mistakes")[0]["kept"] == 0
