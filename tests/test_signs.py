import pytest
from rich.cells import cell_len

from devhook.signs import SIGNS, has_utf8, in_ascii


def test_a_sign_and_its_substitute_are_one_cell_wide():
    for sign, substitute in SIGNS.items():
        assert substitute.isascii(), sign
        assert (len(substitute), cell_len(sign), substitute.isprintable()) == (1, 1, True), sign


def test_text_keeps_its_words_and_other_characters_are_spelled():
    assert in_ascii("✓200 #1001 refunded 80.10 → paid · 2 ×") == "v200 #1001 refunded 80.10 > paid - 2 x"
    assert in_ascii("Grüße €") == r"Gr\xfc\xdfe \u20ac"


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, True),
        ({"LANG": ""}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, True),
        ({"LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "POSIX", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "de_DE"}, False),
        ({"LC_ALL": "en_US.ISO-8859-1"}, False),
    ],
)
def test_a_locale_has_utf8_as_its_variables_say(environment, found):
    assert has_utf8(environment) is found
