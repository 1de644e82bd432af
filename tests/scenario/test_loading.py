"""The scenario format, and what is said about a file that is wrong."""

import pytest

from devhook.errors import ExitStatus, InputError
from devhook.scenario.loading import load_scenario, read_scenario, scenario_names
from devhook.scenario.model import LATE, Action, Scenario

WHOLE = """
title = "Two orders"
about = "What happens"

[[steps]]
do = "check_out"

[[steps]]
do = "note"            # a comment
after = 1.5
order = 1
note = "ring twice"
fault = "late"
times = 2

[[steps]]
do = "pay"
order = "#1001"

[expect]
deliveries = 7
late = 2
"""


def complaint(text: str) -> str:
    with pytest.raises(InputError) as refused:
        read_scenario(text, "mine.toml")
    assert refused.value.status is ExitStatus.USAGE
    return refused.value.message


def test_every_field_is_read():
    scenario = read_scenario(WHOLE, "mine.toml")

    assert (scenario.title, scenario.about) == ("Two orders", "What happens")
    assert [step.do for step in scenario.steps] == [Action.CHECK_OUT, Action.NOTE, Action.PAY]
    note = scenario.steps[1]
    assert (note.after, note.order, note.note, note.fault, note.times) == (
        1.5,
        1,
        "ring twice",
        LATE,
        2,
    )
    assert scenario.steps[2].order == "#1001"
    assert (scenario.expect.deliveries, scenario.expect.late, scenario.expect.valid) == (7, 2, None)


def test_the_scenarios_that_devhook_brings_along_can_all_be_loaded():
    assert set(scenario_names()) >= {"order-lifecycle", "duplicates-and-late", "nothing-visible", "tampered"}
    for name in scenario_names():
        scenario = load_scenario(name)
        assert scenario.title
        assert scenario.about
        assert scenario.expect.deliveries


