"""What one check of a probe found, as people, programs and CI are told it."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from devhook.probe.check import Check
from devhook.probe.judging import Judgement, Outcome


class Result(BaseModel):
    """What one check found. Its fields are those of the JSON, a contract.

    `requirement` is what is demanded, and `source` the page of Shopify's that says so. `sent`, `came` and
    `said` (the beginning of the answer's body) tell what happened, `fix` what to do about it; they hold no
    secret, but `came` and `said` hold a stranger's text. `status` is that of the answer that decided.
    `seconds` is how long the check took. `follows` names the check that went wrong before with the same
    answer and so explains this one; else it is empty.
    """

    model_config = ConfigDict(frozen=True)

    check: str
    outcome: Outcome
    requirement: str
    source: str
    sent: str
    came: str
    said: str
    fix: str
    status: int | None
    seconds: float
    follows: str = ""

    def following(self, before: Self) -> Self:
        """This result, marked as following from the one before where both went wrong with the same answer."""
        wrong = self.outcome in {Outcome.FAIL, Outcome.WARN} and before.outcome is Outcome.FAIL
        if wrong and self.status == before.status:
            return self.model_copy(update={"follows": before.check})
        return self


def result_of(check: Check, judgement: Judgement, seconds: float) -> Result:
    """Return what the check found."""
    return Result(
        check=check.name,
        requirement=check.requirement,
        source=check.source,
        seconds=round(seconds, 6),
        **judgement._asdict(),
    )


def left_out(check: Check, why: str) -> Result:
    """Return the result of a check that was not made."""
    return result_of(check, Judgement(Outcome.SKIP, "nothing", why), 0.0)
