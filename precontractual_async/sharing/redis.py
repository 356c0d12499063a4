"""Redis, and nothing else of ours knows redis-py: connections, scripts, and errors, which become ours.

Knows how what is asked is written for the scripts, and how their answers are read. Refuses to decide.
No error of redis-py's leaves this module, not even as a context: there may be an address or a password in it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module, resources
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

from ..model.errors import Fault, InvalidSettings, SharingRefused, SharingUnavailable
from ..model.privacy import without_frames
from . import allocator as slots
from . import token_lease as lease
from .allocator import Ask, Reply
from .token_lease import Kept, Taken

_T = TypeVar("_T")

_PATIENCE: Final = 1.0
"""Seconds for one message: whoever waits longer for a slot has missed it."""

# Name of redis-py's error, or of Python's -> (ours, what it says). The first row that fits counts, so the
# special come first. What is not in the table is a defect of ours, and stays what it is.
_NO_CONNECTION: Final = "no connection to Redis"
_OUTSIDE: Final = "Redis does not let us in: user, password, or what they may do"
_FOREIGN: Final[tuple[tuple[str, type[Fault], str], ...]] = (
    ("SSLCertVerificationError", SharingRefused, "Redis' certificate is not valid"),
    ("AuthenticationError", SharingRefused, _OUTSIDE),
    ("AuthenticationWrongNumberOfArgsError", SharingRefused, _OUTSIDE),
    ("AuthorizationError", SharingRefused, _OUTSIDE),
    ("NoPermissionError", SharingRefused, _OUTSIDE),
    ("BusyLoadingError", SharingUnavailable, "Redis is still starting"),
    ("ReadOnlyError", SharingUnavailable, "Redis is a replica, which takes no writes"),
    ("OutOfMemoryError", SharingUnavailable, "Redis has no memory left"),
    ("TimeoutError", SharingUnavailable, "Redis does not answer in time"),
    ("ConnectionError", SharingUnavailable, _NO_CONNECTION),
    ("OSError", SharingUnavailable, _NO_CONNECTION),
    ("ResponseError", SharingRefused, "Redis does not do what is asked of it"),
    ("RedisError", SharingUnavailable, "Redis failed"),
)


def _translated(error: BaseException) -> Fault | None:
    """Ours for an error, and for what it was made of: to redis-py a bad certificate is a lost connection."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if error.__context__ is not None:
        names |= {type(error.__context__).__name__} & {"SSLCertVerificationError"}
    return next((ours(text) for foreign, ours, text in _FOREIGN if foreign in names), None)


class Server:
    """One Redis. Connects when it is first spoken to, and again when that was lost."""

    @without_frames
    def __init__(self, url: str) -> None:
        library = _library()
        self.tls: ssl.SSLContext | None = None
        """To be set before it is first spoken to, if `is_secure`."""
        parts = urlsplit(url)
        self.is_secure: bool = parts.scheme == "rediss"
        options: dict[str, Any] = {
            "host": parts.hostname,
            "port": parts.port or 6379,
            "db": int(parts.path[1:] or 0),
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "protocol": 2,
            "socket_timeout": _PATIENCE,
            "socket_connect_timeout": _PATIENCE,
            "retry": library.asyncio.retry.Retry(library.backoff.NoBackoff(), 0),  # whoever asks decides
        }
        kind = _secure(library, self) if self.is_secure else library.asyncio.Connection
        slots = library.asyncio.ConnectionPool(connection_class=kind, **options)
        self._client = library.asyncio.Redis(connection_pool=slots)

    def script(self, name: str, constants: Mapping[str, float]) -> Any:
        """The script in the file of this name, with its constants in front."""
        text = resources.files(__package__).joinpath(name).read_text()
        head = "".join(f"local {constant} = {value!r}\n" for constant, value in constants.items())
        return self._client.register_script(head + text)

    async def ping(self) -> None:
        """Return when it answers.

        Raises:
            SharingUnavailable, SharingRefused: it does not.
        """
        await heard(self._client.ping)

    async def close(self) -> None:
        await self._client.connection_pool.disconnect()


async def heard(call: Callable[[], Awaitable[_T]]) -> _T:
    """What Redis says to a call. Said twice when the connection is lost: it may have been so for long.

    Raises:
        SharingUnavailable: it cannot be heard for now.
        SharingRefused: it says that it will not.
    """
    fault: Fault | None = None
    for _ in range(2):
        try:
            async with asyncio.timeout(_PATIENCE):
                return await call()
        except Exception as error:
            fault = _translated(error)
            if fault is None:
                raise
        if fault.diagnosis != _NO_CONNECTION:
            break
    assert fault is not None  # noqa: S101 (else it was heard)
    raise fault  # outside the handler, so that the foreign error is not its context


class RedisSlots:
    """The slots of the processes that are called by this name: see `SlotAllocator`."""

    def __init__(self, server: Server, name: str) -> None:
        self._script = server.script("pace.lua", slots.CONSTANTS)
        self._keys = [f"{name}:pace", f"{name}:members"]
        self._server = server

    async def ping(self) -> None:
        """See `Server.ping`."""
        await self._server.ping()

    async def serve(self, ask: Ask) -> Reply:
        """See `SlotAllocator.serve`, and `heard` for what is raised."""
        return await self.serve_at(ask, "", "")

    async def serve_at(self, ask: Ask, now: int | str, run: str) -> Reply:
        """The same at a chosen instant, and as if the server called itself `run`."""
        said: Sequence[object] = [
            *(ask.rate, ask.processes, ask.member, ask.wanted, ask.lead, int(ask.is_appointed)),
            *(ask.pause, int(ask.is_slower), int(ask.is_fresh), int(ask.is_leaving), ask.said, now, run),
        ]
        return Reply(*await heard(lambda: self._script(keys=self._keys, args=said)))


class RedisTokenStore:
    """The token that lies under this name: see `TokenLease`, and `heard` for what each raises."""

    def __init__(self, server: Server, name: str) -> None:
        self._script = server.script("token.lua", lease.CONSTANTS)
        self._keys = [name, f"{name}:lease"]

    async def take(self, owner: str, *, rejected: str, is_served: bool, now: int | str = "") -> Taken:
        at, is_mine, *kept = await self._do("take", now, owner, rejected, int(is_served))
        if not kept:
            return Taken(at, bool(is_mine))
        serial, sealed, refresh_at, expires_at = kept
        return Taken(at, bool(is_mine), Kept(serial.decode(), sealed, refresh_at, expires_at))

    async def put(self, owner: str, kept: Kept, *, now: int | str = "") -> bool:
        what = (kept.serial, kept.sealed, kept.refresh_at, kept.expires_at)
        return bool((await self._do("put", now, owner, *what))[1])

    async def fail(self, owner: str, *, now: int | str = "") -> bool:
        return bool((await self._do("fail", now, owner))[1])

    async def _do(self, *what: object) -> list[Any]:
        return await heard(lambda: self._script(keys=self._keys, args=what))


def _library() -> Any:
    """redis-py, which only those need who share."""
    try:
        import_module("redis.asyncio.retry")
        return import_module("redis")
    except ImportError:
        problem = "REDIS_URL needs the redis package"
    raise InvalidSettings(problem, "pip install 'precontractual-async[redis]'")


def _secure(library: Any, server: Server) -> type:
    """A connection with our own TLS: redis-py's context would heed ``SSLKEYLOGFILE``."""

    class Secure(library.asyncio.SSLConnection):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.ssl_context.context = server.tls

    return Secure
