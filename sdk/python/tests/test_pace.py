"""How often a program asks, and what does not stop it from asking. R-SDK-01"""

import logging
import threading
import time
import unittest

import alvara
from alvara import client as client_module
from scene import NOW, Scene


class Pace(Scene):
    def setUp(self):
        super().setUp()
        logging.getLogger("alvara").setLevel(logging.CRITICAL)
        self.addCleanup(logging.getLogger("alvara").setLevel, logging.NOTSET)

    def calls_within(self, client, seconds):
        before = self.platform.calls
        client.start()
        time.sleep(seconds)
        for _ in range(5):
            client.check()
        client.close()
        return self.platform.calls - before - len(self.platform.freed)

    def test_a_clock_that_is_ahead_is_no_reason_to_ask_at_once(self):
        self.clock = NOW + 604801
        self.assertEqual(self.contact(), ("GRACE", "CLOCK_WRONG"))
        rests = self.client._resting.left()
        self.assertGreaterEqual(rests, 3600 - 1, "the platform's own pace, an hour at most")
        self.assertLess(rests, 3600 * 1.1 + 1)
        self.assertEqual(self.calls_within(self.client, 1.5), 0)

    def test_the_waits_grow(self):
        self.platform.is_there = False
        waits = []
        for _ in range(9):
            self.contact()
            waits.append(self.client._failing.left())
        for one, other in zip(waits, waits[1:6]):
            self.assertGreater(other, one * 1.5)
        self.assertLess(waits[-1], 3600 * 1.1)

    def test_a_seat_that_is_not_to_be_had_is_asked_for_now_and_then(self):
        client = self.open(floating=True)
        self.assertEqual(client.take_seat().status, alvara.Status.OK)
        self.platform.is_full, self.clock = True, NOW + 30
        self.assertEqual(self.calls_within(client, 2.5), 1)

    def test_a_listener_that_raises_stops_nobody(self):
        told = []

        def broken(_):
            raise RuntimeError("a listener of the program's")

        self.client.on_change(broken)
        self.client.on_change(lambda state: told.append(str(state.status)))
        self.client.check()
        self.platform.code = "SUSPENDED"
        self.assertEqual(self.contact(), ("SUSPENDED", None))
        self.assertEqual(told, ["SUSPENDED"])

    def test_what_a_program_brings_may_fail_and_the_loop_goes_on(self):
        failed, again = threading.Event(), threading.Event()

        def figures():
            if failed.is_set():
                again.set()
                return {}
            failed.set()
            raise RuntimeError("no figures")

        quick = alvara.Preset("quick", 0, 0, None, 0)
        client = self.open(metrics=figures, preset=quick)
        self.clock = NOW + 604800
        client.start()
        self.assertTrue(failed.wait(5))
        self.assertTrue(again.wait(10), "the loop asks again after a failure that is not its own")
        client.close()

    def test_the_floor_is_a_second(self):
        self.assertGreaterEqual(client_module.FLOOR, 1)


if __name__ == "__main__":
    unittest.main()
