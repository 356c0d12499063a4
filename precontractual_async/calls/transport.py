"""Sends one request and returns one complete response. Only here aiohttp's errors become ours.

Knows the layers below aiohttp's session: the connector (names, TLS, the pool of connections, CONNECT through
a proxy), the protocol of a connection, and its parser. So nothing is hidden that would have to be switched
off: no second request, redirect, cookie or tracing, and no proxy or netrc from the environment. A call costs
half as much as through a session. The size and the time of an answer are limited. Leaves to others: what is
asked and answered, and retries.

Some of these parts are not in aiohttp's reference: `TCPConnector.connect`, `Connection.protocol`, and the
protocol's `set_response_params`, `read` and `should_close`, and the `_buffer` of a complete body. Only this
module uses them, its tests show what it relies on, and `pyproject.toml` allows the versions that were tested.

No aiohttp error leaves this module, not even as a context: its text holds the URL with the SSIN, and its repr
also the token.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Mapping
from typing import Final, Protocol

import aiohttp
from aiohttp import ClientRequest, StreamReader
from aiohttp.http import HttpProcessingError
from aiohttp.streams import EMPTY_PAYLOAD
from yarl import URL

from ..model.errors import (
    BrokenAnswer,
    CertificateRefused,
    Fault,
    InternalFault,
    InvalidSettings,
    TimedOut,
    Unreachable,
)
from ..protocol.wire import HttpRequest, HttpResponse
from ..settings.settings import Settings
from .timeouts import Deadlines

MOST_BYTES: Final = 128 * 1024
"""The most bytes of a body. An answer has a few kilobytes; a longer body must not fill the memory."""


class Transport(Protocol):
    """Carries requests to the gateway: a port, so that tests can replace the network."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The whole response to `request`, whatever its status.

        Raises:
            Fault: for any failure. No other error is raised.
        """


class _ConnectionLost(Exception):
    """An idle connection cannot be used: it was closed, or bytes came that belong to no request."""


# (foreign error, our error, its text). The first row that fits counts, so special errors come first. An error
# that is not in the table is a defect of ours and is not translated.
_FOREIGN: Final[tuple[tuple[type[BaseException], type[Fault], str], ...]] = (
    (ssl.SSLCertVerificationError, CertificateRefused, "the server's certificate is not valid"),
    (aiohttp.ClientSSLError, Unreachable, "no secure connection to the server"),
    (aiohttp.ClientConnectorDNSError, Unreachable, "the server's name cannot be looked up"),
    (aiohttp.ClientProxyConnectionError, Unreachable, "no connection to the proxy"),
    (TimeoutError, TimedOut, "no complete answer in time"),
    (aiohttp.ClientConnectorError, Unreachable, "no connection to the server"),
    (_ConnectionLost, Unreachable, "the connection broke before the answer"),
    (aiohttp.ClientOSError, Unreachable, "the connection broke before the answer"),
    (aiohttp.ClientPayloadError, Unreachable, "the connection broke in the middle of the answer"),
    (aiohttp.ServerDisconnectedError, Unreachable, "the connection broke before the answer"),
    # For malformed or oversized headers aiohttp makes up the status 400: the gateway did not send it.
    (aiohttp.ClientResponseError, BrokenAnswer, "the answer is not well-formed HTTP"),
    (HttpProcessingError, BrokenAnswer, "the answer is not well-formed HTTP"),
    (aiohttp.ClientError, Unreachable, "the connection failed"),
    (OSError, Unreachable, "the connection failed"),
)


_CLOCK: Final = "Check the clock of this machine; when it is right, tell the gateway's helpdesk."
_NAME: Final = "Check API_URL and TOKEN_URL: another server answers there."
_BY_VERIFY_CODE: Final[Mapping[int, tuple[str, str]]] = {
    9: ("the server's certificate is not valid yet", _CLOCK),
    10: ("the server's certificate has expired", _CLOCK),
    62: ("the server's certificate is for another name", _NAME),
    64: ("the server's certificate is for another name", _NAME),
}
"""By OpenSSL's codes (X509_V_ERR_*). All other codes mean that no trusted authority has signed it."""
_UNKNOWN_AUTHORITY: Final = (
    "the server's certificate is of an authority that is not trusted here",
    "Behind a company proxy that inspects TLS, set CA_FILE to its CA; else ask who runs your network.",
)


def _translate(error: BaseException) -> Fault:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        code = getattr(error.certificate_error, "verify_code", 0)
        return CertificateRefused(*_BY_VERIFY_CODE.get(code, _UNKNOWN_AUTHORITY))
    return next(ours(text) for foreign, ours, text in _FOREIGN if isinstance(error, foreign))


