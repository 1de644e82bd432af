"""A known mistake that makes a signature wrong, described in three sentences."""

from pydantic import BaseModel, ConfigDict


class Mistake(BaseModel):
    """One mistake. No field contains a secret, a signature, or text from a stranger.

    `name`: for programs (`hexadecimal`, `other-secret`); a contract.
    `what`: what the signature is.
    `comes_from`: the usual cause.
    `fix`: what to do.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    what: str
    comes_from: str
    fix: str
