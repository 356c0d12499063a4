"""The one token that all processes use, and the lease of whoever fetches the next one for all.

Pure, and the twin of ``token.lua``, which does the same within Redis: one test drives both. Knows who may
fetch, who waits, and whose token counts. Refuses to know what a token is: it lies here sealed. Instants are
microseconds of Redis' time.

Whoever is late with a token, because its lease has ended, changes nothing: somebody else's may be newer.
"""

from __future__ import annotations

from typing import Final

from attrs import define, frozen

from .allocator import SECOND

LEASE: Final = 10 * SECOND
"""What a fetch may take until somebody else begins one: the fetching process may be gone."""
COOL_DOWN: Final = 1 * SECOND
"""What passes after a fetch that failed, before anybody tries again."""

CONSTANTS: Final = {"LEASE": LEASE, "COOL_DOWN": COOL_DOWN}
"""What the script calls by the same names."""


@frozen
class Kept:
    """A token as it lies here."""

    serial: str
    """A random name: with it a token is told from the next without being read."""
    sealed: bytes
    refresh_at: int
    expires_at: int


@frozen
class Taken:
    """What whoever comes for a token finds."""

    now: int
    is_mine: bool
    """It is theirs to fetch the next one for all."""
    kept: Kept | None = None
    """The token. With none, and nothing to fetch, somebody else is fetching it."""


@define
class TokenLease:
    """What Redis holds of one token, and what it does with it."""

    kept: Kept | None = None
    owner: str = ""
    until: int = 0

    def take(self, now: int, owner: str, *, rejected: str, is_served: bool) -> Taken:
        """Come for a token. `rejected`: the serial of one that the gateway does not accept: it goes, if it is
        still this one, and with it the lease of whoever is fetching, for what comes of that may be as old.
        `is_served`: whoever asks has one that is good for a while, and waits for the next.
        """
        if self.kept is not None and self.kept.serial == rejected and now < self.kept.expires_at:
            self.kept, self.owner, self.until = None, "", 0
        refresh_at = self.kept.refresh_at if self.kept else 0
        expires_at = self.kept.expires_at if self.kept else 0
        is_free = now >= self.until or owner == self.owner  # its first word may have been lost on its way
        is_mine = now >= refresh_at and is_free
        if is_mine:
            self.owner, self.until = owner, now + LEASE
        if is_mine or now >= expires_at or (now >= refresh_at and is_served):
            return Taken(now, is_mine)
        return Taken(now, False, self.kept)

    def put(self, now: int, owner: str, kept: Kept) -> bool:
        """The token that was fetched for all; False: the lease has ended, it counts for nobody else."""
        if not self._is_leased_to(owner, now):
            return False
        self.kept, self.owner, self.until = kept, "", 0
        return True

    def fail(self, now: int, owner: str) -> bool:
        """There was no token to be had."""
        if not self._is_leased_to(owner, now):
            return False
        self.until = now + COOL_DOWN
        return True

    def _is_leased_to(self, owner: str, now: int) -> bool:
        return owner == self.owner and now < self.until
