import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from devhook.errors import InputError
from devhook.load.limits import DEFAULT_THRESHOLDS, METRICS, Threshold, passed_limits
from devhook.load.plan import LoadPlan
from devhook.load.report import html_report, load_junit
from devhook.load.results import LoadResults
from devhook.load.shape import RateShape
from devhook.load.tally import LoadTally

PLAN = LoadPlan(shape=RateShape.constant(10, 10))
NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


def results(
    *, counted=None, delays=0.001, stopped=False, removed=None, errors=None, workers_lost=0, **counts
):
    tally = LoadTally()
    counts = {"due": 100, "sent": 100, "attempts": 100, "connected": 100, "accepted": 100} | counts
    for number in range(counts["sent"]):
        tally.begin(number / 10, delays)
    for name, count in counts.items():
        tally.add(name, count)
    tally.removed = removed or {}
    event = {
        **json.loads(json.dumps(tally.as_json())),
        "percentiles": {"0.5": 0.01, "0.99": 2.5},
        "longest": 3.0,
        "errors": errors or {},
        "stopped": stopped,
        "lost": workers_lost,
    }
    return LoadResults(PLAN, event, counted)


def test_the_tallies_of_workers_add_up_and_nonsense_is_dropped():
    one, two, both = LoadTally(), LoadTally(), LoadTally()
    one.add("sent", 3)
    one.begin(1.0, 0.004)
    one.removed["orders/paid of a"] = 4.0
    two.begin(2.5, 1.5)
    two.removed["orders/paid of a"] = 2.0

    for message in (one.take(), two.take(), one.take()):
        both.merge(json.loads(json.dumps(message)))
    both.merge(
        {"counts": {"sent": "7", "x": 1}, "delays": {"y": 1, "3": 1}, "removed": {"z": []}, "span": "9"}
    )

    assert both.counts == {"sent": 3, "on_time": 1}
    assert (both.delayed(0.5), both.delayed(1.0)) == (0.005, 2.0)
    assert (both.removed, both.span) == ({"orders/paid of a": 2.0}, 2.5)


def test_the_results_are_told_in_shopifys_terms():
    counts = {"failed": 10, "late": 4, "failed_first": 8, "recovered": 5, "lost": 2, "waiting": 1}
    gone = {"orders/paid of acme.myshopify.com": 12.0}
    errors = {"no answer": 4, "answered 500": 6}
    found = results(accepted=90, retries=9, duplicates=1, **counts, removed=gone, errors=errors, counted=103)

    text = "\n".join(found.lines())

    for told in (
        "100 deliveries, 1 duplicate, 9 retries",
        "held: 100 % of 100",
        "90 % of 100 attempts within 5 s and 2xx; 4 too late",
        "6 × answered 500, 4 × no answer",
        "8 deliveries would be tried again by Shopify",
        "5 accepted then, 2 never accepted, 1 still waited",
        "WOULD BE REMOVED by Shopify after 8 failures in a row",
        "orders/paid of acme.myshopify.com after 12 s",
        "2.5 s (99 %)",
        "103 by the app's count; at least 3 deliveries acted on twice",
    ):
        assert told in text


def test_a_schedule_that_was_not_held_is_said_so():
    assert not results(delays=1.5).held
    assert not results(due=100, sent=90, unsent=10).held
    assert not results(workers_lost=1).held
    # A run that was stopped must have sent only what was due until then; what just began is not late.
    assert results(stopped=True, due=40, sent=40).held
    assert results(stopped=True, due=5, sent=4).held
    assert not results(stopped=True, due=40, sent=36, unsent=4).held
    assert not results(stopped=False, due=40, sent=40).held
    assert "NOT HELD" in "\n".join(results(delays=1.5).lines())


@pytest.mark.parametrize(
    ("text", "counts", "passed"),
    [
        ("late>0.1%", {"late": 1}, True),
        ("late>1%", {"late": 1}, False),
        ("late>=1%", {"late": 1}, True),
        ("lost>0", {"lost": 1}, True),
        ("lost>0", {}, False),
        ("failed > 5", {"failed": 5}, False),
        ("p99>2s", {}, True),
        ("p99>2600ms", {}, False),
        ("slowest>=3s", {}, True),
        ("p50<1s", {}, True),
        ("acted-twice>0", {"acted_twice": 2}, True),
        ("unconnected>0", {"connected": 99}, True),
        ("removed>0", {"removed": {"a of b": 1.0}}, True),
        ("behind>1s", {"delays": 1.5}, True),
    ],
)
def test_a_limit_is_passed_or_not(text, counts, passed):
    assert Threshold.parse(text).passed(results(**counts)) is passed


@pytest.mark.parametrize(
    "text", ["late", "late>", "late>x", "late>1s", "p99>2", "p99>2%", "removed>1%", "x>1", "p99>1.2.3s"]
)
def test_what_is_no_limit_is_refused_with_an_example(text):
    with pytest.raises(InputError) as refused:
        Threshold.parse(text)
    assert refused.value.hint


def test_a_misspelt_result_is_refused_with_the_nearest_one():
    with pytest.raises(InputError, match="late"):
        Threshold.parse("lat>1%")


def test_every_metric_can_be_limited():
    for name, metric in METRICS.items():
        limit = Threshold.parse(f"{name}>1{'s' if metric.unit else ''}")
        assert limit.measured(results())


def test_junit_has_a_case_for_the_schedule_and_for_each_limit():
    limits = [Threshold.parse(text) for text in (*DEFAULT_THRESHOLDS, "p99>2s")]
    found = results(delays=1.5)

    suite = ET.fromstring(load_junit(found, limits, url="http://localhost:3000/", begun=NOON))[0]

    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "1")
    names = [case.get("name") for case in suite.iter("testcase")]
    assert names == ["schedule held", "lost>0", "removed>0", "p99>2s"]
    assert suite.find("testcase/failure").get("message").endswith("2.5 s")
    assert passed_limits(found, limits) == [limits[2]]


def test_the_page_has_the_results_and_nothing_of_a_stranger_is_markup():
    found = results(errors={"<script>alert(1)</script>": 1}, failed=1, removed={"<b>x of y": 1.0})

    page = html_report(
        "<html><head></head><body><p>charts</p></body></html>", found, [Threshold.parse("late>1%")],
        url="http://localhost:3000/?a=<b>", begun=NOON,
    )  # fmt: skip

    assert "Content-Security-Policy" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>" not in page
    assert page.index("within 5 s and 2xx") < page.index("charts")
