"""The JUnit file: what CI reads has to be in the form that it knows."""

import re
import string
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devhook.probe.check import CheckOutcome
from devhook.probe.junit import junit
from devhook.probe.result import ProbeResult

# What Ant's schema (windyroad/JUnit-Schema) and Jenkins' (xunit-plugin, jenkins-junit.xsd) both allow:
# the attributes that one of them requires and those that may be there, the children in their order.
SCHEMA = {
    "testsuites": (set(), set(), ["testsuite"]),
    "testsuite": (
        {"id", "package", "name", "hostname", "timestamp", "tests", "failures", "errors", "time"},
        {"skipped"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "properties": (set(), set(), ["property"]),
    "property": ({"name", "value"}, set(), []),
    "testcase": ({"classname", "name", "time"}, set(), ["skipped", "error", "failure"]),
    "skipped": (set(), {"message"}, []),
    "error": ({"type"}, {"message"}, []),
    "failure": ({"type"}, {"message"}, []),
    "system-out": (set(), set(), []),
    "system-err": (set(), set(), []),
}
BEGUN = datetime(2026, 11, 27, 12, 0, 5, 250_000, tzinfo=UTC)


def result(name="valid-json", outcome=CheckOutcome.PASS, **facts):
    return ProbeResult(
        **{
            "check": name,
            "outcome": outcome,
            "requirement": "It is answered with 2xx.",
            "source": "https://shopify.dev/docs",
            "sent": "orders/updated, 12 bytes, signed",
            "came": "200 in 3 ms",
            "said": "",
            "fix": "",
            "answer": {"status": 200},
            "seconds": 0.25,
        }
        | facts
    )


FOUND = [
    result(),
    result("changed-byte", CheckOutcome.FAIL, came="200 in 9 ms", said="<b>ok</b>", fix="Compare & refuse."),
    result("get", CheckOutcome.WARN, came="404 in 1 ms", fix="Answer 405."),
    result("tls", CheckOutcome.SKIP, came="The address is http://."),
]


def read(*results, **facts):
    return ET.fromstring(junit(results, **{"url": "http://localhost:3000/hook", "begun": BEGUN} | facts))


def assert_allowed(element):
    required, optional, children = SCHEMA[element.tag]
    assert required <= element.attrib.keys() <= required | optional, element.tag
    order = [children.index(child.tag) for child in element]
    assert order == sorted(order)
    for child in element:
        assert_allowed(child)


@pytest.mark.parametrize("facts", [{}, {"error": "Nobody is there."}])
def test_it_has_what_the_common_schemas_ask_for_and_nothing_that_they_forbid(facts):
    suites = read(*FOUND, **facts)

    assert_allowed(suites)
    suite = suites.find("testsuite")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
    assert all(re.fullmatch(r"\d+\.\d{3}", each.get("time")) for each in suite.iter("testcase"))
    assert [suite.find("system-out") is None, suite.find("system-err") is None] == [False, False]


def test_the_numbers_are_those_of_the_cases():
    suite = read(*FOUND).find("testsuite")

    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time")] == [
        "4",
        "1",
        "0",
        "1",
        "1.000",
    ]
    assert suite.get("hostname") == "localhost"
    assert suite.get("timestamp") == "2026-11-27T12:00:05"
    assert [case.get("name") for case in suite.iter("testcase")] == [each.check for each in FOUND]


def test_a_failure_tells_all_there_is_to_know():
    failure = read(*FOUND).find(".//failure")

    assert failure.get("message") == "200 in 9 ms"
    assert failure.text.splitlines() == [
        "required: It is answered with 2xx.",
        "source: https://shopify.dev/docs",
        "sent: orders/updated, 12 bytes, signed",
        "came: 200 in 9 ms",
        "said: <b>ok</b>",
        "fix: Compare & refuse.",
    ]


def test_a_warning_is_no_failure_and_is_told_all_the_same():
    suites = read(*FOUND)

    assert [len(case) for case in suites.iter("testcase")] == [0, 1, 0, 1]
    assert suites.find(".//system-out").text.startswith("warning: get\nrequired: ")
    assert "fix: Answer 405." in suites.find(".//system-out").text


def test_an_endpoint_that_is_not_there_is_an_error_of_its_own():
    suites = read(error="Connection refused: nothing listens on localhost:3000.")

    case = suites.find(".//testcase")
    assert suites.find("testsuite").get("errors") == suites.find("testsuite").get("tests") == "1"
    assert case.get("name") == "endpoint"
    assert case.find("error").get("message").startswith("Connection refused")


@given(st.text(), st.text(alphabet=string.printable + "\x00\x1b\ufffe\ud800]>&<\u202e"))
def test_whatever_an_endpoint_says_can_be_read(came, said):
    written = junit(
        [result("get", CheckOutcome.FAIL, came=came, said=said)], url="http://[::1]/", begun=BEGUN
    )

    assert_allowed(ET.fromstring(written))
