"""Every mistake ends in a sentence, the next step and the right status; never in a traceback."""

import socket
import sqlite3
import subprocess
import sys

import pytest


def assert_said(done, status, *texts):
    assert "Traceback" not in done.stderr
    assert done.returncode == status, done.stderr
    for text in texts:
        assert text in done.stderr, done.stderr


def test_a_port_that_is_taken_is_named_with_the_way_out(devhook):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        done = devhook("listen", "--port", port)

    assert_said(done, 1, f"Port {port} is taken", "--port 0")


def test_an_inbox_in_a_place_that_cannot_be_written_is_reported(devhook, tmp_path):
    (tmp_path / "file").write_text("")

    done = devhook("--inbox", tmp_path / "file" / "inbox", "listen", "--port", "0")

    assert_said(done, 1, "inbox", "--inbox")


def test_an_inbox_of_a_newer_devhook_is_left_as_it_is(devhook, deliver, tmp_path):
    path = tmp_path / "inbox"
    deliver()
    file = path / "deliveries.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = file.read_bytes()

    done = devhook("--inbox", path, "listen", "--port", "0")

    assert_said(done, 1, "newer")
    assert file.read_bytes() == before


def test_a_file_that_is_no_inbox_is_left_as_it_is(devhook, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not an inbox\n" * 100)

    done = devhook("--inbox", path, "listen", "--port", "0")

    assert_said(done, 1, "notes.txt")
    assert path.read_text() == "not an inbox\n" * 100


@pytest.mark.parametrize(
    ("word", "nearest"),
    [("orders/update", "orders/updated"), ("order/paid", "orders/paid"), ("ORDERS_UPDATE", "orders/updated")],
)
def test_an_unknown_topic_is_answered_with_the_nearest_names(devhook, word, nearest):
    done = devhook("listen", word, "--port", "0")

    assert_said(done, 2, word, nearest)


def test_a_topic_that_no_api_subscription_can_have_is_explained(devhook):
    assert_said(devhook("listen", "customers/redact", "--port", "0"), 2, "customers/redact")


def test_an_unknown_scenario_is_answered_with_the_names_there_are(devhook):
    assert_said(devhook("demo", "--scenario", "order-livecycle"), 2, "order-livecycle", "order-lifecycle")


def test_a_wrong_field_of_a_scenario_is_reported_with_its_line(devhook, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n\n[[steps]]\ndo = "check_out"\n\n[[steps]]\ndo = "pya"\n')

    assert_said(devhook("demo", "--scenario", file), 2, "mine.toml", "line 7", "do", "pay")


def test_each_mistake_in_a_scenario_has_a_line_of_its_own(devhook, tmp_path):
    (tmp_path / "s.toml").write_text('steps = [{do = "payy"}]')

    done = devhook("play", "s.toml", "--to", "3000")

    assert_said(done, 2, "s.toml, line 1: title is missing.\n", 's.toml, line 1: steps[0].do is "payy".')


def test_a_setting_outside_the_table_of_its_command_is_answered_with_the_table(devhook, tmp_path):
    (tmp_path / "c.toml").write_text("port = 1")

    assert_said(devhook("--config", "c.toml", "listen"), 2, "Unknown setting port", "[listen]")


def test_a_scenario_that_is_not_toml_is_reported_with_its_line(devhook, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[[steps]\n')

    assert_said(devhook("demo", "--scenario", file), 2, "mine.toml", "line 2")


def test_the_screen_without_a_terminal_is_refused(devhook):
    assert_said(devhook("demo", "--output", "tui"), 2, "needs a terminal", "--output lines")


def test_two_outputs_at_once_are_rejected(devhook):
    assert_said(devhook("demo", "--json", "--output", "lines"), 2, "--json")


def test_a_config_file_with_a_slip_is_named_with_its_line(devhook, tmp_path):
    (tmp_path / ".devhook").mkdir()
    (tmp_path / ".devhook" / "config.toml").write_text("[listen]\nport = = 1\n")

    assert_said(devhook("listen"), 2, "config.toml", "line 2")


def test_a_wrong_value_in_the_config_file_is_a_usage_error(devhook, tmp_path):
    (tmp_path / ".devhook").mkdir()
    (tmp_path / ".devhook" / "config.toml").write_text('[listen]\nport = "many"\n')

    assert_said(devhook("listen"), 2, "port")


def test_a_config_file_that_is_asked_for_must_be_there(devhook, tmp_path):
    assert_said(devhook("--config", tmp_path / "none.toml", "listen"), 2, "none.toml")


def test_an_unknown_option_says_where_help_is(devhook):
    assert_said(devhook("demo", "--sped", "3"), 2, "--speed")


def test_a_credential_that_is_typed_as_an_argument_is_not_repeated(devhook):
    digits = "0123456789abcdef0123456789abcdef"
    for typed in (
        ("listen", f"shpss_{digits}"),
        ("listen", digits),
        ("listen", "--client-secret", f"shpss_{digits}"),
        ("listen", f"--secret={digits}"),
        ("verify", f"shpss_{digits}"),
        ("forge", "orders/paid", "--to", f"shpat_{digits}"),
        (f"shpss_{digits}",),
    ):
        done = devhook(*typed)

        assert_said(done, 2, "Set it in the environment", "export DEVHOOK_CLIENT_SECRET=…")
        assert digits not in done.stderr
    # A folder can have such a name.
    assert_said(devhook("--inbox", f"/nowhere/{digits}/inbox", "log"), 1, digits, "devhook listen")


def test_an_unknown_option_and_a_missing_file_are_sentences(devhook):
    assert_said(devhook("listen", "--prot", "1"), 2, "No such option --prot. Did you mean --port")
    assert_said(devhook("listen", "--exec"), 2, "'--exec' requires an argument", "devhook listen --help")
    assert_said(devhook("topics", "ordr"), 2, "There is no topic 'ordr'", "Did you mean orders/*?")
    assert_said(devhook("sign", "nowhere.json"), 2, "'nowhere.json': No such file or directory.\n")


@pytest.mark.thorough
def test_a_reader_that_closes_the_pipe_is_no_failure(devhook, tmp_path):
    script = f"{sys.executable} -m devhook demo | head -n 1; echo ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)

    first, status = done.stdout.splitlines()
    assert "orders/create" in first
    assert status == "0"
    assert "Traceback" not in done.stderr
    assert "nothing is left behind" in done.stderr


@pytest.mark.thorough
def test_an_output_that_cannot_be_written_is_reported(devhook):
    script = f"{sys.executable} -m devhook demo --output lines > /dev/full"

    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert_said(done, 1, "The output cannot be written", "nothing is left behind")


def test_a_misspelt_command_is_answered_with_the_nearest(devhook):
    assert_said(devhook("lsten"), 2, "listen", "devhook --help")


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (["--forward-to", "app.example.com"], ["app.example.com is not this machine", "--allow-remote"]),
        (["--forward-to", "ftp://localhost"], ["is not an address", "http://localhost:3000"]),
        (["--route", "orders/paid"], ["has no =", "--route orders/paid=3000"]),
        (["--route", "orders/payed=3000"], ["orders/payed", "orders/paid"]),
        (["--wait-for-target"], ["--forward-to"]),
        (["--answer", "teapot"], ["'teapot' is not a fault", "500x3"]),
    ],
)
def test_a_wrong_target_or_fault_is_answered_with_an_example(devhook, options, texts):
    assert_said(devhook("listen", "--port", "0", *options), 2, *texts)


@pytest.mark.parametrize(
    ("options", "texts"),
    [
        (["--wait-for-target"], ["--forward-to"]),
        (["--answer", "teapot"], ["'teapot' is not a fault", "500x3"]),
        (["--retry-speed", "0"], ["--retry-speed"]),
    ],
)
def test_a_demo_rejects_the_same_options(devhook, options, texts):
    assert_said(devhook("demo", *options), 2, *texts)


def test_one_target_in_the_config_file_needs_no_list(devhook, tmp_path):
    (tmp_path / ".devhook").mkdir()
    (tmp_path / ".devhook" / "config.toml").write_text('[listen]\nforward-to = "app.example"\n')

    done = devhook("--config", ".devhook/config.toml", "listen", "--port", "0")

    assert_said(done, 2, "app.example is not this machine")


def test_a_setting_has_the_name_of_its_option(devhook, tmp_path):
    (tmp_path / ".devhook").mkdir()
    (tmp_path / ".devhook" / "config.toml").write_text('[listen]\nformat = "yaml"\n')

    assert_said(devhook("listen", "--port", "0"), 2, "'yaml' is not one of")


def test_a_variable_has_the_name_of_its_option(devhook):
    done = devhook("listen", "--port", "0", env={"DEVHOOK_LISTEN_FORMAT": "yaml"})

    assert_said(done, 2, "'yaml' is not one of")


def test_a_target_that_is_devhook_itself_is_refused(devhook, unused_tcp_port):
    done = devhook("listen", "--port", unused_tcp_port, "--forward-to", unused_tcp_port)

    assert_said(done, 2, f"localhost:{unused_tcp_port} is the address of devhook itself", "--forward-to 3000")
