"""What a program says of itself to the platform."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from .held import Rules
from .places import platform
from .tokens import TokenError, read_computer_key


def activation(rules: Rules, key: str, name: Optional[str]) -> dict[str, Any]:
    """The body of an activation."""
    machine: dict[str, Any] = {"fingerprint": rules.identity.fingerprint, "platform": platform()}
    if rules.identity.components:
        machine["components"] = dict(rules.identity.components)
    for member, value in (("name", name), ("app_version", rules.asks.version)):
        if value:
            machine[member] = value
    said: dict[str, Any] = {"key": key, "machine": machine}
    for member, value in (("user", rules.asks.user), ("site", rules.asks.site)):
        if value is not None:
            said[member] = value
    return said


def heartbeat(
    rules: Rules, kept: Mapping[str, Any], metrics: Optional[Callable[[], Mapping[str, float]]]
) -> dict[str, Any]:
    """The body of a heartbeat. A computer key that cannot be believed counts as none, so that the newest
    comes again."""
    identity = rules.identity
    said: dict[str, Any] = {
        "machine": {"fingerprint": identity.fingerprint, "components": dict(identity.components)},
    }
    try:
        said["computer_key_seq"] = read_computer_key(kept["computer_key"], rules.keys).seq
    except TokenError:
        said["computer_key_seq"] = 0
    if rules.asks.version is not None:
        said["app_version"] = rules.asks.version
    if metrics is not None:
        said["metrics"] = dict(metrics())
    return said
