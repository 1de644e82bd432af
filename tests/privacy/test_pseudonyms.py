import ipaddress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.privacy.personal import Personal
from devhook.privacy.pseudonyms import Pseudonyms

PSEUDONYMS = Pseudonyms(b"the key of this run")
KINDS = st.sampled_from(list(Personal))
SERIALS = st.text("0123456789abcxyzABCXYZ -.•", min_size=1, max_size=9)


def shape(text):
    return [
        "9" if character.isdigit() else character.isupper() if character.isalpha() else character
        for character in text
    ]


@given(SERIALS, SERIALS)
def test_two_serial_numbers_are_never_made_one_and_none_stays_itself(one, other):
    first, second = PSEUDONYMS.of(Personal.SERIAL, one), PSEUDONYMS.of(Personal.SERIAL, other)

    assert (first == second) is (one == other)
    if any(character.isalnum() for character in one):
        assert first != one
        assert shape(first) == shape(one)


def test_among_all_numbers_of_two_digits_each_has_another_in_its_place():
    made = {text: PSEUDONYMS.of(Personal.SERIAL, text) for text in (f"{number:02}" for number in range(100))}

    assert len(set(made.values())) == 100
    assert [text for text, instead in made.items() if text == instead] == []


@given(KINDS, st.text(max_size=40), st.text(max_size=40))
def test_different_values_stay_different_and_equal_ones_equal(kind, one, other):
    if kind is Personal.TAGS:
        one, other = one.replace(", ", ""), other.replace(", ", "")

    first, second = PSEUDONYMS.of(kind, one), PSEUDONYMS.of(kind, other)

    assert (first == second) is (one == other)


def person(number):
    """What the fields of each kind contain of one of many people."""
    return {
        Personal.CITY: f"Neustadt {number}",
        Personal.COMPANY: f"Brändle {number} GmbH",
        Personal.COORDINATE: f"{number / 1000:.7f}",
        Personal.EMAIL: f"zoe.{number}@example.org",
        Personal.IP: str(ipaddress.IPv4Address(0x54700000 + number)),
        Personal.LINK: f"https://acme.myshopify.com/1/orders/{number}/authenticate?key={number}",
        Personal.NAME: f"Zoë{number}",
        Personal.PHONE: f"+49 7531 {number:07}",
        Personal.SERIAL: f"{number:05}",
        Personal.STREET: f"{number} Main Street",
        Personal.TAGS: f"vip{number}",
        Personal.TEXT: f"ring{number}",
        Personal.TOKEN: f"shpat_{number:032x}",
        Personal.VISIT: f"/collections/kitchen?gclid={number}",
    }


@pytest.mark.thorough
def test_the_pseudonyms_of_10_000_people_are_all_different():
    people = [person(number) for number in range(10_000)]

    assert set(people[0]) == set(Personal)
    for kind in Personal:
        assert len({PSEUDONYMS.of(kind, each[kind]) for each in people}) == len(people), kind


@given(KINDS, st.sampled_from(["", " ", "\n\t"]))
def test_what_is_empty_stays_empty(kind, blank):
    assert PSEUDONYMS.of(kind, blank) == blank


@pytest.mark.parametrize("kind", [Personal.EMAIL, Personal.IP, Personal.LINK, Personal.PHONE, Personal.TOKEN])
@pytest.mark.parametrize(
    "text",
    ["zoe@example.org", "84.112.3.4", "2a02:908::17", "https://a.example/b?key=c", "+49 7531 1", "shpat_1"],
)
def test_a_pseudonym_that_is_known_as_one_is_left_alone(kind, text):
    once = PSEUDONYMS.of(kind, text)

    assert PSEUDONYMS.of(kind, once) == once


@pytest.mark.parametrize(
    ("kind", "text", "least"),
    [
        (Personal.EMAIL, "zoe@example.org", len("x@masked.e")),
        (Personal.PHONE, "+49 7531 1", len("+9991234")),
        (Personal.TOKEN, "shpat_1", len("shpat_masked")),
    ],
)
def test_a_pseudonym_whose_end_is_cut_off_is_left_alone(kind, text, least):
    made = PSEUDONYMS.of(kind, text)
    least += made.find("@") - 1 if kind is Personal.EMAIL else 0

    for length in range(least, len(made)):
        assert PSEUDONYMS.of(kind, made[:length]) == made[:length]


@given(st.ip_addresses())
def test_an_address_of_a_machine_becomes_one_that_is_nobodys(address):
    made = ipaddress.ip_address(PSEUDONYMS.of(Personal.IP, str(address)))

    assert made in ipaddress.IPv6Network("2001:db8::/32")


def test_a_full_name_is_made_of_its_parts():
    first, last = PSEUDONYMS.of(Personal.NAME, "Zoë"), PSEUDONYMS.of(Personal.NAME, "Brändle-Öztürk")

    assert PSEUDONYMS.of(Personal.NAME, "Zoë Brändle-Öztürk") == f"{first} {last}"
    assert first.isalpha()
    assert first.istitle()


def test_a_note_keeps_its_length_and_lines_and_says_nothing():
    note = "Please ring twice.\nThe dog is friendly,\n\nthe neighbour is not."

    made = PSEUDONYMS.of(Personal.TEXT, note)

    assert made.count("\n") == note.count("\n")
    assert abs(len(made) - len(note)) < len(note) / 3
    assert not set(made.lower().split()) & set(note.lower().split())


def test_a_link_keeps_where_it_leads_and_not_what_it_opens():
    link = "https://user:hush@acme.myshopify.com/548/orders/b1946ac92492d2347c6235b4d2611184?key=secret"

    made = PSEUDONYMS.of(Personal.LINK, link)

    assert made.startswith("https://acme.myshopify.com/masked")
    assert not [word for word in ("user", "hush", "548", "b1946", "secret") if word in made]


def test_a_visit_keeps_its_page_and_not_its_visitor():
    made = PSEUDONYMS.of(Personal.VISIT, "/collections/kitchen?gclid=abc")

    assert made.startswith("/collections/kitchen?masked")
    assert PSEUDONYMS.of(Personal.VISIT, "/collections/kitchen") == "/collections/kitchen"


def test_a_token_of_shopify_can_still_be_told_from_others():
    assert PSEUDONYMS.of(Personal.TOKEN, "shpat_0123456789abcdef").startswith("shpat_masked")


@given(st.decimals(-180, 180, places=7))
def test_a_place_is_moved_to_another_on_earth(coordinate):
    made = PSEUDONYMS.of_number(Personal.COORDINATE, coordinate)

    assert isinstance(made, Decimal)
    assert made != coordinate
    assert -90 < made < 90
    assert PSEUDONYMS.of(Personal.COORDINATE, str(coordinate)) == str(made)


def test_a_number_that_names_a_person_is_replaced_and_an_id_is_not():
    assert PSEUDONYMS.of_number(Personal.PHONE, 4975311234) != 4975311234
    assert isinstance(PSEUDONYMS.of_number(Personal.SERIAL, Decimal("78462.0")), Decimal)
    assert PSEUDONYMS.of_number(Personal.TEXT, 4500) == 4500
