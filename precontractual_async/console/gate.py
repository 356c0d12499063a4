"""Access control of the console: admits the browser that opened the one-time address, for a limited time.

Knows when a secret is used up, when the console has been idle too long, and when it ends. Leaves to others:
HTTP and the clock, which is a parameter.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from attrs import define, field

IDLE: Final = timedelta(minutes=30)
"""Idle time after which the console locks itself; a run goes on."""
LONGEST: Final = timedelta(days=1)
"""Time after which the console ends."""


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


@define
class Gate:
    """Admits one browser at a time: the one that opened the newest one-time address."""

    now: Callable[[], datetime]
    form_token: str = field(factory=_new_secret, repr=False)
    """The CSRF token: every form of our pages holds it, so that no foreign page can send a form."""
    _once: str | None = field(factory=_new_secret, repr=False)
    _session: str | None = field(default=None, repr=False)
    _began: datetime = field(init=False)
    _seen: datetime = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._began = self._seen = self.now()

    @property
    def once(self) -> str | None:
        """The one-time secret for the address; None: the secret is used up."""
        return self._once

    @property
    def has_ended(self) -> bool:
        """Whether the console has been open for its longest time, and must end."""
        return self.now() - self._began >= LONGEST

    def enter(self, secret: str) -> str | None:
        """Exchange the one-time secret for the secret of the cookie; None: the one-time secret is wrong."""
        if self._once is None or not _same(secret, self._once):
            return None
        self._once, self._session, self.form_token = None, _new_secret(), _new_secret()
        self._seen = self.now()
        return self._session

    def admits(self, cookie: str, *, is_a_look: bool = True) -> bool:
        """Whether to serve a request with this cookie. `is_a_look`: a person asked, so idle time restarts."""
        self.lock_when_idle()
        if self.has_ended or self._session is None or not _same(cookie, self._session):
            return False
        if is_a_look:
            self._seen = self.now()
        return True

    def takes(self, token: str) -> bool:
        """Whether a form with this CSRF token is one of ours."""
        return _same(token, self.form_token)

    def lock_when_idle(self) -> None:
        """After the idle time, forget the admitted browser and make a new one-time secret."""
        if self._session is not None and self.now() - self._seen >= IDLE:
            self._session, self._once = None, _new_secret()


def _same(one: str, other: str) -> bool:
    """Compare in constant time, so that the duration does not show how much is right."""
    return secrets.compare_digest(*(each.encode(errors="surrogatepass") for each in (one, other)))
