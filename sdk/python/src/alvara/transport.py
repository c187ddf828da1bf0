"""The way to the platform: HTTP with a time-out, through the proxy of the system, and signed answers."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import socket
import ssl
import sys
import threading
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from .tokens import KeySet

VERSION = "0.1.0"
#: Seconds that a connection may take and an answer may pause, and that all of it may take.
_TIMEOUT, _TOTAL = 10.0, 30.0
_BODY_MAX = 1024 * 1024
_INPUT = re.compile(
    r'alvara=(\("@status" "content-digest"\);created=(\d+);keyid="([A-Za-z0-9_-]{43})";alg="([a-z0-9_-]+)")\Z'
)
_ALGORITHMS = {"rsa-v1_5-sha256": "RS256", "rsa-pss-sha256": "PS256", "ed25519": "EdDSA"}


class NoConnection(OSError):
    """The platform was not reached, or what answered is not the platform."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers by lower-case name, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object; empty when it is none."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


#: Sends (method, URL, headers, body) and answers, or raises :class:`NoConnection`.
Transport = Callable[[str, str, Mapping[str, str], Optional[bytes]], Answer]


def send(method: str, url: str, headers: Mapping[str, str], body: Optional[bytes]) -> Answer:
    """The transport that is used unless the program brings its own."""
    place = urlsplit(url)
    host = place.hostname or ""
    try:
        connection = _connect(place.scheme, host, place.port)
    except (OSError, ValueError) as error:
        raise NoConnection(str(error)) from error
    path = place.path + (f"?{place.query}" if place.query else "")
    said = {"Host": place.netloc.rpartition("@")[2], **headers}
    end = _End(connection)
    try:
        connection.request(method, path, body=body, headers=said)
        end.watch()
        answer = connection.getresponse()
        data = answer.read(_BODY_MAX + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoConnection(str(error)) from error
    finally:
        end.cancel()
        connection.close()
    if end.is_late:
        raise NoConnection("no answer in time")
    if len(data) > _BODY_MAX:
        raise NoConnection("the answer is longer than any of the platform's")
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, data)


class _End:
    """Ends a connection on which something still drips after all its time."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self.is_late = False
        self._connection = connection
        self._socket: Optional[socket.socket] = None
        self._timer = threading.Timer(_TOTAL, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def watch(self) -> None:
        """Remembers the socket, which the connection forgets where the answer is its last."""
        self._socket = self._connection.sock

    def cancel(self) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.is_late = True
        held = self._socket or self._connection.sock
        if held is not None:
            try:
                socket.socket.shutdown(held, socket.SHUT_RDWR)
            except OSError:
                pass


def _connect(scheme: str, host: str, port: Optional[int]) -> http.client.HTTPConnection:
    # Names under `localhost` are this machine (RFC 6761), whether the system knows that or not.
    target = "127.0.0.1" if host.endswith(".localhost") else host
    if scheme == "http":
        return http.client.HTTPConnection(target, port, timeout=_TIMEOUT)
    context = ssl.create_default_context()
    proxy = None if _is_local(host) or proxy_bypass(host) else getproxies().get("https")
    if proxy is None:
        return http.client.HTTPSConnection(target, port, timeout=_TIMEOUT, context=context)
    through = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if through.scheme != "http" or not through.hostname:
        raise ValueError("the proxy's address is not http://host:port")
    # Plain up to the proxy; TLS begins inside of the tunnel.
    connection = http.client.HTTPSConnection(
        through.hostname or "", through.port or 8080, timeout=_TIMEOUT, context=context
    )
    connection.set_tunnel(host, port or 443, headers=_credentials(through))
    return connection


def _credentials(proxy: Any) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode("utf-8")
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair).decode("ascii")}


def _is_local(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


class Api:
    """The calls of a program, below ``/api/v1`` of a vendor's address."""

    def __init__(self, url: str, transport: Transport = send, locale: str = "en") -> None:
        place = urlsplit(url)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise ValueError("api_url is an address like https://licenses.example.com")
        if place.scheme == "http" and not _is_local(place.hostname):
            raise ValueError("api_url must be https; http is for this machine only")
        self._base = url.rstrip("/")
        self._transport = transport
        self._headers = {
            "Accept": "application/json",
            "Accept-Language": locale,
            "User-Agent": f"alvara-sdk-python/{VERSION} ({sys.platform})",
        }

    def call(
        self, method: str, path: str, said: Optional[Mapping[str, Any]] = None, token: Optional[str] = None
    ) -> Answer:
        """Sends one request; :class:`NoConnection` when nothing came back."""
        headers = dict(self._headers)
        body = None
        if said is not None:
            body = json.dumps(said).encode("utf-8")
            headers["Content-Type"] = "application/json"
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self._transport(method, self._base + path, headers, body)


def is_signed(answer: Answer, keys: KeySet) -> bool:
    """Whether an answer without a lease bears the product's signature over status and body (RFC 9421)."""
    found = _INPUT.match(answer.headers.get("signature-input", ""))
    signature = answer.headers.get("signature", "")
    digest = "sha-256=:" + base64.b64encode(hashlib.sha256(answer.body).digest()).decode("ascii") + ":"
    if found is None or answer.headers.get("content-digest") != digest:
        return False
    if not (signature.startswith("alvara=:") and signature.endswith(":")):
        return False
    key = keys.find(found.group(3))
    if key is None or key.algorithm != _ALGORITHMS.get(found.group(4)):
        return False
    base = (
        f'"@status": {answer.status}\n"content-digest": {digest}\n"@signature-params": {found.group(1)}'
    )
    try:
        raw = base64.b64decode(signature[len("alvara=:") : -1], validate=True)
    except ValueError:
        return False
    return key.verify(base.encode("ascii"), raw)
