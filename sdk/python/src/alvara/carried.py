"""What was brought to the program: texts by hand, and word of a newer build."""

from __future__ import annotations

import base64
import binascii
import calendar
import json
import re
import time
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from . import offline
from .tokens import KeySet, TokenError, read_computer_key, read_lease, read_revocation_list
from .verdict import version_order

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z\Z", re.ASCII)


class Refused(ValueError):
    """A text is not taken; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Response:
    """An activation response, to the request that waits."""

    machine: str
    token: str
    computer_key: str
    lease: str
    nonce: str


@dataclass(frozen=True)
class NewerKey:
    """A newer computer key for the machine, with a lease that begins now."""

    computer_key: str
    lease: str


@dataclass(frozen=True)
class Listed:
    """A revocation list: its number, and the code under which license or machine are on it."""

    seq: int
    code: Optional[str]


def read(
    text: str, kept: Mapping[str, Any], watermark: Mapping[str, Any], keys: KeySet
) -> Union[Response, NewerKey, Listed]:
    """Reads a block, or the bare form that a QR code holds. What was used is remembered by the watermark too,
    so that an old file put back does not make it count again."""
    label, body = _unpack(text)
    if label == offline.RESPONSE:
        said = json.loads(body)
        if said["v"] != 1:
            raise Refused("UNKNOWN_FORMAT_VERSION")
        waits = kept.get("pending")
        if waits is None or waits != watermark.get("pending") or said["nonce"] != waits:
            raise Refused("NOT_MY_REQUEST")
        machine = said["machine"]
        return Response(machine["id"], machine["token"], said["computer_key"], said["lease"], said["nonce"])
    if not kept.get("token"):
        raise Refused("NOT_ACTIVATED")
    if label == offline.COMPUTER_KEY:
        lines = body.decode("ascii").split()
        if len(lines) != 2:
            raise offline.BlockError("a computer key and a lease are expected")
        if read_lease(lines[1], keys).exp <= read_lease(kept["lease"], keys).exp:
            raise Refused("OLDER_THAN_HELD")
        return NewerKey(lines[0], lines[1])
    if label == offline.REVOCATION_LIST:
        seen = watermark["machines"].get(kept["machine_id"], {}).get("list_seq", 0)
        return _listed(body.decode("ascii").strip(), kept, max(seen, kept.get("list_seq") or 0), keys)
    raise Refused("WRONG_BLOCK")


def _unpack(text: str) -> tuple[str, bytes]:
    bare = text.lstrip("\ufeff").strip()
    if bare.startswith("-"):
        return offline.read(bare)
    label = offline.COMPUTER_KEY if len(bare.split()) == 2 else offline.REVOCATION_LIST
    return label, bare.encode("ascii")


def _listed(text: str, kept: Mapping[str, Any], newest: int, keys: KeySet) -> Listed:
    held, found = read_computer_key(kept["computer_key"], keys), read_revocation_list(text, keys)
    if (found.iss, found.prd) != (held.iss, held.prd):
        raise TokenError("claims")
    if found.seq < newest:
        raise Refused("OLDER_THAN_HELD")
    if found.names(held.sub):
        return Listed(found.seq, "REVOKED")
    return Listed(found.seq, "MACHINE_BLOCKED" if found.names(kept["machine_id"]) else None)


@dataclass(frozen=True)
class Update:
    """A newer build. ``sha256`` is signed by the vendor: compare it with the file before running it."""

    version: str
    url: str
    notes: str
    mandatory: bool
    sha256: str


def update(said: Mapping[str, Any], keys: KeySet, have: Optional[str]) -> Optional[Update]:
    """A newer build out of the platform's answer, where the product's key signed its digest."""
    try:
        version, sha256 = str(said["version"]), str(said["sha256"])
        signature = base64.b64decode(str(said["signature"]), validate=True)
        if have is not None and version_order(version) <= version_order(have):
            return None
        found = Update(version, str(said["url"]), str(said["notes"]), said["mandatory"] is True, sha256)
    except (KeyError, ValueError, binascii.Error):
        return None
    return found if keys.any_verifies(sha256.encode("ascii", "replace"), signature) else None


def instant(text: Any) -> Optional[int]:
    """Seconds since 1970 of an RFC 3339 instant in UTC, as the platform writes it; None when it is none."""
    found = _INSTANT.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        return calendar.timegm(time.strptime(found.group(1), "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return None
