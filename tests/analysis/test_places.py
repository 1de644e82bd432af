import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.analysis.places import place_ids, places, with_places

OSLO = {"id": "gid://shopify/Location/68153092946", "name": "Oslo"}


@pytest.mark.parametrize(
    ("topic", "document", "told"),
    [
        ("locations/create", {"id": 5, "name": " Main \n Street "}, {"5": "Main Street"}),
        ("locations/update", {"admin_graphql_api_id": OSLO["id"], "name": "Oslo"}, {"68153092946": "Oslo"}),
        ("fulfillment_orders/moved", {"source_location": OSLO}, {"68153092946": "Oslo"}),
        (
            "fulfillment_orders/placed_on_hold",
            {"fulfillment_order": {"assigned_location": {"location_id": 7, "name": "Bergen"}}},
            {"7": "Bergen"},
        ),
        ("orders/updated", {"line_items": [{}, {"origin_location": OSLO}]}, {"68153092946": "Oslo"}),
        ("fulfillments/create", {"location": {"id": 3, "name": "x" * 99}}, {"3": "x" * 29 + "…"}),
        ("orders/updated", {"id": 5, "name": "#1001"}, {}),
        ("locations/create", {"id": "no number", "name": "Oslo"}, {}),
        ("locations/create", {"id": True, "name": "Oslo"}, {}),
        ("locations/create", {"id": 5, "name": " "}, {}),
        ("locations/create", [OSLO], {}),
        (None, {"location": None, "line_items": {"origin_location": OSLO}}, {}),
    ],
)
def test_the_names_of_locations_are_read_from_the_bodies_that_have_them(topic, document, told):
    assert places(topic, document) == told


def test_known_names_stand_in_place_of_ids():
    text = "moved from location 31 to location 32"

    assert place_ids(text) == ["31", "32"]
    assert with_places(text, {"32": r"Oslo \1"}) == r"moved from location 31 to location Oslo \1"
    assert with_places("available 3 at location 3", {"3": "Oslo"}) == "available 3 at location Oslo"
    assert place_ids("moved to location 6815309…") == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "location", "line_items", "fulfillment_order", "location_id"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["locations/update", "orders/updated", None]), JSON)
def test_any_document_tells_numbers_with_short_names_or_nothing(topic, document):
    for number, name in places(topic, document).items():
        assert number.isdecimal()
        assert 0 < len(name) <= 30
