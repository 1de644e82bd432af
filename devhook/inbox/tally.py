"""What a number of deliveries comes to."""

from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict

from devhook.analysis.verdict import Verdict
from devhook.inbox.rows import Row
from devhook.text import counted


class Tally(BaseModel):
    """How many deliveries came, how many of them were signed right, and how many were which.

    `valid` counts those whose check did not fail, `invalid` those with a wrong signature or none.
    `duplicates`, `late` and `unchanged` count among the valid ones.
    """

    model_config = ConfigDict(frozen=True)

    deliveries: int = 0
    valid: int = 0
    invalid: int = 0
    duplicates: int = 0
    late: int = 0
    unchanged: int = 0

    def with_rows(self, rows: Iterable[Row]) -> Self:
        """Return the tally with these rows counted in."""
        added = list(rows)
        trusted = [row for row in added if row.signature.trusted]
        verdicts = [row.verdict for row in trusted]
        return self.model_copy(
            update={
                "deliveries": self.deliveries + len(added),
                "valid": self.valid + len(trusted),
                "invalid": self.invalid + len(added) - len(trusted),
                "duplicates": self.duplicates + verdicts.count(Verdict.DUPLICATE),
                "late": self.late + verdicts.count(Verdict.LATE),
                "unchanged": self.unchanged + verdicts.count(Verdict.UNCHANGED),
            }
        )

    def __str__(self) -> str:
        """`31 deliveries: 31 valid, 0 invalid, 0 duplicates, 0 late, 4 unchanged`."""
        counts = self.model_dump()
        came = counts.pop("deliveries")
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        return f"{counted(came, 'delivery')}: {told}"
