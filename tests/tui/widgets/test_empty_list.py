from datetime import UTC, datetime

import pytest

from devhook.session.session import Status
from devhook.tui.widgets.empty_list import nothing_came, nothing_matches

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


def told(secrets=("known",), *, reads_only=False, **status):
    class Canned:
        def status(self):
            usual = {"shop": None, "address": "http://127.0.0.1:4000/", "simulated": False, "leases": 0}
            return Status(**usual | {"inbox": "/data/inbox", "listening_since": NOON} | status)

    Canned.secrets, Canned.reads_only = secrets, reads_only
    return nothing_came(Canned()).plain


SHOP = {"shop": "acme.myshopify.com", "public_url": "https://acme.ngrok.app/"}


@pytest.mark.parametrize(
    ("known", "says", "keeps_quiet"),
    [
        ({}, ["http://127.0.0.1:4000/", "c creates a delivery", "--tunnel", "--shop"], "secret"),
        ({"secrets": ()}, ["No secret is known", "DEVHOOK_CLIENT_SECRET"], "acme"),
        (
            {"public_url": "https://acme.ngrok.app/"},
            ["Create a webhook", "https://acme.ngrok.app/"],
            "127.0.0.1",
        ),
        (SHOP, ["no subscription in acme.myshopify.com", "s lists", "n there creates one"], "127.0.0.1"),
        (
            SHOP | {"leases": 5},
            ["5 subscriptions in acme.myshopify.com wait", "https://acme.ngrok.app/", "s lists them"],
            "127.0.0.1",
        ),
        (SHOP | {"leases": 1}, ["1 subscription in acme.myshopify.com waits"], "127.0.0.1"),
        (
            SHOP | {"leases": 5, "dead_since": NOON},
            ["no delivery reaches devhook", "https://acme.ngrok.app/", "devhook doctor"],
            "wait for a change",
        ),
        ({"simulated": True}, ["Press 1", "http://127.0.0.1:4000/"], "tunnel"),
        ({"reads_only": True, "source": "sent.jsonl"}, ["sent.jsonl", "appears here", "q closes"], "Waiting"),
    ],
)
def test_an_empty_list_says_what_is_known_and_what_to_do(known, says, keeps_quiet):
    shown = told(**known)

    assert not [words for words in says if words not in shown], shown
    assert keeps_quiet not in shown


def test_a_filter_that_hides_all_is_shown_with_its_count_and_the_key_that_clears_it():
    shown = nothing_matches("topic:orders/\x1b[paid", 40, searching=False, key="F2").plain

    assert shown == "0 of 40 deliveries match\ntopic:orders/␛[paid\n\nF2 clears the filter."
    assert nothing_matches("x", 40, searching=True, key="Esc").plain.startswith("Searching the inbox for\nx")


def test_that_no_secret_is_known_is_said_before_what_a_small_terminal_cuts_off():
    lines = told(secrets=()).splitlines()

    assert lines.index("No secret is known, so signatures are not checked.") == 2
