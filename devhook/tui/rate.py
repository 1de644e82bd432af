"""Counts the deliveries of the last minute and draws them as a sparkline. Pure: the time is an argument."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

_MINUTE: Final = 60
_BARS: Final = "▁▂▃▄▅▆▇█"


class Rate:
    """Counts arrivals by second for one minute. Its memory does not grow with the load."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int]] = deque()

    def count(self, moment: datetime) -> None:
        """Count one delivery that was received at `moment`, in any order."""
        second = int(moment.timestamp())
        for place in range(len(self._seconds) - 1, -1, -1):
            known, arrivals = self._seconds[place]
            if known == second:
                self._seconds[place] = (second, arrivals + 1)
                return
            if known < second:
                self._seconds.insert(place + 1, (second, 1))
                break
        else:
            self._seconds.appendleft((second, 1))
        if len(self._seconds) > _MINUTE:
            self._seconds.popleft()

    def per_minute(self, now: datetime) -> int:
        """Return how many deliveries came in the minute before `now`."""
        oldest = (now - timedelta(seconds=_MINUTE)).timestamp()
        return sum(arrivals for second, arrivals in self._seconds if second > oldest)

    def sparkline(self, now: datetime, bars: int = 12) -> str:
        """Return the minute before `now` as `bars` bars, the newest on the right; the lowest bar is zero."""
        width = _MINUTE / bars
        heights = [0] * bars
        for second, arrivals in self._seconds:
            age = now.timestamp() - second
            if age < _MINUTE:
                heights[bars - 1 - min(bars - 1, max(0, int(age / width)))] += arrivals
        highest = max(heights)
        return "".join(_bar(height, highest) for height in heights)


def _bar(height: int, highest: int) -> str:
    if not height:
        return _BARS[0]
    return _BARS[1 + (len(_BARS) - 2) * height // highest]
