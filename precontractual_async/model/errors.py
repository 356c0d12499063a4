"""Everything that can go wrong, split by whose move it is.

    PrecontractualError
    ├── InputError                    what we were given cannot be asked (yours to mend)
    │   ├── InvalidIdentifier           an SSIN or enterprise number that cannot be one
    │   ├── InvalidQuery                one query, with every violation at once
    │   ├── StartDateNotOpen            askable, but only from a later day
    │   ├── InvalidList                 a list whose columns cannot be understood
    │   ├── InvalidSettings             settings that cannot work
    │   └── JournalRefused              a journal that cannot be used: newer, another key's
    │       └── JournalBusy               another process holds it
    └── Fault                         the gateway, or the way to it
        ├── RequestRejected             400 about this one query
        ├── RunStopped                  the same for every query: going on is useless
        │   ├── CallerRejected            400 about the caller: wrong or missing enterprise number
        │   ├── CredentialsRefused        the OAuth server or the gateway refuses who we are
        │   ├── AccessDenied              403: a scope or permission is missing
        │   ├── AddressWrong              404, 405, 406, 413, 415, a redirect: not the API we think it is
        │   ├── CertificateRefused        the other side could not prove who it is
        │   ├── Paused                    the gateway asks for a pause too long to sleep through
        │   ├── SharingRefused            Redis refuses us, or cannot do what sharing needs
        │   ├── GatewayDown               an outage that outlasts our patience
        │   │   └── AnswersUnreadable       it answers, but nothing that can be read
        │   ├── Interrupted               we were asked to stop
        │   ├── ClientClosed              the client was closed
        │   └── JournalFailed             what is learned cannot be kept: disk full, I/O error
        ├── TokenRejected               401: this token is no longer good
        ├── Unavailable                 ask again later
        │   ├── Unreachable               no connection, or it broke
        │   ├── TimedOut                  no complete answer in time
        │   │   └── DeadlinePassed          not within the time that the caller gave
        │   ├── ServerError               5xx
        │   ├── Throttled                 429
        │   ├── TokenUnavailable          no token to be had for now
        │   └── SharingUnavailable        Redis is out of reach, and with it the pace that is shared
        ├── BrokenAnswer                the answer is not what the contract promises
        │   ├── WrongCitizen              it is about somebody else
        │   └── Unexplained               4xx without a word on what is wrong
        └── InternalFault               a defect of this package, kept to the row it hit

This module knows what each error means, how far it reaches and whose move comes next. It refuses to
know how errors come about, and no error carries an SSIN, a reference, a token, a key, a URL or a
body: texts are built from constants, status codes and names of parameters only.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Move(enum.Enum):
    """Whose move it is."""

    EMPLOYER = "employer"
    """The employer decides, or corrects the row."""
    CITIZEN = "citizen"
    """The citizen has to give (or renew) the citizen mandate."""
    OPERATOR = "operator"
    """Whoever runs this client: settings, keys, registration."""
    LATER = "later"
    """Nobody can do anything but ask again later."""
    NOBODY = "nobody"
    """Final: asking again changes nothing."""


class Reach(enum.Enum):
    """How far a fault reaches: this row, every row of the same caller, or every row of the batch."""

    ROW = "row"
    CALLER = "caller"
    BATCH = "batch"


class PrecontractualError(Exception):
    """The one root. `diagnosis` says what is wrong, `next_step` what to do about it."""

    move: Move = Move.OPERATOR
    next_step: str = ""

    def __init__(self, diagnosis: str, next_step: str | None = None) -> None:
        super().__init__(diagnosis)
        self.diagnosis = diagnosis
        if next_step is not None:
            self.next_step = next_step


# --- what we were given -----------------------------------------------------------------------------


class InputError(PrecontractualError, ValueError):
    """What we were given cannot be asked; no call was made."""

    move = Move.EMPLOYER


class InvalidIdentifier(InputError):
    """A value that cannot be the number it should be. The value itself is not repeated."""

    next_step = "Correct the number in the list."


class InvalidQuery(InputError):
    """One query that cannot be asked, with every violation: `violations` is a tuple of texts."""

    next_step = "Correct it and ask again."

    def __init__(self, violations: Sequence[str]) -> None:
        super().__init__("; ".join(violations))
        self.violations: tuple[str, ...] = tuple(violations)

    def __reduce__(self) -> tuple[type[InvalidQuery], tuple[tuple[str, ...]]]:
        return type(self), (self.violations,)


class StartDateNotOpen(InputError):
    """The start date lies beyond the window of today; it can be asked from `opens_on` (Brussels)."""

    move = Move.LATER

    def __init__(self, opens_on: date) -> None:
        super().__init__(
            f"this start date can be asked from {opens_on.isoformat()}",
            f"Ask again on or after {opens_on.isoformat()}.",
        )
        self.opens_on = opens_on

    def __reduce__(self) -> tuple[type[StartDateNotOpen], tuple[date]]:
        return type(self), (self.opens_on,)


class InvalidList(InputError):
    """A list that cannot be understood as a whole: no such column, no such format."""


class InvalidSettings(InputError):
    """Settings that cannot work, with every problem at once."""

    move = Move.OPERATOR


class JournalRefused(InputError):
    """A journal that cannot be used as it is: another process holds it, it is newer, or has another key."""

    move = Move.OPERATOR


class JournalBusy(JournalRefused):
    """Another process holds the journal: the same will work when that has ended."""

    move = Move.LATER


# --- the gateway, and the way to it -----------------------------------------------------------------


class Fault(PrecontractualError):
    """Something went wrong at the gateway or on the way.

    `status` is the HTTP status when there was one, `retry_after` the pause in seconds that the
    gateway asked for, `trace_id` what to quote to the gateway's helpdesk. `reach` says whether the
    same would happen to every other query.
    """

    move: Move = Move.LATER
    reach: Reach = Reach.ROW
    seen: str = ""
    """Of an answer that cannot be read: its status, media type, content coding and size; nothing it holds."""

    def __init__(
        self,
        diagnosis: str,
        next_step: str | None = None,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        trace_id: str | None = None,
    ) -> None:
        super().__init__(diagnosis, next_step)
        self.status = status
        self.retry_after = retry_after
        self.trace_id = trace_id

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.diagnosis, self.next_step), self.__dict__

    def __copy__(self) -> Self:
        """The same for somebody else in this process: no traceback, and all that a pickle masks."""
        twin = type(self).__new__(type(self), *self.args)
        twin.__dict__.update(self.__dict__)
        return twin


class RunStopped(Fault):
    """The same for every query: a batch stops once, with this."""

    move = Move.OPERATOR
    reach = Reach.BATCH


class CallerRejected(RunStopped):
    """400 about the caller's own numbers (manual §3.3.7-10, §3.3.14).

    About the represented enterprise it reaches the rows of that caller (`Reach.CALLER`): a mandatary's
    list may hold the rows of others. About the number in the token it reaches the batch.
    """

    next_step = (
        "Check ENTERPRISE_NUMBER and REPRESENTED_ENTERPRISE_NUMBER against the registration in Chaman, and "
        "that the list leaves no employer out."
    )


class CredentialsRefused(RunStopped):
    """Who we are is refused: client id, key, certificate, audience or scope (RFC 6749 §5.2)."""

    next_step = (
        "Check CLIENT_ID, the AUDIENCE, and whether key and certificate are those registered in Chaman."
    )


class AccessDenied(RunStopped):
    """403: we are known, but may not do this."""

    next_step = "Ask for the missing scope or permission on the API in Chaman."


class AddressWrong(RunStopped):
    """The other side does not know this address or this kind of request."""

    next_step = (
        "Check API_URL and TOKEN_URL; the path is verifyPrecontractualData, in exactly these letter cases."
    )


class CertificateRefused(RunStopped):
    """TLS: the server's certificate does not prove that it is the gateway. Nothing was sent."""

    next_step = (
        "Check the address and the clock; behind a company proxy that inspects TLS, set CA_FILE to its CA."
    )


