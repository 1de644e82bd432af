import pytest

from devhook.analysis.paths import Place, Siblings, labels_in, name_of, path_of, pointer_of, spelled, steps_of


def item(around, siblings, old, new):
    return Place(around, old, new, siblings)


def field(around, key):
    return Place(around, key, key)


def line_items():
    items = [{"id": 2, "sku": "CAP"}, {"id": 1, "sku": "TEE-M"}, {"id": 3, "sku": "MUG"}]
    return Siblings("line_items", items, identified=True, in_text=False)


def test_a_place_is_spelled_for_people_for_programs_and_for_the_old_document():
    place = field(item(field(None, "line_items"), line_items(), 0, 1), "price")

    assert path_of(place) == "line_items[TEE-M].price"
    assert pointer_of(place, into_old=False) == "/line_items/1/price"
    assert pointer_of(place, into_old=True) == "/line_items/0/price"
    assert steps_of(place) == ("line_items", 0, "price")


def test_the_whole_document_has_a_path_to_show():
    assert path_of(None) == "(document)"
    assert pointer_of(None, into_old=False) == ""
    assert steps_of(None) == ()
    assert name_of(None) == ""


def test_a_field_has_a_name_and_an_item_has_none():
    assert name_of(field(None, "note")) == "note"
    assert name_of(item(None, line_items(), 0, 0)) == ""


def test_a_list_can_be_the_document():
    assert path_of(field(item(None, line_items(), 2, 0), "price")) == "[CAP].price"


def test_a_tag_is_reached_by_steps_but_its_pointer_ends_at_the_text():
    tags = Siblings("tags", ["new", "vip"], identified=True, in_text=True)
    place = item(field(None, "tags"), tags, 0, 1)

    assert path_of(place) == "tags[vip]"
    assert pointer_of(place, into_old=False) == "/tags"
    assert steps_of(place) == ("tags", 0)


def test_a_pointer_escapes_tilde_and_slash():
    assert pointer_of(field(field(None, "a/b"), "c~1"), into_old=False) == "/a~1b/c~01"
    assert pointer_of(field(field(None, ""), " "), into_old=False) == "// "


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("shop_money", "a.shop_money"),
        ("x-y", "a.x-y"),
        ("größe", "a.größe"),
        ("", 'a[""]'),
        ("b.c", 'a["b.c"]'),
        ("b[0]", 'a["b[0]"]'),
        ('say "hi"', 'a["say \\"hi\\""]'),
        ("two\nlines", 'a["two\\nlines"]'),
        ("k" * 61, 'a["' + "k" * 59 + '…"]'),
    ],
)
def test_a_key_that_is_no_plain_name_is_quoted(key, path):
    assert path_of(field(field(None, "a"), key)) == path


def test_a_first_key_that_is_quoted_stands_alone():
    assert path_of(field(None, "b.c")) == '["b.c"]'


@pytest.mark.parametrize(
    ("tag", "path"),
    [
        ("vip", "[vip]"),
        ("#1001.1", "[#1001.1]"),
        ("VAT 0.19", "[VAT 0.19]"),
        ("größe ✓", "[größe ✓]"),
        ("\u202eevil", "[\u202eevil]"),
        ("[/foo]", '["[/foo]"]'),
        ('12"', '["12\\""]'),
        ("", '[""]'),
        (" vip", '[" vip"]'),
        ("vip ", '["vip "]'),
        ("a\r\nb", '["a\\r\\nb"]'),
        ("a\x1b]52;c", '["a\\u001b]52;c"]'),
        ("a\x85b\u2028c", '["a\\u0085b\\u2028c"]'),
        ("x" * 60, "[" + "x" * 60 + "]"),
        ("x" * 61, "[" + "x" * 59 + "…]"),
    ],
)
def test_a_label_stays_as_it_is_unless_it_would_break_the_path(tag, path):
    place = item(None, Siblings("tags", [tag], identified=True, in_text=True), 0, 0)

    assert path_of(place) == path
    assert len(path_of(place).splitlines()) == 1


@pytest.mark.parametrize("label", ["vip", "[/foo]", '12"', "", "a\r\nb", "x" * 60])
def test_the_labels_of_a_path_are_read_back_out_of_it(label):
    place = field(
        item(field(None, "b[0]"), Siblings("tags", [label], identified=True, in_text=False), 0, 0), "c"
    )

    assert labels_in(path_of(place), steps_of(place)) == [label]


def test_a_path_is_spelled_of_keys_and_labels():
    assert spelled([("a", False), ("VAT 0.19", True), ("b.c", False)]) == 'a[VAT 0.19]["b.c"]'
    assert spelled([]) == "(document)"
