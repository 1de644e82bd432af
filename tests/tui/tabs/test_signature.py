import pytest

from devhook.signature_doctor.app_refusal import Judged, Refusal, explain
from devhook.signature_doctor.case import Case
from devhook.signature_doctor.doctor import diagnose
from devhook.tui.tabs.signature import signature_layout
from devhook.webhook.delivery import Signature
from devhook.webhook.signature import Check, Secret, check, sign

SECRET = Secret(name="demo app", value="a-secret-of-the-tests")
BODY = b'{"id":1}'


def text(view, width=78):
    return signature_layout(view, width).text()


def claiming(hmac):
    return (("X-Shopify-Hmac-Sha256", hmac),)


def test_a_valid_signature_names_the_secret_that_made_it(view):
    hmac = sign("a-secret-of-the-tests", BODY)
    shown = text(
        view(
            body=BODY,
            headers=claiming(hmac),
            check=check([SECRET], BODY, hmac),
            row_facts={"signed_with": "demo app"},
        )
    )

    assert shown.splitlines()[:7] == [
        " ✓ The signature is valid.",
        "",
        f" claimed       {hmac}",
        " made with     demo app",
        " checked with  demo app",
        " covers        the 8 bytes of the body; no header, no path",
        " answered      200",
    ]


def test_an_invalid_signature_says_what_checking_found(view):
    found = Check(signature=Signature.INVALID, reason="The header is hexadecimal; Shopify sends base64.")

    shown = text(view(check=found, row_facts={"signature": Signature.INVALID, "status": 401}))

    assert shown.startswith(
        " ✗ The signature is invalid.\n   The header is hexadecimal; Shopify sends base64."
    )
    assert " answered      401" in shown


def test_a_signature_whose_check_changed_shows_both_results(view):
    found = Check(signature=Signature.INVALID, reason="The demo app does not make this signature.")

    shown = text(view(check=found, row_facts={"signature": Signature.UNCHECKED}), 200)

    assert " ? The signature was not checked." in shown
    assert "Now it is invalid. The demo app does not make this" in shown


def diagnosed(view, claimed, width=78):
    diagnosis = diagnose(Case(body=BODY, claimed=claimed), [SECRET])
    shown = view(
        body=BODY,
        headers=claiming(claimed),
        check=check([SECRET], BODY, claimed),
        diagnose=lambda: diagnosis,
        row_facts={"signature": Signature.INVALID},
    )
    return signature_layout(shown, width, diagnosis)


def test_the_mistake_is_shown_with_its_origin_and_its_remedy(view):
    shown = diagnosed(view, sign("a-secret-of-the-tests", BODY + b"\n")).text().splitlines()

    assert shown[3:6] == [
        "   It is the signature of the body with a line end after it.",
        "   $(…) in a shell, strip() or curl -d takes the last line end away after it",
        "   was signed.",
    ]
    assert shown[6].startswith("   → Send the file with curl --data-binary @file")
    assert shown[-1] == "     | openssl base64 -A"


def test_a_signature_that_no_mistake_explains_is_shown_with_what_was_tried(view):
    shown = diagnosed(view, sign("a stranger's", BODY), 400).text()

    assert "No known mistake explains this signature." in shown
    assert "Tried without a match" in shown


def test_evidence_is_told_instead_of_what_was_tried(view):
    claimed = sign("a stranger's", BODY)
    diagnosis = diagnose(Case(body=b"", claimed=claimed, content_length=82), [SECRET])
    shown = text(
        view(
            body=b"",
            headers=claiming(claimed),
            check=check([SECRET], b"", claimed),
            diagnose=lambda: diagnosis,
            row_facts={"signature": Signature.INVALID},
        ),
        400,
    )
    after = signature_layout(
        view(body=b"", diagnose=lambda: diagnosis, row_facts={"signature": Signature.INVALID}), 400, diagnosis
    ).text()

    assert "Searching for the mistake…" in shown
    assert "There is no body here although Content-Length is 82" in after
    assert "→ The recorder did not keep it." in after
    assert "Tried without a match" not in after


REFUSED = Refusal(
    delivery=Judged(id=7, body=b'{"url":"a\\/b"}', accepted=False),
    by="http://localhost:3000/hooks",
    status=401,
)


@pytest.mark.parametrize("width", [40, 66, 78])
def test_a_refusal_of_a_valid_delivery_is_explained_within_the_width(view, width):
    shown = view(body=BODY, explain=lambda: explain(REFUSED))

    before = signature_layout(shown, width)
    after = signature_layout(shown, width, refusal=explain(REFUSED))

    assert "Comparing with what your app answered…" in " ".join(before.text().split())
    assert "Your app probably verifies the parsed body" in " ".join(after.text().split())
    assert max(after.line(number).cell_length for number in range(after.count - 3)) <= width


def test_the_search_for_the_mistake_is_shown_while_it_runs(view):
    found = check([SECRET], BODY, sign("a stranger's", BODY))

    shown = text(view(body=BODY, check=found, diagnose=lambda: None))

    assert "Searching for the mistake…" in shown


@pytest.mark.parametrize("width", [40, 66, 78])
def test_the_doctors_words_stay_within_the_width(view, width):
    shown = diagnosed(view, sign("a stranger's", BODY), width)

    assert max(shown.line(number).cell_length for number in range(shown.count - 3)) <= width


def test_a_missing_signature_is_named(view):
    found = Check(signature=Signature.MISSING, reason="The header X-Shopify-Hmac-Sha256 is missing.")

    shown = text(
        view(check=found, secrets=(), row_facts={"signature": Signature.MISSING, "signed_with": None})
    )

    assert "claimed       nothing" in shown
    assert "checked with  nothing" in shown


def test_the_command_to_check_by_hand_names_the_secret_only_by_a_variable(view):
    shown = text(view(body=BODY, check=check([SECRET], BODY, "x" * 44)))

    assert 'openssl dgst -sha256 -hmac "$SECRET" -binary body' in shown
    assert "a-secret-of-the-tests" not in shown


@pytest.mark.parametrize("attack", ["[/foo]", "[@click=app.quit]x", "\x1b]52;c;aGk=\x07", "\x9b2J"])
def test_foreign_text_cannot_break_a_line(view, attack):
    shown = text(view(headers=claiming(attack), secrets=(attack,), row_facts={"signed_with": attack}))

    assert all(line.isprintable() for line in shown.split("\n"))


@pytest.mark.parametrize("width", [40, 66, 78])
def test_facts_stay_within_the_width(view, width):
    shown = signature_layout(view(headers=claiming("x" * 300), secrets=("a name " * 20,)), width)

    assert max(shown.line(number).cell_length for number in range(shown.count - 3)) <= width
