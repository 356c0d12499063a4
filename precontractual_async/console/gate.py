"""Who may see the console: whoever opened its one-time address, and for how long.

Knows when a secret is used up, when nobody has looked for too long, and when the day is over. Refuses to
know HTTP; the time is a parameter.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from attrs import define, field

IDLE: Final = timedelta(minutes=30)
"""After which it locks itself; a run goes on."""
LONGEST: Final = timedelta(days=1)
"""After which it ends."""


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


@define
class Gate:
    """One browser is let in at a time: the one that opened the newest one-time address."""

    now: Callable[[], datetime]
    form_token: str = field(factory=_new_secret, repr=False)
    """Stands in every form of the pages, so that no page of others can send one."""
    _once: str | None = field(factory=_new_secret, repr=False)
    _session: str | None = field(default=None, repr=False)
    _began: datetime = field(init=False)
    _seen: datetime = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self._seen = self.now()

    @property
    def once(self) -> str | None:
        """The secret for the address that is opened; None: it was used."""
        return self._once

    @property
    def has_ended(self) -> bool:
        """Whether the day is over."""
        return self.now() - self._began >= LONGEST

    def enter(self, secret: str) -> str | None:
        """The secret for the cookie, for the one-time secret, which is used up; None: that is wrong."""
        if self._once is None or not _same(secret, self._once):
            return None
        self._once, self._session, self.form_token = None, _new_secret(), _new_secret()
        self._seen = self.now()
        return self._session

    def admits(self, cookie: str, *, is_a_look: bool = True) -> bool:
        """Whether a request with this cookie is served. `is_a_look`: somebody sits there; it stays open."""
        self.lock_when_idle()
        if self.has_ended or self._session is None or not _same(cookie, self._session):
            return False
        if is_a_look:
            self._seen = self.now()
        return True

    def takes(self, token: str) -> bool:
        """Whether a form is one of ours."""
        return _same(token, self.form_token)

    def lock_when_idle(self) -> None:
        """Forget who was let in, when nobody has looked for too long; a new one-time secret is made."""
        if self._session is not None and self.now() - self._seen >= IDLE:
            self._session, self._once = None, _new_secret()


def _same(one: str, other: str) -> bool:
    """Told in a time that does not tell how much of it is right."""
    return secrets.compare_digest(one.encode(), other.encode())
