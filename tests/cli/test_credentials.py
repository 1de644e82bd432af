"""The sources of shop, token and secrets and their precedence, seen through commands."""

import json
import stat
import sys
import threading
from types import ModuleType, SimpleNamespace

import pytest

from devhook.cli import credentials
from devhook.cli.trust_store import allow

TOKEN_FOR_NOBODY = "shpat_ffffffffffffffffffffffffffffffff"


@pytest.fixture
def config(clean, tmp_path):
    """Write the project's config file and allow it; readable by its owner alone unless said otherwise."""

    def write(text, mode=0o600):
        file = tmp_path / ".devhook" / "config.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        allow(file, file.read_bytes())
        return file

    return write


class Keyring(ModuleType):
    """A stand-in for the package `keyring`: `kept` is what it knows, `asked` what it was asked for."""

    def __init__(self):
        super().__init__("keyring")
        self.kept = {}
        self.asked = []
        self.fails = False

    def get_password(self, service, name):
        self.asked.append((service, name))
        if self.fails:
            raise RuntimeError("locked: the password is hunter2")
        return self.kept.get(name)


@pytest.fixture
def keyring(monkeypatch):
    stand_in = Keyring()
    monkeypatch.setitem(sys.modules, "keyring", stand_in)
    return stand_in


def assert_works(done):
    assert done.returncode == 0, done.stderr


def assert_said(done, status, *texts):
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    for text in texts:
        assert text in done.stderr, done.stderr


def test_a_shop_and_a_token_can_stand_in_the_config_file(devhook, shop, config):
    config(f'shop = "tin-whistles"\n[secrets]\naccess_token = "{shop.token}"\n')

    assert_works(devhook("subscriptions", env={"DEVHOOK_ADMIN_ORIGIN": shop.server.url}))


def test_client_id_and_secret_can_stand_in_the_config_file(devhook, shop, config):
    config(
        "[subscriptions]\nshop = 'tin-whistles.myshopify.com'\n[secrets]\n"
        f"client-id = '{shop.client_id}'\nclient-secret = '{shop.client_secret}'\n"
    )

    assert_works(devhook("subscriptions", env={"DEVHOOK_ADMIN_ORIGIN": shop.server.url}))


@pytest.mark.posix("modes of files")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_secret_that_others_can_read_is_refused(devhook, shop, config, mode):
    file = config(f'[secrets]\naccess_token = "{shop.token}"\n', mode)

    done = devhook("subscriptions", env=shop.environment())

    assert_said(done, 2, "contains a secret", f"chmod 600 {file.relative_to(file.parent.parent)}")
    assert shop.token not in done.stderr


@pytest.mark.posix("modes of files")
def test_a_misplaced_secret_that_others_can_read_is_rejected(devhook, shop, config):
    config(f'access_token = "{shop.token}"\n', 0o644)
    assert_said(devhook("topics"), 2, "chmod 600")

    config(f'access_token = "{shop.token}"\n')
    assert_said(devhook("topics"), 2, "[secrets]")


def test_a_file_without_a_secret_may_be_read_by_all(devhook, shop, config):
    config("shop = 'tin-whistles'\n[secrets]\nclient_id = '0f1e2d3c'\naccess_token = ''\n", 0o644)

    assert_works(devhook("subscriptions", env=shop.environment(DEVHOOK_SHOP="")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[secrets]\nacess_token = 'x'\n", "access-token"),
        ("[secrets]\naccess_token = 7\n", "secrets.access_token"),
        ("secrets = 'x'\n", "[secrets]"),
        ("keyring = 'yes'\n", "keyring = true"),
        ("admin_origin = 'https://evil.example'\n", "DEVHOOK_ADMIN_ORIGIN"),
        ("[subscriptions]\nadmin-origin = 'https://evil.example'\n", "DEVHOOK_ADMIN_ORIGIN"),
        ("shpo = 'acme'\n", "shop"),
        ("port = 4000\n", "port"),
    ],
)
def test_a_slip_in_the_config_file_is_reported(devhook, config, text, said):
    config(text)

    assert_said(devhook("subscriptions"), 2, said)


