"""The token that several processes share, as each of them sees it.

Knows when to take it from the shelf, when to fetch the next one for all, and what to do when Redis is out of
reach. Refuses to know how a token is fetched, and when this process needs one: `SharedToken` stands in front.

Instants travel as Redis' time, and become this process' own in the answer that tells them: a token never
counts for longer here than where it was fetched, whatever the messages took.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from contextlib import suppress
from typing import Final, Protocol

from ..calls.shared_token import OwnProvider, TokenProvider
from ..model.errors import Fault, SharingUnavailable
from ..observability.logs import LogEvent, fields
from ..protocol.access_token import BearerToken
from .allocator import SECOND
from .encryption import TokenCipher
from .token_lease import Kept, Taken

_log = logging.getLogger(__name__)

_FIRST_LOOK: Final = 0.1
_LONGEST_LOOK: Final = 1.0
"""Seconds between two looks for a token that another process is fetching."""


class TokenStore(Protocol):
    """Where the token lies: `TokenLease`, behind a network.

    Raises (each):
        SharingUnavailable: it is out of reach.
        SharingRefused: it refuses us.
    """

    async def take(self, owner: str, *, rejected: str, is_served: bool) -> Taken:
        """See `TokenLease.take`."""

    async def put(self, owner: str, kept: Kept) -> bool:
        """See `TokenLease.put`."""

    async def fail(self, owner: str) -> bool:
        """See `TokenLease.fail`."""


class RedisTokens(OwnProvider):
    """See `TokenProvider`: one token for all, fetched by `own` in one process at a time."""

    def __init__(self, lease: TokenStore, cipher: TokenCipher, own: TokenProvider) -> None:
        self._store = lease
        self._cipher = cipher
        self._own = own
        self._owner = uuid.uuid4().hex
        self._given: BearerToken | None = None
        self._serial = ""
        """Of the token that was given last, when it came from the shelf or went there."""
        self._useless = ""
        """Of the token that lies on the shelf and cannot be used."""

    async def fetch(self, rejected: BearerToken | None) -> BearerToken:
        """See `TokenProvider.fetch`. While another process fetches, this one waits for what it gets.

        Without Redis the token at hand is used up; then one is fetched for this process alone.
        """
        look = _FIRST_LOOK
        while True:
            try:
                token = await self._look(rejected)
            except SharingUnavailable as lost:
                if not self._is_served(rejected):
                    said = fields(LogEvent.TOKEN_ALONE, fault=lost)
                    text = "%s: a token is fetched for this process alone"
                    _log.warning(text, lost.diagnosis, extra=said)
                    return self._noted(await self._own.fetch(rejected), "")
                token = None
            if token is not None:
                return token
            await asyncio.sleep(look * random.uniform(0.5, 1.0))  # noqa: S311 (so that not all look at once)
            look = min(_LONGEST_LOOK, 2 * look)

    async def _look(self, rejected: BearerToken | None) -> BearerToken | None:
        """The token, taken or fetched; None: another process is fetching it."""
        loop = asyncio.get_running_loop()
        sent = loop.time()
        taken = await self._store.take(
            self._owner, rejected=self._bad_serial(rejected), is_served=self._is_served(rejected)
        )
        if taken.is_mine:
            return await self._fetch_for_all(taken, loop.time(), rejected)
        if taken.kept is None:
            return None
        value = self._cipher.decrypt(taken.kept)
        if value is None or (rejected is not None and value == rejected.value):
            # Somebody changed it, or fetched the same again: at the next look it goes as well.
            self._useless = taken.kept.serial
            return None
        instants = (taken.kept.refresh_at, taken.kept.expires_at)
        refresh_at, expires_at = (sent + (instant - taken.now) / SECOND for instant in instants)
        return self._noted(BearerToken(value, refresh_at, expires_at), taken.kept.serial)

    async def _fetch_for_all(
        self, taken: Taken, heard: float, rejected: BearerToken | None
    ) -> BearerToken | None:
        """The lease is ours since `taken.now`, which was not after `heard`."""
        token = None
        try:
            token = await self._own.fetch(rejected)
        finally:
            if token is None:
                with suppress(Fault):
                    await self._store.fail(self._owner)
        refresh_at, expires_at = (
            taken.now + int((instant - heard) * SECOND) for instant in (token.refresh_at, token.expires_at)
        )
        kept = self._cipher.encrypt(token.value, refresh_at=refresh_at, expires_at=expires_at)
        with suppress(Fault):  # then it is this process' alone
            await self._store.put(self._owner, kept)
        return self._noted(token, kept.serial)

    def _noted(self, token: BearerToken, serial: str) -> BearerToken:
        self._given, self._serial, self._useless = token, serial, ""
        return token

    def _bad_serial(self, rejected: BearerToken | None) -> str:
        """Of the token on the shelf that must not be given again."""
        return self._useless or (self._serial if self._is_given(rejected) else "")

    def _is_served(self, rejected: BearerToken | None) -> bool:
        """Whether the token that was given last is still good."""
        given = self._given
        if given is None or self._is_given(rejected):
            return False
        return asyncio.get_running_loop().time() < given.expires_at

    def _is_given(self, rejected: BearerToken | None) -> bool:
        """Whether it is the token that was given last, perhaps more than once."""
        given = self._given
        return rejected is not None and given is not None and rejected.value == given.value
