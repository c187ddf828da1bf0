"""May this program run, and if not, why not: the rules of the platform, for what a machine holds.

Pure: the same facts at the same instant give the same verdict as on the server. Codes are the
platform's; they never change their meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional

from .fingerprint import Comparison
from .ladder import DAY, Ladder
from .tokens import ComputerKey

#: How far a machine's clock may be behind before it counts as turned back, in seconds.
CLOCK_TOLERANCE = 300

_VERSION = re.compile(
    r"([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([A-Za-z0-9.]{1,24}))?\Z", re.ASCII
)


@dataclass(frozen=True)
class Contact:
    """How the machine proves its last contact: when it was, and until when it lasts."""

    issued_at: int
    expires_at: int


@dataclass(frozen=True)
class Asks:
    """What the program is, and what it must be allowed."""

    product: Optional[str] = None
    version: Optional[str] = None
    released_at: Optional[int] = None
    user: Optional[str] = None
    site: Optional[str] = None
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The answer: whether the program may run, why, how far, and what differed."""

    valid: bool
    code: str
    access: str
    days_left: Optional[int] = None
    because: Optional[Mapping[str, Any]] = field(default=None, compare=False)


def parse_version(text: str) -> tuple[int, int, int, str]:
    """``2``, ``2.1``, ``2.1.14`` or ``2.2.0-rc1``; ``ValueError`` for anything else."""
    found = _VERSION.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no version like 2, 2.1 or 2.1.14")
    numbers = [int(part or 0) for part in found.groups()[:3]]
    if any(number > 0xFFFF_FFFF for number in numbers):
        raise ValueError(f"{text!r} is no version like 2, 2.1 or 2.1.14")
    return numbers[0], numbers[1], numbers[2], found.group(4) or ""


def version_order(text: str) -> tuple[int, int, int, bool, str]:
    """By what versions are sorted: a pre-release comes before its release."""
    major, minor, patch, tag = parse_version(text)
    return major, minor, patch, tag == "", tag


def range_ends(text: str) -> tuple[Optional[tuple[int, int]], Optional[tuple[int, int]]]:
    """The ends of a range such as ``*``, ``1.0-2.9``, ``1.0-`` or ``-2.9``."""
    if text == "*":
        return None, None
    first, dash, last = text.partition("-")
    if not dash or not (first or last):
        raise ValueError("a range like 1.0-2.9, 1.0-, -2.9 or * is expected")
    ends = [parse_version(part)[:2] if part else None for part in (first, last)]
    return ends[0], ends[1]


def days_until(now: int, later: int) -> int:
    """Days of 24 hours, rounded up, never negative."""
    return max(0, -((now - later) // DAY))


def _differs(bound: Optional[str], said: Optional[str]) -> bool:
    if bound is None:
        return False
    return said is None or said.strip().lower() != bound.strip().lower()


def _refusal(
    key: ComputerKey, ladder: Ladder, asks: Asks, machine: Optional[Comparison],
    contact: Contact, now: int,
) -> Optional[tuple[str, Optional[dict[str, Any]]]]:
    if key.nbf is not None and now < key.nbf:
        return "NOT_YET_EFFECTIVE", {"kind": "start", "starts_at": key.nbf}
    if asks.product is not None and asks.product != key.prd:
        return "PRODUCT_MISMATCH", {"kind": "product", "licensed": key.prd, "asked": asks.product}
    if asks.version is not None:
        refused = _version_refused(key, ladder, asks, now)
        if refused is not None:
            return refused
    if _differs(key.usr, asks.user):
        return "USER_MISMATCH", {"kind": "user", "asked": asks.user}
    if _differs(key.site, asks.site):
        return "SITE_MISMATCH", {"kind": "site", "asked": asks.site}
    if machine is not None and machine.outcome == "mismatch":
        return "FINGERPRINT_MISMATCH", {
            "kind": "fingerprint", "changed": list(machine.changed),
            "matched": machine.matched, "threshold": machine.threshold,
        }
    if now + CLOCK_TOLERANCE < contact.issued_at:
        return "CLOCK_ROLLBACK", {"kind": "clock", "last_contact": contact.issued_at}
    if now > contact.expires_at:
        return "LEASE_EXPIRED", {"kind": "contact", "until": contact.expires_at}
    return None


def _version_refused(
    key: ComputerKey, ladder: Ladder, asks: Asks, now: int
) -> Optional[tuple[str, Optional[dict[str, Any]]]]:
    asked = parse_version(asks.version or "")[:2]
    try:
        first, last = range_ends(key.ver)
    except ValueError:
        first, last = (1 << 32, 0), None
    if (first is not None and asked < first) or (last is not None and asked > last):
        return "VERSION_NOT_ENTITLED", {"kind": "version", "allowed": key.ver, "asked": asks.version}
    released = asks.released_at
    if released is None:
        return None
    if key.mnt is not None and released > key.mnt:
        return "MAINTENANCE_ENDED", {"kind": "release", "released_at": released, "entitled_until": key.mnt}
    kept = ladder.strategy == "maintain" and key.exp is not None and ladder.stops_at(key.exp) <= now
    if kept and key.exp is not None and released > key.exp:
        return "VERSION_NOT_ENTITLED", {"kind": "release", "released_at": released, "entitled_until": key.exp}
    return None


def _expiry(key: ComputerKey, ladder: Ladder, now: int) -> tuple[str, str, Optional[dict[str, Any]]]:
    if key.exp is None:
        return "VALID", "full", None

    def because(until: Optional[int]) -> dict[str, Any]:
        return {"kind": "expiry", "expires_at": key.exp, "until": until}

    full_until, stops_at = ladder.full_until(key.exp), ladder.stops_at(key.exp)
    if now < key.exp:
        return "VALID", "full", because(None) if now >= ladder.warns_at(key.exp) else None
    if now < full_until:
        return "EXPIRED_GRACE", "full", because(full_until)
    if now < stops_at:
        return "EXPIRED_GRACE", "read_only", because(stops_at)
    return "EXPIRED", "none" if ladder.strategy == "restrict" else "full", because(None)


def decide(
    key: ComputerKey, ladder: Ladder, asks: Asks, machine: Optional[Comparison],
    contact: Contact, now: int,
) -> Verdict:
    """Decides by a computer key, the ladder of its lease, the machine and the last contact."""
    days_left = None if key.exp is None else days_until(now, key.exp)
    refused = _refusal(key, ladder, asks, machine, contact, now)
    if refused is not None:
        return Verdict(False, refused[0], "none", days_left, refused[1])
    code, access, because = _expiry(key, ladder, now)
    if access == "none":
        return Verdict(False, code, access, days_left, because)
    unlocked = {module.code for module in key.modules(now)}
    missing = [module for module in asks.modules if module not in unlocked]
    if missing:
        return Verdict(False, "MODULE_MISSING", "none", days_left, {"kind": "modules", "missing": missing})
    if because is None and machine is not None and machine.outcome == "drift":
        because = {"kind": "drift", "changed": list(machine.changed)}
    return Verdict(True, code, access, days_left, because)
