"""What a program believes, and when it calls. R-SDK-01"""

import unittest

import alvara
from scene import NOW, VECTORS, Scene


class Answers(Scene):
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
