"""What the program keeps: one sealed file with a backup, and a watermark against old copies of it.

The seal hides and binds to machine and product. It proves nothing to anybody who controls the
machine: that is what the signatures inside are for.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator, Optional, Sequence, Union

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"ALVS\x01"
_KID, _NONCE = 8, 12
#: Longest file that is read.
_FILE_MAX = 1024 * 1024
#: Seconds that a lock may stand still before it is taken away.
_PATIENCE = 2.0
#: Machines that the watermark remembers, and seats that each gave back.
_REMEMBERED = 32


class SealError(ValueError):
    """A file cannot be opened. ``reason`` is ``STORE_COPIED`` when it was sealed on another machine or
    for another product, ``STORE_DAMAGED`` when it was changed or cut."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Seal:
    """AES-256-GCM under a key of machine and product: ``ALVS``, version, key id, nonce, text and tag."""

    def __init__(self, machine_secret: str, product: str, device: str) -> None:
        salt = hashlib.sha256(b"alvara-store/1\n" + product.encode("utf-8")).digest()

        def derive(info: bytes, length: int) -> bytes:
            kdf = HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info)
            return kdf.derive(machine_secret.encode("utf-8"))

        self._cipher = AESGCM(derive(b"key", 32))
        self._head = MAGIC + derive(b"kid", _KID)
        self._bound = f"\n{product}\n{device}".encode("utf-8")

    def _data(self, label: str) -> bytes:
        return self._head + label.encode("ascii") + self._bound

    def close(self, label: str, plain: bytes, nonce: Optional[bytes] = None) -> bytes:
        """Seals a text. ``nonce`` is for test vectors; else it is drawn."""
        nonce = nonce or secrets.token_bytes(_NONCE)
        return self._head + nonce + self._cipher.encrypt(nonce, plain, self._data(label))

    def open(self, label: str, sealed: bytes) -> bytes:
        """The text again."""
        size = len(self._head)
        if len(sealed) < size + _NONCE + 16 or not sealed.startswith(MAGIC):
            raise SealError("STORE_DAMAGED")
        if sealed[:size] != self._head:
            raise SealError("STORE_COPIED")
        nonce, text = sealed[size : size + _NONCE], sealed[size + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, text, self._data(label))
        except InvalidTag:
            raise SealError("STORE_DAMAGED") from None


class Unreadable(SealError):
    """A file is there and the system does not let it be read: neither its content nor its absence is known,
    so nothing may be written over it. ``cause`` is the system's error."""

    def __init__(self, cause: OSError) -> None:
        super().__init__("STORE_UNREADABLE")
        self.cause = cause


@contextmanager
def _exclusive(file: Path) -> Iterator[None]:
    """One writer at a time, among processes too. A lock that nobody gave back is taken away: each writer
    leaves a mark of its own, so that one which stands still is told apart from a queue that moves."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lock, mine = file.with_name(file.name + ".lock"), secrets.token_hex(8).encode("ascii")
    begun = since = time.monotonic()
    seen: Optional[bytes] = None
    while True:
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except (FileExistsError, PermissionError) as error:
            # On Windows a file that is just being removed is there and may not be opened.
            if isinstance(error, PermissionError) and os.name != "nt":
                raise
        else:
            with os.fdopen(handle, "wb") as out:
                out.write(mine)
            break
        now, mark = time.monotonic(), _mark(lock)
        if mark != seen:
            seen, since = mark, now
        elif now - since > _PATIENCE:
            _take_away(lock, seen)
            since = now
        if now - begun > 4 * _PATIENCE:
            raise TimeoutError("other programs do not stop writing to the store")
        time.sleep(0.005)
    try:
        yield
    finally:
        if _mark(lock) == mine:
            _forget(lock)


def _mark(lock: Path) -> Optional[bytes]:
    try:
        return lock.read_bytes()
    except OSError:
        return None


def _take_away(lock: Path, seen: Optional[bytes]) -> None:
    """Of several who wait only one gets it out of the way, and never a lock that was taken meanwhile."""
    aside = lock.with_name(f"{lock.name}.{secrets.token_hex(6)}")
    try:
        if _mark(lock) != seen:
            return
        os.rename(lock, aside)
    except OSError:
        return
    _forget(aside)


def _forget(file: Union[str, Path]) -> None:
    try:
        os.unlink(file)
    except OSError:
        pass


def _beside(file: Path, data: bytes) -> str:
    """Writes a file's next content beside it and answers its name; moved over, it leaves the old file or the
    new one, even at a power cut."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        _forget(name)
        raise
    return name


def write_whole(files: Sequence[Path], data: bytes, before: Callable[[], None] = lambda: None) -> None:
    """Writes one content to several files. ``before`` runs when all of it is on the disk and nothing is in
    its place yet; where it fails nothing changes."""
    ready: list[tuple[str, Path]] = []
    try:
        for file in files:
            ready.append((_beside(file, data), file))
        before()
        for name, file in ready:
            os.replace(name, file)
    except BaseException:
        for name, _ in ready:
            _forget(name)
        raise


def _read(file: Path) -> Optional[bytes]:
    """The content; None where there is no such file. Windows says no for a moment while one is replaced."""
    for tries in (2, 1, 0):
        try:
            with open(file, "rb") as source:
                return source.read(_FILE_MAX)
        except FileNotFoundError:
            return None
        except OSError as error:
            if tries == 0:
                raise Unreadable(error) from error
            time.sleep(0.005)
    return None