def test_a_file_is_loaded_by_its_path(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(WHOLE, encoding="utf-8")

    assert load_scenario(str(file)) == load_scenario(file) == read_scenario(WHOLE, "x")


def test_an_unknown_name_is_answered_with_the_nearest_and_all_names():
    with pytest.raises(InputError) as refused:
        load_scenario("order-lifecylce")

    assert refused.value.message == 'Unknown scenario "order-lifecylce".'
    assert "Did you mean order-lifecycle?" in refused.value.hint
    assert all(name in refused.value.hint for name in scenario_names())


@pytest.mark.parametrize("where", ["nowhere.toml", "folder/nowhere"])
def test_a_path_to_nothing_is_a_missing_file_not_an_unknown_name(tmp_path, where):
    with pytest.raises(InputError, match="does not exist"):
        load_scenario(str(tmp_path / where))


def test_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        load_scenario(str(tmp_path))


def test_a_file_in_another_encoding_is_named_with_the_line(tmp_path):
    file = tmp_path / "latin.toml"
    file.write_bytes(b'title = "x"\nabout = "Gr\xfc\xdfe"\n')

    with pytest.raises(InputError, match=r"latin\.toml, line 2: the file is not UTF-8 text"):
        load_scenario(file)


def test_broken_toml_is_named_with_line_and_column():
    assert complaint('title = "x"\n[[steps]\n').startswith("mine.toml, line 2, column 8: ")


def test_toml_that_breaks_off_is_named_with_its_last_line():
    assert complaint('title = "x"\nabout = ').startswith("mine.toml, line 2")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'do = "note"   ',
            'do = "nota"',
            'line 9: steps[1].do is "nota". Did you mean note? Allowed: check_out, pay,',
        ),
        (
            'fault = "late"',
            'fault = "lost"',
            'line 13: steps[1].fault is "lost". Allowed: late, body,',
        ),
        ('fault = "late"', 'fualt = "late"', "line 13: steps[1].fualt is not a field. Did you mean fault?"),
        ("after = 1.5", "after = -1", "line 10: steps[1].after is -1: input should be greater than"),
        ("after = 1.5", 'after = "1"', 'line 10: steps[1].after is "1": input should be a valid number.'),
        ("after = 1.5", "after = nan", "line 10: steps[1].after is nan: "),
        (
            "order = 1",
            "order = 0",
            'line 11: steps[1].order is 0: it must be the name of an order ("#1001"),',
        ),
        ("order = 1", "order = true", "line 11: steps[1].order is True: it must be"),
        ("order = 1", "order = 2", "line 11: steps[1].order is 2, but only 1 checked out before this step."),
        ("times = 2", "times = 0", "line 14: steps[1].times is 0: "),
        ('do = "check_out"', "after = 1", "line 5: steps[0].do is missing."),
        ('do = "check_out"', 'do = "pay"', "line 6: steps[0].do needs an order, but none exists yet"),
        (
            'do = "check_out"',
            'do = "check_out"\norder = 1',
            "line 7: steps[0].order cannot be set here: check_out creates a new order.",
        ),
        ('do = "pay"', 'do = "pay"\ntext = "x"', "line 18: steps[2].text is only allowed in a note step."),
        (
            'do = "pay"',
            f'do = "pay"\nnote = "{"x" * 5001}"',
            f'line 18: steps[2].note is "{"x" * 60}…": string should have at most 5000 characters.',
        ),
        (
            'do = "pay"',
            'do = "pay"\nfault = "late"',
            "line 18: steps[2].fault cannot be late in the last step",
        ),
        ("late = 2", "late = -1", "line 22: expect.late is -1: "),
        ("late = 2", "lat = 2", "line 22: expect.lat is not a field. Did you mean late?"),
        ('title = "Two orders"', "", "line 1: title is missing."),
        ('title = "Two orders"', "title = 3", "line 2: title is 3: input should be a valid string."),
        (
            'title = "Two orders"',
            'title = "x"\nfoo = 1',
            "line 3: foo is not a field. Allowed: title, about,",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_line(old, new, told):
    assert old in WHOLE

    assert complaint(WHOLE.replace(old, new, 1)).startswith(f"mine.toml, {told}")


def test_every_wrong_field_is_named_at_once():
    told = complaint('[[steps]]\ndo = "x"\nafter = -1\n')

    assert [line.split(":")[0] for line in told.splitlines()] == [
        "mine.toml, line 1",
        "mine.toml, line 2",
        "mine.toml, line 3",
    ]


def test_a_file_full_of_mistakes_does_not_fill_the_screen():
    told = complaint('title = "x"\n' + '[[steps]]\ndo = "x"\n' * 30)

    assert len(told.splitlines()) == 9
    assert told.splitlines()[-1] == "and 22 more"


def test_steps_written_inside_one_list_are_found_by_that_list():
    told = complaint('title = "x"\nabout = "y"\nsteps = [\n  {do = "check_out"}, {do = "x"},\n]\n')

    assert told.startswith('mine.toml, line 3: steps[1].do is "x".')


def test_a_header_inside_a_text_over_several_lines_is_not_counted():
    text = 'title = "x"\nabout = """\n[[steps]]\ndo = 1\n"""\n[[steps]]\ndo = "x"\n'

    assert complaint(text).startswith('mine.toml, line 7: steps[0].do is "x".')


def test_no_steps_at_all_are_refused():
    assert (
        complaint('title = "x"\nsteps = []\n')
        == "mine.toml, line 2: steps is a list: it must contain at least one step."
    )


def test_a_scenario_made_in_code_is_held_to_the_same_rules():
    with pytest.raises(ValueError, match="none exists yet"):
        Scenario.model_validate({"title": "x", "steps": [{"do": "pay"}]})


DELIVER = """
title = "Recorded"
[[steps]]
do = "deliver"
after = 0.5
path = "/webhooks"
signature = "valid"
headers = [["X-Shopify-Topic", "orders/updated"]]
body = '{"id":1}'
fault = "duplicate"
times = 2
[[steps]]
do = "deliver"
headers = []
body_base64 = "//4="
"""


def test_a_recorded_delivery_is_a_step_and_needs_no_order():
    text, binary = read_scenario(DELIVER, "mine.toml").steps

    assert (text.after, text.fault, text.times, text.signature) == (0.5, "duplicate", 2, "valid")
    assert text.delivery.topic == "orders/updated"
    assert (text.delivery.path, text.delivery.body) == ("/webhooks", b'{"id":1}')
    assert (binary.content, binary.path, binary.signature) == (b"\xff\xfe", "/", "unchecked")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('path = "/webhooks"', "order = 1", "line 6: steps[0].order is not a field. Allowed: do, after,"),
        ('"valid"', '"vaild"', 'line 7: steps[0].signature is "vaild". Did you mean valid?'),
        ("headers = []", "", "line 12: steps[1].headers is missing."),
        ("headers = []", 'headers = ["a"]', "line 14: steps[1].headers"),
        ('"//4="', '"?"', "line 15: steps[1].body_base64 is"),
        ("headers = []", 'headers = []\nbody = "x"', "line 15: steps[1].body is given twice"),
        ("after = 0.5", "after = 9999.0", "line 5: steps[0].after is 9999.0: "),
        ('do = "deliver"', 'do = "delivre"', 'line 4: steps[0].do is "delivre". Did you mean deliver?'),
    ],
)
def test_what_is_wrong_with_a_recorded_delivery_is_named_with_its_line(old, new, told):
    assert complaint(DELIVER.replace(old, new, 1)).startswith(f"mine.toml, {told}")


TAUGHT = """
title = "Taught"
note = "Before the first step"
[[steps]]
do = "check_out"
note = "An order"
[[steps]]
do = "answer"
faults = ["500@orders/paid", "drop"]
note = "It fails"
[[steps]]
do = "note"
note = "Ring twice"
[[steps]]
do = "note"
text = "Ring twice"
note = "The same again"
[[steps]]
do = "retry"
times = 7
"""


def test_a_step_has_a_trainers_note_and_a_note_step_without_a_text_keeps_its_old_meaning():
    lesson = read_scenario(TAUGHT, "mine.toml")

    assert [step.trainers_note for step in lesson.steps] == ["An order", "It fails", "", "The same again", ""]
    assert [step.order_note for step in lesson.steps[2:4]] == ["Ring twice", "Ring twice"]
    assert lesson.is_lesson
    assert lesson.sets_answers
    assert not load_scenario("tampered").is_lesson
    assert [step.words for step in lesson.steps] == [
        "check out",
        "answer 500@orders/paid, drop",
        "note “Ring twice”",
        "note “Ring twice”",
        "retry, 7 times",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            '"drop"]',
            '"drip"]',
            'line 9: steps[1].faults[1] is "drip": it must be a list of faults. Such as 500,',
        ),
        ('faults = ["500@orders/paid", "drop"]', "", "line 7: steps[1].faults is missing."),
        ("times = 7", "fault = 1", "line 20: steps[4].fault is not a field. Allowed: do, after, times, note"),
        ('do = "retry"', 'do = "rety"', 'line 19: steps[4].do is "rety". Did you mean retry?'),
    ],
)
def test_what_is_wrong_with_an_answer_or_a_retry_is_named_with_its_line(old, new, told):
    assert complaint(TAUGHT.replace(old, new, 1)).startswith(f"mine.toml, {told}")
