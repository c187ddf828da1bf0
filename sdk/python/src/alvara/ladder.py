"""What happens around the expiry: a warning, full use, reading only, and what remains for ever."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEXT = re.compile(r"(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})\.(0|[1-9]\d{0,9})(?:\.(maintain|allow))?\Z", re.ASCII)

DAY = 86_400


@dataclass(frozen=True)
class Ladder:
    """Days before and after the expiry, and what an expired license still allows.

    In a lease: ``warn.full.read_only`` and, where more than nothing remains, ``.maintain`` or
    ``.allow``; left out where all days are 0 and nothing remains.
    """

    warn_days: int = 0
    full_days: int = 0
    read_only_days: int = 0
    strategy: str = "restrict"

    @classmethod
    def parse(cls, text: str) -> "Ladder":
        """Reads the claim of a lease; the empty text is the claim that is left out."""
        if not text:
            return cls()
        found = _TEXT.match(text)
        if found is None:
            raise ValueError("warn.full.read_only, and perhaps .maintain or .allow")
        warn, full, read_only, strategy = found.groups()
        return cls(int(warn), int(full), int(read_only), strategy or "restrict")

    def warns_at(self, expires_at: int) -> int:
        """From when the program warns."""
        return expires_at - self.warn_days * DAY

    def full_until(self, expires_at: int) -> int:
        """Until when everything works."""
        return expires_at + self.full_days * DAY

    def stops_at(self, expires_at: int) -> int:
        """Until when the program at least opens, to read and export."""
        return self.full_until(expires_at) + self.read_only_days * DAY
