"""What is read of a shopify.app.toml, and which of several files it is."""

import os

import pytest

from devhook.errors import InputError
from devhook.project.app_config import AppConfig, app_config, app_folder, read_app_config

APP = """
client_id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
application_url = "https://bird-boxes.example"
embedded = true

[build]
dev_store_url = "bird-boxes-dev.myshopify.com"

[access_scopes]
scopes = "read_orders,write_products, read_fulfillments"

[webhooks]
api_version = "2026-07"

[[webhooks.subscriptions]]
topics = ["orders/create", "orders/updated"]
uri = "/webhooks"
filter = "total_price:>100"
include_fields = ["id", "note"]

[[webhooks.subscriptions]]
topics = ["orders/updated", "app/uninstalled"]
compliance_topics = ["shop/redact"]
uri = "/webhooks/app"
"""


@pytest.fixture
def write(tmp_path):
    def write(text=APP, name="shopify.app.toml"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_everything_that_devhook_compares_is_read(write):
    app = read_app_config(write())

    assert app.client_id == "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    assert app.scopes == ("read_orders", "write_products", "read_fulfillments")
    assert app.api_version == "2026-07"
    assert app.topic_names == ("orders/create", "orders/updated", "app/uninstalled")
    assert (app.topics[0].filter, app.topics[0].include_fields) == ("total_price:>100", ("id", "note"))
    assert app.compliance == ("shop/redact",)
    assert app.missing_compliance == ("customers/data_request", "customers/redact")
    assert app.dev_shop == "bird-boxes-dev.myshopify.com"


@pytest.mark.parametrize(
    ("uris", "path"),
    [
        (["/webhooks/orders"], "/webhooks/orders"),
        (["https://app.example.com/hooks", "/hooks"], "/hooks"),
        (["/webhooks", "/webhooks/app"], ""),
        (["arn:aws:events:us-east-1::event-source/x"], ""),
        (["/a; touch hacked"], ""),
        (["http://[/x"], "/x"),
        ([], ""),
    ],
)
def test_a_path_that_all_topics_have_is_known(write, uris, path):
    tables = [f'[[webhooks.subscriptions]]\ntopics = ["orders/paid"]\nuri = "{uri}"\n' for uri in uris]

    assert read_app_config(write("".join(tables))).webhook_path == path


def test_the_older_form_of_compliance_webhooks_counts(write):
    app = read_app_config(
        write('[webhooks.privacy_compliance]\ncustomer_deletion_url = "https://a.example/x"\n')
    )

    assert app.compliance == ("customers/redact",)


@pytest.mark.parametrize(
    "text",
    ["webhooks = 3", "webhooks = [1]", "[webhooks]\nsubscriptions = 4",
     "[[webhooks.subscriptions]]\ntopics = 5",
     'client_id = ["a"]\n[access_scopes]\nscopes = 1\n[build]\ndev_store_url = true',
     '[webhooks]\napi_version = "1; rm -rf ."'],
)  # fmt: skip
def test_what_has_another_type_is_as_if_it_were_not_there(write, text):
    file = write(text)

    assert read_app_config(file) == AppConfig(file=file)


@pytest.mark.parametrize(
    "text", ["client_id = ", "a = " + "[" * 5000, "a = 1" + "0" * 5000, "a." * 100_000 + "a = 1"]
)
def test_a_file_that_is_not_toml_is_refused_with_its_name(write, text):
    with pytest.raises(InputError, match=r"shopify\.app\.toml is not valid TOML"):
        read_app_config(write(text))


@pytest.mark.posix("named pipes")
def test_a_pipe_and_a_large_file_are_refused_and_not_waited_for(tmp_path, write):
    os.mkfifo(tmp_path / "shopify.app.pipe.toml")
    with pytest.raises(InputError, match="it is not a regular file"):
        read_app_config(tmp_path / "shopify.app.pipe.toml")
    with pytest.raises(InputError, match="it has more than"):
        read_app_config(write("#" * 300_000))


@pytest.mark.posix("modes of folders")
def test_the_file_is_found_from_a_folder_below(tmp_path, write):
    write()
    below = tmp_path / "app" / "routes"
    below.mkdir(parents=True)

    assert app_folder(below) == tmp_path
    assert app_config(below).client_id


def test_a_folder_that_others_can_write_to_and_those_above_it_are_not_searched(tmp_path, write):
    write()
    below = tmp_path / "shared"
    below.mkdir()
    below.chmod(0o777)

    assert app_folder(below) is None


@pytest.mark.posix("modes of folders")
def test_one_of_several_files_is_chosen_by_its_name(tmp_path, write):
    write('client_id = "staging"', "shopify.app.staging.toml")
    assert app_config(tmp_path).name == "staging"

    write('client_id = "live"', "shopify.app.live.toml")
    with pytest.raises(InputError, match=r"several app configurations") as refused:
        app_config(tmp_path)
    assert "SHOPIFY_FLAG_APP_CONFIG=" in refused.value.hint
    assert app_config(tmp_path, "live").client_id == "live"
    assert app_config(tmp_path, "shopify.app.staging.toml").client_id == "staging"

    write('client_id = "default"')
    assert app_config(tmp_path).client_id == "default"
    with pytest.raises(InputError, match="no app configuration 'test'"):
        app_config(tmp_path, "test")


def test_a_folder_without_an_app_declares_nothing(tmp_path):
    assert app_config(tmp_path) is None