@dataclass(frozen=True)
class Told:
    """What a change of the store also tells the watermark."""

    #: What the platform just said the time is: only that may set the last-seen time back.
    clock_is: Optional[int] = None
    #: A seat that was given back just now.
    returned: Optional[str] = None
    #: The nonce of the request that now waits for its answer; empty: none does any longer.
    pending: Optional[str] = None
    #: Number and code of the revocation list that was just read; a code of None: not on it.
    listed: Optional[tuple[int, Optional[str]]] = None
    #: A contact says that machine and license are in order: the lists' word is over.
    cleared: bool = False
    #: The platform has just vouched for what is kept: store and watermark belong together from here.
    paired: bool = False


class Store:
    """The sealed file, its backup, and the watermark that lies elsewhere."""

    def __init__(self, file: Path, watermark: Path, seal: Seal) -> None:
        self.file = file
        self.backup = file.with_name(file.name + ".bak")
        self.watermark = watermark
        self._seal = seal

    def load(self) -> dict[str, Any]:
        """What was kept; empty when nothing ever was. :class:`SealError` when neither the file nor its
        backup can be opened, :class:`Unreadable` when one of them could not even be read."""
        worst: Optional[SealError] = None
        for file in (self.file, self.backup):
            try:
                sealed = _read(file)
                if sealed is None:
                    continue
                kept = json.loads(self._seal.open("store", sealed))
            except SealError as error:
                worst = error if worst is None or isinstance(error, Unreadable) else worst
                continue
            except (ValueError, RecursionError):
                worst = worst or SealError("STORE_DAMAGED")
                continue
            if _is_kept(kept):
                return kept
            worst = worst or SealError("STORE_DAMAGED")
        if worst is not None:
            raise worst
        return {}

    def update(self, change: Callable[[dict[str, Any]], Any], told: Told = Told()) -> dict[str, Any]:
        """Changes what is kept, on top of what another process may have kept meanwhile. A file that
        cannot be opened is started anew; one that cannot be read raises ``OSError`` and stays as it is.
        The watermark is raised first: who keeps it from being written keeps nothing new."""
        with _exclusive(self.file):
            try:
                kept = self.load()
            except Unreadable as error:
                raise error.cause
            except SealError:
                kept = {}
            kept["v"] = 1
            change(kept)
            try:
                before = self.watermarked()
            except Unreadable as error:
                raise error.cause
            if told.paired and (kept.get("twin") is None or kept["twin"] != before.get("twin")):
                kept["twin"] = secrets.token_hex(8)
            after = _raised(before, kept, told)
            plain = json.dumps(kept, separators=(",", ":"), sort_keys=True).encode("utf-8")
            raise_it = (lambda: None) if after == before else (lambda: self._mark(after))
            write_whole((self.file, self.backup), self._seal.close("store", plain), raise_it)
            return kept

    def watermarked(self) -> dict[str, Any]:
        """What no honest store lies behind: ``last_seen`` of the clock; the nonce of the request that is
        ``pending``; the ``twin`` that the store names too; and for each machine its ``seq``, its last
        ``contact``, the seats that it ``returned``, and what revocation lists said. A watermark that is not
        there or cannot be opened says nothing, and is nobody's twin."""
        sealed = _read(self.watermark)
        if sealed is not None:
            try:
                said = json.loads(self._seal.open("watermark", sealed))
                if isinstance(said, dict) and isinstance(said.get("machines"), dict):
                    return said
            except (ValueError, RecursionError):
                pass
        return {"last_seen": 0, "machines": {}}

    def _mark(self, after: dict[str, Any]) -> None:
        plain = json.dumps(after, separators=(",", ":")).encode("utf-8")
        write_whole((self.watermark,), self._seal.close("watermark", plain))


def _is_kept(kept: Any) -> bool:
    """Whether it has the shape of a store; whoever opens the seal can write anything."""
    if not isinstance(kept, dict) or kept.get("v") != 1:
        return False
    texts = ("machine_id", "token", "computer_key", "lease", "listed", "pending", "receipt", "twin")
    numbers = ("seq", "contact", "last_seen", "next_check", "list_seq")
    seats, refusal = kept.get("seats", {}), kept.get("refusal")
    return (
        all(isinstance(kept.get(name) or "", str) for name in texts)
        and all(isinstance(kept.get(name) or 0, int) for name in numbers)
        and isinstance(seats, dict)
        and all(isinstance(seat, dict) and isinstance(seat.get("lease"), str) for seat in seats.values())
        and (refusal is None or (isinstance(refusal, dict) and isinstance(refusal.get("code"), str)))
    )


def _raised(before: dict[str, Any], kept: dict[str, Any], told: Told) -> dict[str, Any]:
    """The watermark after a change."""
    machines = dict(before["machines"])
    last_seen = max(int(before.get("last_seen", 0)), int(kept.get("last_seen", 0)))
    machine = kept.get("machine_id")
    if machine is not None:
        was = machines.pop(machine, {})
        seats = [] if told.returned is None else [told.returned]
        now = {
            **{name: max(was.get(name, 0), kept.get(name, 0)) for name in ("seq", "contact")},
            "returned": [*was.get("returned", ()), *seats][-_REMEMBERED:],
        }
        listed = told.listed or (was.get("list_seq"), None if told.cleared else was.get("listed"))
        now.update({name: said for name, said in zip(("list_seq", "listed"), listed) if said is not None})
        machines[machine] = now
        while len(machines) > _REMEMBERED:
            machines.pop(next(iter(machines)))
    pending = before.get("pending") if told.pending is None else told.pending or None
    twin = kept.get("twin") if told.paired else before.get("twin")
    after = {"v": 1, "last_seen": last_seen if told.clock_is is None else told.clock_is, "machines": machines}
    after.update({name: said for name, said in (("pending", pending), ("twin", twin)) if said is not None})
    return after
