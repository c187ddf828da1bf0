"""An activated program and a platform of a few lines that answers it."""

import base64
import hashlib
import json
import tempfile
import unittest
from pathlib import Path

from cryptography.hazmat.primitives import serialization

import alvara
from alvara import offline
from alvara.fingerprint import digest
from alvara.tokens import b64url

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "vectors.json").read_text(encoding="utf-8"))
JWK = next(jwk for jwk in VECTORS["jwks"]["keys"] if jwk["alg"] == "EdDSA")
SIGNER = serialization.load_pem_private_key(VECTORS["signing_keys"]["EdDSA"].encode(), None)
NOW = 1_800_000_000


def jws(kind, claims):
    head = {"alg": "EdDSA", "kid": JWK["kid"], "typ": f"alvara-{kind}+jwt"}
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = f"{b64url(json.dumps(head).encode())}.{b64url(body)}"
    return f"{signed}.{b64url(SIGNER.sign(signed.encode()))}"


class Platform:
    """Answers as the real one does; a test says otherwise by `otherwise(answer)` and `code`."""

    def __init__(self):
        self.now, self.seq, self.code, self.calls = NOW, 3, "VALID", 0
        self.freed, self.is_full = [], False
        self.otherwise, self.signs, self.is_there = lambda said: said, True, True

    def key(self, seq=None):
        return jws("computer-key", {
            "iss": "https://acme.example", "sub": VECTORS["license"], "iat": self.now, "seq": seq or self.seq,
            "prd": "VECTORS", "knd": "permanent", "m32": 0, "fp": digest(self.fingerprint), "rv": 604800, "gr": 2592000})

    def lease(self, **more):
        return jws("lease", {"sub": VECTORS["license"], "mac": VECTORS["machine"], "iat": self.now,
                             "exp": self.now + 37 * 86400, "nxt": self.now + 604800, "seq": self.seq, **more})

    def __call__(self, method, url, headers, body):
        self.calls += 1
        if not self.is_there:
            raise alvara.NoConnection("nobody there")
        if method == "DELETE":
            self.freed.append(url)
            return alvara.Answer(204, {}, b"")
        said = json.loads(body)
        if "/seats" in url:
            return self.seat(said)
        if url.endswith("/activations"):
            self.fingerprint = said["machine"]["fingerprint"]
            answer = {"machine": {"id": VECTORS["machine"], "token": "amt_x"}, "computer_key": self.key(),
                      "lease": self.lease()}
            return alvara.Answer(201, {}, json.dumps(self.otherwise(answer)).encode())
        answer = {"valid": self.code == "VALID", "code": self.code, "because": None, "days_left": None,
                  "nonce": said["nonce"], "date": "2027-01-15T08:00:00.5Z",
                  "next_check_not_before": "2027-01-15T09:00:00Z", "commands": [], "lease": None}
        if self.code == "VALID":
            answer["lease"] = self.lease(nonce=said["nonce"])
        return self.signed(json.dumps(self.otherwise(answer)).encode())

    def seat(self, said):
        if self.is_full:
            return alvara.Answer(409, {}, b'{"code": "SEAT_LIMIT"}')
        seat = "sea_01K9ZQ4B7A2C4D6E8F0G1H3J6N"
        lease = self.lease(seat=seat, nonce=said["nonce"], exp=self.now + 20, nxt=self.now + 10)
        return alvara.Answer(201, {}, json.dumps({"lease": lease, "seat": {"borrowed_until": None}}).encode())

    def response(self, request):
        """What the platform answers to a request that was carried to it."""
        nonce = json.loads(offline.read(request)[1])["nonce"]
        return offline.document(offline.RESPONSE, {
            "v": 1, "machine": {"id": VECTORS["machine"], "token": "amt_x"}, "computer_key": self.key(),
            "lease": self.lease(nonce=nonce), "nonce": nonce})

    def signed(self, body):
        if not self.signs:
            return alvara.Answer(200, {}, body)
        digest_ = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
        parameters = f'("@status" "content-digest");created={self.now};keyid="{JWK["kid"]}";alg="ed25519"'
        base = f'"@status": 200\n"content-digest": {digest_}\n"@signature-params": {parameters}'
        signature = base64.b64encode(SIGNER.sign(base.encode())).decode()
        return alvara.Answer(200, {"content-digest": digest_, "signature-input": f"alvara={parameters}",
                                   "signature": f"alvara=:{signature}:"}, body)


class Scene(unittest.TestCase):
    """An activated program, its platform and its clock."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.platform, self.clock = Path(folder.name), Platform(), NOW
        self.client = self.open()
        self.assertEqual(self.client.activate("KEY").status, alvara.Status.OK)

    def open(self, **more):
        client = alvara.init(
            "VECTORS", VECTORS["jwks"], "https://acme.example", transport=self.platform, machine=alvara.Machine("m"),
            path=self.folder / "license", watermark=self.folder / "seen", clock=lambda: self.clock, **more)
        self.addCleanup(client.close)
        return client

    def contact(self):
        state = self.client.validate_online()
        return str(state.status), state.error
