"""`devhook scenarios`: the list, one scenario with its notes, JSON."""

import json

from devhook.scenario.loading import load_scenario, scenario_names

MINE = """
title = "Mine"
note = "Bring \\u001b]0;coffee"

[[steps]]
do = "check_out"
note = "**You see** an order."

[[steps]]
do = "answer"
faults = ["500x2@orders/paid"]

[[steps]]
do = "note"
text = "Ring twice"
note = "A note of the shop's."
fault = "duplicate"
"""


def test_all_scenarios_and_lessons_are_listed(devhook):
    done = devhook("scenarios")

    head, *lines = done.stdout.splitlines()
    assert head.split() == ["NAME", "STEPS", "TITLE"]
    assert [line.split()[0] for line in lines] == list(scenario_names())
    assert "devhook scenarios lesson-" in done.stderr


def test_each_lesson_teaches_at_every_step():
    lessons = [name for name in scenario_names() if name.startswith("lesson-")]

    assert len(lessons) == 6
    for name in lessons:
        lesson = load_scenario(name)
        assert lesson.note, name
        assert "https://" in "".join([lesson.note, *(step.trainers_note for step in lesson.steps)]), name
        assert [step.words for step in lesson.steps if not step.trainers_note] == [], name


def test_a_file_is_printed_with_its_notes_and_made_visible(devhook, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(MINE, encoding="utf-8")

    done = devhook("scenarios", file)

    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert done.stdout == (
        "Mine\n\nBring ␛]0;coffee\n\n1. check out\n\n    You see an order.\n\n2. answer 500x2@orders/paid\n\n"
        "3. note “Ring twice”: sent twice with one Webhook-Id\n\n    A note of the shop's.\n"
    )
    several = devhook("scenarios", file, "lesson-hmac").stdout.splitlines()
    assert [line.split()[1] for line in several[1:]] == ["3", "5"]


def test_json_is_one_object_for_each_scenario(devhook, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(MINE, encoding="utf-8")

    mine, lesson = map(json.loads, devhook("scenarios", file, "lesson-late", "--json").stdout.splitlines())

    assert (mine["title"], mine["lesson"], mine["expect"]) == ("Mine", True, {})
    assert mine["steps"][2] == {
        "do": "note",
        "words": "note “Ring twice”: sent twice with one Webhook-Id",
        "after": 0.0,
        "times": 1,
        "note": "A note of the shop's.",
    }
    assert lesson["name"] == "lesson-late"
    assert lesson["expect"]["late"] == 4


def test_an_unknown_name_is_answered_with_the_nearest(devhook):
    done = devhook("scenarios", "lesson-hmca")

    assert done.returncode == 2
    assert "Did you mean lesson-hmac?" in done.stderr
