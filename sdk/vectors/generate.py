"""Writes vectors.json: what every SDK must answer alike.

It shares no line with any of them, nor with the platform: bytes are put together here by hand, and
each expected answer is written down, not computed by the rule that it tests. Needs `cryptography`.

    python generate.py            writes the file anew, with the test keys that it has
    python generate.py --check    fails where the file is not what would be written

The keys are for tests and sign nothing else.
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE = Path(__file__).with_name("vectors.json")
DAY = 86_400
T0 = 1_800_000_000  # 2027-01-15T08:00:00Z
PRODUCT = "VECTORS"
LICENSE = "lic_01K9ZQ3V5T8N2M4R6W7X0YBCDE"
MACHINE = "mac_01K9ZQ4B7A2C4D6E8F0G1H3J5K"
OTHER = "mac_01K9ZQ4B7A2C4D6E8F0G1H3J5M"
SEAT = "sea_01K9ZQ4B7A2C4D6E8F0G1H3J6N"
ISSUER = "https://acme.example"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(said):
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def digest6(text):
    return b64(hashlib.sha256(text.encode()).digest()[:6])


# Keys

def load_keys():
    kept = json.loads(FILE.read_text(encoding="utf-8"))["signing_keys"] if FILE.exists() else {}
    made = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "PS256": lambda: rsa.generate_private_key(65537, 2048),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
        "stranger": lambda: rsa.generate_private_key(65537, 2048),
    }
    keys = {}
    for name, make in made.items():
        if name in kept:
            keys[name] = serialization.load_pem_private_key(kept[name].encode(), None)
        else:
            keys[name] = make()
    return keys


def pem_of(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def jwk_of(key, algorithm):
    public = key.public_key()
    if isinstance(public, ed25519.Ed25519PublicKey):
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        needed = {"crv": "Ed25519", "kty": "OKP", "x": b64(raw)}
    else:
        numbers = public.public_numbers()
        needed = {"e": b64(numbers.e.to_bytes(3, "big")), "kty": "RSA", "n": b64(numbers.n.to_bytes(256, "big"))}
    kid = b64(hashlib.sha256(compact(needed)).digest())
    return {**needed, "kid": kid, "alg": algorithm, "use": "sig"}


KEYS = load_keys()
JWKS = {name: jwk_of(KEYS[name], "RS256" if name == "stranger" else name) for name in KEYS}
# PSS draws its salt, so what stands in the file is taken again where it still verifies.
BEFORE = {t["name"]: t["text"] for t in json.loads(FILE.read_text())["tokens"]} if FILE.exists() else {}


def sign(name, message):
    key = KEYS[name]
    if name == "EdDSA":
        return key.sign(message)
    if name == "PS256":
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return key.sign(message, pss, hashes.SHA256())
    return key.sign(message, padding.PKCS1v15(), hashes.SHA256())


# Tokens

def jws(kind, payload, by="RS256", header=None):
    head = header or {"alg": JWKS[by]["alg"], "kid": JWKS[by]["kid"], "typ": f"alvara-{kind}+jwt"}
    body = payload if isinstance(payload, bytes) else compact(payload)
    signed = f"{b64(compact(head))}.{b64(body)}"
    return f"{signed}.{b64(sign(by, signed.encode()))}"


def key_claims(**more):
    """In the order in which the platform writes them."""
    said = {
        "iss": ISSUER, "sub": LICENSE, "jti": "AbCdEfGh", "iat": T0, "nbf": None, "exp": T0 + 365 * DAY,
        "seq": 3, "prd": PRODUCT, "ver": "1.0-2.9", "knd": "subscription",
        "mod": f"REPORTS TILLS=5 SYNC@{T0 + 30 * DAY}", "m32": 7, "fp": digest6(FINGERPRINT),
        "usr": None, "site": None, "seats": 2, "mnt": None, "rv": 604800, "gr": 2592000,
    }
    said.update(more)
    return {name: value for name, value in said.items() if value is not None}


def lease_claims(**more):
    said = {
        "sub": LICENSE, "mac": MACHINE, "iat": T0, "exp": T0 + 37 * DAY, "nxt": T0 + 7 * DAY, "seq": 3,
        "lad": None, "seat": None, "nonce": None,
    }
    said.update(more)
    return {name: value for name, value in said.items() if value is not None}


def hashed(product, name, value):
    key = hashlib.sha256(b"alvara-fingerprint/1\n" + product.encode()).digest()
    return b64(hmac.new(key, f"{name}\n{value}".encode(), hashlib.sha256).digest())


SECRET = "4c4c4544-0043-3010-8052-b4c04f4a4d31"
FINGERPRINT = hashed(PRODUCT, "machine", SECRET)
PARTS = {name: hashed(PRODUCT, name, value) for name, value in
         {"board": "b-7731", "disk": "wd-99102", "nic": "52:54:00:12:34:56"}.items()}
WEIGHTED = "60," + ",".join(
    f"{name}:{weight}:{digest6(PARTS[name])}" for name, weight in (("board", 50), ("disk", 30), ("nic", 20)))


def entry(identifier):
    return hashlib.sha256(b"alvara-revocation/1 " + identifier.encode()).digest()[:8]


def revocations(entries, **more):
    head = {"iss": ISSUER, "prd": PRODUCT, "seq": 4, "iat": T0, "next_update": T0 + 7 * DAY, "n": len(entries)}
    head.update(more)
    return compact(head) + b"\n" + b"".join(entries)


def tokens():
    good = jws("computer-key", key_claims())
    head, body, signature = good.split(".")
    longer = b64(compact(key_claims(exp=T0 + 3650 * DAY)))
    stray = signature[:-1] + chr(ord(signature[-1]) + 1)
    swapped = {"alg": "PS256", "kid": JWKS["RS256"]["kid"], "typ": "alvara-computer-key+jwt"}
    extra = {"alg": "RS256", "kid": JWKS["RS256"]["kid"], "typ": "alvara-computer-key+jwt", "crit": ["b64"]}
    none = {"alg": "none", "kid": JWKS["RS256"]["kid"], "typ": "alvara-computer-key+jwt"}
    posing = {"alg": "RS256", "kid": JWKS["RS256"]["kid"], "typ": "alvara-computer-key+jwt"}
    listed = sorted([entry(LICENSE), entry(OTHER)])
    no_seq = {name: value for name, value in key_claims().items() if name != "seq"}
    made = [
        ("key", "computer_key", "valid", good),
        ("key-ps256", "computer_key", "valid", jws("computer-key", key_claims(), "PS256")),
        ("key-eddsa", "computer_key", "valid", jws("computer-key", key_claims(), "EdDSA")),
        ("key-older", "computer_key", "valid", jws("computer-key", key_claims(seq=2, iat=T0 - DAY))),
        ("key-weighted", "computer_key", "valid", jws("computer-key", key_claims(fp=WEIGHTED))),
        ("key-other-machine", "computer_key", "valid", jws("computer-key", key_claims(fp=digest6("another")))),
        ("key-permanent", "computer_key", "valid", jws("computer-key", key_claims(
            exp=None, knd="permanent", ver=None, mod=None, m32=0))),
        ("key-bound", "computer_key", "valid", jws("computer-key", key_claims(usr="Ana@Example.com", site="Recife"))),
        ("key-future", "computer_key", "valid", jws("computer-key", key_claims(nbf=T0 + 10 * DAY))),
        ("key-maintained", "computer_key", "valid", jws("computer-key", key_claims(
            exp=None, knd="semi_permanent", mnt=T0 + 100 * DAY))),
        ("key-always-online", "computer_key", "valid", jws("computer-key", key_claims(rv=60, gr=240))),
        ("key-forged-claims", "computer_key", "signature", f"{head}.{longer}.{signature}"),
        ("key-forged-signer", "computer_key", "signature", jws("computer-key", key_claims(), "stranger", posing)),
        ("key-unknown-signer", "computer_key", "key", jws("computer-key", key_claims(), "stranger")),
        ("key-other-algorithm", "computer_key", "key", jws("computer-key", key_claims(), "RS256", swapped)),
        ("key-no-algorithm", "computer_key", "refused", f"{b64(compact(none))}.{body}."),
        ("key-more-header", "computer_key", "malformed", jws("computer-key", key_claims(), "RS256", extra)),
        ("key-padded", "computer_key", "malformed", good + "=="),
        ("key-stray-bits", "computer_key", "malformed", f"{head}.{body}.{stray}"),
        ("key-cut", "computer_key", "malformed", f"{head}.{body}"),
        ("key-is-a-lease", "computer_key", "type", jws("lease", lease_claims())),
        ("key-without-number", "computer_key", "claims", jws("computer-key", no_seq)),
        ("lease", "lease", "valid", jws("lease", lease_claims())),
        ("lease-ladder", "lease", "valid", jws("lease", lease_claims(lad="15.7.5", exp=T0 + 400 * DAY))),
        ("lease-long", "lease", "valid", jws("lease", lease_claims(exp=T0 + 400 * DAY))),
        ("lease-maintain", "lease", "valid", jws("lease", lease_claims(lad="0.0.0.maintain", exp=T0 + 400 * DAY))),
        ("lease-allow", "lease", "valid", jws("lease", lease_claims(lad="0.3.0.allow", exp=T0 + 400 * DAY))),
        ("lease-always-online", "lease", "valid", jws("lease", lease_claims(exp=T0 + 300, nxt=T0 + 60))),
        ("lease-other-machine", "lease", "valid", jws("lease", lease_claims(mac=OTHER))),
        ("lease-of-seat", "lease", "valid", jws("lease", lease_claims(
            seat=SEAT, exp=T0 + 300, nxt=T0 + 150, nonce="n-1"))),
        ("lease-bad-ladder", "lease", "claims", jws("lease", lease_claims(lad="15.7"))),
        ("lease-forged", "lease", "signature", jws("lease", lease_claims(), "stranger", {
            "alg": "RS256", "kid": JWKS["RS256"]["kid"], "typ": "alvara-lease+jwt"})),
        ("list", "revocation_list", "valid", jws("revocation-list", revocations(listed))),
        ("list-unsorted", "revocation_list", "claims", jws("revocation-list", revocations(listed[::-1]))),
        ("list-cut", "revocation_list", "claims", jws("revocation-list", revocations(listed, n=3))),
    ]
    written = []
    for name, kind, outcome, text in made:
        before = BEFORE.get(name, "")
        if name == "key-ps256" and before.rpartition(".")[0] == text.rpartition(".")[0]:
            text = before
        written.append({"name": name, "type": kind, "outcome": outcome, "text": text})
    return written


def fingerprints():
    swapped_disk = {**PARTS, "disk": hashed(PRODUCT, "disk", "wd-1")}
    only_nic = {"nic": PARTS["nic"]}

    def case(claim, fingerprint, components, outcome, changed=(), matched=0, threshold=0):
        said = {"claim": claim, "fingerprint": fingerprint, "components": components, "outcome": outcome,
                "changed": list(changed)}
        return {**said, "matched": matched, "threshold": threshold} if outcome == "mismatch" else said

    return {
        "hashed": [
            {"product": PRODUCT, "name": "machine", "value": SECRET, "hash": FINGERPRINT},
            {"product": PRODUCT, "name": "machine", "value": f"  {SECRET.upper()}\t", "hash": FINGERPRINT},
            {"product": PRODUCT, "name": "board", "value": "B-7731", "hash": PARTS["board"]},
            {"product": "OTHER", "name": "board", "value": "B-7731", "hash": hashed("OTHER", "board", "b-7731")},
            {"product": PRODUCT, "name": "cpu", "value": "Intel(R)  Core \n i7", "hash":
                hashed(PRODUCT, "cpu", "intel(r) core i7")},
            {"product": PRODUCT, "name": "owner", "value": "ÀÉ ção", "hash": hashed(PRODUCT, "owner", "ÀÉ ção")},
        ],
        "compared": [
            case(digest6(FINGERPRINT), FINGERPRINT, {}, "same"),
            case(digest6(FINGERPRINT), FINGERPRINT, PARTS, "same"),
            case(digest6(FINGERPRINT), "another", PARTS, "mismatch", ["fingerprint"], 0, 1),
            case(WEIGHTED, FINGERPRINT, PARTS, "same"),
            case(WEIGHTED, "another", PARTS, "same"),
            case(WEIGHTED, FINGERPRINT, swapped_disk, "drift", ["disk"]),
            case(WEIGHTED, FINGERPRINT, only_nic, "mismatch", ["board", "disk"], 20, 60),
            case(WEIGHTED, FINGERPRINT, {}, "mismatch", ["board", "disk", "nic"], 0, 60),
        ],
    }


def verdicts():
    here = {"fingerprint": FINGERPRINT, "components": PARTS}
    end = T0 + 365 * DAY

    def case(name, now, code, days_left=365, access=None, key="key", lease="lease", seen=None, machine=here, **asks):
        access = access or ("full" if code == "VALID" else "none")
        return {
            "name": name, "computer_key": key, "lease": lease, "seen": seen, "now": now, "machine": machine,
            "asks": asks,
            "expected": {"valid": access != "none", "code": code, "access": access, "days_left": days_left},
        }

    return [
        case("at the moment of issue", T0, "VALID"),
        case("a day in", T0 + DAY, "VALID", 364),
        case("a second into the second day", T0 + DAY + 1, "VALID", 364),
        case("the last second of the offline window", T0 + 37 * DAY, "VALID", 328),
        case("one second later", T0 + 37 * DAY + 1, "LEASE_EXPIRED", 328),
        case("the clock is five minutes behind", T0 - 300, "VALID", 366),
        case("the clock is further behind", T0 - 301, "CLOCK_ROLLBACK", 366),
        case("the clock is behind what was seen", T0 + 9 * DAY, "CLOCK_ROLLBACK", 356, seen=T0 + 9 * DAY + 301),
        case("the clock is a little behind what was seen", T0 + 9 * DAY, "VALID", 356, seen=T0 + 9 * DAY + 300),
        case("always online, last second", T0 + 300, "VALID", key="key-always-online", lease="lease-always-online"),
        case("always online, too late", T0 + 301, "LEASE_EXPIRED", key="key-always-online",
             lease="lease-always-online"),
        case("the last second of the term", end - 1, "VALID", 1, lease="lease-long"),
        case("no ladder: it ends at once", end, "EXPIRED", 0, lease="lease-long"),
        case("ladder: the last second of the term", end - 1, "VALID", 1, lease="lease-ladder"),
        case("ladder: grace begins", end, "EXPIRED_GRACE", 0, "full", lease="lease-ladder"),
        case("ladder: full until the end of the seventh day", end + 7 * DAY - 1, "EXPIRED_GRACE", 0, "full",
             lease="lease-ladder"),
        case("ladder: then reading only", end + 7 * DAY, "EXPIRED_GRACE", 0, "read_only", lease="lease-ladder"),
        case("ladder: five days of it", end + 12 * DAY - 1, "EXPIRED_GRACE", 0, "read_only", lease="lease-ladder"),
        case("ladder: over", end + 12 * DAY, "EXPIRED", 0, lease="lease-ladder"),
        case("ladder: the clock is turned back from there", end + 6 * DAY, "CLOCK_ROLLBACK", 0,
             lease="lease-ladder", seen=end + 12 * DAY),
        case("expired and kept for ever", end, "EXPIRED", 0, "full", lease="lease-maintain", version="2.0",
             released_at=T0),
        case("kept for ever, but not what came later", end, "VERSION_NOT_ENTITLED", 0, lease="lease-maintain",
             version="2.0", released_at=end + 1),
        case("expiry is only said", end + 3 * DAY, "EXPIRED", 0, "full", lease="lease-allow"),
        case("no end", T0 + 20 * DAY, "VALID", None, key="key-permanent"),
        case("not yet effective", T0 + 10 * DAY - 1, "NOT_YET_EFFECTIVE", 356, key="key-future"),
        case("effective", T0 + 10 * DAY, "VALID", 355, key="key-future"),
        case("for another product", T0, "PRODUCT_MISMATCH", product="PAINTER"),
        case("for this product", T0, "VALID", product=PRODUCT),
        case("the first version", T0, "VALID", version="1.0"),
        case("the last version, patched", T0, "VALID", version="2.9.14"),
        case("a version too late", T0, "VERSION_NOT_ENTITLED", version="2.10"),
        case("a version too early", T0, "VERSION_NOT_ENTITLED", version="0.9"),
        case("within the maintenance", T0, "VALID", None, key="key-maintained", version="2.0",
             released_at=T0 + 100 * DAY),
        case("after the maintenance", T0, "MAINTENANCE_ENDED", None, key="key-maintained", version="2.0",
             released_at=T0 + 100 * DAY + 1),
        case("the user, written otherwise", T0, "VALID", key="key-bound", user=" ana@example.COM ", site="recife"),
        case("another user", T0, "USER_MISMATCH", key="key-bound", user="rui@example.com", site="Recife"),
        case("no user", T0, "USER_MISMATCH", key="key-bound", site="Recife"),
        case("another site", T0, "SITE_MISMATCH", key="key-bound", user="ana@example.com", site="Olinda"),
        case("another machine", T0, "FINGERPRINT_MISMATCH", key="key-other-machine"),
        case("a machine with another disk", T0, "VALID", key="key-weighted",
             machine={"fingerprint": "x", "components": {**PARTS, "disk": "other"}}),
        case("a machine with another board", T0, "FINGERPRINT_MISMATCH", key="key-weighted",
             machine={"fingerprint": FINGERPRINT, "components": {**PARTS, "board": "other"}}),
        case("a module", T0, "VALID", modules=["REPORTS", "TILLS"]),
        case("a module that is not there", T0, "MODULE_MISSING", modules=["REPORTS", "EXPORT"]),
        case("a module in its last second", T0 + 30 * DAY - 1, "VALID", 336, modules=["SYNC"]),
        case("a module that has ended", T0 + 30 * DAY, "MODULE_MISSING", 335, modules=["SYNC"]),
        case("what is asked of it comes after its end", end, "EXPIRED", 0, lease="lease-long", modules=["EXPORT"]),
    ]


def states():
    def kept(**more):
        return {"v": 1, "machine_id": MACHINE, "token": "amt_x", "computer_key": "key", "lease": "lease", "seq": 3,
                "contact": T0, "last_seen": T0, **more}

    watermark = {"last_seen": T0, "machines": {MACHINE: {"seq": 3, "contact": T0}}}

    def case(name, now, status, code, said, watermarked=watermark, preset="hybrid", floating=False, grace_ends_at=None):
        return {"name": name, "now": now, "kept": said, "watermark": watermarked, "preset": preset, "floating": floating,
                "expected": {"status": status, "code": code, "grace_ends_at": grace_ends_at}}

    end = T0 + 365 * DAY
    laddered = kept(lease="lease-ladder")
    seat = {"": {"id": SEAT, "lease": "lease-of-seat", "borrowed_until": None}}
    online = kept(computer_key="key-always-online", lease="lease-always-online")
    refusal = {"code": "MACHINE_BLOCKED", "because": None, "days_left": 360, "at": T0 + 5 * DAY}
    return [
        case("nothing kept", T0, "NOT_ACTIVATED", "NOT_ACTIVATED", {}),
        case("fine", T0, "OK", "VALID", kept()),
        case("the check is due", T0 + 7 * DAY, "OK", "VALID", kept()),
        case("the check is missed", T0 + 7 * DAY + 1, "GRACE", "VALID", kept(), grace_ends_at=T0 + 37 * DAY),
        case("missed for too long", T0 + 37 * DAY + 1, "CHECK_OVERDUE", "LEASE_EXPIRED", kept()),
        case("always online", T0 + 60, "OK", "VALID", online, preset="always-online"),
        case("always online, retrying", T0 + 61, "GRACE", "VALID", online, preset="always-online",
             grace_ends_at=T0 + 300),
        case("always online, stopped", T0 + 301, "CHECK_OVERDUE", "LEASE_EXPIRED", online, preset="always-online"),
        case("a preset narrows a wide license", T0 + 301, "CHECK_OVERDUE", "LEASE_EXPIRED", kept(),
             preset="always-online"),
        case("grace after the end", end, "GRACE", "EXPIRED_GRACE", laddered, grace_ends_at=end + 7 * DAY),
        case("reading only", end + 7 * DAY, "GRACE", "EXPIRED_GRACE", laddered, grace_ends_at=end + 12 * DAY),
        case("over", end + 12 * DAY, "EXPIRED", "EXPIRED", laddered),
        case("the clock turned back", T0 - 301, "CLOCK_TAMPERED", "CLOCK_ROLLBACK", kept()),
        case("the clock turned back, file put back too", T0 + 8 * DAY, "CLOCK_TAMPERED", "CLOCK_ROLLBACK", kept(),
             {"last_seen": T0 + 9 * DAY, "machines": {MACHINE: {"seq": 3, "contact": T0}}}),
        case("an older computer key", T0, "TAMPERED", "STORE_ROLLBACK", kept(computer_key="key-older")),
        case("an older file", T0, "TAMPERED", "STORE_ROLLBACK", kept(),
             {"last_seen": T0, "machines": {MACHINE: {"seq": 4, "contact": T0}}}),
        case("a file from before the last contact", T0, "TAMPERED", "STORE_ROLLBACK", kept(),
             {"last_seen": T0, "machines": {MACHINE: {"seq": 3, "contact": T0 + 1}}}),
        case("a forged computer key", T0, "TAMPERED", "TOKEN_FORGED", kept(computer_key="key-forged-claims")),
        case("a forged lease", T0, "TAMPERED", "TOKEN_FORGED", kept(lease="lease-forged")),
        case("somebody else's lease", T0, "TAMPERED", "TOKEN_FORGED", kept(lease="lease-other-machine")),
        case("a seat's lease in place of the machine's", T0, "TAMPERED", "TOKEN_FORGED", kept(lease="lease-of-seat")),
        case("another machine's computer key", T0, "DEVICE_MISMATCH", "FINGERPRINT_MISMATCH",
             kept(computer_key="key-other-machine")),
        case("blocked at the last contact", T0 + 6 * DAY, "BLOCKED", "MACHINE_BLOCKED",
             kept(refusal=refusal, contact=T0 + 5 * DAY),
             {"last_seen": T0, "machines": {MACHINE: {"seq": 3, "contact": T0 + 5 * DAY}}}),
        case("the file from before the block", T0 + 6 * DAY, "TAMPERED", "STORE_ROLLBACK", kept(),
             {"last_seen": T0, "machines": {MACHINE: {"seq": 3, "contact": T0 + 5 * DAY}}}),
        case("on a revocation list", T0, "REVOKED", "REVOKED", kept(listed="REVOKED")),
        case("on a list that the file forgot", T0, "BLOCKED", "MACHINE_BLOCKED", kept(),
             {"last_seen": T0, "machines": {MACHINE: {"seq": 3, "contact": T0, "list_seq": 4, "listed": "MACHINE_BLOCKED"}}}),
        case("a clean list", T0, "OK", "VALID", kept(list_seq=5),
             {"last_seen": T0, "machines": {MACHINE: {"seq": 3, "contact": T0, "list_seq": 5}}}),
        case("with its watermark", T0, "OK", "VALID", kept(twin="a1"), {**watermark, "twin": "a1"}),
        case("its watermark is gone", T0, "TAMPERED", "STORE_ROLLBACK", kept(twin="a1"), {"last_seen": 0, "machines": {}}),
        case("another store's watermark", T0, "TAMPERED", "STORE_ROLLBACK", kept(twin="a1"), {**watermark, "twin": "b2"}),
        case("a request waits", T0, "OK", "VALID", kept(twin="a1", pending="n-1"),
             {**watermark, "twin": "a1", "pending": "n-1"}),
        case("floating without a seat", T0, "NO_SEAT", "NO_SEAT", kept(), floating=True),
        case("floating with a seat", T0 + 300, "OK", "VALID", kept(seats=seat), floating=True),
        case("floating, the seat has ended", T0 + 301, "NO_SEAT", "NO_SEAT", kept(seats=seat), floating=True),
        case("floating, the seat was given back", T0, "NO_SEAT", "NO_SEAT", kept(seats=seat),
             {"last_seen": T0, "machines": {MACHINE: {"seq": 3, "contact": T0, "returned": [SEAT]}}}, floating=True),
    ]


def stores():
    def seal(secret, product, device, label, plain, nonce):
        salt = hashlib.sha256(b"alvara-store/1\n" + product.encode()).digest()

        def derive(info, length):
            return HKDF(hashes.SHA256(), length, salt, info).derive(secret.encode())

        head = b"ALVS\x01" + derive(b"kid", 8)
        data = head + label.encode() + f"\n{product}\n{device}".encode()
        return head + nonce + AESGCM(derive(b"key", 32)).encrypt(nonce, plain, data)

    plain = b'{"seq":3,"v":1}'
    nonce = bytes(range(12))
    good = seal(SECRET, PRODUCT, FINGERPRINT, "store", plain, nonce)
    changed = good[:-20] + bytes([good[-20] ^ 1]) + good[-19:]
    base = {"machine_secret": SECRET, "product": PRODUCT, "device": FINGERPRINT, "label": "store",
            "nonce": nonce.hex(), "plain": None, "error": None}

    def case(name, sealed, **more):
        return {"name": name, **base, **more, "sealed": base64.b64encode(sealed).decode()}

    return [
        case("valid", good, plain=plain.decode()),
        case("valid watermark", seal(SECRET, PRODUCT, FINGERPRINT, "watermark", b'{"last_seen":1}', nonce), label="watermark",
             plain='{"last_seen":1}'),
        case("tampered", changed, error="STORE_DAMAGED"),
        case("cut", good[:30], error="STORE_DAMAGED"),
        case("another format", b"ALVS\x02" + good[5:], error="STORE_DAMAGED"),
        case("a watermark in place of the store", seal(SECRET, PRODUCT, FINGERPRINT, "watermark", plain, nonce),
             error="STORE_DAMAGED"),
        case("another device", good, device=hashed(PRODUCT, "machine", "x"), error="STORE_DAMAGED"),
        case("copied to another machine", good, machine_secret="another machine", error="STORE_COPIED"),
        case("of another product", good, product="OTHER", error="STORE_COPIED"),
    ]


def receipts():
    said = {"iss": ISSUER, "license": LICENSE, "machine": MACHINE, "seq": 3,
            "nonce": "9f86d081884c7d659a2feaa0c55ad015", "wiped_at": "2027-02-01T08:30:00Z"}
    signed = "alvara-deactivation-receipt/1\n" + "".join(f"{value}\n" for value in said.values())
    mac = hmac.new(b"amt_secret", signed.encode(), hashlib.sha256).hexdigest()
    body = base64.b64encode(compact({"v": 1, **said, "mac": mac})).decode()
    lines = [body[at:at + 64] for at in range(0, len(body), 64)]
    text = "\n".join(["-----BEGIN ALVARA DEACTIVATION RECEIPT-----", *lines,
                      "-----END ALVARA DEACTIVATION RECEIPT-----", ""])
    return [{"token": "amt_secret", "fields": said, "text": text}]


written = json.dumps({
    "about": "What every SDK must answer alike; written by generate.py. The keys are for tests only.",
    "product": PRODUCT, "license": LICENSE, "machine": MACHINE,
    "identity": {"secret": SECRET, "fingerprint": FINGERPRINT, "components": PARTS},
    "signing_keys": {name: pem_of(key) for name, key in KEYS.items()},
    "jwks": {"keys": [JWKS[name] for name in ("RS256", "PS256", "EdDSA")]},
    "tokens": tokens(), "listed": [
        {"id": LICENSE, "listed": True}, {"id": OTHER, "listed": True}, {"id": MACHINE, "listed": False}],
    "fingerprints": fingerprints(), "verdicts": verdicts(), "states": states(), "stores": stores(),
    "receipts": receipts(),
}, indent=1, ensure_ascii=False) + "\n"
if "--check" in sys.argv:
    sys.exit(0 if FILE.read_text(encoding="utf-8") == written else "vectors.json is not what generate.py writes")
FILE.write_text(written, encoding="utf-8")
