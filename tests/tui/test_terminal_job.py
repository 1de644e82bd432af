import pytest

from devhook.errors import DevhookError
from devhook.tui.terminal_job import EDITOR, PAGER, job_environment, program


@pytest.fixture
def path(tmp_path):
    for name in ("less", "vi", "code"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return str(tmp_path)


def test_the_users_program_is_run_with_its_options(path):
    assert program(EDITOR, {"PATH": path, "EDITOR": "vi", "VISUAL": "code --wait 'a b'"}) == [
        "code",
        "--wait",
        "a b",
    ]
    assert program(PAGER, {"PATH": path, "PAGER": " "}) == ["less"]
    assert program(EDITOR, {"PATH": path}) == ["vi"]


def test_a_program_that_cannot_be_run_is_named(path, tmp_path):
    for wrong in ("nano -w", "'", "''"):
        with pytest.raises(DevhookError, match="EDITOR") as caught:
            program(EDITOR, {"PATH": path, "EDITOR": wrong})
        assert caught.value.hint == "Set EDITOR=nano"
    with pytest.raises(DevhookError, match="There is no less"):
        program(PAGER, {"PATH": str(tmp_path / "nothing")})


def test_the_program_sees_its_settings_and_no_secret():
    seen = job_environment(
        {"LESS": "-FRX", "VIMINIT": "x", "SHOPIFY_API_SECRET": "s", "NGROK_AUTHTOKEN": "t", "HOME": "/h"}
    )

    assert seen == {"LESS": "-FRX -+F -+r -+R", "VIMINIT": "x", "HOME": "/h"}
