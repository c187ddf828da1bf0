"""What a machine holds, judged: from the kept file to the state of the license.

Nothing here calls anybody or writes anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional

from .fingerprint import compare
from .ladder import DAY
from .state import STATUS_OF, Seat, State, Status
from .tokens import ComputerKey, KeySet, Lease, TokenError, read_computer_key, read_lease
from .verdict import Asks, Contact, Verdict, decide, parse_version, range_ends


@dataclass(frozen=True)
class Preset:
    """How a program behaves around its checks. The windows themselves are signed: they come from the
    license's terms; a preset can only make them narrower."""

    name: str
    #: Seconds to the next try while a check does not get through, and the most they grow to.
    retry: float
    retry_most: float
    #: Longest time without contact, whatever the license allows; None: as the license says.
    window: Optional[int]
    #: From how many days before the expiry to warn where the license does not say.
    warn_days: int


#: Lives from contact to contact: 300 seconds without one and the program stops; tries each 10 seconds.
ALWAYS_ONLINE = Preset("always-online", 10, 10, 300, 0)
#: Checks as the license says (7 days and 30 of grace by the platform's preset), and warns 15 days ahead.
HYBRID = Preset("hybrid", 60, 3600, None, 15)


@dataclass(frozen=True)
class Identity:
    """The machine as the platform knows it."""

    fingerprint: str
    components: Mapping[str, str]


@dataclass(frozen=True)
class Rules:
    """By what a program judges what it holds."""

    keys: KeySet
    identity: Identity
    asks: Asks
    preset: Preset
    floating: bool
    instance: str


def no_license(code: str) -> State:
    """The state where there is nothing to judge."""
    return State(STATUS_OF.get(code, Status.REFUSED), code, False, "none")


def judge(kept: Mapping[str, Any], watermark: Mapping[str, Any], rules: Rules, now: int) -> State:
    """How the license stands at an instant, by what was kept and what the watermark remembers."""
    if not kept.get("computer_key") or not kept.get("lease"):
        return no_license("NOT_ACTIVATED")
    try:
        key = read_computer_key(kept["computer_key"], rules.keys)
        lease = read_lease(kept["lease"], rules.keys)
    except TokenError:
        return replace(no_license("TOKEN_FORGED"), machine=kept.get("machine_id"))
    if not belongs(key, lease, kept.get("machine_id")) or lease.seat is not None:
        return replace(no_license("TOKEN_FORGED"), machine=kept.get("machine_id"))
    state = State(
        Status.OK, "VALID", True, "full", license=key.sub, machine=lease.mac, kind=key.knd,
        expires_at=key.exp, next_check_at=max(lease.nxt, int(kept.get("next_check", 0))),
        modules={module.code: module.value for module in key.modules(now)},
    )
    refusal = kept.get("refusal")
    if _is_rolled_back(kept, watermark, key, lease, refusal):
        return _stopped(state, "STORE_ROLLBACK", None)
    listed = kept.get("listed") or watermark["machines"].get(lease.mac, {}).get("listed")
    if listed:
        return _stopped(state, listed, None)
    if refusal is not None:
        return replace(_stopped(state, refusal["code"], refusal.get("because")), days_left=refusal.get("days_left"))
    seat = _seat(kept, watermark, rules, key, lease)
    contact = _contact(kept, watermark, rules, lease, seat)
    machine = compare(key.fp, rules.identity.fingerprint, rules.identity.components)
    verdict = decide(key, lease.lad, rules.asks, machine, contact, now)
    state = _of_verdict(state, verdict, key, lease, contact, rules, now)
    if not rules.floating or not state.valid:
        return state
    if seat is None or now > seat.exp:
        return _stopped(state, "NO_SEAT", None)
    borrowed = kept["seats"][rules.instance].get("borrowed_until")
    return replace(state, seat=Seat(seat.seat or "", seat.exp, borrowed))


def belongs(key: ComputerKey, lease: Lease, machine: Optional[str]) -> bool:
    """Whether a lease is one of this key's license and machine."""
    return lease.sub == key.sub and lease.mac == machine


def _stopped(state: State, code: str, because: Any) -> State:
    status = STATUS_OF.get(code, Status.REFUSED)
    return replace(state, status=status, code=code, valid=False, access="none", because=because)


def _is_rolled_back(
    kept: Mapping[str, Any], watermark: Mapping[str, Any], key: ComputerKey, lease: Lease,
    refusal: Optional[Mapping[str, Any]],
) -> bool:
    entry = watermark["machines"].get(lease.mac, {})
    contact = max(lease.iat, int(refusal["at"]) if refusal is not None else 0)
    if kept.get("twin") is not None and kept["twin"] != watermark.get("twin"):
        # Its watermark is gone, or is that of another store.
        return True
    highest = max(int(kept.get("seq", 0)), int(entry.get("seq", 0)))
    return key.seq < highest or contact < int(entry.get("contact", 0))


def _seat(
    kept: Mapping[str, Any], watermark: Mapping[str, Any], rules: Rules, key: ComputerKey, lease: Lease
) -> Optional[Lease]:
    held = kept.get("seats", {}).get(rules.instance)
    if held is None:
        return None
    try:
        seat = read_lease(held["lease"], rules.keys)
    except TokenError:
        return None
    given_back = watermark["machines"].get(lease.mac, {}).get("returned", ())
    if seat.seat is None or not belongs(key, seat, lease.mac) or seat.seat in given_back:
        return None
    return seat


def _contact(
    kept: Mapping[str, Any], watermark: Mapping[str, Any], rules: Rules, lease: Lease, seat: Optional[Lease]
) -> Contact:
    """The later end of the two proofs counts; the clock may lie behind none of what was seen."""
    limit = rules.preset.window
    until = lease.exp if limit is None else min(lease.exp, lease.iat + limit)
    seen = max(lease.iat, int(kept.get("last_seen", 0)), int(watermark.get("last_seen", 0)))
    if seat is not None:
        until, seen = max(until, seat.exp), max(seen, seat.iat)
    return Contact(seen, until)


def _of_verdict(
    state: State, verdict: Verdict, key: ComputerKey, lease: Lease, contact: Contact, rules: Rules, now: int
) -> State:
    state = replace(state, days_left=verdict.days_left)
    if not verdict.valid:
        stopped = _stopped(state, verdict.code, verdict.because)
        return replace(stopped, status=Status.NEEDS_UPDATE) if _is_too_old(verdict, key, rules) else stopped
    status, ends_at = Status.OK, None
    if verdict.code == "EXPIRED":
        status = Status.EXPIRED
    elif verdict.code == "EXPIRED_GRACE":
        status, ends_at = Status.GRACE, (verdict.because or {}).get("until")
    elif now > lease.iat + key.rv:
        status, ends_at = Status.GRACE, contact.expires_at
    elif key.exp is not None and now >= key.exp - (lease.lad.warn_days or rules.preset.warn_days) * DAY:
        status = Status.EXPIRING
    return replace(
        state, status=status, code=verdict.code, access=verdict.access, because=verdict.because,
        grace_ends_at=ends_at,
    )


def _is_too_old(verdict: Verdict, key: ComputerKey, rules: Rules) -> bool:
    """Whether an update would help: the license is for later versions only."""
    if verdict.code != "VERSION_NOT_ENTITLED" or rules.asks.version is None:
        return False
    try:
        first, _ = range_ends(key.ver)
    except ValueError:
        return False
    return first is not None and parse_version(rules.asks.version)[:2] < first
