"""The results of a probe as the cases of a JUnit document."""

from collections.abc import Sequence
from datetime import datetime

from devhook.junit_xml import JunitCase, junit_document
from devhook.probe.check import CheckOutcome
from devhook.probe.result import ProbeResult
from devhook.text import visible


def junit(results: Sequence[ProbeResult], *, url: str, begun: datetime, error: str = "") -> bytes:
    """Return the document: one test case per result, and one for `error` if the probe did not start.

    Warnings are written to the suite's output.
    """
    cases = [_case(result) for result in results]
    if error:
        cases.append(JunitCase("endpoint", outcome="error", kind="unreachable", message=error))
    warnings = [result for result in results if result.outcome is CheckOutcome.WARN]
    out = "\n\n".join(f"warning: {result.check}\n{_failure_text(result)}" for result in warnings)
    return junit_document("probe", cases, url=url, begun=begun, out=out)


def _case(result: ProbeResult) -> JunitCase:
    case = JunitCase(result.check, result.seconds)
    if result.outcome is CheckOutcome.FAIL:
        text = _failure_text(result)
        return case._replace(outcome="failure", kind="fail", message=result.came, text=text)
    if result.outcome is CheckOutcome.SKIP:
        return case._replace(outcome="skipped", message=result.came)
    return case


def _failure_text(result: ProbeResult) -> str:
    lines = [("required", result.requirement), ("source", result.source), ("sent", result.sent)]
    lines += [("came", result.came), ("said", result.said), ("fix", result.fix)]
    return "\n".join(f"{name}: {visible(text)}" for name, text in lines if text)
