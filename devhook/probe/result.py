"""What one check of a probe found, as people, programs and CI are told it."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from devhook.probe.check import Evaluation, Outcome, ProbeCheck


class Result(BaseModel):
    """What one check found. Its fields are those of the JSON, a contract.

    `requirement` is what is demanded, and `source` the page of Shopify's that says so. `sent`, `came` and
    `said` (the beginning of the answer's body) tell what happened, `fix` what to do about it; they hold no
    secret, but `came` and `said` hold a stranger's text. `answer` is the one that decided,
    None where nothing was sent.
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
    answer: dict[str, Any] | None
    seconds: float
    follows: str = ""

    @property
    def status(self) -> int | None:
        """The status of the answer that decided, None where there is none."""
        return self.answer["status"] if self.answer else None

    def following(self, before: Self) -> Self:
        """This result, marked as following from the one before where both went wrong with the same answer."""
        wrong = self.outcome in {Outcome.FAIL, Outcome.WARN} and before.outcome is Outcome.FAIL
        if wrong and self.status == before.status:
            return self.model_copy(update={"follows": before.check})
        return self


def result_of(check: ProbeCheck, evaluation: Evaluation, seconds: float) -> Result:
    """Return what the check found."""
    return Result(
        check=check.name,
        requirement=check.requirement,
        source=check.source,
        seconds=round(seconds, 6),
        **evaluation._asdict(),
    )


def left_out(check: ProbeCheck, why: str) -> Result:
    """Return the result of a check that was not made."""
    return result_of(check, Evaluation(Outcome.SKIP, "nothing", why), 0.0)
