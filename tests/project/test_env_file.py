"""Which credentials are read of a .env, and that nothing in it is replaced or run."""

import pytest

from devhook.errors import InputError
from devhook.project.env_file import env_credentials, env_file

SECRET = "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"


@pytest.fixture
def write(tmp_path):
    def write(text, name=".env"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def values(file):
    return {
        name: (value.get_secret_value(), variable)
        for name, (value, variable) in env_credentials(file).items()
    }


def test_the_names_of_shopifys_tools_and_templates_are_read(write):
    file = write(
        f'# from shopify app env pull\nexport SHOPIFY_API_KEY="abc"\nSHOPIFY_API_SECRET={SECRET}\nSCOPES=x\n'
    )

    assert values(file) == {
        "client_id": ("abc", "SHOPIFY_API_KEY"),
        "client_secret": (SECRET, "SHOPIFY_API_SECRET"),
    }
    assert values(write(f"SHOPIFY_API_SECRET=\nSHOPIFY_API_SECRET_KEY='{SECRET}'")) == {
        "client_secret": (SECRET, "SHOPIFY_API_SECRET_KEY")
    }


def test_variables_in_a_value_are_not_replaced(write, monkeypatch):
    monkeypatch.setenv("HOME_SECRET", "hunter2")

    assert values(write("SHOPIFY_API_SECRET=${HOME_SECRET}$(id)")) == {
        "client_secret": ("${HOME_SECRET}$(id)", "SHOPIFY_API_SECRET")
    }


def test_lines_that_are_no_assignments_are_left_out_without_a_word(write, caplog, capsys):
    assert values(write("SHOPIFY_API_SECRET\n<html>\n= = =\n\x00\nSHOPIFY_API_KEY=k")) == {
        "client_id": ("k", "SHOPIFY_API_KEY")
    }
    assert (caplog.text, capsys.readouterr().err) == ("", "")


def test_a_file_that_cannot_be_read_is_refused_without_its_content(write):
    file = write("")
    file.write_bytes(b"SHOPIFY_API_SECRET=\xff\xfe")
    with pytest.raises(InputError, match=r"\.env is not UTF-8"):
        env_credentials(file)
    with pytest.raises(InputError, match="it has more than"):
        env_credentials(write("#" * 300_000))


def test_the_file_of_the_app_configuration_comes_first(tmp_path, write):
    assert env_file(tmp_path) is None
    write("")
    assert env_file(tmp_path, "staging").name == ".env"
    write("", ".env.staging")
    assert env_file(tmp_path, "staging").name == ".env.staging"
    assert env_file(tmp_path).name == ".env"
