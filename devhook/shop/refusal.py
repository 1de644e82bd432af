"""A refusal of Shopify in words: what is known of the request, and the sentences of a known refusal."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pydantic import BaseModel, ConfigDict, SecretStr

from devhook.errors import DevhookError
from devhook.text import listed, visible
from devhook.webhook.topics import Topic

# Characters of Shopify's text that a message quotes; the text may be a page of HTML.
_LONGEST_QUOTE: Final = 2_000
# Characters of an address, a name or a field in a message.
_LONGEST_VALUE: Final = 300
_OPTION: Final = re.compile(r"<([^<>|]*)(?:\|([^<>|]*))?>")
_AROUND: Final = " \"',"
# A pattern cannot contain two groups of one name.
_NUMBER: Final = re.compile(r"_\d+\Z")
TOKEN: Final = re.compile(r"\bshp[a-z]{2}_\w+")
"""A token or a client secret of Shopify."""
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class ShopRefusal(BaseModel):
    """A refusal.

    `code`: identifies it.
    `message`, `hint`: what happened, and what to do about it.
    `kind`: the class of the error.
    `is_quotation`: whether devhook does not know the cause and quotes Shopify's words.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    hint: str
    kind: type[DevhookError] = DevhookError
    is_quotation: bool = False

    def error(self) -> DevhookError:
        """Return the error to raise."""
        return self.kind(self.message, self.hint)


class RequestContext(BaseModel):
    """The request that the shop refused; unknown values are empty.

    `shop`: the domain.
    `topic`, `uri`, `name`: of the requested subscription.
    `api_version`: of the request.
    `secrets`: removed from every quoted text.
    """

    model_config = ConfigDict(frozen=True)

    shop: str = ""
    topic: Topic | None = None
    uri: str = ""
    name: str = ""
    api_version: str = ""
    secrets: tuple[SecretStr, ...] = ()

    def values(self) -> dict[str, str]:
        """Return the values for the placeholders of sentences; an unknown one is empty."""
        return {
            "shop": self._shown(self.shop),
            "topic": self.topic.name if self.topic else "",
            "scopes": listed(self.topic.scopes) if self.topic else "",
            "uri": self._shown(self.uri),
            "name": self._shown(self.name),
            "version": self.api_version,
        }

    def quoted(self, text: str, longest: int = _LONGEST_QUOTE) -> str:
        """Return Shopify's text on one line, without secrets, made visible, with `longest` characters."""
        line = " ".join(visible(" ".join(self._without_secrets(text).split())).split())
        return line if len(line) <= longest else f"{line[:longest]}…"

    def _shown(self, value: str) -> str:
        return self.quoted(value, _LONGEST_VALUE)

    def values_with(self, named: Mapping[str, str | None]) -> dict[str, str]:
        """Return the values, with those that Shopify's own words name: `headers` and `headers_2` are one."""
        return self.values() | {
            _NUMBER.sub("", key): self._shown(value.strip(_AROUND)) for key, value in named.items() if value
        }

    def _without_secrets(self, text: str) -> str:
        for secret in self.secrets:
            # A terminal may have broken it.
            pattern = r"\s*".join(map(re.escape, secret.get_secret_value()))
            text = re.sub(pattern, "…", text) if pattern else text
        return TOKEN.sub("…", text)


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownRefusal:
    """A known refusal: how it is recognised, what happened, and what to do about it.

    `code`: identifies it.
    `message`, `hint`: sentences with the placeholders of a RequestContext (`{shop}`) and of the groups of
    `words`. `<… {topic}>` is left out if the topic is unknown; `<{shop}|The shop>` is `The shop` if the shop
    is unknown. Every other placeholder is always known.
    `kind`: the class of the error.
    `words`: a pattern for Shopify's sentence. A space also matches no or several spaces and line ends,
    because terminals wrap texts; case is ignored. Its groups name what the sentence says.
    `error_codes`: the codes of GraphQL and OAuth errors.
    `statuses`: the HTTP statuses.
    `vague`: whether another refusal in the same text is more precise.
    `quoting_hint`: the hint where the message quotes words of Shopify that devhook does not know.
    """

    code: str
    message: str
    hint: str
    kind: type[DevhookError] = DevhookError
    words: str = ""
    error_codes: Collection[str] = ()
    statuses: Collection[int] = ()
    vague: bool = False
    quoting_hint: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Return the compiled `words`."""
        return (
            re.compile(self.words.replace(" ", r"\s*"), re.IGNORECASE | re.MULTILINE) if self.words else None
        )

    def refusal(
        self, context: RequestContext, named: Mapping[str, str | None] | None = None, answer: str = ""
    ) -> ShopRefusal:
        """Return the refusal of a request.

        `named`: what Shopify's own words name; it takes precedence over `context`.
        `answer`: Shopify's words, which the message quotes.
        """
        values = context.values_with(named or {}) | {"answer": context.quoted(answer)}
        message = _filled(self.message, values)
        hint, is_quotation = self.hint, False
        if values["answer"] and "{answer}" not in self.message:
            message += f" It says: {values['answer']}"
            hint, is_quotation = self.quoting_hint or hint, bool(self.quoting_hint)
        return ShopRefusal(
            code=self.code,
            message=message,
            hint=_filled(hint, values),
            kind=self.kind,
            is_quotation=is_quotation,
        )


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    """Return `sentence` with its options decided and its placeholders replaced."""

    def decided(option: re.Match[str]) -> str:
        known = all(values.get(key) for key in _PLACEHOLDER.findall(option[1]))
        return option[1] if known else option[2] or ""

    return _OPTION.sub(decided, sentence).format_map(values)
