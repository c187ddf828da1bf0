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
from pathlib import Path
from typing import Any, Callable, Iterator, Optional

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"ALVS\x01"
_KID, _NONCE = 8, 12
#: Longest file that is read.
_FILE_MAX = 1024 * 1024
#: Seconds to wait for another writer.
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


@contextmanager
def _exclusive(file: Path) -> Iterator[None]:
    """One writer at a time, among processes too. What a writer that died left behind is waited for once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = file.with_name(file.name + ".lock")
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            break
        except (FileExistsError, PermissionError) as error:
            # On Windows a file that is just being removed is there and may not be opened.
            if isinstance(error, PermissionError) and os.name != "nt":
                raise
            time.sleep(0.005)
    try:
        yield
    finally:
        try:
            os.unlink(lock)
        except OSError:
            pass


def write_whole(file: Path, data: bytes) -> None:
    """Writes beside and moves over, so that a power cut leaves the old file or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        try:
            os.unlink(name)
        except OSError:
            pass
        raise


def _read(file: Path) -> Optional[bytes]:
    try:
        with open(file, "rb") as source:
            return source.read(_FILE_MAX)
    except OSError:
        return None


class Store:
    """The sealed file, its backup, and the watermark that lies elsewhere."""

    def __init__(self, file: Path, watermark: Path, seal: Seal) -> None:
        self.file = file
        self.backup = file.with_name(file.name + ".bak")
        self.watermark = watermark
        self._seal = seal

    def load(self) -> dict[str, Any]:
        """What was kept; empty when nothing ever was. :class:`SealError` when neither the file nor its
        backup can be opened."""
        worst: Optional[SealError] = None
        for file in (self.file, self.backup):
            sealed = _read(file)
            if sealed is None:
                continue
            try:
                kept = json.loads(self._seal.open("store", sealed))
            except SealError as error:
                worst = worst or error
                continue
            except ValueError:
                worst = worst or SealError("STORE_DAMAGED")
                continue
            if isinstance(kept, dict) and kept.get("v") == 1:
                return kept
            worst = worst or SealError("STORE_DAMAGED")
        if worst is not None:
            raise worst
        return {}

    def update(
        self, change: Callable[[dict[str, Any]], Any], *, clock_is: Optional[int] = None,
        returned: Optional[str] = None,
    ) -> dict[str, Any]:
        """Changes what is kept, on top of what another process may have kept meanwhile. A file that
        cannot be opened is started anew. ``clock_is`` is what the platform just said it is: only that
        may set the last-seen time back. ``returned`` is a seat that was given back just now."""
        with _exclusive(self.file):
            try:
                kept = self.load()
            except SealError:
                kept = {}
            kept["v"] = 1
            change(kept)
            plain = json.dumps(kept, separators=(",", ":"), sort_keys=True).encode("utf-8")
            sealed = self._seal.close("store", plain)
            write_whole(self.file, sealed)
            write_whole(self.backup, sealed)
            self._raise_watermark(kept, clock_is, [] if returned is None else [returned])
            return kept

    def watermarked(self) -> dict[str, Any]:
        """What no honest store lies behind: ``last_seen`` of the clock, and for each machine its
        ``seq``, its last ``contact`` and the seats that it ``returned``. A watermark that cannot be read
        says nothing."""
        sealed = _read(self.watermark)
        if sealed is not None:
            try:
                said = json.loads(self._seal.open("watermark", sealed))
                if isinstance(said, dict) and isinstance(said.get("machines"), dict):
                    return said
            except ValueError:
                pass
        return {"last_seen": 0, "machines": {}}

    def _raise_watermark(self, kept: dict[str, Any], clock_is: Optional[int], seats: list[str]) -> None:
        before = self.watermarked()
        machines = dict(before["machines"])
        last_seen = max(int(before.get("last_seen", 0)), int(kept.get("last_seen", 0)))
        if clock_is is not None:
            last_seen = clock_is
        machine = kept.get("machine_id")
        if machine is not None:
            was = machines.pop(machine, {})
            machines[machine] = {
                **{name: max(was.get(name, 0), kept.get(name, 0)) for name in ("seq", "contact")},
                "returned": [*was.get("returned", ()), *seats][-_REMEMBERED:],
            }
            while len(machines) > _REMEMBERED:
                machines.pop(next(iter(machines)))
        after = {"v": 1, "last_seen": last_seen, "machines": machines}
        if after != {"v": 1, **before}:
            plain = json.dumps(after, separators=(",", ":")).encode("utf-8")
            write_whole(self.watermark, self._seal.close("watermark", plain))
