"""Which framework the files of a project name."""

import pytest

from devhook.project.stack import stack_of

PROJECTS = [
    (
        "React Router",
        "package.json",
        '{"dependencies": {"@shopify/shopify-app-react-router": "^1"}}',
        "/webhooks",
    ),
    ("Remix", "package.json", '{"dependencies": {"@shopify/shopify-app-remix": "^3"}}', "/webhooks"),
    ("Express", "package.json", '{"dependencies": {"express": "^5"}}', ""),
    ("Rails", "Gemfile", 'gem "rails"\ngem "shopify_app"\n', "/webhooks"),
    ("Laravel", "composer.json", '{"require": {"laravel/framework": "^12"}}', "/api/webhooks"),
    ("Django", "manage.py", "import django", ""),
    ("Flask", "requirements.txt", "requests\nFlask==3.1\n", ""),
    ("FastAPI", "pyproject.toml", 'dependencies = [\n    "fastapi[standard]>=0.115",\n]\n', ""),
]


@pytest.mark.parametrize(("name", "file", "text", "path"), PROJECTS, ids=[row[0] for row in PROJECTS])
def test_a_project_is_recognised_by_the_file_that_names_its_framework(tmp_path, name, file, text, path):
    (tmp_path / file).write_text(text)

    found = stack_of(tmp_path)

    assert (found.name, found.path) == (name, path)
    assert found.ports


def test_another_project_is_none_of_them(tmp_path):
    (tmp_path / "package.json").write_text('{"dependencies": {"expressive": "1"}}')
    (tmp_path / "requirements.txt").write_text("flaskless\nhttpx\n")
    (tmp_path / "Gemfile").mkdir()

    assert stack_of(tmp_path) is None


def test_a_file_of_empty_lines_is_searched_at_once(tmp_path):
    (tmp_path / "requirements.txt").write_text("\n" * 2**20)

    assert stack_of(tmp_path) is None
