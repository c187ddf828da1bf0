"""Signed tokens: computer keys, leases and revocation lists as JWS compact text.

Reading is strict and bounded. The algorithm belongs to the key and never comes from the token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Union

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from .ladder import Ladder

COMPUTER_KEY = "alvara-computer-key+jwt"
LEASE = "alvara-lease+jwt"
REVOCATION_LIST = "alvara-revocation-list+jwt"

_TEXT_MAX = 192 * 1024
_HEADER_MAX = 256
_SIGNATURE_MAX = 700
# Tokens that a program holds at a time, and some.
_REMEMBERED = 16
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z")
_KID = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")
_VALUE = re.compile(r"[A-Za-z0-9._:/+-]{1,32}\Z")
_SECONDS = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


class TokenError(ValueError):
    """A text is no token of the vendor's. ``reason`` is one of ``malformed``, ``type``, ``key``,
    ``signature`` and ``claims``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def b64url(data: bytes) -> str:
    """Base64 for URLs without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """The reverse, strictly: no padding, no other characters, no stray bits."""
    if not _BASE64URL.match(text) or len(text) % 4 == 1:
        raise TokenError("malformed")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64url(data) != text:
        raise TokenError("malformed")
    return data


@dataclass(frozen=True)
class VerifyingKey:
    """A public key bound to one algorithm. ``kid`` is its RFC 7638 thumbprint."""

    kid: str
    algorithm: str
    public: Union[RSAPublicKey, Ed25519PublicKey] = field(compare=False)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether ``signature`` is this key's over ``message``."""
        try:
            if isinstance(self.public, Ed25519PublicKey):
                self.public.verify(signature, message)
            elif self.algorithm == "PS256":
                pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
                self.public.verify(signature, message, pss, hashes.SHA256())
            else:
                self.public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def _key_of(public: Any, algorithm: Optional[str]) -> VerifyingKey:
    if isinstance(public, Ed25519PublicKey):
        if algorithm not in (None, "EdDSA", "Ed25519"):
            raise ValueError(f"an Ed25519 key does not verify {algorithm}")
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        members = f'{{"crv":"Ed25519","kty":"OKP","x":"{b64url(raw)}"}}'
        algorithm = "EdDSA"
    elif isinstance(public, RSAPublicKey):
        if algorithm not in (None, "RS256", "PS256"):
            raise ValueError(f"an RSA key does not verify {algorithm}")
        if public.key_size not in (2048, 3072, 4096):
            raise ValueError("an RSA key has 2048, 3072 or 4096 bits")
        numbers = public.public_numbers()
        e, n = (b64url(i.to_bytes((i.bit_length() + 7) // 8, "big")) for i in (numbers.e, numbers.n))
        members = f'{{"e":"{e}","kty":"RSA","n":"{n}"}}'
        algorithm = algorithm or "RS256"
    else:
        raise ValueError("the public key is neither RSA nor Ed25519")
    kid = b64url(hashlib.sha256(members.encode("ascii")).digest())
    return VerifyingKey(kid, algorithm, public)


def _key_of_jwk(jwk: Mapping[str, Any]) -> VerifyingKey:
    public: Any
    if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
        public = Ed25519PublicKey.from_public_bytes(b64url_decode(str(jwk["x"])))
    elif jwk.get("kty") == "RSA":
        e, n = (int.from_bytes(b64url_decode(str(jwk[name])), "big") for name in ("e", "n"))
        public = RSAPublicNumbers(e, n).public_key()
    else:
        raise ValueError("a JWK is RSA or Ed25519")
    return _key_of(public, str(jwk["alg"]))


class KeySet:
    """The public keys of a product, by ``kid``."""

    def __init__(self, keys: Iterable[VerifyingKey]) -> None:
        self._keys = {key.kid: key for key in keys}
        self._verified: dict[str, bytes] = {}
        if not self._keys:
            raise ValueError("a program needs at least one public key of its product")

    @classmethod
    def of(
        cls, given: Union[str, bytes, Mapping[str, Any], Sequence[Any]], algorithm: Optional[str] = None
    ) -> "KeySet":
        """Reads a PEM, a JWK, a key set (JWKS, as text or parsed), or a list of these.

        ``algorithm`` is for PEMs of products that sign by ``PS256``; else it is left out.
        """
        if isinstance(given, KeySet):
            return given
        return cls(cls._read(given, algorithm))

    @classmethod
    def _read(cls, given: Any, algorithm: Optional[str]) -> Iterable[VerifyingKey]:
        if isinstance(given, bytes):
            given = given.decode("utf-8")
        if isinstance(given, str):
            if given.lstrip().startswith("{"):
                given = json.loads(given)
            else:
                public = serialization.load_pem_public_key(given.encode("utf-8"))
                return [_key_of(public, algorithm)]
        if isinstance(given, Mapping):
            members = given["keys"] if "keys" in given else [given]
            return [_key_of_jwk(jwk) for jwk in members]
        return [key for one in given for key in cls._read(one, algorithm)]

    def find(self, kid: str) -> Optional[VerifyingKey]:
        """The key of a ``kid``, if the program was built with it."""
        return self._keys.get(kid)

    def remembered(self, text: str, expected: str, verify: Callable[[str, str, "KeySet"], bytes]) -> bytes:
        """The payload of a token; each text is verified once. Only what verified is remembered."""
        known = self._verified.get(f"{expected} {text}")
        if known is None:
            known = verify(text, expected, self)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[f"{expected} {text}"] = known
        return known

    def any_verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature that names no key is that of one of them."""
        return any(key.verify(message, signature) for key in self._keys.values())


@dataclass(frozen=True)
class ModuleGrant:
    """A module that a computer key unlocks."""

    code: str
    value: Optional[str] = None
    ends: Optional[int] = None

    @classmethod
    def parse(cls, text: str) -> Optional["ModuleGrant"]:
        """Reads ``CODE``, ``CODE=value``, ``CODE@end`` or ``CODE=value@end``."""
        rest, at, end = text.partition("@")
        if at and not _SECONDS.match(end):
            return None
        code, equals, value = rest.partition("=")
        if not _CODE.match(code) or (equals and not _VALUE.match(value)):
            return None
        return cls(code, value if equals else None, int(end) if at else None)

    def is_live(self, now: int) -> bool:
        """Whether it is unlocked at an instant."""
        return self.ends is None or now < self.ends


@dataclass(frozen=True)
class ComputerKey:
    """What a computer key says."""

    iss: str
    sub: str
    iat: int
    nbf: Optional[int]
    exp: Optional[int]
    seq: int
    prd: str
    ver: str
    knd: str
    mod: str
    m32: int
    fp: str
    usr: Optional[str]
    site: Optional[str]
    seats: Optional[int]
    mnt: Optional[int]
    rv: int
    gr: int

    def modules(self, now: int) -> list[ModuleGrant]:
        """The modules that are unlocked at an instant. What cannot be read unlocks nothing."""
        read = (ModuleGrant.parse(text) for text in self.mod.split())
        return [module for module in read if module is not None and module.is_live(now)]


@dataclass(frozen=True)
class Lease:
    """What a lease says: proof of the last contact."""

    sub: str
    mac: str
    iat: int
    exp: int
    nxt: int
    seq: int
    seat: Optional[str]
    nonce: Optional[str]
    lad: Ladder


@dataclass(frozen=True)
class RevocationList:
    """Which licenses and machines of a product are no longer good."""

    iss: str
    prd: str
    seq: int
    iat: int
    next_update: int
    digests: bytes

    def names(self, identifier: str) -> bool:
        """Whether the id of a license or a machine is listed."""
        wanted = hashlib.sha256(b"alvara-revocation/1 " + identifier.encode("utf-8")).digest()[:8]
        return any(self.digests[at : at + 8] == wanted for at in range(0, len(self.digests), 8))


def verified_payload(text: str, expected: str, keys: KeySet) -> bytes:
    """The payload of a token whose signature is one of the keys'."""
    return keys.remembered(text, expected, _verify)


def _verify(text: str, expected: str, keys: KeySet) -> bytes:
    if len(text) > _TEXT_MAX or not text.isascii():
        raise TokenError("malformed")
    parts = text.split(".")
    if len(parts) != 3 or len(parts[0]) > _HEADER_MAX or len(parts[2]) > _SIGNATURE_MAX:
        raise TokenError("malformed")
    try:
        header = json.loads(b64url_decode(parts[0]))
    except (ValueError, RecursionError):
        raise TokenError("malformed") from None
    if not isinstance(header, dict) or set(header) != {"alg", "kid", "typ"}:
        raise TokenError("malformed")
    if not isinstance(header["kid"], str) or not _KID.match(header["kid"]):
        raise TokenError("malformed")
    signature, payload = b64url_decode(parts[2]), b64url_decode(parts[1])
    if not signature:
        raise TokenError("malformed")
    if header["typ"] != expected:
        raise TokenError("type")
    key = keys.find(header["kid"])
    if key is None or key.algorithm != header["alg"]:
        raise TokenError("key")
    if not key.verify(f"{parts[0]}.{parts[1]}".encode("ascii"), signature):
        raise TokenError("signature")
    return payload


_NEEDED = object()


class _Claims:
    def __init__(self, payload: bytes) -> None:
        try:
            self.said = json.loads(payload)
        except (ValueError, RecursionError):
            raise TokenError("claims") from None
        if not isinstance(self.said, dict):
            raise TokenError("claims")

    def _take(self, name: str, kind: type, default: Any) -> Any:
        value = self.said.get(name)
        if value is None:
            if default is _NEEDED:
                raise TokenError("claims")
            return default
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TokenError("claims")
        return value

    def text(self, name: str, default: Any = _NEEDED) -> Any:
        return self._take(name, str, default)

    def number(self, name: str, default: Any = _NEEDED) -> Any:
        return self._take(name, int, default)


def read_computer_key(text: str, keys: KeySet) -> ComputerKey:
    """A computer key, verified."""
    said = _Claims(verified_payload(text, COMPUTER_KEY, keys))
    return ComputerKey(
        iss=said.text("iss"), sub=said.text("sub"), iat=said.number("iat"),
        nbf=said.number("nbf", None), exp=said.number("exp", None), seq=said.number("seq"),
        prd=said.text("prd"), ver=said.text("ver", "*"), knd=said.text("knd"),
        mod=said.text("mod", ""), m32=said.number("m32", 0), fp=said.text("fp"),
        usr=said.text("usr", None), site=said.text("site", None), seats=said.number("seats", None),
        mnt=said.number("mnt", None), rv=said.number("rv"), gr=said.number("gr"),
    )


def read_lease(text: str, keys: KeySet) -> Lease:
    """A lease, verified."""
    said = _Claims(verified_payload(text, LEASE, keys))
    try:
        ladder = Ladder.parse(said.text("lad", ""))
    except ValueError:
        raise TokenError("claims") from None
    return Lease(
        sub=said.text("sub"), mac=said.text("mac"), iat=said.number("iat"), exp=said.number("exp"),
        nxt=said.number("nxt"), seq=said.number("seq"), seat=said.text("seat", None),
        nonce=said.text("nonce", None), lad=ladder,
    )


def read_revocation_list(text: str, keys: KeySet) -> RevocationList:
    """A revocation list, verified. Entries must rise, so one list has one text."""
    head, newline, digests = verified_payload(text, REVOCATION_LIST, keys).partition(b"\n")
    if not newline or len(head) > 1024 or not head.startswith(b"{"):
        raise TokenError("claims")
    said = _Claims(head)
    entries = [digests[at : at + 8] for at in range(0, len(digests), 8)]
    rising = all(one < other for one, other in zip(entries, entries[1:]))
    if len(digests) % 8 or len(entries) != said.number("n") or not rising:
        raise TokenError("claims")
    return RevocationList(
        iss=said.text("iss"), prd=said.text("prd"), seq=said.number("seq"), iat=said.number("iat"),
        next_update=said.number("next_update"), digests=digests,
    )
