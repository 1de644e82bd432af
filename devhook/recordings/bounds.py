"""The values of a file from elsewhere that an inbox can store and every output can show.

A year before 1 in UTC, or after 9999 in the user's time zone, is no time for Python; SQLite's integers have
64 bits. A value beyond these bounds would be stored, and then make every command fail that reads it.
"""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AwareDatetime, Field

_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(2999, 12, 31, tzinfo=UTC)
_HIGHEST_STATUS: Final = 999  # three digits: https://www.rfc-editor.org/rfc/rfc9110#section-15
_LONGEST: Final = 366 * 24 * 60 * 60

Moment = Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)]
"""When something was received or answered."""

Status = Annotated[int, Field(ge=0, le=_HIGHEST_STATUS)]
"""The status of an answer; 0 where the connection was dropped."""

Seconds = Annotated[float, Field(ge=0, le=_LONGEST, allow_inf_nan=False)]
"""How long an answer took."""

Milliseconds = Annotated[float, Field(le=_LONGEST * 1000, allow_inf_nan=False)]
"""The same in a HAR file, where a negative number means that it is not known."""
