"""One request out, one whole response back. The only place where aiohttp's errors become ours.

Knows how to make aiohttp safe: no hidden second request, no redirects, no cookies, no proxy or netrc
from the environment, a cap on the size and a limit on the time of an answer. Refuses to know what is
asked and answered, and to try anything twice.

No error of aiohttp's leaves this module, not even as a context: their texts hold the URL with the SSIN,
their reprs the token as well.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final, Protocol

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from aiohttp.connector import Connection
from yarl import URL

from .deadlines import Deadlines
from .errors import BrokenAnswer, CertificateRefused, Fault, InvalidSettings, TimedOut, Unreachable
from .protocol.wire import HttpRequest, HttpResponse
from .settings import Settings

MOST_BYTES: Final = 128 * 1024
"""An answer has some kilobytes; what is longer is none, and may not fill the memory."""


class Transport(Protocol):
    """The way to the gateway: a port, so that tests can go another one."""

    async def send(self, request: HttpRequest) -> HttpResponse:
        """The whole response to `request`, whatever its status.

        Raises:
            Fault: nothing else, whatever happens on the way.
        """


class _CheckedRequest(ClientRequest):
    """A request that no connection carries which is not idle.

    What came over an idle connection, a second answer to the last question for instance, would be read as
    the answer to this one; aiohttp looks for that only when a connection is given back.
    """

    async def send(self, conn: Connection) -> ClientResponse:
        if conn.protocol is None or conn.protocol.should_close:
            conn.close()
            raise _ConnectionLost
        return await super().send(conn)


class _ConnectionLost(Exception):
    """The connection broke. Not aiohttp's own class: that one makes aiohttp send a GET again, unseen."""


async def _no_hidden_retry(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # never connected: aiohttp does not retry these
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        pass
    raise _ConnectionLost


# Foreign error -> (ours, what it says). The first row that fits counts, so the special come first. What
# is not in the table is a defect of ours, and stays what it is.
_FOREIGN: Final[tuple[tuple[type[BaseException], type[Fault], str], ...]] = (
    (aiohttp.ClientConnectorCertificateError, CertificateRefused, "the server's certificate is not valid"),
    (ssl.SSLCertVerificationError, CertificateRefused, "the server's certificate is not valid"),
    (aiohttp.ClientSSLError, Unreachable, "no secure connection to the server"),
    (aiohttp.ClientConnectorDNSError, Unreachable, "the server's name cannot be looked up"),
    (aiohttp.ClientProxyConnectionError, Unreachable, "no connection to the proxy"),
    (TimeoutError, TimedOut, "no complete answer in time"),
    (aiohttp.ClientConnectorError, Unreachable, "no connection to the server"),
    (_ConnectionLost, Unreachable, "the connection broke before the answer"),
    (aiohttp.ClientPayloadError, Unreachable, "the connection broke in the middle of the answer"),
    (aiohttp.ServerDisconnectedError, Unreachable, "the connection broke before the answer"),
    # Malformed or oversized headers come with a made-up status of 400: it is not the gateway's word.
    (aiohttp.ClientResponseError, BrokenAnswer, "the answer is not well-formed HTTP"),
    (aiohttp.ClientError, Unreachable, "the connection failed"),
    (OSError, Unreachable, "the connection failed"),
)


def _translate(error: BaseException) -> Fault:
    return next(ours(text) for foreign, ours, text in _FOREIGN if isinstance(error, foreign))


class AiohttpTransport:
    """The port's one real adapter. `requests` counts all that it ever put on the wire, or tried to."""

    def __init__(self, session: aiohttp.ClientSession, *, timeout: float, proxy: str | None = None) -> None:
        self.requests = 0
        self._session = session
        self._deadlines = Deadlines(timeout)
        self._proxy = proxy

    async def send(self, request: HttpRequest) -> HttpResponse:
        """See `Transport.send`."""
        self.requests += 1
        task = self._deadlines.begin()
        try:
            return await self._exchange(request)
        except (aiohttp.ClientError, OSError, _ConnectionLost) as error:
            fault = _translate(error)
        except asyncio.CancelledError as cancelled:
            if not self._deadlines.is_late(task):
                # Without the frames below: their locals hold the URL, the token and what came of the body.
                raise cancelled.with_traceback(None)  # noqa: B904 (it is the same)
            fault = TimedOut("no complete answer in time")
        finally:
            self._deadlines.end(task)
        raise fault  # outside the handler, so that the foreign error is not its context

    async def _exchange(self, request: HttpRequest) -> HttpResponse:
        async with self._session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
            middlewares=(_no_hidden_retry,),
            proxy=self._proxy,
            timeout=_NO_TIMEOUT,
        ) as response:
            return HttpResponse(response.status, response.headers, await _read(response))


# aiohttp's own limits count the wait for a connection, and a slow drip gets around them.
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None)


async def _read(response: ClientResponse) -> bytes:
    """The body, up to the cap; what is longer closes the connection instead of filling the memory.

    A body whose end nothing announces and that is cut looks complete here. It cannot do harm: no part
    of a JSON object is a JSON object.
    """
    pieces: list[bytes] = []
    size = 0
    while piece := await response.content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            response.close()
            raise BrokenAnswer("the answer is larger than any answer can be", status=response.status)
    return b"".join(pieces)


def open_session(tls: ssl.SSLContext) -> aiohttp.ClientSession:
    """A session with the safe settings; the caller closes it.

    What watches every session of the process (tracing and error tracking patch its constructor) does not
    watch this one: it would keep the URL, and the SSIN in it.
    """
    connector = aiohttp.TCPConnector(
        ssl=tls,
        limit=0,  # the client's own places bound it, before a call takes its slot in the pace
        ttl_dns_cache=60,
        keepalive_timeout=15.0,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        request_class=_CheckedRequest,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=_NO_TIMEOUT,
    )
    session.trace_configs.clear()
    return session


def tls_context(settings: Settings) -> ssl.SSLContext:
    """Verification is always on, and TLS 1.2 the least; only the CAs to trust can be chosen. Blocks.

    Not `ssl.create_default_context`: that one heeds ``SSLKEYLOGFILE``, and writes the keys of the
    connection for whoever set it. Where both addresses are plain http (loopback) no CA is read, which
    takes longer than all else there: none is asked, and nobody would be trusted.

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
        raise InvalidSettings("CA_FILE cannot be read as certificates in PEM", "Check the path in CA_FILE.")
    return context
