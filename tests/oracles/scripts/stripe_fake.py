"""Runs localstripe for this machine alone, at a free port, which it prints. It keeps nothing."""

import socket

from aiohttp import web
from localstripe.resources import store
from localstripe.server import app

# It would write all it knows under /tmp after each request, and read it there next time.
type(store).dump_to_disk = lambda self: None

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
web.run_app(app, sock=listener, print=None, access_log=None)
