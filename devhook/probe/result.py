"""The result of one check, in the form of the JSON output."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from devhook.probe.check import CheckOutcome, Evaluation, ProbeCheck


class ProbeResult(BaseModel):
    """The result of one check. Its fields are the keys of the JSON, a contract. They contain no secrets.

    - `check`: its name.
    - `outcome`: `pass`, `warn`, `fail` or `skip`.
    - `requirement`, `source`: what is required, and Shopify's page that requires it.
    - `sent`: the request in words.
    - `came`, `said`: the answer, and the beginning of its body; untrusted text.
    - `fix`: how to fix the endpoint; empty if nothing is wrong.
    - `answer`: the answer that decided; None if nothing was sent.
    - `seconds`: how long the check took.
    - `intercepted_by`: what answered in place of the app: `ngrok`; empty for the app.
    - `follows`: the earlier check that failed with the same answer and explains this result; empty if none.
    """

    model_config = ConfigDict(frozen=True)

    check: str
    outcome: CheckOutcome
    requirement: str
    source: str
    sent: str
    came: str
    said: str
    fix: str
    answer: dict[str, Any] | None
    seconds: float
    intercepted_by: str = ""
    follows: str = ""

    @property
    def status(self) -> int | None:
        """Return the status of the answer that decided; None if there is none."""
        return self.answer["status"] if self.answer else None

    def following(self, before: Self) -> Self:
        """Return this result, marked as following from `before` if both failed with the same answer."""
        wrong = self.outcome in {CheckOutcome.FAIL, CheckOutcome.WARN} and before.outcome is CheckOutcome.FAIL
        if wrong and self.status == before.status:
            return self.model_copy(update={"follows": before.check})
        return self


def result_of(check: ProbeCheck, evaluation: Evaluation, seconds: float) -> ProbeResult:
    """Return the result of `check`, which took `seconds`."""
    return ProbeResult(
        check=check.name,
        requirement=check.requirement,
        source=check.source,
        seconds=round(seconds, 6),
        **evaluation._asdict(),
    )


def skipped_result(check: ProbeCheck, why: str, intercepted_by: str = "") -> ProbeResult:
    """Return the result of a check that did not run, and `why`."""
    skipped = Evaluation(CheckOutcome.SKIP, "nothing", why, intercepted_by=intercepted_by)
    return result_of(check, skipped, 0.0)
