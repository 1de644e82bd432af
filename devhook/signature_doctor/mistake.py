"""A mistake that makes a signature wrong, in three sentences."""

from pydantic import BaseModel, ConfigDict


class Mistake(BaseModel):
    """What was found. `name` is for programs (`hexadecimal`, `other-secret`) and a contract.

    `what` says what the signature is, `comes_from` how that usually comes about, `fix` what to do: a sentence
    each. None of them holds a secret, a signature, or text from a stranger.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    what: str
    comes_from: str
    fix: str
