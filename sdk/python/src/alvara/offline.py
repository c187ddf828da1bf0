"""Texts that people carry for a machine without network."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from typing import Any, Mapping

REQUEST = "ALVARA ACTIVATION REQUEST"
RESPONSE = "ALVARA ACTIVATION RESPONSE"
RECEIPT = "ALVARA DEACTIVATION RECEIPT"
COMPUTER_KEY = "ALVARA COMPUTER KEY"
REVOCATION_LIST = "ALVARA REVOCATION LIST"

_TEXT_MAX = 256 * 1024
_LINE = re.compile(r"[A-Za-z0-9+/=]{1,76}\Z")
_BEGIN = re.compile(r"-----BEGIN (ALVARA [A-Z ]+)-----\Z")


class BlockError(ValueError):
    """A text is no block of Alvará, or was cut or changed on its way."""


def nonce() -> str:
    """What ties an answer to its question."""
    return secrets.token_hex(16)


def write(label: str, body: bytes) -> str:
    """A block, each line ended by a line feed."""
    text = base64.b64encode(body).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def read(text: str) -> tuple[str, bytes]:
    """Label and bytes of a block. Strict: one block and nothing around it but blank lines."""
    if len(text) > _TEXT_MAX:
        raise BlockError("the text is longer than any of Alvará")
    lines = [line.rstrip() for line in text.lstrip("\ufeff").strip().splitlines()]
    begin = _BEGIN.match(lines[0]) if lines else None
    if begin is None:
        raise BlockError("the text does not start with a BEGIN line")
    label = begin.group(1)
    if lines[-1] != f"-----END {label}-----" or len(lines) < 2:
        raise BlockError("the END line is missing; the text seems to be cut")
    if not all(_LINE.match(line) for line in lines[1:-1]):
        raise BlockError("a line is damaged")
    try:
        return label, base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error:
        raise BlockError("a line is damaged") from None


def document(label: str, said: Mapping[str, Any]) -> str:
    """A document in its block."""
    return write(label, json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode("utf-8"))


def receipt(token: str, said: Mapping[str, Any]) -> str:
    """A deactivation receipt, proven by the machine token that was wiped."""
    names = ("iss", "license", "machine", "seq", "nonce", "wiped_at")
    signed = "alvara-deactivation-receipt/1\n" + "".join(f"{said[name]}\n" for name in names)
    mac = hmac.new(token.encode("utf-8"), signed.encode("utf-8"), hashlib.sha256).hexdigest()
    return document(RECEIPT, {"v": 1, **{name: said[name] for name in names}, "mac": mac})
