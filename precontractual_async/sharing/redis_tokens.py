"""The token that several processes share: the part in each process.

Knows when to take the token from Redis, when to fetch the next one for all, and what to do when Redis cannot
be reached. Leaves to others: how a token is fetched, and when this process needs one (`SharedToken`).

Messages hold instants in Redis' time, and each process converts them to its own clock. However long messages
take, a token is never used longer here than in the process that fetched it.
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
"""Seconds between two checks for a token that another process is fetching; at first `_FIRST_LOOK`."""


class TokenStore(Protocol):
    """Stores the token: a `TokenLease` behind a network.

    Raises (each method):
        SharingUnavailable: the store cannot be reached.
        SharingRefused: the store refuses us.
    """

    async def take(self, owner: str, *, rejected: str, is_served: bool) -> Taken:
        """See `TokenLease.take`."""

    async def put(self, owner: str, kept: Kept) -> bool:
        """See `TokenLease.put`."""

    async def fail(self, owner: str) -> bool:
        """See `TokenLease.fail`."""


class RedisTokens(OwnProvider):
    """See `TokenProvider`: one token for all processes; `own` fetches it, in one process at a time."""

    def __init__(self, lease: TokenStore, cipher: TokenCipher, own: TokenProvider) -> None:
        self._store = lease
        self._cipher = cipher
        self._own = own
        self._owner = uuid.uuid4().hex
        self._given: BearerToken | None = None
        self._serial = ""
        """The serial of the token that was returned last, if Redis holds it or held it."""
        self._useless = ""
        """The serial of a token in Redis that cannot be used."""

    async def fetch(self, rejected: BearerToken | None) -> BearerToken:
        """See `TokenProvider.fetch`. While another process fetches a token, this one waits for that token.

        Without Redis the last token is used until it expires; then this process fetches one for itself.
        """
        pause = _FIRST_LOOK
        while True:
            try:
                token = await self._take_or_fetch(rejected)
            except SharingUnavailable as lost:
                if not self._is_served(rejected):
                    data = fields(LogEvent.TOKEN_ALONE, fault=lost)
                    text = "%s: a token is fetched for this process alone"
                    _log.warning(text, lost.diagnosis, extra=data)
                    return self._noted(await self._own.fetch(rejected), "")
                token = None
            if token is not None:
                return token
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 (not all check at once)
            pause = min(_LONGEST_LOOK, 2 * pause)

    async def _take_or_fetch(self, rejected: BearerToken | None) -> BearerToken | None:
        """The token, from Redis or fetched for all; None: another process is fetching it."""
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
            # The token was changed, or is the rejected one again: the next check removes it.
            self._useless = taken.kept.serial
            return None
        instants = (taken.kept.refresh_at, taken.kept.expires_at)
        refresh_at, expires_at = (sent + (instant - taken.now) / SECOND for instant in instants)
        return self._noted(BearerToken(value, refresh_at, expires_at), taken.kept.serial)

    async def _fetch_for_all(
        self, taken: Taken, heard: float, rejected: BearerToken | None
    ) -> BearerToken | None:
        """Fetch a token under our lease, which began at `taken.now`, not later than `heard` on our clock."""
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
        with suppress(Fault):  # then only this process has the token
            await self._store.put(self._owner, kept)
        return self._noted(token, kept.serial)

    def _noted(self, token: BearerToken, serial: str) -> BearerToken:
        self._given, self._serial, self._useless = token, serial, ""
        return token

    def _bad_serial(self, rejected: BearerToken | None) -> str:
        """The serial of the token in Redis that must not be used again."""
        return self._useless or (self._serial if self._is_given(rejected) else "")

    def _is_served(self, rejected: BearerToken | None) -> bool:
        """Whether the token that was returned last is still good."""
        given = self._given
        if given is None or self._is_given(rejected):
            return False
        return asyncio.get_running_loop().time() < given.expires_at

    def _is_given(self, rejected: BearerToken | None) -> bool:
        """Whether `rejected` has the same text as the token that was returned last."""
        given = self._given
        return rejected is not None and given is not None and rejected.value == given.value
