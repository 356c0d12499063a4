"""Everything that can go wrong, and who has to act on each error.

    PrecontractualError
    ├── InputError                    the input cannot be asked (yours to correct)
    │   ├── InvalidIdentifier           an SSIN or enterprise number that cannot be one
    │   ├── InvalidQuery                one query, with every violation at once
    │   ├── StartDateNotOpen            askable, but only from a later day
    │   ├── InvalidList                 a list whose columns cannot be understood
    │   ├── InvalidSettings             settings that cannot work
    │   └── JournalRefused              a journal that cannot be used: newer, another key's
    │       └── JournalBusy               another process holds it
    └── Fault                         the gateway, or the connection to it
        ├── RequestRejected             400 about this one query
        ├── RunStopped                  every query would fail: the run ends
        │   ├── CallerRejected            400 about the caller: wrong or missing enterprise number
        │   ├── CredentialsRefused        the OAuth server or the gateway refuses this client
        │   ├── AccessDenied              403: a scope or permission is missing
        │   ├── AddressWrong              404, 405, 406, 413, 415, a redirect: not the expected API
        │   ├── CertificateRefused        TLS: the server could not prove its identity
        │   ├── Paused                    the gateway asks for a pause longer than we wait
        │   ├── SharingRefused            Redis refuses this client, or lacks what sharing needs
        │   ├── GatewayDown               an outage longer than the patience in the settings
        │   │   └── AnswersUnreadable       answers come, but none can be read
        │   ├── Interrupted               the run was stopped from outside
        │   ├── ClientClosed              the client was closed
        │   └── JournalFailed             the results cannot be stored: disk full, I/O error
        ├── TokenRejected               401: the token is no longer accepted
        ├── Unavailable                 ask again later
        │   ├── Unreachable               no connection, or a broken one
        │   ├── TimedOut                  no complete answer in time
        │   │   └── DeadlinePassed          no answer within the caller's deadline
        │   ├── ServerError               5xx
        │   ├── Throttled                 429
        │   ├── TokenUnavailable          the OAuth server gives no token now
        │   └── SharingUnavailable        Redis cannot be reached, so the shared rate is unknown
        ├── BrokenAnswer                the answer breaks the contract
        │   ├── WrongCitizen              the answer is about another citizen
        │   └── Unexplained               4xx without a reason
        └── InternalFault               a defect of this package; it affects one row only

Knows what each error means, which queries it affects and who has to act. Leaves to others: how errors arise.
No error holds an SSIN, a reference, a token, a key, a URL or a body: texts are built only from constants,
status codes and names of parameters.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Move(enum.Enum):
    """Who has to act next."""

    if not TYPE_CHECKING:
        __hash__ = object.__hash__  # as for `Status`

    EMPLOYER = "employer"
    """The employer decides, or corrects the row."""
    CITIZEN = "citizen"
    """The citizen has to give (or renew) the citizen mandate."""
    OPERATOR = "operator"
    """Whoever runs this client: settings, keys, registration."""
    LATER = "later"
    """Nobody can do more than ask again later."""
    NOBODY = "nobody"
    """The answer is final: asking again changes nothing."""


class Reach(enum.Enum):
    """Which rows a fault affects: this row, every row of the same caller, or every row of the batch."""

    ROW = "row"
    CALLER = "caller"
    BATCH = "batch"


class PrecontractualError(Exception):
    """The base class of all our errors. `diagnosis` says what is wrong, `next_step` what to do about it."""

    move: Move = Move.OPERATOR
    next_step: str = ""

    def __init__(self, diagnosis: str, next_step: str | None = None) -> None:
        super().__init__(diagnosis)
        self.diagnosis = diagnosis
        if next_step is not None:
            self.next_step = next_step


# --- what we were given -----------------------------------------------------------------------------


class InputError(PrecontractualError, ValueError):
    """The input cannot be asked; no call was made."""

    move = Move.EMPLOYER


class InvalidIdentifier(InputError):
    """A value that cannot be the number it should be. The value itself is not repeated."""

    next_step = "Correct the number in the list."


class InvalidQuery(InputError):
    """One query that cannot be asked; the tuple `violations` holds a text for each reason."""

    next_step = "Correct it and ask again."

    def __init__(self, violations: Sequence[str]) -> None:
        super().__init__("; ".join(violations))
        self.violations: tuple[str, ...] = tuple(violations)

    def __reduce__(self) -> tuple[type[InvalidQuery], tuple[tuple[str, ...]]]:
        return type(self), (self.violations,)


class StartDateNotOpen(InputError):
    """The start date lies after today's window; it can be asked from `opens_on` (Brussels)."""

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
    """Settings that cannot work; the text names every problem."""

    move = Move.OPERATOR


class JournalRefused(InputError):
    """A journal that cannot be used: another process holds it, it is newer, or it has another key."""

    move = Move.OPERATOR


class JournalBusy(JournalRefused):
    """Another process holds the journal: try again when that process has ended."""

    move = Move.LATER


# --- the gateway, and the way to it -----------------------------------------------------------------


class Fault(PrecontractualError):
    """Something went wrong at the gateway or on the connection to it.

    `status` is the HTTP status if there was one, `retry_after` the pause in seconds that the gateway asked
    for, `trace_id` the id to quote to its helpdesk. `reach` says which other queries would fail as well.
    """

    move: Move = Move.LATER
    reach: Reach = Reach.ROW
    seen: str = ""
    """An unreadable answer's status, media type, content coding and size; nothing of its content."""

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
        """A copy for another caller in this process: no traceback, but also what a pickle leaves out."""
        twin = type(self).__new__(type(self), *self.args)
        twin.__dict__.update(self.__dict__)
        return twin


