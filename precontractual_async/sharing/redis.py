"""The adapter to Redis, and the only user of redis-py: connections, scripts, and errors, which become ours.

Knows how questions are written for the scripts and how replies are read. Leaves to others: all decisions. No
error of redis-py leaves this module, not even as a context: it may contain an address or a password.
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
"""The most seconds for one message: a slot that takes longer is missed."""

# (name of an error of redis-py or Python, our error, its text). The first row that fits counts, so special
# errors come first. An error that is not in the table is a defect of ours and is not translated.
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
    """Our fault for an error or its context: redis-py reports a bad certificate as a lost connection."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if error.__context__ is not None:
        names |= {type(error.__context__).__name__} & {"SSLCertVerificationError"}
    return next((ours(text) for foreign, ours, text in _FOREIGN if foreign in names), None)


class Server:
    """One Redis server. It connects at the first message, and again after a lost connection."""

    @without_frames
    def __init__(self, url: str) -> None:
        library = _library()
        self.tls: ssl.SSLContext | None = None
        """To be set before the first message, if `is_secure`."""
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
            "retry": library.asyncio.retry.Retry(library.backoff.NoBackoff(), 0),  # the caller retries
        }
        kind = _secure(library, self) if self.is_secure else library.asyncio.Connection
        slots = library.asyncio.ConnectionPool(connection_class=kind, **options)
        self._client = library.asyncio.Redis(connection_pool=slots)

    def script(self, name: str, constants: Mapping[str, float]) -> Any:
        """The script in the file `name`, with its constants before it."""
        text = resources.files(__package__).joinpath(name).read_text()
        head = "".join(f"local {constant} = {value!r}\n" for constant, value in constants.items())
        return self._client.register_script(head + text)

    async def ping(self) -> None:
        """Return if the server answers.

        Raises:
            SharingUnavailable, SharingRefused: it does not answer, or refuses us.
        """
        await heard(self._client.ping)

    async def close(self) -> None:
        await self._client.connection_pool.disconnect()


async def heard(call: Callable[[], Awaitable[_T]]) -> _T:
    """The reply of Redis to `call`. A call over a lost connection is repeated once with a new connection.

    Raises:
        SharingUnavailable: there is no reply now.
        SharingRefused: Redis refuses us.
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
    assert fault is not None  # noqa: S101 (otherwise the call has returned)
    raise fault  # outside the handler, so that the foreign error is not its context


class RedisSlots:
    """The slots that all processes with this `name` share: see `SlotAllocator`."""

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
        """The same at a chosen instant and with a chosen id of the server; a test uses them."""
        arguments: Sequence[object] = [
            *(ask.rate, ask.processes, ask.member, ask.wanted, ask.lead, int(ask.is_appointed)),
            *(ask.pause, int(ask.is_slower), int(ask.is_fresh), int(ask.is_leaving), ask.said, now, run),
        ]
        return Reply(*await heard(lambda: self._script(keys=self._keys, args=arguments)))


class RedisTokenStore:
    """The token that Redis holds under `name`: see `TokenLease`, and `heard` for errors of each method."""

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
        token = (kept.serial, kept.sealed, kept.refresh_at, kept.expires_at)
        return bool((await self._do("put", now, owner, *token))[1])

    async def fail(self, owner: str, *, now: int | str = "") -> bool:
        return bool((await self._do("fail", now, owner))[1])

    async def _do(self, *arguments: object) -> list[Any]:
        return await heard(lambda: self._script(keys=self._keys, args=arguments))


def _library() -> Any:
    """The redis package, which is needed only for sharing."""
    try:
        import_module("redis.asyncio.retry")
        return import_module("redis")
    except ImportError:
        problem = "REDIS_URL needs the redis package"
    raise InvalidSettings(problem, "pip install 'precontractual-async[redis]'")


def _secure(library: Any, server: Server) -> type:
    """A connection with our own TLS context: that of redis-py would obey ``SSLKEYLOGFILE``."""

    class Secure(library.asyncio.SSLConnection):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.ssl_context.context = server.tls

    return Secure