class Paused(RunStopped):
    """The gateway asks for a pause of `retry_after` seconds: too long to sleep through."""

    move = Move.LATER

    def __init__(self, retry_after: float, *, status: int | None, trace_id: str | None) -> None:
        super().__init__(
            f"the gateway asks to come back in {retry_after:.0f} seconds",
            "Run it again after that.",
            status=status,
            retry_after=retry_after,
            trace_id=trace_id,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _paused, (self.retry_after, self.status, self.trace_id)


def _paused(retry_after: float, status: int | None, trace_id: str | None) -> Paused:
    return Paused(retry_after, status=status, trace_id=trace_id)


class SharingRefused(RunStopped):
    """Redis refuses who we are, cannot prove who it is, or cannot do what sharing needs."""

    next_step = "Check REDIS_URL: user, password, scheme and port; it must be a Redis 5 or later."


class GatewayDown(RunStopped):
    """No answer from the gateway for as long as we were told to wait."""

    move = Move.LATER
    next_step = "Run it again when the gateway is back."


class AnswersUnreadable(GatewayDown):
    """Many answers in a row could not be read, and none that came meanwhile: they are not the gateway's."""

    move = Move.OPERATOR
    next_step = "Ask who runs your network about a proxy or a login page between you and the gateway."


class Interrupted(RunStopped):
    """Whoever started the run asked it to stop."""

    move = Move.LATER
    next_step = "Run it again."


class ClientClosed(RunStopped):
    """The client was closed: while this was asked, or before."""

    move = Move.LATER
    next_step = "Ask again with a client that stays open."


class JournalFailed(RunStopped):
    """The journal cannot keep what is learned, so nothing more is asked. What it holds is whole."""

    next_step = "Make room on the disk, check its rights, and run it again: it goes on where it was."


class TokenRejected(Fault):
    """401: the gateway does not accept this bearer token any more."""

    move = Move.OPERATOR
    next_step = "Run it again later; when it stays, ask the gateway's helpdesk, with the trace id."


class Unavailable(Fault):
    """Nothing is known yet; the same question may well be answered later."""

    next_step = "Run it again later."


class Unreachable(Unavailable):
    """No connection to the other side, or it broke before the answer was complete."""


class TimedOut(Unavailable):
    """No complete answer within the time for one attempt."""


class DeadlinePassed(TimedOut):
    """No answer within the time that the caller gave; what was under way for nobody else has ended."""

    next_step = "Ask again later, or with more time."


class ServerError(Unavailable):
    """5xx: the gateway or the service behind it failed (manual §3.3.16)."""


class Throttled(Unavailable):
    """429: too many requests; everybody waits for `retry_after`."""


class TokenUnavailable(Unavailable):
    """The OAuth server gives no token for now."""


class SharingUnavailable(Unavailable):
    """Redis is out of reach: without it nobody knows whether the allowed rate is kept. Nothing was sent."""

    move = Move.OPERATOR
    next_step = "Start Redis again; with PROCESSES set, each process goes on with its share meanwhile."


class BrokenAnswer(Fault):
    """The answer is not what the contract promises, so it answers nothing."""

    next_step = "Run it again later; when it stays, report it with the trace id."


class WrongCitizen(BrokenAnswer):
    """The answer's reference names another citizen: somebody mixed answers up. Nothing of it is used."""

    move = Move.OPERATOR
    next_step = "Report it to the gateway's helpdesk at once, with the trace id."


class Unexplained(BrokenAnswer):
    """The request was turned down without a problem document: by a firewall, perhaps, or a proxy.

    It says nothing about the citizen, so it is no "no", and no word of the gateway's for good.
    """

    move = Move.OPERATOR
    next_step = "Run it again later; when it stays, ask the gateway's helpdesk, with the trace id."


class InternalFault(Fault):
    """A defect of this package, kept to the row it hit; only the name of the exception is kept."""

    move = Move.OPERATOR
    next_step = "Report it to the maintainers of precontractual-async, with the version."

    @classmethod
    def of(cls, error: Exception) -> InternalFault:
        """The fault for an error that nobody expected: its name, since its text may hold anything."""
        return cls(f"a defect of precontractual-async ({type(error).__name__})")
