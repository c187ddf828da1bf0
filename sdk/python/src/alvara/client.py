"""The license of one program on one machine."""

from __future__ import annotations

import atexit
import logging
import os
import random
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Sequence, Union
from urllib.parse import quote, urlencode

from . import asking, carried, offline
from .carried import Update, instant
from .fingerprint import Machine, compare, this_machine
from .held import HYBRID, Identity, Preset, Rules, belongs, judge, no_license
from .pace import FLOOR, REST_MOST, TICK, Wait
from .places import folders
from .seats import Seats
from .state import State
from .store import Seal, SealError, Store, Told, Unreadable
from .tokens import ComputerKey, KeySet, Lease, TokenError, read_computer_key, read_lease
from .transport import Answer, Api, Transport, is_signed, send
from .verdict import CLOCK_TOLERANCE, Asks, parse_version

#: Seconds between two writes of the last-seen time while nothing else changes.
_SEEN_STEP = 60
#: An answer that took longer is not believed.
_ANSWER_WITHIN = 300.0
_LOG = logging.getLogger("alvara")


class Client(Seats):
    """The license of one program on one machine. Use :func:`init`.

    Methods answer a :class:`State` and raise only where they are misused. They may be called from
    several threads.
    """

    def __init__(
        self,
        product: str,
        public_key: Union[str, bytes, Mapping[str, Any], Sequence[Any]],
        api_url: str,
        *,
        version: Optional[str] = None,
        released_at: Optional[int] = None,
        preset: Preset = HYBRID,
        user: Optional[str] = None,
        site: Optional[str] = None,
        modules: Sequence[str] = (),
        floating: bool = False,
        instance: str = "",
        path: Union[str, Path, None] = None,
        watermark: Union[str, Path, None] = None,
        machine: Optional[Machine] = None,
        algorithm: Optional[str] = None,
        renew_url: Optional[str] = None,
        locale: str = "en",
        metrics: Optional[Callable[[], Mapping[str, float]]] = None,
        clock: Callable[[], float] = time.time,
        transport: Transport = send,
    ) -> None:
        if version is not None:
            parse_version(version)
        data, state = folders(product)
        file = Path(path) if path is not None else data / "license"
        marker = Path(watermark) if watermark is not None else state / "seen"
        machine = machine or this_machine(file.parent)
        identity = Identity(machine.fingerprint(product), machine.components(product))
        self.product = product
        self._keys = KeySet.of(public_key, algorithm)
        self._api = Api(api_url, transport, locale)
        self._store = Store(file, marker, Seal(machine.secret, product, identity.fingerprint))
        self._rules = Rules(
            self._keys, identity, Asks(product, version, released_at, user, site, tuple(modules)),
            preset, floating, instance,
        )
        self._renew_url = renew_url
        self._metrics = metrics
        self._clock = clock
        # One call at a time, so that answers are taken in the order in which they were asked for; what
        # only looks never waits for the network.
        self._turn = threading.RLock()
        self._lock = threading.RLock()
        self._listeners: list[Callable[[State], None]] = []
        self._told: Optional[tuple[str, str, str]] = None
        # After a failure nobody is called; while the clock is off no heartbeat is due again at once; and a
        # seat has a pace of its own.
        self._failing, self._resting, self._seating = Wait(), Wait(), Wait()
        self._wake = threading.Event()
        self._loop: Optional[threading.Thread] = None
        self._once: Optional[threading.Thread] = None
        self._closed = False
        self._wants_seat = False
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            here = weakref.ref(self)
            os.register_at_fork(after_in_child=lambda: (lambda mine: mine and mine._forked())(here()))

    # What is asked at any time, without the network.

    def check(self) -> State:
        """How the license stands now, from what the machine holds. A call at the platform that is due
        is made in the background; its result shows at the next check and by :meth:`on_change`."""
        state = self._look()
        if self._is_due(state):
            self._schedule()
        return state

    @property
    def state(self) -> State:
        """How the license stands now; calls nobody."""
        return self._look()

    def has_module(self, code: str) -> bool:
        """Whether the program may run and the license unlocks a module."""
        state = self._look()
        return state.valid and code in state.modules

    def module_value(self, code: str) -> Optional[str]:
        """What comes with a module, such as a number of cash desks."""
        state = self._look()
        return state.modules.get(code) if state.valid else None

    def days_left(self) -> Optional[int]:
        """Days until the expiry, rounded up; None when it does not expire or there is no license."""
        return self._look().days_left

    def on_change(self, listener: Callable[[State], None]) -> None:
        """Calls a function with each state that differs from the one before, in whichever thread
        noticed it. What it raises is logged and stops nobody."""
        self._listeners.append(listener)

    def renew_url(self) -> Optional[str]:
        """Where the license is renewed: the address given to :func:`init`, with ``{license}`` and
        ``{product}`` filled in."""
        if self._renew_url is None:
            return None
        license, product = (quote(part, safe="") for part in (self._look().license or "", self.product))
        return self._renew_url.replace("{license}", license).replace("{product}", product)

    # What needs the platform.

    def activate(self, key: str, *, name: Optional[str] = None) -> State:
        """Activates this machine with an activation key."""
        with self._turn:
            state = self._look()
            if state.code == "STORE_UNREADABLE":
                # The platform would give a place that cannot be written down.
                return replace(state, error=state.code)
            answer, failed = self._ask("POST", "/api/v1/activations", asking.activation(self._rules, key, name))
            if answer is None:
                return failed
            if answer.status not in (200, 201):
                return self._refused(answer)
            told = answer.json()

            def take() -> int:
                machine = told["machine"]
                pair = told["computer_key"], told["lease"]
                return self._install(machine["id"], machine["token"], *pair, nonce=None, fresh=True)

            state = self._believed(take)
            # Its answer bears no nonce and sets no clock back; a heartbeat's does.
            return self.validate_online() if state.code == "CLOCK_ROLLBACK" else state

    def validate_online(self) -> State:
        """Calls the platform now: a heartbeat. Where it does not get through the state is that of
        :meth:`check`, with ``error`` set."""
        with self._turn:
            kept = self._kept()
            token = kept.get("token")
            if token is None:
                return self._look()
            nonce, said = offline.nonce(), asking.heartbeat(self._rules, kept, self._metrics)
            answer, failed = self._ask("POST", "/api/v1/heartbeats", {**said, "nonce": nonce}, token)
            if answer is None:
                return failed
            if answer.status != 200:
                self._back_off()
                return self._refused(answer)
            told = answer.json()
            state = self._believed(
                lambda: self._renewed(kept, told, nonce) if told.get("valid") is True
                else self._stopped(answer, told, nonce))
            if state.error in ("ANSWER_NOT_BELIEVED", "STORE_NOT_WRITTEN"):
                self._back_off()
            elif self._is_wanted(state):
                # The machine's clock is off, or the answer settled nothing: asked again at the platform's
                # own pace and not at once.
                preset, pause = self._rules.preset, (state.next_check_at or 0) - self._kept().get("contact", 0)
                self._resting.longer(preset.retry, preset.retry_most, min(max(pause, 0), REST_MOST))
            else:
                self._resting.over()
            return state

    def deactivate(self) -> State:
        """Gives this machine's place back and forgets the license."""
        with self._turn:
            kept = self._kept()
            if kept.get("token") is None:
                return self._look()
            path = f"/api/v1/activations/{quote(kept['machine_id'], safe='')}"
            answer, failed = self._ask("DELETE", path, None, kept["token"])
            if answer is None:
                return failed
            if answer.status != 204:
                return self._refused(answer)
            return self._believed(lambda: self._wipe(None))

    def check_update(self, channel: str = "stable", platform: str = "any") -> Optional[Update]:
        """The newest build where it is newer than this program and signed by the vendor; else None."""
        asked = {"product": self.product, "channel": channel, "platform": platform}
        if self._rules.asks.version is not None:
            asked["version"] = self._rules.asks.version
        answer, _ = self._ask("GET", f"/api/update?{urlencode(asked)}", None)
        if answer is None or answer.status != 200:
            return None
        return carried.update(answer.json(), self._keys, self._rules.asks.version)

    # Machines without network.

    def offline_request(self, key: str, *, name: Optional[str] = None) -> str:
        """The text to carry to the platform. Its answer goes to :meth:`offline_activate`."""
        nonce = offline.nonce()
        said = asking.activation(self._rules, key, name)
        site = said.pop("site", None)
        if site is not None:
            said["machine"]["site"] = site
        self._store.update(lambda kept: kept.update(pending=nonce), Told(pending=nonce))
        return offline.document(offline.REQUEST, {"v": 1, **said, "nonce": nonce})

    def offline_activate(self, text: str) -> State:
        """Takes what was carried back: an activation response, a newer computer key, or a revocation
        list."""
        with self._turn:
            kept = self._kept()

            def take() -> None:
                brought = carried.read(text, kept, self._store.watermarked(), self._keys)
                if isinstance(brought, carried.Response):
                    pair = brought.computer_key, brought.lease
                    # The nonce proves that the lease is later than the request, and with it the clock.
                    self._install(brought.machine, brought.token, *pair, nonce=brought.nonce, fresh=True)
                elif isinstance(brought, carried.NewerKey):
                    pair = brought.computer_key, brought.lease
                    self._install(kept["machine_id"], kept["token"], *pair, nonce=None, fresh=False)
                else:
                    said = {"list_seq": brought.seq, "listed": brought.code}
                    self._store.update(lambda now: now.update(said), Told(listed=(brought.seq, brought.code)))

            return self._believed(take, "TEXT_NOT_BELIEVED")

    def deactivate_offline(self) -> str:
        """Forgets the license and answers the receipt that proves it, to carry to the platform. The
        last receipt stays to be had from :meth:`last_receipt`."""
        with self._turn:
            try:
                kept = self._kept(strict=True)
            except Unreadable as error:
                raise error.cause
            if kept.get("token") is None:
                raise RuntimeError("there is no license on this machine to give back")
            key = read_computer_key(kept["computer_key"], self._keys)
            wiped_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock()))
            receipt = offline.receipt(kept["token"], {
                "iss": key.iss, "license": key.sub, "machine": kept["machine_id"], "seq": key.seq,
                "nonce": offline.nonce(), "wiped_at": wiped_at,
            })
            self._wipe(receipt)
            return receipt

    def last_receipt(self) -> Optional[str]:
        """The receipt of the last :meth:`deactivate_offline`."""
        return self._kept().get("receipt")

    # The loop, and the end.

    def start(self) -> "Client":
        """Keeps license and seat alive in a background thread, when the platform says and no sooner."""
        with self._lock:
            if self._loop is None and not self._closed:
                self._loop = threading.Thread(target=self._run, name="alvara", daemon=True)
                self._loop.start()
        return self

    def close(self) -> None:
        """Ends the loop and gives back a seat that is not borrowed. Called at the end of the program."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._wake.set()
        with self._turn:
            held = self._kept().get("seats", {}).get(self._rules.instance)
            if self._wants_seat and held is not None and held.get("borrowed_until") is None:
                self.return_seat()
        atexit.unregister(self.close)

    def __enter__(self) -> "Client":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    # Below here is what nobody outside needs.

    def _now(self) -> int:
        return int(self._clock())

    def _forked(self) -> None:
        """In the child of a fork: its threads are the parent's, and so is the seat."""
        self._turn, self._lock, self._wake = threading.RLock(), threading.RLock(), threading.Event()
        self._loop = self._once = None
        self._wants_seat = False

    def _kept(self, *, strict: bool = False) -> dict[str, Any]:
        try:
            return self._store.load()
        except SealError as error:
            if strict and isinstance(error, Unreadable):
                raise
            return {}

    def _look(self) -> State:
        with self._lock:
            now = self._now()
            try:
                kept, watermark = self._store.load(), self._store.watermarked()
            except SealError as error:
                state = no_license(error.reason)
            else:
                state = judge(kept, watermark, self._rules, now)
                if kept.get("token") and now >= kept.get("last_seen", 0) + _SEEN_STEP:
                    self._note_time(now)
            told = (state.status.value, state.code, state.access)
            changed = self._told is not None and told != self._told
            self._told = told
        if changed:
            for listener in list(self._listeners):
                try:
                    listener(state)
                except Exception:
                    _LOG.exception("a listener of the license's state failed")
        return state

    def _note_time(self, now: int) -> None:
        try:
            self._store.update(lambda kept: kept.update(last_seen=max(now, kept.get("last_seen", 0))))
        except OSError:
            # A folder that cannot be written stops nobody; the lease still ends when it ends.
            pass

    def _believed(self, take: Callable[[], Optional[int]], otherwise: str = "ANSWER_NOT_BELIEVED") -> State:
        """The state once something was taken, or why it was not. ``take`` may answer what time it is at
        the platform."""
        try:
            at = take()
        except OSError as error:
            return self._failed("STORE_NOT_WRITTEN", str(error))
        except Unreadable as error:
            return self._failed("STORE_NOT_WRITTEN", str(error.cause))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return self._failed(error.code if isinstance(error, carried.Refused) else otherwise)
        self._failing.over()
        if at is not None and abs(self._now() - at) > CLOCK_TOLERANCE:
            return self._failed("CLOCK_WRONG")
        return self._look()

    def _failed(self, error: str, detail: Optional[str] = None, retry_at: Optional[int] = None) -> State:
        return replace(self._look(), error=error, error_detail=detail, retry_at=retry_at)

    def _refused(self, answer: Answer) -> State:
        told = answer.json()
        if answer.status in (429, 503) or answer.status >= 500:
            self._back_off(_seconds(answer.headers.get("retry-after")))
        retry_at = instant(told.get("next_lease_ends_at") or told.get("next_possible_at"))
        return self._failed(str(told.get("code") or f"HTTP_{answer.status}"), told.get("detail"), retry_at)

    def _ask(
        self, method: str, path: str, said: Optional[Mapping[str, Any]], token: Optional[str] = None
    ) -> tuple[Optional[Answer], State]:
        begun = time.monotonic()
        try:
            answer = self._api.call(method, path, said, token)
        except OSError as error:
            self._back_off()
            return None, self._failed("NO_CONNECTION", str(error))
        if time.monotonic() - begun > _ANSWER_WITHIN:
            return None, self._failed("ANSWER_NOT_BELIEVED")
        if answer.status < 429:
            self._failing.lift()
        return answer, no_license("NOT_ACTIVATED")

    def _back_off(self, asked: Optional[float] = None) -> None:
        preset = self._rules.preset
        self._failing.longer(preset.retry, preset.retry_most, asked or 0.0)

    def _install(
        self, machine: str, token: str, key_text: str, lease_text: str, *, nonce: Optional[str], fresh: bool
    ) -> int:
        """Takes a computer key with its lease, or raises TokenError and keeps what was there. ``fresh`` is
        a lease that says what time it is now; without a nonce only one that is later than the last contact,
        for an answer that was given before might come again."""
        key, lease = read_computer_key(key_text, self._keys), read_lease(lease_text, self._keys)
        self._believe(key, lease, machine)
        if nonce is not None and lease.nonce != nonce:
            raise TokenError("nonce")
        contact = self._store.watermarked()["machines"].get(machine, {}).get("contact", -1)
        fresh = fresh and (nonce is not None or lease.iat > contact)

        def change(kept: dict[str, Any]) -> None:
            same = kept.get("machine_id") == machine
            seen = 0 if fresh else kept.get("last_seen", 0)
            seats = kept.get("seats", {}) if same else {}
            more = {name: kept[name] for name in ("list_seq", "listed") if same and name in kept}
            more.update({"twin": kept["twin"]} if "twin" in kept else {})
            kept.clear()
            kept.update(v=1, machine_id=machine, token=token, computer_key=key_text, lease=lease_text,
                        seq=key.seq, contact=lease.iat, last_seen=max(seen, lease.iat), seats=seats, **more)

        told = Told(clock_is=lease.iat if fresh else None, pending="", paired=fresh)
        self._store.update(change, told)
        return lease.iat

    def _believe(self, key: ComputerKey, lease: Lease, machine: str) -> None:
        """Whether both are about this product and machine, and not older than what was seen."""
        identity = self._rules.identity
        seen = self._store.watermarked()["machines"].get(machine, {})
        is_ours = compare(key.fp, identity.fingerprint, identity.components).outcome != "mismatch"
        if key.prd != self.product or not is_ours or not belongs(key, lease, machine) or lease.seat is not None:
            raise TokenError("claims")
        if key.seq < seen.get("seq", 0) or lease.iat < seen.get("contact", 0):
            raise TokenError("older")

    def _renewed(self, kept: Mapping[str, Any], told: Mapping[str, Any], nonce: str) -> int:
        key_text = kept["computer_key"]
        for command in told["commands"]:
            if command.get("type") == "computer_key":
                key_text = command["computer_key"]
        key, lease = read_computer_key(key_text, self._keys), read_lease(told["lease"], self._keys)
        if lease.nonce != nonce:
            raise TokenError("nonce")
        self._believe(key, lease, kept["machine_id"])

        def change(now_kept: dict[str, Any]) -> None:
            now_kept.update(computer_key=key_text, lease=told["lease"], seq=key.seq, contact=lease.iat,
                            last_seen=lease.iat)
            for name in ("refusal", "next_check", "listed"):
                now_kept.pop(name, None)

        self._store.update(change, Told(clock_is=lease.iat, cleared=True, paired=True))
        return lease.iat

    def _stopped(self, answer: Answer, told: Mapping[str, Any], nonce: str) -> int:
        if not is_signed(answer, self._keys) or told.get("nonce") != nonce:
            raise TokenError("signature")
        at, again = instant(told["date"]), instant(told["next_check_not_before"])
        if at is None or again is None:
            raise TokenError("claims")
        refusal = {"code": str(told["code"]), "because": told.get("because"),
                   "days_left": told.get("days_left"), "at": at}
        self._store.update(
            lambda kept: kept.update(refusal=refusal, contact=at, last_seen=at, next_check=again),
            Told(clock_is=at, paired=True))
        return at

    def _wipe(self, receipt: Optional[str]) -> None:
        """Forgets everything but what an old copy of the file is recognised by."""

        def change(kept: dict[str, Any]) -> None:
            left = {"v": 1, "machine_id": kept["machine_id"], "seq": kept.get("seq", 0) + 1,
                    "contact": kept.get("contact", 0), "last_seen": kept.get("last_seen", 0),
                    **({"twin": kept["twin"]} if "twin" in kept else {})}
            kept.clear()
            kept.update(left)
            if receipt is not None:
                kept["receipt"] = receipt

        self._store.update(change, Told(pending=""))

    def _is_due(self, state: State) -> bool:
        return not self._failing.left() and not self._resting.left() and self._is_wanted(state)

    def _is_wanted(self, state: State) -> bool:
        """Whether a heartbeat is due by the machine's own clock."""
        if state.machine is None:
            return False
        overdue = state.next_check_at is None or self._now() >= state.next_check_at
        return overdue or state.code in ("CLOCK_ROLLBACK", "STORE_ROLLBACK", "TOKEN_FORGED")

    def _schedule(self) -> None:
        with self._lock:
            if self._closed:
                return
            if self._loop is not None:
                self._wake.set()
            elif self._once is None or not self._once.is_alive():
                self._once = threading.Thread(target=self.validate_online, name="alvara-check", daemon=True)
                self._once.start()

    def _run(self) -> None:
        while not self._closed:
            pause = TICK
            try:
                state = self._look()
                if self._is_due(state):
                    state = self.validate_online()
                self._tend_seat()
                pause = self._pause(state)
            except Exception:
                # A program's own clock, transport or figures: the loop outlives them.
                _LOG.exception("a turn of the license's loop failed")
                self._back_off()
                pause = max(FLOOR, min(TICK, self._failing.left()))
            self._wake.wait(pause)
            self._wake.clear()

    def _pause(self, state: State) -> float:
        now, ends = self._now(), [TICK]
        waits = max(self._failing.left(), self._resting.left())
        if waits:
            ends.append(waits)
        elif state.next_check_at is not None:
            ends.append(state.next_check_at - now + random.uniform(0.0, 1.0))
        if self._wants_seat:
            lease = self._seat_lease(self._kept())
            due = 0 if lease is None else lease.nxt - now
            ends.append(max(due, self._seating.left(), self._failing.left()))
        return max(FLOOR, min(ends))


def init(
    product: str, public_key: Union[str, bytes, Mapping[str, Any], Sequence[Any]], api_url: str, **more: Any
) -> Client:
    """The license of a program. ``public_key`` is the PEM or the key set of the product, ``api_url`` the
    vendor's address; the rest is explained at :class:`Client`."""
    return Client(product, public_key, api_url, **more)


def _seconds(text: Optional[str]) -> Optional[float]:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
