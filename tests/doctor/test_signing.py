import pytest
from pydantic import SecretStr

from devhook.doctor.finding import FindingOutcome
from devhook.doctor.signing import SigningSecret, signing_findings

GOOD = "shpss_0123456789abcdef0123456789abcdef"
CLIENT_ID = "fedcba9876543210fedcba9876543210"


def finding(value, name="client secret"):
    secret = SigningSecret(name=name, value=SecretStr(value), source="SHOPIFY_API_SECRET")
    (found,) = signing_findings([secret], [("client id", SecretStr(CLIENT_ID))])
    return found


@pytest.mark.parametrize("value", [GOOD, "0123456789abcdef0123456789abcdef", "ab" * 32, f" {GOOD}\n"])
def test_what_looks_like_one_is_well(value):
    assert finding(value).outcome is FindingOutcome.OK
    assert "SHOPIFY_API_SECRET" in finding(value).message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (f'"{GOOD}"', "quotation marks"),
        (f"'{GOOD}", "quotation marks"),
        (f"\u201c{GOOD}\u201d", "quotation marks"),
        ("shpss_0123456789abcdef\n0123456789abcdef", "a line break"),
        ("shpss_ 0123456789abcdef", "a space"),
        ("shpss_0123456789\u0430bcdef", "an invalid character"),
        ("shpat_0123456789abcdef0123456789abcdef", "an access token"),
        (CLIENT_ID, "is the client id"),
    ],
)
def test_what_cannot_be_one_is_told_without_being_shown(value, text):
    found = finding(value)

    assert found.outcome is FindingOutcome.OBSTACLE
    assert text in found.message
    assert found.hint
    assert value not in found.message + found.hint


@pytest.mark.parametrize("value", ["hush", "shpss_xyz", "0123"])
def test_an_unusual_one_is_worth_a_word(value):
    assert finding(value).outcome is FindingOutcome.NOTE
    assert value not in finding(value).message.split()


def test_the_admins_secret_is_thought_of_beside_the_apps_and_not_beside_itself():
    assert "DEVHOOK_NOTIFICATIONS_SECRET" in finding(GOOD).hint
    assert finding("ab" * 32, name="Notifications secret").hint == ""


def test_no_secret_means_no_check():
    (found,) = signing_findings([], [])

    assert found.outcome is FindingOutcome.NOTE
    assert "DEVHOOK_CLIENT_SECRET" in found.hint
