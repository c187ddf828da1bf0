"""Floating seats: taken, kept, borrowed, given back."""

from __future__ import annotations

import threading
from typing import Any, Callable, Mapping, Optional
from urllib.parse import quote

from . import offline
from .carried import instant
from .held import Rules, belongs
from .pace import SEAT_RETRY, SEAT_RETRY_MOST, TICK, Wait
from .state import State
from .store import Store, Told
from .tokens import KeySet, Lease, TokenError, read_computer_key, read_lease
from .transport import Answer


class Seats:
    """What a client does about its floating seat."""

    _turn: threading.RLock  # type: ignore[valid-type]
    _keys: KeySet
    _rules: Rules
    _store: Store
    _failing: Wait
    _seating: Wait
    _wants_seat: bool
    _closed: bool
    _now: Callable[[], int]
    _kept: Callable[[], dict[str, Any]]
    _look: Callable[[], State]
    _failed: Callable[..., State]
    _refused: Callable[[Answer], State]
    _believed: Callable[..., State]
    _ask: Callable[..., tuple[Optional[Answer], State]]

    def take_seat(self, *, borrow_for: Optional[int] = None) -> State:
        """Takes a floating seat, or the one that is held already. ``borrow_for`` seconds it needs no
        sign of life. It goes back by :meth:`return_seat` and at the end of the program."""
        self._wants_seat = True
        asked: dict[str, Any] = {"instance": self._rules.instance} if self._rules.instance else {}
        return self._seat("POST", "/api/v1/seats", asked, borrow_for)

    def keep_seat(self) -> State:
        """A sign of life for the seat. The loop of :meth:`start` gives it by itself."""
        return self._keep(None)

    def borrow_seat(self, seconds: int) -> State:
        """Takes the seat along for so many seconds without a connection."""
        return self._keep(seconds)

    def return_seat(self) -> State:
        """Gives the seat back."""
        with self._turn:
            self._wants_seat = False
            kept = self._kept()
            held = kept.get("seats", {}).get(self._rules.instance)
            if held is None:
                return self._look()
            path = f"/api/v1/seats/{quote(held['id'], safe='')}"
            answer, failed = self._ask("DELETE", path, None, kept.get("token"))
            if answer is None:
                return failed
            if answer.status != 204:
                return self._refused(answer)
            return self._believed(self._forget_seat)

    def _keep(self, borrow_for: Optional[int]) -> State:
        held = self._kept().get("seats", {}).get(self._rules.instance)
        if held is None:
            return self._failed("NO_SEAT")
        return self._seat("PUT", f"/api/v1/seats/{quote(held['id'], safe='')}", {}, borrow_for)

    def _seat(self, method: str, path: str, asked: dict[str, Any], borrow_for: Optional[int]) -> State:
        with self._turn:
            kept = self._kept()
            token, nonce = kept.get("token"), offline.nonce()
            if token is None:
                return self._look()
            asked["nonce"] = nonce
            if borrow_for is not None:
                asked["borrow_for"] = borrow_for
            answer, failed = self._ask(method, path, asked, token)
            if answer is None:
                return failed
            told = answer.json()
            if answer.status not in (200, 201):
                if told.get("code") == "SEAT_LOST":
                    self._believed(self._forget_seat)
                return self._refused(answer)

            def take() -> None:
                seat = read_lease(told["lease"], self._keys)
                key = read_computer_key(kept["computer_key"], self._keys)
                if seat.seat is None or seat.nonce != nonce or not belongs(key, seat, kept["machine_id"]):
                    raise TokenError("claims")
                held = {"id": seat.seat, "lease": told["lease"],
                        "borrowed_until": instant(told["seat"].get("borrowed_until"))}
                self._store.update(lambda now: now.setdefault("seats", {}).update({self._rules.instance: held}))

            return self._believed(take)

    def _seat_lease(self, kept: Mapping[str, Any]) -> Optional[Lease]:
        held = kept.get("seats", {}).get(self._rules.instance)
        try:
            return None if held is None else read_lease(held["lease"], self._keys)
        except TokenError:
            return None

    def _forget_seat(self) -> None:
        held = self._kept().get("seats", {}).get(self._rules.instance, {})
        self._store.update(
            lambda kept: kept.get("seats", {}).pop(self._rules.instance, None),
            Told(returned=held.get("id")))

    def _tend_seat(self) -> None:
        with self._turn:
            if not self._wants_seat or self._closed or self._failing.left() or self._seating.left():
                return
            lease = self._seat_lease(self._kept())
            if lease is not None and self._now() < lease.nxt:
                return
            state = self.take_seat() if lease is None or self._now() > lease.exp else self.keep_seat()
            lease = self._seat_lease(self._kept())
            if state.error is None and lease is not None:
                self._seating.once(min(lease.nxt - lease.iat, TICK))
            else:
                self._seating.longer(SEAT_RETRY, SEAT_RETRY_MOST)
