import pytest

from devhook.errors import InputError
from devhook.tunnel.given_address import GivenAddress, public_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://hooks.example.com", "https://hooks.example.com"),
        (" https://hooks.example.com/ \n", "https://hooks.example.com"),
        ("HTTPS://Hooks.Example.COM./", "https://hooks.example.com"),
        ("https://hooks.example.com:443", "https://hooks.example.com"),
        ("https://hooks.example.com:8443/devhook/", "https://hooks.example.com:8443/devhook"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://8.8.8.8:8443", "https://8.8.8.8:8443"),
        ("https://[2606:4700::1111]/x", "https://[2606:4700::1111]/x"),
    ],
)
def test_an_address_that_shopify_delivers_to_is_taken(given, address):
    assert public_address(given) == address


@pytest.mark.parametrize(
    ("given", "says", "remedy"),
    [
        ("", "is empty", "--public-url https://"),
        ("hooks.example.com", "does not begin with https://", "--public-url https://hooks.example.com"),
        ("http://hooks.example.com", "this address is http://", "--public-url https://hooks.example.com"),
        ("ftp://hooks.example.com", "this address is ftp://", "--public-url https://"),
        ("https://", "has no host", "--public-url https://"),
        ("https:///hooks", "has no host", "--public-url https://"),
        ("https://localhost:4000", "cannot be reached from the internet", "not the one that it leads to"),
        ("https://demo.localhost", "cannot be reached", "not the one"),
        ("https://printer.local", "cannot be reached", "not the one"),
        ("https://build.internal", "cannot be reached", "not the one"),
        ("https://intranet", "cannot be reached", "not the one"),
        ("https://127.0.0.1", "cannot be reached", "not the one"),
        ("https://192.168.1.4:4000", "cannot be reached", "not the one"),
        ("https://[::1]", "cannot be reached", "not the one"),
        ("https://[fd00::1]", "cannot be reached", "not the one"),
        ("https://999.1.1.1", "not a valid host name", "--public-url"),
        ("https://-x.example.com", "not a valid host name", "--public-url"),
        ("https://acme.myshopify.com", "does not deliver to its own addresses", "--public-url"),
        ("https://user:hush@hooks.example.com", "a user name or a password", "before the @"),
        ("https://hooks.example.com/x?shop=1", "appends a path", "https://hooks.example.com/x"),
        ("https://hooks.example.com/#", "appends a path", "Use the part"),
        ("https://hooks.example.com:99999", "is invalid", "--public-url"),
        ("https://[::1", "is invalid", "--public-url"),
        ("https://bücher.example", "contains ü", "xn--"),
        ("https://hooks.example.com/a b", "contains a space", "plain ASCII"),
        ("https://hooks.example.com/\x1b]52;c;x", "contains ␛", "plain ASCII"),
    ],
)
def test_each_mistake_has_a_sentence_of_its_own(given, says, remedy):
    with pytest.raises(InputError) as caught:
        public_address(given)

    assert says in caught.value.message
    assert remedy in caught.value.hint
    assert "hush" not in caught.value.message + caught.value.hint


async def test_an_address_of_the_user_s_own_is_open_already_and_never_changes():
    provider = GivenAddress("https://hooks.example.com/")
    (requirement,) = provider.requirements

    async with provider.open("http://127.0.0.1:4000") as tunnel:
        assert tunnel.url == "https://hooks.example.com"
        assert tunnel.events.empty()
    assert "https://hooks.example.com" in await requirement.check({})
