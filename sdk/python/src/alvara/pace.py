"""When to ask again: waits that grow while nothing comes of it, and never fall below a floor."""

from __future__ import annotations

import random
import time

#: Longest pause of the loop, so that an expiry is noticed by itself, and the shortest; in seconds.
TICK, FLOOR = 60.0, 1.0
#: The first wait for a seat that is not to be had, and the most it grows to.
SEAT_RETRY, SEAT_RETRY_MOST = 10.0, 60.0
#: The longest rest because of a clock that is ahead.
REST_MOST = 3600.0
#: The longest wait that anybody may ask for.
ASKED_MOST = 86_400.0


class Wait:
    """A time until which nobody asks, by the machine's steady clock: setting the time does not move it."""

    def __init__(self) -> None:
        self._failures, self._until = 0, 0.0

    def longer(self, first: float, most: float, asked: float = 0.0) -> None:
        """Waits, twice as long each time, and at least as long as was asked for. A tenth more or less, so
        that a thousand programs do not come back at once."""
        self._failures += 1
        wait = min(first * 2.0 ** min(self._failures - 1, 16), most) * random.uniform(0.9, 1.1)
        self._until = time.monotonic() + max(wait, min(asked, ASKED_MOST) * random.uniform(1.0, 1.1), FLOOR)

    def once(self, seconds: float) -> None:
        """Waits so long, and forgets what failed before."""
        self._failures = 0
        self._until = time.monotonic() + max(seconds * random.uniform(0.9, 1.0), FLOOR)

    def lift(self) -> None:
        """Waits no longer; the next failure still counts on."""
        self._until = 0.0

    def over(self) -> None:
        """Waits no longer, and forgets what failed before."""
        self._failures, self._until = 0, 0.0

    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self._until - time.monotonic())
