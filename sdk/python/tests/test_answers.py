"""What a program believes, and when it calls: a platform of a few lines answers. R-SDK-01"""

import base64
import hashlib
import json
import tempfile
import unittest
from pathlib import Path

from cryptography.hazmat.primitives import serialization

import alvara
from alvara.fingerprint import digest
from alvara.tokens import b64url

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "vectors.json").read_text(encoding="utf-8"))
JWK = next(jwk for jwk in VECTORS["jwks"]["keys"] if jwk["alg"] == "EdDSA")
SIGNER = serialization.load_pem_private_key(VECTORS["signing_keys"]["EdDSA"].encode(), None)
NOW = 1_800_000_000


def jws(kind, claims):
    head = {"alg": "EdDSA", "kid": JWK["kid"], "typ": f"alvara-{kind}+jwt"}
    signed = ".".join(b64url(json.dumps(part).encode()) for part in (head, claims))
    return f"{signed}.{b64url(SIGNER.sign(signed.encode()))}"


class Platform:
    """Answers as the real one does; a test says otherwise by `otherwise(answer)` and `code`."""

    def __init__(self):
        self.now, self.seq, self.code, self.calls = NOW, 3, "VALID", 0
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
        said = json.loads(body)
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

    def signed(self, body):
        if not self.signs:
            return alvara.Answer(200, {}, body)
        digest_ = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
        parameters = f'("@status" "content-digest");created={self.now};keyid="{JWK["kid"]}";alg="ed25519"'
        base = f'"@status": 200\n"content-digest": {digest_}\n"@signature-params": {parameters}'
        signature = base64.b64encode(SIGNER.sign(base.encode())).decode()
        return alvara.Answer(200, {"content-digest": digest_, "signature-input": f"alvara={parameters}",
                                   "signature": f"alvara=:{signature}:"}, body)


class Answers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.platform, self.clock = Path(folder.name), Platform(), NOW
        self.client = self.open()
        self.assertEqual(self.client.activate("KEY").status, alvara.Status.OK)

    def open(self):
        client = alvara.init(
            "VECTORS", VECTORS["jwks"], "https://acme.example", transport=self.platform, machine=alvara.Machine("m"),
            path=self.folder / "license", watermark=self.folder / "seen", clock=lambda: self.clock)
        self.addCleanup(client.close)
        return client

    def contact(self):
        state = self.client.validate_online()
        return str(state.status), state.error

    def test_an_old_answer_is_not_believed(self):
        self.platform.otherwise = lambda said: {**said, "lease": self.platform.lease(nonce="another")}
        self.assertEqual(self.contact(), ("OK", "ANSWER_NOT_BELIEVED"))
        self.platform.otherwise = lambda said: said
        self.assertEqual(self.contact(), ("OK", None))

    def test_a_refusal_counts_where_it_is_signed(self):
        self.platform.code, self.platform.signs = "REVOKED", False
        self.assertEqual(self.contact(), ("OK", "ANSWER_NOT_BELIEVED"))
        self.platform.signs, self.platform.otherwise = True, lambda said: {**said, "nonce": "another"}
        self.assertEqual(self.contact(), ("OK", "ANSWER_NOT_BELIEVED"))
        self.platform.otherwise = lambda said: said
        self.assertEqual(self.contact(), ("REVOKED", None))
        self.assertEqual(self.open().state.status, alvara.Status.REVOKED)

    def test_an_older_computer_key_is_not_taken(self):
        older = {"type": "computer_key", "computer_key": self.platform.key(seq=2)}
        self.platform.otherwise = lambda said: {**said, "commands": [older]}
        self.assertEqual(self.contact(), ("OK", "ANSWER_NOT_BELIEVED"))

    def test_another_machines_activation_is_not_taken(self):
        def elsewhere(said):
            self.platform.fingerprint = "another"
            return {**said, "computer_key": self.platform.key(seq=9)}

        self.platform.otherwise = elsewhere
        self.assertEqual(self.client.activate("KEY").error, "ANSWER_NOT_BELIEVED")
        self.assertEqual(self.client.state.status, alvara.Status.OK)

    def test_a_clock_that_is_off_is_said(self):
        self.clock = NOW + 301
        self.assertEqual(self.contact(), ("OK", "CLOCK_WRONG"))
        self.clock = NOW - 301
        self.assertEqual(self.contact(), ("CLOCK_TAMPERED", "CLOCK_WRONG"))

    def test_nobody_is_called_before_it_is_time(self):
        before = self.platform.calls
        self.client.check()
        self.assertEqual(self.platform.calls, before, "nothing is due")
        self.platform.is_there, self.clock = False, NOW + 604800
        self.assertEqual(self.contact(), ("OK", "NO_CONNECTION"))
        before = self.platform.calls
        for _ in range(5):
            self.client.check()
        self.assertEqual(self.platform.calls, before, "it waits after a failure")

    def test_changes_are_told_once(self):
        told = []
        self.client.on_change(lambda state: told.append(str(state.status)))
        self.client.check()
        self.platform.code = "SUSPENDED"
        self.contact()
        self.client.check()
        self.platform.code = "VALID"
        self.contact()
        self.assertEqual(told, ["SUSPENDED", "OK"])

    def test_misuse_is_raised(self):
        for more in ({"api_url": "http://acme.example"}, {"public_key": "no key"}, {"version": "two"}):
            with self.assertRaises(ValueError):
                alvara.init(**{"product": "VECTORS", "public_key": VECTORS["jwks"], "api_url": "https://acme.example",
                               "path": self.folder / "x", "watermark": self.folder / "y", **more})


if __name__ == "__main__":
    unittest.main()
