import pytest

from devhook.webhook.headers import is_name, is_of_the_connection, is_value, readable


@pytest.mark.parametrize("name", ["Content-Length", "TRANSFER-ENCODING", "connection", "TE"])
def test_what_describes_the_connection_does_not_belong_to_the_message(name):
    assert is_of_the_connection(name)


@pytest.mark.parametrize("name", ["Content-Type", "Content-Encoding", "X-Shopify-Topic", "Host"])
def test_what_describes_the_message_goes_along(name):
    assert not is_of_the_connection(name)


@pytest.mark.parametrize(
    ("name", "can_be"),
    [("X-A", True), ("x_1!", True), ("", False), ("a b", False), ("a:b", False), ("é", False)],
)
def test_a_name_is_one_word_of_ascii(name, can_be):
    assert is_name(name) is can_be


@pytest.mark.parametrize(
    ("value", "can_be"), [("", True), ("a\tb", True), ("\xff", True), ("a\r\nb", False), ("\x7f", False)]
)
def test_a_value_holds_no_control_but_the_tab(value, can_be):
    assert is_value(value) is can_be


def test_a_header_that_came_as_utf_8_is_read_as_it_and_any_other_as_latin_1():
    assert readable("Zoë Þór".encode().decode("latin-1")) == "Zoë Þór"
    assert readable("caf\xe9") == "café"
    assert readable("orders/paid") == "orders/paid"