@pytest.mark.parametrize(
    ("config_shop", "environment", "arguments", "used"),
    [
        ("a-config", {}, [], "a-config"),
        ("a-config", {"DEVHOOK_SHOP": "b-all"}, [], "b-all"),
        ("a-config", {"DEVHOOK_SHOP": "b-all", "DEVHOOK_SUBSCRIPTIONS_SHOP": "c-one"}, [], "c-one"),
        ("a-config", {"DEVHOOK_SUBSCRIPTIONS_SHOP": "c-one"}, ["--shop", "d-option"], "d-option"),
        ("a-config", {}, ["--shop", "https://admin.shopify.com/store/e-admin/orders"], "e-admin"),
    ],
)
def test_the_nearer_setting_takes_precedence(
    devhook, shop, config, config_shop, environment, arguments, used
):
    config(f"shop = '{config_shop}'\n")

    done = devhook("subscriptions", *arguments, env=shop.environment(DEVHOOK_SHOP="") | environment)

    assert_works(done)
    assert f"https://{used}.myshopify.com" in done.stderr


def test_the_environments_credentials_override_a_token_in_the_file(devhook, shop, config):
    config(f'[secrets]\naccess_token = "{TOKEN_FOR_NOBODY}"\n')
    environment = shop.environment(
        DEVHOOK_ACCESS_TOKEN="", DEVHOOK_CLIENT_ID=shop.client_id, DEVHOOK_CLIENT_SECRET=shop.client_secret
    )

    assert_works(devhook("subscriptions", env=environment))


def test_devhooks_own_variables_override_shopifys(devhook, shop):
    environment = shop.environment(
        DEVHOOK_ACCESS_TOKEN="",
        SHOPIFY_API_KEY=shop.client_id,
        SHOPIFY_API_SECRET="shpss_wrong",
        DEVHOOK_CLIENT_SECRET=shop.client_secret,
    )

    assert_works(devhook("subscriptions", env=environment))


def test_the_keyring_is_read_when_no_other_source_has_a_credential(devhook, shop, keyring):
    keyring.kept = {f"{shop.domain}/access-token": shop.token}

    assert_works(devhook("subscriptions", env=shop.environment(DEVHOOK_ACCESS_TOKEN="")))
    assert ("devhook", f"{shop.domain}/access-token") in keyring.asked


def test_the_keyring_is_not_read_when_another_source_has_a_credential(devhook, shop, keyring):
    assert_works(devhook("subscriptions", env=shop.environment()))
    assert keyring.asked == []


def test_the_keyring_is_not_read_when_the_config_disables_it(devhook, shop, keyring, config):
    config("keyring = false\n")

    done = devhook("subscriptions", env=shop.environment(DEVHOOK_ACCESS_TOKEN=""))

    assert_said(done, 2, "DEVHOOK_ACCESS_TOKEN")
    assert keyring.asked == []


def test_the_keyring_adds_missing_credentials_when_the_config_enables_it(devhook, shop, keyring, config):
    config("keyring = true\n")
    keyring.kept = {f"{shop.domain}/client-secret": shop.client_secret}

    done = devhook("doctor", "--tunnel", "none", "--port", "0", "--json", env=shop.environment())

    found = [json.loads(line) for line in done.stdout.splitlines()]
    (secret,) = [each for each in found if each["check"] == "secret"]
    assert secret["outcome"] == "ok"
    assert "the keyring" in secret["message"]


@pytest.mark.parametrize("wanted", [True, False])
def test_a_failing_keyring_is_reported_when_the_config_enables_it(devhook, shop, keyring, config, wanted):
    config("keyring = true\n" if wanted else "")
    keyring.fails = True

    done = devhook("subscriptions", env=shop.environment(DEVHOOK_ACCESS_TOKEN=""))

    assert_said(done, 2, "DEVHOOK_ACCESS_TOKEN")
    assert ("The keyring cannot be read: RuntimeError." in done.stderr) is wanted
    assert "hunter2" not in done.stderr


def test_a_keyring_that_does_not_answer_is_waited_for_within_a_bound(devhook, shop, monkeypatch, tmp_path):
    asked, never = threading.Event(), threading.Event()

    def get_password(_service, _name):
        asked.set()
        never.wait()

    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=get_password))
    monkeypatch.setattr(credentials, "_SILENT", 0.1)
    monkeypatch.setattr(credentials, "_UNLOCKING", 0.1)

    done = devhook("subscriptions", env=shop.environment(DEVHOOK_ACCESS_TOKEN=""))
    never.set()

    assert asked.is_set()
    assert_said(done, 2, "Waiting for the keyring: unlock it.", "The keyring did not answer within 200 ms")


def test_the_configs_secrets_check_deliveries(devhook, config, tmp_path):
    file = config("[secrets]\nclient_secret = 'shpss_0123'\n[listen]\nport = 0\n", 0o600)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = devhook("doctor", "--tunnel", "none", "--json")

    assert "The client secret (from the config file)" in done.stdout
