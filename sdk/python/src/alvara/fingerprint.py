"""By what a machine is known: a few of its parts, hashed under the product and never raw."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping

from .tokens import TokenError, b64url, b64url_decode

_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_UPPER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
# What makers write into a part that has no number of its own.
_NOTHING = {
    "", "none", "default string", "to be filled by o.e.m.", "system serial number", "not specified",
    "not applicable", "unknown", "00:00:00:00:00:00", "uninitialized",
}


def plain(value: str) -> str:
    """A value as it is hashed: blanks trimmed and joined, ASCII letters lower case."""
    return _BLANKS.sub(" ", value).strip(" ").translate(_UPPER)


def hashed(product: str, name: str, value: str) -> str:
    """A part of the machine as the platform gets to see it: an HMAC under the product's code, so that
    two products cannot compare notes."""
    key = hashlib.sha256(b"alvara-fingerprint/1\n" + product.encode("utf-8")).digest()
    message = f"{name}\n{plain(value)}".encode("utf-8")
    return b64url(hmac.new(key, message, hashlib.sha256).digest())


@dataclass(frozen=True)
class Machine:
    """What a machine says of itself: a secret of its own and its parts by name, all of them raw.

    Nothing of it leaves the machine but through :func:`hashed`.
    """

    secret: str
    parts: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self, product: str) -> str:
        """The fingerprint for a product."""
        return hashed(product, "machine", self.secret)

    def components(self, product: str) -> dict[str, str]:
        """The parts for a product, by name."""
        return {name: hashed(product, name, value) for name, value in sorted(self.parts.items())}


def digest(value: str) -> str:
    """The first 6 bytes of SHA-256: what a computer key says of a fingerprint or a component."""
    return b64url(hashlib.sha256(value.encode("utf-8")).digest()[:6])


@dataclass(frozen=True)
class Comparison:
    """How a machine compares with the one that a computer key was made for: ``same``, ``drift`` or
    ``mismatch``."""

    outcome: str
    changed: tuple[str, ...] = ()
    matched: int = 0
    threshold: int = 0


def _is_digest(text: str) -> bool:
    try:
        return len(b64url_decode(text)) == 6
    except TokenError:
        return False


def compare(claim: str, fingerprint: str, components: Mapping[str, str]) -> Comparison:
    """Compares a machine with the ``fp`` of a computer key. A claim that cannot be read fits nobody."""
    first, comma, rest = claim.partition(",")
    if not comma:
        if _is_digest(claim) and hmac.compare_digest(claim, digest(fingerprint)):
            return Comparison("same")
        return Comparison("mismatch", ("fingerprint",), 0, 1)
    matched, changed = 0, list[str]()
    weighed: dict[str, tuple[int, str]] = {}
    try:
        threshold = int(first) if first.isascii() and first.isdigit() else -1
        for part in rest.split(","):
            name, digits, expected = part.split(":")
            if not name or not digits.isascii() or not digits.isdigit() or not _is_digest(expected):
                raise ValueError
            weighed[name] = (int(digits), expected)
    except ValueError:
        threshold = -1
    if threshold < 0:
        return Comparison("mismatch", ("fingerprint",), 0, 1)
    for name, (weight, expected) in sorted(weighed.items()):
        value = components.get(name)
        if value is not None and digest(value) == expected:
            matched += weight
        else:
            changed.append(name)
    if matched < threshold:
        return Comparison("mismatch", tuple(changed), matched, threshold)
    return Comparison("drift" if changed else "same", tuple(changed), matched, threshold)


def this_machine(folder: Path) -> Machine:
    """The machine that the program runs on. Where the system has no id of its own, a random one is
    kept in ``folder``."""
    if sys.platform == "win32":
        secret, parts = _windows()
    elif sys.platform == "darwin":
        secret, parts = _mac()
    else:
        secret, parts = _linux()
    parts = {name: value for name, value in parts.items() if _tells(value)}
    return Machine(secret if secret and _tells(secret) else _kept_secret(folder), parts)


def _tells(value: str) -> bool:
    value = plain(value)
    return value not in _NOTHING and not set(value) <= set("0-:. ")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(4096).strip()
    except OSError:
        return ""


def _linux() -> tuple[str, dict[str, str]]:
    secret = _read("/etc/machine-id") or _read("/var/lib/dbus/machine-id")
    parts = {"board": _read("/sys/class/dmi/id/board_serial") or _read("/sys/class/dmi/id/product_uuid")}
    for line in _read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            parts["cpu"] = line.partition(":")[2]
            break
    for name in sorted(_names("/sys/block")):
        serial = _read(f"/sys/block/{name}/device/serial") or _read(f"/sys/block/{name}/serial")
        if serial:
            parts["disk"] = serial
            break
    for name in sorted(_names("/sys/class/net")):
        # Only cards that are really there; bridges and tunnels come and go.
        if os.path.exists(f"/sys/class/net/{name}/device"):
            parts["nic"] = _read(f"/sys/class/net/{name}/address")
            break
    return secret, parts


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _windows() -> tuple[str, dict[str, str]]:
    query = ("reg", "query", r"HKLM\SOFTWARE\Microsoft\Cryptography", "/v", "MachineGuid", "/reg:64")
    secret = re.search(r"MachineGuid\s+REG_SZ\s+(\S+)", _said(*query))
    bios = _said("reg", "query", r"HKLM\HARDWARE\DESCRIPTION\System\BIOS", "/v", "BaseBoardProduct")
    board = re.search(r"REG_SZ\s+(.+)", bios)
    volume = re.search(r"([0-9A-F]{4}-[0-9A-F]{4})", _said("cmd", "/c", "vol", "C:"))
    parts = {"cpu": os.environ.get("PROCESSOR_IDENTIFIER", "")}
    if board:
        parts["board"] = board.group(1)
    if volume:
        parts["disk"] = volume.group(1)
    return secret.group(1) if secret else "", parts


def _mac() -> tuple[str, dict[str, str]]:
    said = _said("ioreg", "-rd1", "-c", "IOPlatformExpertDevice")
    found = dict(re.findall(r'"(IOPlatformUUID|IOPlatformSerialNumber)" = "([^"]+)"', said))
    parts = {"board": found.get("IOPlatformSerialNumber", ""), "cpu": _said("sysctl", "-n", "machdep.cpu.brand_string")}
    return found.get("IOPlatformUUID", ""), parts


def _kept_secret(folder: Path) -> str:
    file = folder / "machine"
    for _ in range(3):
        try:
            kept = file.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            kept = None
        if kept is not None and len(kept) == 43:
            return kept
        folder.mkdir(parents=True, exist_ok=True)
        fresh = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode("ascii")
        handle, name = tempfile.mkstemp(dir=folder, prefix=".machine.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as out:
                out.write(fresh)
                out.flush()
                os.fsync(out.fileno())
            if kept is None:
                # Whole or not at all, and the first of two programs wins.
                os.link(name, file)
            else:
                os.replace(name, file)
        except FileExistsError:
            pass
        except PermissionError:
            raise
        except OSError:
            # Not every file system links.
            os.replace(name, file)
        finally:
            if os.path.exists(name):
                os.unlink(name)
    raise OSError(f"the id of this machine cannot be kept in {folder}")
