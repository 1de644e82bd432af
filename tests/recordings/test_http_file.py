import re

import pytest

from devhook.recordings.export_format import sendable
from devhook.recordings.http_file import altered, write_http


def requests_of(text):
    """Read a `.http` file as the editors do: the variable put in, parts between ###, comments passed over."""
    variables = dict(re.findall(r"^@(\w+) = (.*)$", text, re.MULTILINE))
    parsed = []
    filled = re.sub(r"\{\{(\w+)\}\}", lambda found: variables[found[1]], text)
    for part in re.split(r"^###.*\n", filled, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n\n")
        lines = [line for line in head.split("\n") if not line.startswith("#") and line]
        if lines:
            method, url, _ = lines[0].split(" ")
            headers = [tuple(line.split(": ", 1)) for line in lines[1:]]
            parsed.append((method, url, headers, body.strip("\n").encode()))
    return parsed


def file(*deliveries, **more):
    return "\n".join(write_http(deliveries, **more))


def test_each_delivery_is_a_request_with_its_bytes_and_headers(delivered):
    deliveries = [
        delivered(1),
        delivered(2, body=b'<?xml version="1.0"?>\n<order>\n <id>1</id>\n</order>'),
        delivered(3, body='{"note":"Grüße"}'.encode()),
    ]

    parsed = requests_of(file(*deliveries))

    assert parsed == [
        ("POST", "http://localhost:3000/webhooks?shop=1", sendable(each.delivery), each.delivery.body)
        for each in deliveries
    ]


def test_an_address_may_be_given(delivered):
    text = file(delivered(), to="https://app.example/hooks")

    assert "@target" not in text
    assert "POST https://app.example/hooks HTTP/1.1\n" in text


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff", "not text"),
        (b'{"a":\x00}', "control characters"),
        (b'{"a":1}\r\n{}', "control characters"),
        (b'{"note":"{{secret}}"}', "a variable"),
        (b"{\n### next\n}", ".http syntax"),
        (b"# all of it", ".http syntax"),
        (b"{}\n< ./secrets", ".http syntax"),
        (b"<@ ./secrets", ".http syntax"),
        (b"{}\n> run.js", ".http syntax"),
        (b"{}\n// x", ".http syntax"),
        (b"\n{}", "empty lines"),
        (b"{}\n", "empty lines"),
        (b"  ", "empty lines"),
    ],
)
def test_a_body_that_the_format_would_alter_is_left_out_and_that_is_said(delivered, body, why):
    text = file(delivered(8, body=body), delivered(9))

    assert why in altered(body)
    assert f"# Delivery 8 is omitted: {altered(body)}." in text
    assert "devhook export 8 --as curl" in text
    assert [request[-1] for request in requests_of(text)] == [delivered(9).delivery.body]


@pytest.mark.parametrize("body", [b"", b"{}", b'{\n "a": "## no"\n}', b"<a>\n<b/></a>"])
def test_a_body_that_it_keeps_is_kept(body):
    assert altered(body) == ""


@pytest.mark.parametrize("value", ["\xff", "{{x}}"])
def test_a_header_that_it_would_alter_leaves_the_delivery_out(delivered, value):
    assert requests_of(file(delivered(headers=(("X-A", value),)))) == []


def test_a_topic_that_a_stranger_chose_begins_no_request(delivered):
    text = file(delivered(headers=(("X-Shopify-Topic", "a\nGET http://elsewhere/"),)))

    assert [request[0] for request in requests_of(text)] == ["POST"]
    assert "\nGET" not in text
