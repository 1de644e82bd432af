import tomllib

import pytest

from devhook.toml_text import parse_toml

PROSE = "Version 1.2.3 of a.b.c costs 12.50. " * 100


def test_what_python_parses_is_parsed_alike():
    for text in (
        "",
        "[listen]\nport = 3000\ntopics = ['orders/*', \"a.b\"]\n",
        f"body = '{PROSE}'\n",
        f'body = """\n{PROSE}\n"""\n',
        ".".join(["a"] * 32) + " = 1",
        f"body = '{'x' * 1_000_000}'",
    ):
        assert parse_toml(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = ", r"Invalid value \(at end of document\)"),
        ("a = " + "[" * 9_000, "Nested too deeply"),
        ("a = " + "9" * 9_000, "digits"),
        ("\n" + "a." * 30_000 + "a = 1", r"Key with more than 32 parts \(at line 2, column 1\)"),
        ("b = {" + "'a' . " * 40 + "a = 1}", "Key with more than 32 parts"),
        ("[" + '"a".' * 40 + "a]", "Key with more than 32 parts"),
    ],
)
def test_any_other_text_is_a_value_error_at_once(text, reason):
    with pytest.raises(ValueError, match=reason):
        parse_toml(text)
