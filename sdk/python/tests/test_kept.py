"""What an old file, a lost one and one that nobody may read amount to. R-SDK-01"""

import hashlib
import json
import os
import threading
import unittest

import alvara
from alvara.store import Seal, Store
from scene import NOW, VECTORS, Scene, jws

DAY = 86_400


class Kept(Scene):
    def saved(self):
        """The store as it is now; called, it puts that back and leaves the watermark as it is."""
        before = {file: file.read_bytes() for file in (self.folder / "license", self.folder / "license.bak")}
        return lambda: [file.write_bytes(data) for file, data in before.items()]

    def code(self):
        return self.open().state.code

    def block(self):
        entry = hashlib.sha256(b"alvara-revocation/1 " + VECTORS["machine"].encode()).digest()[:8]
        head = {"iss": "https://acme.example", "prd": "VECTORS", "seq": 4, "iat": NOW, "next_update": NOW + DAY, "n": 1}
        return jws("revocation-list", json.dumps(head).encode() + b"\n" + entry)

    def test_a_response_counts_once_whatever_is_put_back(self):
        request = self.client.offline_request("KEY")
        put_back = self.saved()
        response = self.platform.response(request)
        self.assertIsNone(self.client.offline_activate(response).error)
        self.clock = NOW + 60 * DAY
        self.assertEqual(self.client.state.code, "LEASE_EXPIRED")
        put_back()
        self.clock = NOW
        self.assertEqual(self.client.offline_activate(response).error, "NOT_MY_REQUEST")
        self.assertEqual(self.code(), "CLOCK_ROLLBACK")

    def test_a_response_to_an_earlier_request_is_not_hoarded(self):
        response = self.platform.response(self.client.offline_request("KEY"))
        put_back = self.saved()
        self.client.offline_request("KEY")
        put_back()
        self.assertEqual(self.client.offline_activate(response).error, "NOT_MY_REQUEST")

    def test_a_lost_watermark_is_made_good_by_a_contact_alone(self):
        request = self.client.offline_request("KEY")
        response = self.platform.response(request)
        os.unlink(self.folder / "seen")
        self.clock = NOW + 120
        self.assertEqual(self.client.state.code, "STORE_ROLLBACK")
        self.assertEqual(self.code(), "STORE_ROLLBACK", "the note of the time did not pair them again")
        self.assertEqual(self.client.offline_activate(response).error, "NOT_MY_REQUEST")
        self.assertEqual(self.contact(), ("OK", None))
        self.assertEqual(self.code(), "VALID")

    def test_a_block_that_was_carried_outlives_the_old_file(self):
        put_back = self.saved()
        self.assertEqual(self.client.offline_activate(self.block()).status, alvara.Status.BLOCKED)
        put_back()
        self.assertEqual(self.code(), "MACHINE_BLOCKED")
        self.assertEqual(self.contact(), ("OK", None))
        self.assertEqual(self.code(), "VALID", "a contact says that all is well again")

    def test_an_activation_answered_before_sets_no_clock_back(self):
        self.clock = NOW + 10 * DAY
        # Notes the time as a check does, and calls nobody: a heartbeat's answer would set it right.
        self.assertTrue(self.client.state.valid)
        self.clock = NOW
        self.assertEqual(self.client.state.code, "CLOCK_ROLLBACK")
        before = self.platform.calls
        self.assertEqual(self.client.activate("KEY").status, alvara.Status.OK)
        self.assertEqual(self.platform.calls - before, 2, "by the heartbeat that followed")

    def test_what_cannot_be_read_is_not_taken_for_nothing(self):
        self.client.close()
        for file in ("license", "license.bak", "seen"):
            kept = (self.folder / file).read_bytes()
            os.unlink(self.folder / file)
            (self.folder / file).mkdir()
            if file == "license":
                self.assertEqual(self.code(), "VALID", "the backup serves")
            if file == "license":
                os.rmdir(self.folder / file)
                (self.folder / file).write_bytes(kept)
                continue
            if file == "license.bak":
                os.rename(self.folder / "license", self.folder / "aside")
            client = self.open()
            state = client.check()
            self.assertEqual((state.code, state.status), ("STORE_UNREADABLE", alvara.Status.UNREADABLE), file)
            before = self.platform.calls
            self.assertEqual(client.activate("KEY").error, "STORE_UNREADABLE", file)
            self.assertEqual(self.platform.calls, before, "no place is taken that cannot be kept")
            with self.assertRaises(OSError):
                client.offline_request("KEY")
            self.assertTrue((self.folder / file).is_dir(), "nothing was overwritten")
            os.rmdir(self.folder / file)
            (self.folder / file).write_bytes(kept)
            if file == "license.bak":
                os.rename(self.folder / "aside", self.folder / "license")
            self.assertEqual(self.code(), "VALID", file)

    def test_a_watermark_that_cannot_be_written_keeps_the_store_back(self):
        request = self.client.offline_request("KEY")
        before = (self.folder / "license").read_bytes()
        kept = (self.folder / "seen").read_bytes()

        def full(_):
            raise OSError("no space left on the device")

        self.client._store._mark = full
        self.assertEqual(self.client.offline_activate(self.platform.response(request)).error, "STORE_NOT_WRITTEN")
        self.assertEqual((self.folder / "license").read_bytes(), before)
        self.assertEqual((self.folder / "seen").read_bytes(), kept)

    def test_two_writers_lose_nothing_and_a_dead_one_stops_nobody(self):
        store = Store(self.folder / "s", self.folder / "w", Seal("m", "P", "d"))
        (self.folder / "s.lock").write_bytes(b"of a writer that died")

        def add():
            for _ in range(20):
                store.update(lambda kept: kept.update(seq=kept.get("seq", 0) + 1))

        writers = [threading.Thread(target=add) for _ in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.assertEqual(store.load()["seq"], 80)
        self.assertEqual(sorted(file.name for file in self.folder.glob("*s.*")), ["s.bak"])

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_the_child_of_a_fork_leaves_the_parents_seat_alone(self):
        client = self.open(floating=True)
        self.assertEqual(client.take_seat().status, alvara.Status.OK)
        child = os.fork()
        if child == 0:
            client.close()
            os._exit(len(self.platform.freed))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        client.close()
        self.assertEqual(len(self.platform.freed), 1)


if __name__ == "__main__":
    unittest.main()
