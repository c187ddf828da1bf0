"""Where the system wants a program to keep its things."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from platform import machine
from urllib.parse import quote


def platform() -> str:
    """Operating system and architecture, for people: `linux-x86_64`."""
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, sys.platform)
    return f"{system}-{machine().lower()}"


def folders(product: str) -> tuple[Path, Path]:
    """The folder of a product's store, and the one of its watermark."""
    name = quote(product, safe="")
    home = Path.home()
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local")
        state = Path(os.environ.get("APPDATA") or home / "AppData/Roaming")
    elif sys.platform == "darwin":
        data, state = home / "Library/Application Support", home / "Library/Preferences"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
        state = Path(os.environ.get("XDG_STATE_HOME") or home / ".local/state")
    return data / "alvara" / name, state / "alvara" / name
