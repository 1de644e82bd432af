"""What the first run asks for: checked, and as the config file that `devhook listen` then needs. Pure."""

import json
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.errors import DevhookError, InputError
from devhook.sender.target import target_url
from devhook.shop.access import access, shop_domain
from devhook.tunnel.given_address import public_address
from devhook.tunnel.providers import DEFAULT, NO_TUNNEL

OWN: Final = "own"
NONE: Final = NO_TUNNEL


class InitConfig(BaseModel):
    """The answers.

    `way`: the name of a tunnel provider; OWN, then `url` is the address; or NONE.
    `target`: the address of the app; empty for none.
    `token`, `client_secret`: as typed, empty where nothing was; with `keep` they are written to the file.
    `opens`: whether the credentials that are set already open the shop.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    shop: str = ""
    topics: tuple[str, ...] = ()
    way: str = DEFAULT
    url: str = ""
    target: str = ""
    token: SecretStr = SecretStr("")
    client_secret: SecretStr = SecretStr("")
    keep: bool = False
    opens: bool = False

    def problem(self) -> DevhookError | None:
        """What is still missing or wrong, the first of it; None when listening can begin."""
        try:
            self._check_secrets()
            if self.shop.strip():
                shop_domain(self.shop)
                self._check_access()
            if self.way == OWN:
                public_address(self.url)
            if self.target.strip():
                target_url(self.target)
        except InputError as error:
            return error
        if self.shop.strip() and self.way == NONE:
            return InputError(
                "Without a public address the shop cannot reach this machine.",
                "Choose a tunnel or your own address, or remove the shop.",
            )
        return None

    def secrets(self) -> dict[str, str]:
        """What was typed of secrets, by the names that the config file has for them."""
        typed = {"access_token": self.token, "client_secret": self.client_secret}
        given = {name: value.get_secret_value().strip() for name, value in typed.items()}
        return {name: value for name, value in given.items() if value}

    def config(self, *, masked: bool = False) -> str:
        """The config file, as TOML; with `masked` the secrets in it are not to be seen.

        Topics are what a shop is asked for: without one they would only hide what comes.
        """
        lines = [f"shop = {_quoted(shop_domain(self.shop))}"] if self.shop.strip() else []
        lines += ["", "[listen]"] if lines else ["[listen]"]
        if self.topics and self.shop.strip():
            lines.append(f"topics = [{', '.join(map(_quoted, self.topics))}]")
        if self.way == OWN:
            lines.append(f"public-url = {_quoted(public_address(self.url))}")
        else:
            lines.append(f"tunnel = {_quoted(self.way)}")
        if self.target.strip():
            lines.append(f"forward-to = {_quoted(target_url(self.target))}")
        if self.keep and (secrets := self.secrets()):
            lines += ["", "[secrets]"]
            lines += [f"{name} = {_quoted('…' if masked else value)}" for name, value in secrets.items()]
        return "\n".join(lines) + "\n"

    def _check_secrets(self) -> None:
        for name, value in self.secrets().items():
            if not value.isascii() or not value.isprintable() or " " in value:
                called = name.replace("_", " ")
                raise InputError(f"The {called} contains invalid characters.", "Copy it again completely.")

    def _check_access(self) -> None:
        typed = self.secrets()
        if "access_token" in typed:
            access(token=typed["access_token"])
        elif not self.opens:
            raise InputError(
                "Access to the shop is missing.",
                "Enter an access token. Or set DEVHOOK_ACCESS_TOKEN, or SHOPIFY_API_KEY and"
                " SHOPIFY_API_SECRET, and start again.",
            )


def _quoted(text: str) -> str:
    """A TOML string. JSON's is one, for text without DEL: and all that comes here is printable."""
    return json.dumps(text, ensure_ascii=False)
