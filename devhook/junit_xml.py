"""JUnit XML that is valid in both Ant's and Jenkins' schema. Neither has warnings."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from devhook.text import visible


class JunitCase(NamedTuple):
    """One test case: its name, how long it took, and what is wrong.

    `outcome` is empty for a passed one, or `failure`, `error` or `skipped`; `kind` is the type of a failure,
    `message` one line about it, `text` the rest.
    """

    name: str
    seconds: float = 0.0
    outcome: str = ""
    message: str = ""
    kind: str = ""
    text: str = ""


def junit_document(
    command: str, cases: Sequence[JunitCase], *, url: str, begun: datetime, out: str = ""
) -> bytes:
    """Return the document of one suite, `devhook COMMAND`; `out` is what it printed.

    It is UTF-8 without characters that XML forbids, whatever the endpoint answered.
    """
    suites = Element("testsuites")
    outcomes = [case.outcome for case in cases]
    suite = SubElement(
        suites,
        "testsuite",
        id="0",
        package="devhook",
        name=f"devhook {command}",
        hostname=urlsplit(url).hostname or "",
        timestamp=f"{begun.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        tests=str(len(cases)),
        failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
        time=_seconds(sum(case.seconds for case in cases)),
    )
    SubElement(SubElement(suite, "properties"), "property", name="url", value=visible(url))
    for case in cases:
        _add(suite, f"devhook.{command}", case)
    SubElement(suite, "system-out").text = out
    SubElement(suite, "system-err").text = ""
    indent(suites)
    return cast("bytes", tostring(suites, encoding="utf-8", xml_declaration=True))


def _add(suite: Element, classname: str, case: JunitCase) -> None:
    element = SubElement(suite, "testcase", classname=classname, name=case.name, time=_seconds(case.seconds))
    if case.outcome:
        kind = {"type": case.kind} if case.kind else {}
        result = SubElement(element, case.outcome, {**kind, "message": visible(case.message)})
        result.text = case.text or None


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