class RunStopped(Fault):
    """A fault that every query would meet: a batch stops and reports it once."""

    move = Move.OPERATOR
    reach = Reach.BATCH


class CallerRejected(RunStopped):
    """400 about the caller's own numbers (manual §3.3.7-10, §3.3.14).

    When the represented enterprise is rejected, the fault affects only the rows of that caller
    (`Reach.CALLER`): a mandatary's list may contain other employers. Otherwise it affects the whole batch.
    """

    next_step = (
        "Check ENTERPRISE_NUMBER and REPRESENTED_ENTERPRISE_NUMBER against the registration in Chaman, and "
        "that the list leaves no employer out."
    )


class CredentialsRefused(RunStopped):
    """The client is refused: its id, key, certificate, audience or scope (RFC 6749 §5.2)."""

    next_step = (
        "Check CLIENT_ID, the AUDIENCE, and whether key and certificate are those registered in Chaman."
    )


class AccessDenied(RunStopped):
    """403: the client is known, but has no permission for this."""

    next_step = "Ask for the missing scope or permission on the API in Chaman."


class AddressWrong(RunStopped):
    """The server does not know this address or this kind of request."""

    next_step = (
        "Check API_URL and TOKEN_URL; the path is verifyPrecontractualData, in exactly these letter cases."
    )


class CertificateRefused(RunStopped):
    """TLS: the certificate does not prove that the server is the gateway. Nothing was sent."""

    next_step = (
        "Check the address and the clock; behind a company proxy that inspects TLS, set CA_FILE to its CA."
    )


class Paused(RunStopped):
    """The gateway asks for a pause of `retry_after` seconds: longer than the settings let us wait."""

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
    """Redis refuses this client, cannot prove its own identity, or lacks what sharing needs."""

    next_step = "Check REDIS_URL: user, password, scheme and port; it must be a Redis 5 or later."


class GatewayDown(RunStopped):
    """The gateway did not answer for as long as the settings let us wait."""

    move = Move.LATER
    next_step = "Run it again when the gateway is back."


class AnswersUnreadable(GatewayDown):
    """Many answers in a row could not be read: they probably do not come from the gateway."""

    move = Move.OPERATOR
    next_step = "Ask who runs your network about a proxy or a login page between you and the gateway."


class Interrupted(RunStopped):
    """The run was stopped from outside: by its user, or by a signal."""

    move = Move.LATER
    next_step = "Run it again."


class ClientClosed(RunStopped):
    """The client was closed before the question was asked, or while it was asked."""

    move = Move.LATER
    next_step = "Ask again with a client that stays open."


class JournalFailed(RunStopped):
    """The journal cannot store results, so nothing more is asked. What it already holds is intact."""

    next_step = "Make room on the disk, check its rights, and run it again: it goes on where it was."


class TokenRejected(Fault):
    """401: the gateway does not accept this bearer token any more."""

    move = Move.OPERATOR
    next_step = "Run it again later; when it stays, ask the gateway's helpdesk, with the trace id."


class Unavailable(Fault):
    """There is no answer yet; the same question may be answered later."""

    next_step = "Run it again later."


class Unreachable(Unavailable):
    """There was no connection to the server, or it broke before the answer was complete."""


class TimedOut(Unavailable):
    """No complete answer within the time for one attempt."""


class DeadlinePassed(TimedOut):
    """No answer came within the caller's deadline. A call that nobody else waits for was cancelled."""

    next_step = "Ask again later, or with more time."


class ServerError(Unavailable):
    """5xx: the gateway or the service behind it failed (manual §3.3.16)."""


class Throttled(Unavailable):
    """429: too many requests; everybody waits for `retry_after`."""


class TokenUnavailable(Unavailable):
    """The OAuth server gives no token for now."""


class SharingUnavailable(Unavailable):
    """Redis cannot be reached, so nobody knows whether the allowed rate is kept. Nothing was sent."""

    move = Move.OPERATOR
    next_step = "Start Redis again; with PROCESSES set, each process goes on with its share meanwhile."


class BrokenAnswer(Fault):
    """The answer breaks the gateway's contract, so nothing in it is used."""

    next_step = "Run it again later; when it stays, report it with the trace id."


class WrongCitizen(BrokenAnswer):
    """The answer's reference names another citizen: answers were mixed up. Nothing in it is used."""

    move = Move.OPERATOR
    next_step = "Report it to the gateway's helpdesk at once, with the trace id."


class Unexplained(BrokenAnswer):
    """The request was refused without a problem document, perhaps by a firewall or a proxy.

    The refusal says nothing about the citizen, so it is not a "no" and not final.
    """

    move = Move.OPERATOR
    next_step = "Run it again later; when it stays, ask the gateway's helpdesk, with the trace id."


class InternalFault(Fault):
    """A defect of this package; it affects one row, and only the exception's name is kept."""

    move = Move.OPERATOR
    next_step = "Report it to the maintainers of precontractual-async, with the version."

    @classmethod
    def of(cls, error: Exception) -> InternalFault:
        """The fault for an unexpected error. It holds only the error's name: its text may hold anything."""
        return cls(f"a defect of precontractual-async ({type(error).__name__})")
