"""The answers that all SDKs share; `python -m unittest discover -s tests`. R-SDK-01"""

import base64
import json
import unittest
from pathlib import Path

from alvara import offline
from alvara.fingerprint import compare, hashed
from alvara.held import ALWAYS_ONLINE, HYBRID, Identity, Rules, judge
from alvara.store import Seal, SealError
from alvara.tokens import KeySet, TokenError, read_computer_key, read_lease, read_revocation_list
from alvara.verdict import Asks, Contact, decide

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "vectors.json").read_text(encoding="utf-8"))
KEYS = KeySet.of(VECTORS["jwks"])
READ = {"computer_key": read_computer_key, "lease": read_lease, "revocation_list": read_revocation_list}
TEXTS = {token["name"]: token["text"] for token in VECTORS["tokens"]}


class Vectors(unittest.TestCase):
    def test_tokens(self):
        for token in VECTORS["tokens"]:
            with self.subTest(token["name"]):
                try:
                    READ[token["type"]](token["text"], KEYS)
                    outcome = "valid"
                except TokenError as error:
                    outcome = error.reason
                if token["outcome"] == "refused":
                    self.assertNotEqual(outcome, "valid")
                else:
                    self.assertEqual(outcome, token["outcome"])

    def test_lists(self):
        found = read_revocation_list(TEXTS["list"], KEYS)
        for case in VECTORS["listed"]:
            self.assertEqual(found.names(case["id"]), case["listed"], case)

    def test_fingerprints(self):
        for case in VECTORS["fingerprints"]["hashed"]:
            self.assertEqual(hashed(case["product"], case["name"], case["value"]), case["hash"], case)
        for case in VECTORS["fingerprints"]["compared"]:
            found = compare(case["claim"], case["fingerprint"], case["components"])
            self.assertEqual((found.outcome, list(found.changed)), (case["outcome"], case["changed"]), case)
            if found.outcome == "mismatch":
                self.assertEqual((found.matched, found.threshold), (case["matched"], case["threshold"]), case)

    def test_verdicts(self):
        for case in VECTORS["verdicts"]:
            with self.subTest(case["name"]):
                key, lease = read_computer_key(TEXTS[case["computer_key"]], KEYS), read_lease(TEXTS[case["lease"]], KEYS)
                machine = compare(key.fp, case["machine"]["fingerprint"], case["machine"]["components"])
                asks = Asks(**{**case["asks"], "modules": tuple(case["asks"].get("modules", ()))})
                contact = Contact(max(lease.iat, case["seen"] or 0), lease.exp)
                found = decide(key, lease.lad, asks, machine, contact, case["now"])
                self.assertEqual(
                    {"valid": found.valid, "code": found.code, "access": found.access, "days_left": found.days_left},
                    case["expected"],
                )

    def test_states(self):
        for case in VECTORS["states"]:
            with self.subTest(case["name"]):
                kept = dict(case["kept"])
                for name in ("computer_key", "lease"):
                    if name in kept:
                        kept[name] = TEXTS[kept[name]]
                kept["seats"] = {
                    name: {**seat, "lease": TEXTS[seat["lease"]]} for name, seat in kept.get("seats", {}).items()}
                identity = Identity(VECTORS["identity"]["fingerprint"], VECTORS["identity"]["components"])
                preset = ALWAYS_ONLINE if case["preset"] == "always-online" else HYBRID
                rules = Rules(KEYS, identity, Asks(product=VECTORS["product"]), preset, case["floating"], "")
                found = judge(kept, case["watermark"], rules, case["now"])
                self.assertEqual(
                    {"status": str(found.status), "code": found.code, "grace_ends_at": found.grace_ends_at},
                    case["expected"],
                )

    def test_stores(self):
        for case in VECTORS["stores"]:
            with self.subTest(case["name"]):
                seal = Seal(case["machine_secret"], case["product"], case["device"])
                sealed = base64.b64decode(case["sealed"])
                try:
                    plain, error = seal.open(case["label"], sealed).decode("utf-8"), None
                    nonce = bytes.fromhex(case["nonce"])
                    self.assertEqual(seal.close(case["label"], plain.encode("utf-8"), nonce), sealed)
                except SealError as refused:
                    plain, error = None, refused.reason
                self.assertEqual((plain, error), (case["plain"], case["error"]))

    def test_receipts(self):
        for case in VECTORS["receipts"]:
            self.assertEqual(offline.receipt(case["token"], case["fields"]), case["text"])


if __name__ == "__main__":
    unittest.main()
