"""Writes the results of a probe as JUnit XML that is valid in both Ant's and Jenkins' schema."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, cast
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from devhook.probe.check import CheckOutcome
from devhook.probe.result import ProbeResult
from devhook.text import visible

# Neither schema has warnings, so they are written to the suite's output.
_NAME: Final = "devhook probe"


def junit(results: Sequence[ProbeResult], *, url: str, begun: datetime, error: str = "") -> bytes:
    """Return the document: one test case per result, and one for `error` if the probe did not start.

    It is UTF-8 without characters that XML forbids, whatever the endpoint answered.
    """
    suites = Element("testsuites")
    outcomes = [result.outcome for result in results]
    suite = SubElement(
        suites,
        "testsuite",
        id="0",
        package="devhook",
        name=_NAME,
        hostname=urlsplit(url).hostname or "",
        timestamp=f"{begun.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        tests=str(len(results) + bool(error)),
        failures=str(outcomes.count(CheckOutcome.FAIL)),
        errors=str(int(bool(error))),
        skipped=str(outcomes.count(CheckOutcome.SKIP)),
        time=_seconds(sum(result.seconds for result in results)),
    )
    SubElement(SubElement(suite, "properties"), "property", name="url", value=visible(url))
    for result in results:
        _case(suite, result)
    if error:
        case = SubElement(suite, "testcase", classname="devhook.probe", name="endpoint", time=_seconds(0))
        SubElement(case, "error", type="unreachable", message=visible(error))
    warnings = [result for result in results if result.outcome is CheckOutcome.WARN]
    SubElement(suite, "system-out").text = "\n\n".join(map(_warning, warnings))
    SubElement(suite, "system-err").text = ""
    indent(suites)
    return cast("bytes", tostring(suites, encoding="utf-8", xml_declaration=True))


def _case(suite: Element, result: ProbeResult) -> None:
    case = SubElement(
        suite, "testcase", classname="devhook.probe", name=result.check, time=_seconds(result.seconds)
    )
    if result.outcome is CheckOutcome.FAIL:
        failure = SubElement(case, "failure", type="fail", message=visible(result.came))
        failure.text = _failure_text(result)
    elif result.outcome is CheckOutcome.SKIP:
        SubElement(case, "skipped", message=visible(result.came))


def _warning(result: ProbeResult) -> str:
    return f"warning: {result.check}\n{_failure_text(result)}"


def _failure_text(result: ProbeResult) -> str:
    lines = [("required", result.requirement), ("source", result.source), ("sent", result.sent)]
    lines += [("came", result.came), ("said", result.said), ("fix", result.fix)]
    return "\n".join(f"{name}: {visible(text)}" for name, text in lines if text)


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
