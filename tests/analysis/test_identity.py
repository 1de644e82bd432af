from decimal import Decimal

import pytest

from devhook.analysis.identity import identities, join_tags, labels, split_tags

BY_ID = [
    "additional_fees",
    "attributed_staffs",
    "duties",
    "fulfillments",
    "line_item_groups",
    "line_items",
    "order_adjustments",
    "payment_schedules",
    "refund_line_items",
    "refunds",
    "returns",
    "shipping_lines",
    "transactions",
]


def pairs(name, before, after):
    """Where in `before` each item of `after` is found (None: nowhere), or that there are no identities."""
    found = identities(name, before, after)
    if found is None:
        return "by position"
    old, new = found
    assert len(set(old)) == len(old) == len(before)
    assert len(set(new)) == len(new) == len(after)
    return [old.index(key) if key in old else None for key in new]


@pytest.mark.parametrize("name", [*BY_ID, "a_list_of_the_future"])
def test_items_with_ids_find_each_other_wherever_they_stand(name):
    before = [{"id": 9007199254740993, "n": 1}, {"id": 9007199254740992, "n": 2}]
    after = [{"id": 9007199254740992}, {"id": 5}, {"id": 9007199254740993}]

    assert pairs(name, before, after) == [1, None, 0]


def test_ids_may_be_gids():
    assert pairs("attributed_staffs", [{"id": "gid://a/1"}, {"id": "gid://a/2"}], [{"id": "gid://a/2"}]) == [
        1
    ]


def test_an_id_of_another_type_is_another_id():
    assert pairs("line_items", [{"id": 1}], [{"id": "1"}]) == [None]
    assert pairs("line_items", [{"id": 1}], [{"id": True}]) == [None]
    assert pairs("line_items", [{"id": 1}], [{"id": Decimal("1.0")}]) == [None]


def test_ids_that_repeat_in_a_known_list_are_told_apart_by_their_order():
    before = [{"id": 1}, {"id": 2}, {"id": 1}]

    assert pairs("line_items", before, [{"id": 1}, {"id": 1}, {"id": 1}, {"id": 2}]) == [0, 2, None, 1]


def test_ids_that_repeat_in_an_unknown_list_identify_nothing():
    assert pairs("answers", [{"id": 1}, {"id": 1}], [{"id": 1}]) == "by position"
    assert pairs("answers", [{"id": 1}], [{"id": 1}, {"id": 1}]) == "by position"


@pytest.mark.parametrize("item", [{}, {"id": None}, {"id": [1]}, {"id": {}}, 1, "1", None, [], 0.5])
@pytest.mark.parametrize(
    "name", ["line_items", "tax_lines", "note_attributes", "discount_codes", "", "others"]
)
def test_an_item_without_an_identity_leaves_the_list_its_positions(name, item):
    whole = [{"id": 1, "title": "VAT", "name": "a", "code": "B"}]

    assert pairs(name, whole, [item]) == "by position"
    assert pairs(name, [item], whole) == "by position"


def test_tax_lines_go_by_title_rate_and_who_pays_them():
    def line(title, rate, channel_liable, price="1.00"):
        return {"title": title, "rate": rate, "channel_liable": channel_liable, "price": price}

    rate = Decimal("0.07")
    before = [line("State", rate, None), line("State", rate, False), line("City", rate, None)]

    after = [
        line("City", rate, None, "2.00"),
        line("State", rate, False),
        line("State", Decimal("0.08"), None),
    ]

    assert pairs("tax_lines", before, after) == [2, 1, None]


def test_equal_tax_lines_are_told_apart_by_their_order():
    tax = {"title": "State", "rate": Decimal("0.07")}

    assert pairs("tax_lines", [tax, tax], [tax, tax, tax]) == [0, 1, None]


def test_a_tax_line_with_a_rate_that_is_no_number_leaves_the_list_its_positions():
    assert (
        pairs("tax_lines", [{"title": "VAT", "rate": [1]}], [{"title": "VAT", "rate": [1]}]) == "by position"
    )


@pytest.mark.parametrize("name", ["note_attributes", "properties"])
def test_attributes_go_by_name_and_order(name):
    before = [{"name": "gift", "value": "1"}, {"name": "size", "value": "M"}, {"name": "gift", "value": "2"}]

    assert pairs(name, before, [{"name": "size"}, {"name": "gift"}, {"name": "gift"}]) == [1, 0, 2]


def test_discount_codes_go_by_code_and_allocations_by_their_application():
    assert pairs("discount_codes", [{"code": "A"}, {"code": "B"}], [{"code": "B"}]) == [1]
    before = [{"discount_application_index": 0}, {"discount_application_index": 1}]
    assert pairs("discount_allocations", before, before[::-1]) == [1, 0]


