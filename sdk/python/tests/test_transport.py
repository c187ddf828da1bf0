"""Who answers too slowly, or through a proxy that says nothing. R-SDK-01"""

import os
import socket
import threading
import time
import unittest
from unittest import mock

import alvara
from alvara import transport


class Slow(unittest.TestCase):
    def serve(self, work):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def run():
            with server.accept()[0] as taken:
                try:
                    work(taken)
                except OSError:
                    pass

        threading.Thread(target=run, daemon=True).start()
        return server.getsockname()[1]

    def test_an_answer_that_drips_is_given_up(self):
        def drip(taken):
            taken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                taken.sendall(b" ")
                time.sleep(0.02)

        port, begun = self.serve(drip), time.monotonic()
        with mock.patch.object(transport, "_TOTAL", 0.4):
            with self.assertRaisesRegex(alvara.NoConnection, "no answer in time"):
                transport.send("GET", f"http://127.0.0.1:{port}/x", {}, None)
        self.assertLess(time.monotonic() - begun, 5)

    def test_a_tunnel_that_says_nothing_is_given_up(self):
        def quiet(taken):
            taken.recv(4096)
            taken.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while taken.recv(4096):
                pass

        proxy = f"http://127.0.0.1:{self.serve(quiet)}"
        with mock.patch.object(transport, "_TIMEOUT", 0.4), mock.patch.dict(os.environ, {"https_proxy": proxy, "no_proxy": ""}):
            with self.assertRaises(alvara.NoConnection):
                transport.send("GET", "https://licenses.test/x", {}, None)

    def test_a_proxy_that_is_none_is_no_connection(self):
        for proxy in ("https://127.0.0.1:1", "socks5://127.0.0.1:1", "http://127.0.0.1:port"):
            with mock.patch.dict(os.environ, {"https_proxy": proxy, "no_proxy": ""}):
                with self.assertRaises(alvara.NoConnection, msg=proxy):
                    transport.send("GET", "https://licenses.test/x", {}, None)


if __name__ == "__main__":
    unittest.main()
