"""`devhook demo` without a terminal: a scenario to its end, summed up."""

import json

import pytest

from devhook.sending.scenario import load_scenario
from devhook.shipped import fixtures

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


def test_json_is_one_object_for_each_delivery_after_one_that_tells_of_readiness(devhook):
    done = devhook("demo", "--json")

    ready, *deliveries = [json.loads(line) for line in done.stdout.splitlines()]
    first = deliveries[0]
    assert ready["event"] == "ready"
    assert ready["address"].startswith("http://127.0.0.1:")
    assert len(deliveries) == load_scenario("order-lifecycle").expect.deliveries
    assert list(first) == [
        "event", "id", "time", "topic", "shop", "subject", "origin",
        "signature", "verdict", "changes", "hint", "answer", "target",
    ]  # fmt: skip
    assert (first["event"], first["target"]) == ("delivery", None)
    assert first["topic"] == "orders/create"
    assert first["subject"]["name"] == "#1001"
    assert (first["signature"], first["verdict"], first["origin"]) == ("valid", "first", "simulator")
    assert first["answer"] == {"status": 200}


def test_a_paid_order_shows_what_paying_changed(devhook):
    done = devhook("demo", "--json")

    _, *deliveries = [json.loads(line) for line in done.stdout.splitlines()]
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


NOTES = json.loads((fixtures() / "shop.json").read_text(encoding="utf-8"))["notes"]
BUYERS = ("zoe.braendle", "Zoë", "maelle.lefevre", "haakon.odegard", "hanako.kaku", "niamh.os")


def told_of_notes(done):
    deliveries = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        change["after"]
        for each in deliveries
        for change in each.get("changes", ())
        if change["path"] == "note"
    ]


def test_a_masked_demo_comes_to_the_same_with_pseudonyms(devhook):
    done = devhook("demo", "--mask", "--json")

    assert done.returncode == 0
    assert done.stdout.count('"event": "delivery"') == load_scenario("order-lifecycle").expect.deliveries
    assert '"name": "#1001"' in done.stdout
    assert not [name for name in BUYERS if name in done.stdout]
    (note,) = told_of_notes(done)
    assert note not in NOTES


def test_masking_can_be_set_for_good(devhook):
    masked = devhook("demo", "--json", env={"DEVHOOK_DEMO_MASK": "1"})
    shown = devhook("demo", "--json")

    assert told_of_notes(masked)[0] not in NOTES
    assert told_of_notes(shown)[0] in NOTES
