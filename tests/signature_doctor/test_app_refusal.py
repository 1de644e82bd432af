import json

from hypothesis import given
from hypothesis import strategies as st

from devhook.signature_doctor.app_refusal import Judged, Refusal, explain
from devhook.webhook.answer import Answer

# As Shopify writes it, and the same as JSON.stringify, json.dumps and the others do.
SHOPIFYS = b'{"id":1,"url":"https:\\/\\/a.example\\/","weight":2.0}'
PLAIN = b'{"id":1}'
LETTERS = '{"note":"Süß"}'.encode()


def explained(body, *others, by="http://localhost:3000/webhooks", **facts):
    judged = tuple(
        Judged(id=number, body=each, accepted=ok, signed_with="client secret")
        for number, (each, ok) in enumerate(others, 2)
    )
    refused = Judged(id=1, body=body, accepted=False, signed_with=facts.pop("signed_with", "client secret"))
    return explain(Refusal(**{"delivery": refused, "by": by, "status": 401, "others": judged} | facts))


def named(*arguments, **facts):
    return [cause.name for cause in explained(*arguments, **facts).probably]


def test_it_says_what_happened_and_names_the_next_command():
    told = explained(SHOPIFYS)

    assert told.what == "The signature is valid, and your app refused the delivery (401)."
    assert told.next == "devhook probe http://localhost:3000/webhooks"
    assert explained(SHOPIFYS, by="receiver").next == "devhook probe URL"


def test_a_body_that_parsers_change_is_probably_verified_parsed():
    told = explained(SHOPIFYS)

    assert [cause.name for cause in told.probably] == ["parsed-body"]
    assert (
        "probably verifies the parsed body: written again by JavaScript's JSON.stringify, Python's json.dumps"
        in told.probably[0].what
    )
    assert "(\\/ becomes /, 2.0 becomes 2)" in told.probably[0].what
    assert "it has accepted none here so far" in told.probably[0].what


def test_what_was_accepted_speaks_for_it_or_against_it():
    supported = explained(SHOPIFYS, (PLAIN, True), (SHOPIFYS + b"\n", False))
    assert "It accepted 1 delivery whose bytes that leaves alone." in supported.probably[0].what
    # json.dumps would have changed this one too, and it was accepted.
    assert "json.dumps" not in supported.probably[0].what.replace("json.dumps with", "")

    assert named(SHOPIFYS, (SHOPIFYS.replace(b"1", b"2"), True)) == ["another-reason"]


def test_a_body_that_no_parser_changes_speaks_of_the_secret():
    (cause,) = explained(b'{"id": 1}').probably

    assert cause.name in {"another-secret", "parsed-body"}
    assert named(b"<order/>") == ["another-secret"]
    assert named(b"") == ["another-secret"]


def test_bodies_that_were_refused_though_no_parser_changes_them_speak_of_the_secret():
    (cause,) = explained(SHOPIFYS, (b"<order/>", False)).probably

    assert cause.name == "another-secret"
    assert cause.what.startswith("It refused bodies too that no usual parser would change, so your app")


def test_in_a_rotation_the_app_may_know_one_secret_of_two():
    (cause,) = explained(SHOPIFYS, (PLAIN, True), signed_with="old client secret").probably

    assert cause.name == "one-secret-of-two"
    assert "signed with the client secret, and this one is signed with the old client secret" in cause.what


def test_of_a_body_that_is_too_large_to_parse_nothing_is_supposed():
    assert named(b"[" + b"1," * 1_000_000 + b"1]") == []


def test_letters_beyond_ascii_alone_speak_of_the_encoding():
    accepted = [(b'{"note":"a"}', True), (b'{"url":"\\/"}', True), (b'{"n": 2.0}', True)]

    assert named(LETTERS, *accepted, ('{"note":"é"}'.encode(), False)) == ["decoded-body"]


def test_the_same_bytes_that_it_accepted_before_are_no_matter_of_the_body():
    assert named(SHOPIFYS, (SHOPIFYS, True)) == ["accepted-before"]


def test_what_answered_instead_of_the_apps_code_is_believed():
    csrf = Answer(status=403, seconds=0, body=b"<p>CSRF verification failed. Request aborted.</p>")

    assert named(SHOPIFYS, interception=csrf.interception(), status=403) == ["csrf"]
    assert named(SHOPIFYS, headers=(("WWW-Authenticate", "Basic realm=x"),)) == ["login"]


BODIES = st.one_of(
    st.binary(max_size=30),
    st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False) | st.text(max_size=5), max_size=3)
    .map(json.dumps)
    .map(str.encode),
)


@given(BODIES, st.lists(st.tuples(BODIES, st.booleans()), max_size=4))
def test_every_refusal_has_one_probable_cause_that_no_answer_contradicts(body, others):
    told = explained(body, *others)

    (cause,) = told.probably
    assert "probably" in cause.what
    if cause.name == "parsed-body":
        assert not any(accepted and each == body for each, accepted in others)
