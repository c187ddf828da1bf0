"""Alvará: licenses for a program, checked on the machine and at the vendor's platform."""

from .carried import Update
from .client import Client, init
from .fingerprint import Machine
from .held import ALWAYS_ONLINE, HYBRID, Preset
from .state import Seat, State, Status
from .transport import VERSION as __version__
from .transport import Answer, NoConnection

__all__ = [
    "ALWAYS_ONLINE", "HYBRID", "Answer", "Client", "Machine", "NoConnection", "Preset", "Seat", "State",
    "Status", "Update", "__version__", "init",
]
