"""The token that all processes use, and the lease of the process that fetches the next one for all.

Pure, and the twin of ``token.lua``, which does the same within Redis: one test runs both. Knows which process
may fetch, which processes wait, and which token counts. Leaves to others: the token itself, which is
encrypted here. Instants are microseconds of Redis' time.

A token that comes after its lease has ended is ignored: another process may have stored a newer one.
"""

from __future__ import annotations

from typing import Final

from attrs import define, frozen

from .allocator import SECOND

LEASE: Final = 10 * SECOND
"""The most time for a fetch: then another process may begin one, because the first may be gone."""
COOL_DOWN: Final = 1 * SECOND
"""The pause after a failed fetch, before any process tries again."""

CONSTANTS: Final = {"LEASE": LEASE, "COOL_DOWN": COOL_DOWN}
"""The constants that the script uses under the same names."""


@frozen
class Kept:
    """An encrypted token, as Redis stores it."""

    serial: str
    """A random id, which distinguishes tokens that are still encrypted."""
    sealed: bytes
    refresh_at: int
    expires_at: int


@frozen
class Taken:
    """The reply to a process that wants a token."""

    now: int
    is_mine: bool
    """This process has the lease: it must fetch the next token for all."""
    kept: Kept | None = None
    """The token. None without the lease: another process is fetching the token."""


@define
class TokenLease:
    """What Redis stores about one token, and how it gives the token and the lease."""

    kept: Kept | None = None
    owner: str = ""
    until: int = 0

    def take(self, now: int, owner: str, *, rejected: str, is_served: bool) -> Taken:
        """Ask for a token. `rejected`: the serial of a token that the gateway does not accept. If Redis still
        holds that token, it is removed, with the current lease: that fetch may give an equally old token.
        `is_served`: the process has a good token, and waits for the next one.
        """
        if self.kept is not None and self.kept.serial == rejected and now < self.kept.expires_at:
            self.kept, self.owner, self.until = None, "", 0
        refresh_at = self.kept.refresh_at if self.kept else 0
        expires_at = self.kept.expires_at if self.kept else 0
        is_free = now >= self.until or owner == self.owner  # our reply to its first message may be lost
        is_mine = now >= refresh_at and is_free
        if is_mine:
            self.owner, self.until = owner, now + LEASE
        if is_mine or now >= expires_at or (now >= refresh_at and is_served):
            return Taken(now, is_mine)
        return Taken(now, False, self.kept)

    def put(self, now: int, owner: str, kept: Kept) -> bool:
        """Store the token that was fetched for all; False: the lease has ended, so it is not stored."""
        if not self._is_leased_to(owner, now):
            return False
        self.kept, self.owner, self.until = kept, "", 0
        return True

    def fail(self, now: int, owner: str) -> bool:
        """Note that the fetch failed; False: the lease has ended."""
        if not self._is_leased_to(owner, now):
            return False
        self.until = now + COOL_DOWN
        return True

    def _is_leased_to(self, owner: str, now: int) -> bool:
        return owner == self.owner and now < self.until
