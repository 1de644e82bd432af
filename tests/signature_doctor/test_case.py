import pytest

from devhook.signature_doctor.case import Case


def a_case(body):
    return Case(body=body, claimed="x")


def test_a_body_is_read_once_and_keeps_its_numbers():
    case = a_case(b'{"id":820982911946154508}')

    assert case.document == {"id": 820982911946154508}
    assert case.document is case.document


@pytest.mark.parametrize("body", [b"", b"<order/>", b"null", b"[" * 100_000, b"\x1f\x8b\x08", b"\xff"])
def test_what_is_no_json_has_no_document(body):
    assert a_case(body).document is None


def test_what_would_take_too_long_is_not_read():
    dense = b"[" + b"1," * 1_000_000 + b"1]"

    assert a_case(dense).ways == 0
    assert a_case(dense).document is None


def test_the_larger_the_fewer_ways():
    assert a_case(b'{"a":1}' * 1000).ways > a_case(b'{"a":1}' * 100_000).ways > 0