class AiohttpTransport:
    """The port's adapter for real connections. `requests` counts every request, sent or only tried."""

    def __init__(self, connector: aiohttp.BaseConnector, *, timeout: float, proxy: str | None = None) -> None:
        self.requests: int = 0
        self._connector = connector
        self._deadlines = Deadlines(timeout)
        self._proxy = None if proxy is None else URL(proxy)
        self._destinations: dict[str, ClientRequest] = {}

    async def send(self, request: HttpRequest) -> HttpResponse:
        """See `Transport.send`."""
        self.requests += 1
        task = self._deadlines.begin()
        try:
            return await self._exchange(request)
        except (aiohttp.ClientError, HttpProcessingError, OSError, _ConnectionLost) as error:
            fault = _translate(error)
        except asyncio.CancelledError as cancelled:
            if not self._deadlines.is_late(task):
                # Without the frames below: their local variables hold the URL, the token and the body.
                raise cancelled.with_traceback(None)  # noqa: B904 (it is the same error)
            fault = TimedOut("no complete answer in time")
        finally:
            self._deadlines.end(task)
        raise fault  # outside the handler, so that the foreign error is not its context

    async def _exchange(self, request: HttpRequest) -> HttpResponse:
        scheme, _, rest = request.url.partition("://")
        authority, _, path = rest.partition("/")
        destination = self._destination(f"{scheme}://{authority}")
        connection = await self._connector.connect(destination, [], _NO_TIMEOUT)
        try:
            protocol, transport = connection.protocol, connection.transport
            # Bytes that came over an idle connection, such as a second answer to the last question, would be
            # read as the answer to this one.
            if protocol is None or transport is None or protocol.should_close:
                raise _ConnectionLost
            protocol.set_response_params(auto_decompress=False, read_until_eof=True)
            transport.write(_bytes_of(request, path, host=destination.headers["Host"]))
            message, body = await protocol.read()
            while 100 <= message.code < 200 and message.code != _SWITCHING_PROTOCOLS:
                message, body = await protocol.read()
            status, coding = message.code, message.headers.get("Content-Encoding", "")
            content = _unpacked(await _read(body, status), coding, status)
            response = HttpResponse(status, message.headers, content)
            connection.release()  # back to the pool, if it can be used again
            return response
        finally:
            connection.close()  # no effect after `release`

    def _destination(self, origin: str) -> ClientRequest:
        """A request that is never sent: it tells the connector the address, and the proxy if there is one."""
        known = self._destinations.get(origin)
        if known is None:
            known = self._destinations[origin] = ClientRequest("GET", URL(origin), proxy=self._proxy)
        return known


def _bytes_of(request: HttpRequest, path: str, *, host: str) -> bytes:
    """The bytes of a request (RFC 9112 §3)."""
    body = request.body or b""
    lines = [f"{request.method} /{path} HTTP/1.1", f"Host: {host}", *map(": ".join, request.headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    if not "".join(lines).isprintable():  # a line break would begin another header or request
        raise InternalFault.of(ValueError())
    return "\r\n".join((*lines, "\r\n")).encode("ascii", "replace") + body


# aiohttp's own limits include the wait for a connection, and do not stop an answer that comes very slowly.
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None)


_SWITCHING_PROTOCOLS: Final = 101


async def _read(content: StreamReader, status: int) -> bytes:
    """The body, up to `MOST_BYTES`; for a longer body the connection is closed.

    A truncated body looks complete here when it came without a length. That does no harm, because a part of
    a JSON object is not a JSON object.
    """
    if content.is_eof() and content.exception() is None and content is not EMPTY_PAYLOAD:
        # The body is complete, as in nearly every answer: reading it would run the parser once more.
        if content.total_bytes > MOST_BYTES:
            raise _too_large(status)
        return b"".join(content._buffer)
    pieces: list[bytes] = []
    size = 0
    while piece := await content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise _too_large(status)
    return b"".join(pieces)


def _too_large(status: int) -> BrokenAnswer:
    return BrokenAnswer("the answer is larger than any answer can be", status=status)


def _unpacked(body: bytes, coding: str, status: int) -> bytes:
    """The content of a body that is compressed although we asked for plain bytes (RFC 9110 §8.4), up to
    `MOST_BYTES`. A body that cannot be unpacked is returned unchanged: the response's status still counts.
    """
    match coding.strip().lower():
        case "gzip" | "x-gzip":
            unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
        case "deflate":  # some servers send it without the header of zlib
            is_bare = body[:1] and body[0] & 0x0F != zlib.DEFLATED
            unpacking = zlib.decompressobj(-zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS)
        case _:
            return body
    try:
        content = unpacking.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        return body
    if len(content) > MOST_BYTES:
        raise _too_large(status)
    return content if unpacking.eof else body


def open_connector(tls: ssl.SSLContext) -> aiohttp.TCPConnector:
    """The pool of connections; the caller closes it."""
    return aiohttp.TCPConnector(
        ssl=tls,
        limit=0,  # the concurrency limit bounds it, before a call gets its slot
        ttl_dns_cache=60,
        keepalive_timeout=15.0,
    )


def tls_context(settings: Settings) -> ssl.SSLContext:
    """A TLS context with verification and TLS 1.2 or later; only the trusted CAs can be chosen. It blocks.

    Not `ssl.create_default_context`, which obeys ``SSLKEYLOGFILE`` and writes the keys of each connection
    to that file. If both addresses are plain http (loopback), no CAs are read: they are not needed, and
    reading them would take longer than everything else.

    Raises:
        InvalidSettings: CA_FILE cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    is_plain = all(url.lower().startswith("http:") for url in (settings.api_url, settings.token_url))
    try:
        if settings.ca_file is not None:
            context.load_verify_locations(settings.ca_file)
        elif not is_plain:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    except (OSError, ValueError):  # ssl.SSLError is an OSError; the other is for a NUL in the path
        is_readable = False
    else:
        is_readable = True
    if not is_readable:
        raise InvalidSettings(
            "CA_FILE cannot be read as certificates in PEM",
            "Check the file in CA_FILE: it holds certificates, each between BEGIN and END CERTIFICATE.",
        )
    return context
