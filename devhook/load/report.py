"""The report of a run as a page and as JUnit XML."""

import html
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from devhook.junit_xml import JunitCase, junit_document
from devhook.load.limits import METRICS, Threshold
from devhook.load.results import LoadResults
from devhook.text import visible

# Locust's page is one file, with its styles, scripts and pictures; a browser loads nothing else.
_POLICY: Final = (
    "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
_STYLE: Final = (
    "font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:1rem auto;padding:1rem 1.5rem;"
    "border:1px solid #8886;border-radius:8px"
)


def html_report(
    page: str, results: LoadResults, thresholds: Sequence[Threshold], *, url: str, begun: datetime
) -> str:
    """Return Locust's page with the results in Shopify's terms above its tables and charts."""
    rows = "".join(_row(name, text) for name, text in results.told())
    limits = "".join(
        _row(limit.text, f"{'✗' if limit.passed(results) else '✓'} {limit.measured(results)}")
        for limit in thresholds
    )
    section = (
        f"<section id='devhook' style='{_STYLE}'><h1 style='font-size:1.3rem'>devhook load: "
        f"{_safe(results.plan.shape.words)}</h1><p>{_safe(url)}, {begun:%Y-%m-%d %H:%M:%S %Z}. "
        f"{_safe(results.plan.retry_words)}</p><table>{rows}</table>"
        f"<h2 style='font-size:1.1rem'>Fails if</h2><table>{limits}</table></section>"
    )
    return page.replace("<head>", f"<head>{_POLICY}", 1).replace("<body>", f"<body>{section}", 1)


def load_junit(results: LoadResults, thresholds: Sequence[Threshold], *, url: str, begun: datetime) -> bytes:
    """Return a document with a case for the schedule, and one for each limit."""
    told = "\n".join(results.lines())
    held = JunitCase("schedule held", results.seconds)
    if not results.held:
        held = held._replace(outcome="error", kind="behind", message="The schedule was not held.", text=told)
    cases = [held]
    for limit in thresholds:
        case = JunitCase(limit.text)
        if limit.passed(results):
            message = f"{METRICS[limit.metric].about}: {limit.measured(results)}"
            case = case._replace(outcome="failure", kind="limit", message=message, text=told)
        cases.append(case)
    return junit_document("load", cases, url=url, begun=begun, out=told)


def _row(name: str, text: str) -> str:
    return (
        f"<tr><th style='text-align:left;padding-right:1.5rem'>{_safe(name)}</th><td>{_safe(text)}</td></tr>"
    )


def _safe(text: str) -> str:
    return html.escape(visible(text))