def test_discount_applications_are_referred_to_by_position_even_if_they_had_ids():
    assert pairs("discount_applications", [{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}]) == "by position"


@pytest.mark.parametrize("name", ["payment_gateway_names", "tracking_numbers", "tracking_urls", "tags"])
def test_a_list_of_values_is_a_set_that_counts(name):
    assert pairs(name, ["a", "b", "a"], ["b", "a", "a", "a", "c"]) == [1, 0, 2, None, None]
    assert pairs(name, [1, True, None, Decimal("1.0")], [Decimal("1.00"), True, 1, None]) == [None, 1, 0, 2]
    assert pairs(name, ["a"], [["a"]]) == "by position"
    assert pairs(name, [{}], ["a"]) == "by position"


def test_plain_values_in_other_lists_stay_where_they_are():
    assert pairs("tax_exemptions", ["a", "b"], ["b", "a"]) == "by position"


def test_tags_are_split_as_shopify_joins_them():
    assert split_tags("") == []
    assert split_tags("vip") == ["vip"]
    assert split_tags("vip, new,er,  spaced") == ["vip", "new,er", " spaced"]
    assert join_tags(split_tags("a, b, , c")) == "a, b, , c"
    assert join_tags([]) == ""


def test_a_line_item_is_called_by_its_sku():
    items = [{"id": 1, "sku": "TEE-M", "name": "Tee - M"}, {"id": 2, "sku": "TEE-L", "name": "Tee - L"}]

    assert labels("line_items", items, identified=True) == ["TEE-M", "TEE-L"]


def test_a_name_that_several_items_share_names_none_of_them():
    items = [
        {"id": 1, "sku": "TEE", "name": "Tee - M", "title": "Tee"},
        {"id": 2, "sku": "TEE", "name": "Tee - L", "title": "Tee"},
        {"id": 3, "sku": " ", "name": "Cap", "title": "A cap"},
        {"id": 4, "sku": None, "name": "Tip", "title": "Tip"},
        {"id": 5, "sku": 7, "name": "Tip", "title": "Tip 2"},
        {"id": 6, "sku": "", "name": "Tip", "title": "Tip", "code": "EXTRA"},
        {"id": 7, "name": "Tip", "title": "Tip"},
        {"id": True},
        {"id": Decimal("2.0")},
    ]

    assert labels("line_items", items, identified=True) == [
        *["Tee - M", "Tee - L", "Cap", "4", "Tip 2", "EXTRA", "7", "true", "2.0"]
    ]


def test_a_fulfilment_is_called_by_its_number_and_a_refund_by_its_id():
    assert labels("fulfillments", [{"id": 4, "name": "#1001.1"}], identified=True) == ["#1001.1"]
    assert labels("refunds", [{"id": 9, "note": "broken"}], identified=True) == ["9"]


def test_items_without_a_name_are_called_by_what_identifies_them():
    taxes = [
        {"title": "VAT", "rate": Decimal("0.19"), "channel_liable": False},
        {"title": "GST", "rate": None},
    ]
    assert labels("tax_lines", taxes, identified=True) == ["VAT 0.19", "GST"]
    assert labels("note_attributes", [{"name": "gift", "value": "x"}], identified=True) == ["gift"]
    assert labels("discount_codes", [{"code": "TEN"}], identified=True) == ["TEN"]
    assert labels("discount_allocations", [{"discount_application_index": 0}], identified=True) == ["0"]


def test_equal_labels_are_numbered():
    taxes = [
        {"title": "VAT", "rate": Decimal("0.19"), "channel_liable": liable} for liable in (True, False, None)
    ]

    assert labels("tax_lines", taxes, identified=True) == ["VAT 0.19", "VAT 0.19 #2", "VAT 0.19 #3"]


def test_values_are_their_own_labels():
    values = ["vip", "", None, True, False, 1, Decimal("1.0"), "vip"]

    assert labels("tags", values, identified=True) == [
        *["vip", "", "null", "true", "false", "1", "1.0", "vip #2"]
    ]


def test_items_that_only_have_a_position_are_called_by_it():
    assert labels("options", [{"name": "Size"}, 3, None], identified=False) == ["0", "1", "2"]
    assert labels("tags", [["vip"], "new"], identified=False) == ["0", "1"]


def test_a_discount_application_is_called_by_its_code_or_title_else_by_its_position():
    items = [
        {"code": "TEN"},
        {"title": "Spring"},
        {"description": "by hand"},
        None,
        {"title": "x"},
        {"title": "x"},
    ]

    assert labels("discount_applications", items, identified=False) == ["TEN", "Spring", "2", "3", "4", "5"]
