"""Where in a TOML text something stands."""

import pytest

from devhook.scenario.toml_positions import line_of

TEXT = """title = 'a # b'
"quoted" = 1
notes = '''
[table]
key = 1'''  # ''' opens nothing here
[table]
key = "[[list]]"
other = "\\""
[[list]]
key = \"\"\"x\\\"\"\" \"\"\"
[ table2 ]
[[ list ]]
  key = 2
expect.late = 1
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ((), 1),
        (("title",), 1),
        (("quoted",), 2),
        (("notes",), 3),
        (("table", "key"), 7),
        (("table",), 6),
        (("table", "missing"), 6),
        (("list", 0, "key"), 10),
        (("table2",), 11),
        (("list", 1), 12),
        (("list", 1, "key"), 13),
        (("list", 1, "missing"), 12),
        (("list", 7, "key"), 1),
        (("nowhere", 0, "key"), 1),
    ],
)
def test_the_line_of(location, line):
    assert line_of(TEXT, location) == line


def test_a_dotted_key_at_the_top_is_found_by_its_table():
    assert line_of("a = 1\nexpect.late = 3\n", ("expect", "late")) == 2
