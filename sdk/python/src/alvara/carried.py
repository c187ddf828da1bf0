"""What was brought to the program: texts by hand, and word of a newer build."""

from __future__ import annotations

import base64
import binascii
import calendar
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Union

from . import offline
from .tokens import KeySet, TokenError, read_computer_key, read_lease, read_revocation_list

if TYPE_CHECKING:
    from .client import Update

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


def read(text: str, kept: Mapping[str, Any], keys: KeySet) -> Union[Response, NewerKey, Listed]:
    """Reads a block, or the bare form that a QR code holds."""
    label, body = _unpack(text)
    if label == offline.RESPONSE:
        said = json.loads(body)
        if said["v"] != 1:
            raise Refused("UNKNOWN_FORMAT_VERSION")
        if kept.get("pending") is None or said["nonce"] != kept["pending"]:
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
        return _listed(body.decode("ascii").strip(), kept, keys)
    raise Refused("WRONG_BLOCK")


def _unpack(text: str) -> tuple[str, bytes]:
    bare = text.lstrip("\ufeff").strip()
    if bare.startswith("-"):
        return offline.read(bare)
    label = offline.COMPUTER_KEY if len(bare.split()) == 2 else offline.REVOCATION_LIST
    return label, bare.encode("ascii")


def _listed(text: str, kept: Mapping[str, Any], keys: KeySet) -> Listed:
    held, found = read_computer_key(kept["computer_key"], keys), read_revocation_list(text, keys)
    if (found.iss, found.prd) != (held.iss, held.prd):
        raise TokenError("claims")
    if found.seq < kept.get("list_seq", 0):
        raise Refused("OLDER_THAN_HELD")
    if found.names(held.sub):
        return Listed(found.seq, "REVOKED")
    return Listed(found.seq, "MACHINE_BLOCKED" if found.names(kept["machine_id"]) else None)


def update(
    said: Mapping[str, Any], keys: KeySet, have: Optional[str], order: Callable[[str], Any]
) -> "Optional[Update]":
    """A newer build out of the platform's answer, where the product's key signed its digest."""
    from .client import Update

    try:
        version, sha256 = str(said["version"]), str(said["sha256"])
        signature = base64.b64decode(str(said["signature"]), validate=True)
        if have is not None and order(version) <= order(have):
            return None
        found = Update(version, str(said["url"]), str(said["notes"]), said["mandatory"] is True, sha256)
    except (KeyError, ValueError, binascii.Error):
        return None
    return found if keys.any_verifies(sha256.encode("ascii", "replace"), signature) else None


def instant(text: str) -> Optional[int]:
    """Seconds since 1970 of an RFC 3339 instant in UTC, as the platform writes it; None when it is none."""
    found = _INSTANT.match(text)
    if found is None:
        return None
    try:
        return calendar.timegm(time.strptime(found.group(1), "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return None
