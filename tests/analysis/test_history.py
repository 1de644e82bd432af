from devhook.analysis.history import Value, values


def item(number, **fields):
    return {"id": number} | fields


def test_a_field_has_a_value_in_each_version_that_has_it():
    told = values({"note": "x"}, "/note", [{"note": None}, {}, {"note": "x"}, None, []])

    assert told == [
        Value(present=True, value=None),
        Value(present=False),
        Value(present=True, value="x"),
        Value(present=False),
        Value(present=False),
    ]


def test_an_item_is_followed_by_its_identity_wherever_it_stands():
    now = {"line_items": [item(1, price="1"), item(2, price="2")]}
    before = {"line_items": [item(2, price="9")]}

    assert values(now, "/line_items/1/price", [now, before]) == [
        Value(present=True, value="2"),
        Value(present=True, value="9"),
    ]
    assert values(now, "/line_items/0/price", [before]) == [Value(present=False)]


def test_lists_within_items_are_followed_too():
    now = {"refunds": [item(5, transactions=[item(7, amount="1")])]}
    later = {"refunds": [item(4), item(5, transactions=[item(6), item(7, amount="2")])]}

    assert values(now, "/refunds/0/transactions/0/amount", [later]) == [Value(present=True, value="2")]


def test_an_item_without_an_identity_is_followed_by_its_position():
    now = {"discount_applications": [{"value": "1"}, {"value": "2"}]}

    assert values(
        now, "/discount_applications/1/value", [{"discount_applications": [{}, {"value": "3"}]}]
    ) == [Value(present=True, value="3")]
    assert values(now, "/discount_applications/1/value", [{"discount_applications": [{}]}]) == [
        Value(present=False)
    ]


def test_a_key_with_a_slash_or_a_tilde_is_read_as_the_pointer_spells_it():
    assert values({}, "/a~1b/~0", [{"a/b": {"~": 1}}]) == [Value(present=True, value=1)]


def test_the_whole_document_is_a_field_too():
    assert values({}, "", [{"a": 1}]) == [Value(present=True, value={"a": 1})]


def test_a_pointer_that_leads_nowhere_finds_nothing():
    document = {"a": [1, {"b": 2}], "c": "text"}

    for pointer in ("/a/9", "/a/x", "/a/-1", "/c/0", "/c/d/e", "/z"):
        assert values(document, pointer, [document]) == [Value(present=False)]
