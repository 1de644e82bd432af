"""`devhook demo` without a terminal: a scenario to its end, summed up."""

import json

import pytest

from devhook.sending.scenario import load_scenario

SCENARIOS = ["order-lifecycle", "duplicates-and-late", "nothing-visible", "tampered"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_comes_to_the_sum_it_expects(devhook, scenario):
    done = devhook("demo", "--scenario", scenario)

    expected = load_scenario(scenario).expect
    assert done.returncode == 0, done.stderr
    *_, summary = done.stdout.splitlines()
    assert summary == (
        f"{expected.deliveries} deliveries: {expected.valid} valid, {expected.invalid} invalid, "
        f"{expected.duplicates} duplicates, {expected.late} late, {expected.unchanged} unchanged"
    )


def test_json_is_one_object_for_each_delivery(devhook):
    done = devhook("demo", "--json")

    deliveries = [json.loads(line) for line in done.stdout.splitlines()]
    first = deliveries[0]
    assert len(deliveries) == load_scenario("order-lifecycle").expect.deliveries
    assert list(first) == [
        "id", "time", "topic", "shop", "subject", "origin",
        "signature", "verdict", "changes", "hint", "compared_with", "newer", "repeats", "redundant", "says",
        "companions", "causes", "answer",
    ]  # fmt: skip
    assert first["topic"] == "orders/create"
    assert first["subject"]["name"] == "#1001"
    assert (first["signature"], first["verdict"], first["origin"]) == ("valid", "first", "simulator")
    assert first["answer"] == {"status": 200}


def test_a_paid_order_shows_what_paying_changed(devhook):
    done = devhook("demo", "--json")

    deliveries = [json.loads(line) for line in done.stdout.splitlines()]
    changes = [change for delivery in deliveries for change in delivery["changes"]]
    paid = next(change for change in changes if change["path"] == "financial_status")
    assert paid["after"] == "paid"
    assert paid["pointer"] == "/financial_status"


def test_what_was_made_is_removed_and_said(devhook):
    done = devhook("demo")

    assert "Removed" in done.stderr
    assert "devhook-demo.myshopify.com" in done.stderr


def test_a_sum_other_than_the_expected_one_is_a_failure(devhook, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[[steps]]\ndo = "check_out"\n[expect]\nlate = 3\n')

    done = devhook("demo", "--scenario", file)

    assert done.returncode == 1
    assert "late" in done.stderr


def test_a_step_that_does_not_fit_is_told_with_its_number(devhook, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[[steps]]\ndo = "check_out"\n[[steps]]\ndo = "refund"\n')

    done = devhook("demo", "--scenario", file)

    assert done.returncode == 1
    assert "Step 2 of 2" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_deliveries_are_kept_where_asked(devhook, tmp_path):
    devhook("--inbox", tmp_path / "kept.db", "demo")

    assert (tmp_path / "kept.db").exists()


def test_nothing_is_kept_otherwise(devhook, tmp_path):
    devhook("demo", env={"TMPDIR": str(tmp_path)})

    assert list(tmp_path.glob("devhook-demo-*")) == []
    assert not (tmp_path / "data").exists()
