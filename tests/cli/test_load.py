"""`devhook load` before its engine starts; the engine itself: tests/load/test_engine.py."""

import json
import sys

import pytest

SECRET = {"DEVHOOK_CLIENT_SECRET": "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"}
TO = ("--to", "http://127.0.0.1:9")
SCENARIO = ("--scenario", "order-lifecycle")


@pytest.fixture
def locust(monkeypatch):
    """Let Locust seem to be installed."""
    monkeypatch.setattr("devhook.cli.load.require_locust", lambda: None)


def test_without_locust_a_sentence_says_how_to_get_it(devhook, monkeypatch):
    monkeypatch.setitem(sys.modules, "locust", None)

    done = devhook("load", *SCENARIO, *TO, env=SECRET)

    assert done.returncode == 1
    assert "needs Locust, which is not installed" in done.stderr
    assert "pip install 'devhook[load]'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--rate", "fast"), "is not a rate"),
        (("--ramp", "10"), "is not a ramp"),
        (("--ramp", "1..2", "--rate", "3"), "--ramp says all rates itself"),
        (("--burst", "flashsale"), "Did you mean flash-sale?"),
        (("--for", "2d"), "is not a time"),
        (("--duplicates", "101%"), "101"),
        (("--retries", "9"), "9"),
        (("--fail-if", "late>1s"), "late is compared with a number or a share"),
        (("--master", "127.0.0.1", "--worker", "127.0.0.1"), "two processes"),
        (("--master", "10.0.0.5"), "not this machine only"),
        (("--worker", "here:port"), "is not an address"),
        (("--from", "none.jsonl"), "none.jsonl"),
        (("--html", "no/such/folder.html"), "cannot be written"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_sent(devhook, locust, arguments, told):
    chosen = () if {"--from", "--master"} & set(arguments) else SCENARIO

    done = devhook("load", *chosen, *TO, *arguments, env=SECRET)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_another_machine_needs_a_word_of_the_user(devhook, locust):
    done = devhook("load", *SCENARIO, "--to", "https://app.example/", env=SECRET)

    assert done.returncode == 2
    assert "app.example is not this machine" in done.stderr


def test_without_a_secret_or_an_endpoint_nothing_is_sent(devhook, locust):
    unsigned = devhook("load", *SCENARIO, *TO)
    unheard = devhook("load", *SCENARIO, *TO, "--rate", "300/s", "--for", "5m", env=SECRET)

    assert unsigned.returncode == 2
    assert "No client secret is set" in unsigned.stderr
    assert unheard.returncode == 4
    # What would be sent is said before.
    assert "90,000 deliveries to http://127.0.0.1:9: 300/s for 5 min." in unheard.stderr
    assert "retried 8 times within 14 s: Shopify's 4 h, 1,000 times faster" in unheard.stderr
    assert "Nothing listens at http://127.0.0.1:9." in unheard.stderr


def test_the_words_choose_what_the_inbox_has_and_what_is_not_trusted_stays(
    devhook, locust, deliver, tmp_path
):
    inbox = ("--inbox", tmp_path / "inbox")
    deliver("orders/paid", webhook_id="a")
    deliver("orders/paid", webhook_id="a")
    deliver("orders/paid", signature="invalid")

    nothing = devhook(*inbox, "load", "topic:refunds/create", *TO, env=SECRET)
    some = devhook(*inbox, "load", "topic:orders/paid", *TO, env=SECRET)
    both = devhook(*inbox, "load", "1", *SCENARIO, *TO, env=SECRET)

    assert nothing.returncode == 2
    assert some.returncode == 4
    assert "1 delivery left out: without a valid signature." in some.stderr
    assert "1 delivery left out: without a topic, or with the Webhook-Id of another." in some.stderr
    assert "three sources" in both.stderr


def test_a_recording_is_a_source(devhook, locust, deliver, tmp_path):
    deliver("orders/paid")
    exported = devhook("--inbox", tmp_path / "inbox", "export", "--out", "a.jsonl")

    done = devhook("load", "--from", "a.jsonl", *TO, env=SECRET)

    assert exported.returncode == 0
    assert done.returncode == 4, done.stderr


def test_a_project_file_can_neither_send_elsewhere_nor_open_a_port(devhook, locust, tmp_path):
    (tmp_path / ".devhook").mkdir()
    (tmp_path / ".devhook" / "config.toml").write_text(
        '[load]\nto = "https://app.example/"\nallow-remote = true\nmaster = "10.0.0.5"\n'
        'rate = "20/s"\nfor = "2m"\ncount-from = "https://app.example/count"\nhtml = "x.html"\n'
    )

    done = devhook("load", *SCENARIO, *TO, env=SECRET)

    assert done.returncode == 4
    assert "2,400 deliveries to http://127.0.0.1:9: 20/s for 2 min" in done.stderr
    assert "load.rate" not in done.stderr
    for name in ("to", "allow-remote", "master", "count-from", "html"):
        assert f"load.{name}" in done.stderr
    assert not (tmp_path / "x.html").exists()


def test_the_engine_is_never_imported_here(devhook, locust):
    devhook("load", *SCENARIO, *TO, env=SECRET)

    assert not {"locust", "gevent"} & sys.modules.keys()


def test_the_keys_of_the_results_are_those_of_the_manual():
    from devhook.load.plan import LoadPlan
    from devhook.load.results import LoadResults
    from devhook.load.shape import RateShape
    from devhook.load.tally import COUNTS
    from tests.cli.test_json_keys import TABLES, require_listed

    plan = LoadPlan(shape=RateShape.constant(1, 1))
    event = {
        "counts": dict.fromkeys(COUNTS, 1),
        "removed": {"orders/paid of a": 1.0},
        "errors": {"no answer": 1},
        "names": {"orders/paid": {"count": 1, "failed": 1}},
        "percentiles": {"0.5": 0.1},
    }
    told = json.loads(json.dumps(LoadResults(plan, event).as_json()))
    limits = {"limits": [{"limit": "lost>0", "measured": "1", "passed": True}], "time": "", "url": ""}

    require_listed(told | limits, "load")
    assert {each.partition(".")[2] for each in TABLES["load"] if each.startswith("counts.")} == set(COUNTS)
