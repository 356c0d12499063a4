"""The categories of a report: eight kinds of answer to one question, and seven groups by who must act.

Each is one row of a table. The style sheet has colours, patterns and symbols for the mark of each row. Leaves
to others: journals and HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from ..model.answers import Status
from ..model.errors import Move


@frozen
class Kind:
    """What is known about one kind of work on one date."""

    mark: str
    """Its CSS class in the page: one letter, since there are many cells."""
    word: str
    meaning: str
    worth: int
    """How much it says; when the same was asked twice, the higher one is shown."""


OK: Final = Kind("k", "ok", "The conditions of the law are met. Sector and function are yours to check.", 3)
NOK: Final = Kind("n", "nok", "The conditions are not met on this start date.", 3)
NO_GRANT: Final = Kind("m", "no_grant", "The citizen has given no mandate, or it has ended.", 1)
LATER: Final = Kind(
    "l", "not known for now", "It could not be told when it was asked. That is never a “no”.", 1
)
FINAL: Final = Kind(
    "f", "not known: final", "It will not be told: too old, or too young. That is never a “no”.", 3
)
ODD: Final = Kind("o", "unrecognised", "The gateway said something that this version does not know.", 1)
REJECTED: Final = Kind("r", "rejected", "The gateway did not take the question: the number or the date.", 2)
PENDING: Final = Kind("p", "pending", "There is no answer yet. That is never a “no”.", 0)

KINDS: Final = (OK, NOK, NO_GRANT, LATER, FINAL, ODD, REJECTED, PENDING)

_BY_STATUS: Final[Mapping[Status, Kind]] = {
    Status.OK: OK,
    Status.NOK: NOK,
    Status.NO_GRANT: NO_GRANT,
    Status.UNRECOGNISED: ODD,
}


def kind_of(status: Status, move: Move | None) -> Kind:
    """The kind of an answer, by its status and who must act.

    >>> kind_of(Status.UNKNOWN, Move.LATER).word
    'not known for now'
    """
    return _BY_STATUS.get(status) or (FINAL if move is Move.NOBODY else LATER)


@frozen
class Group:
    """Rows with the same thing to do."""

    mark: str
    """Its anchor and CSS class in the page."""
    who: str
    task: str
    """What to do about all rows of the group."""
    step: str
    """The next step for a row that has none of its own."""


OPERATOR: Final = Group(
    "operator", "operator", "Look into them: settings, or an answer that was not understood.", ""
)
CORRECT: Final = Group(
    "correct", "employer", "Correct them in the list, then run it again: something is missing or wrong.", ""
)
MANDATE: Final = Group(
    "mandate", "citizen", "Have them give or confirm their mandate, then run the list again.", ""
)
AGAIN: Final = Group("later", "later", "Run the list again later: it could not be told yet.", "")
DECIDE: Final = Group(
    "decide", "employer", "Decide: they meet the conditions of at least one job.", "Decide."
)
NOTHING: Final = Group(
    "final", "nobody", "Nothing more to ask: the answers are final.", "Nothing more to ask."
)
PAST: Final = Group(
    "past", "nobody", "Their start dates are past: they cannot be asked any more.", "The start date is past."
)

GROUPS: Final = (OPERATOR, CORRECT, MANDATE, AGAIN, DECIDE, NOTHING, PAST)
"""In order of priority, when a row or a citizen belongs to several."""

BY_MOVE: Final[Mapping[Move, Group]] = {
    Move.OPERATOR: OPERATOR,
    Move.EMPLOYER: CORRECT,
    Move.CITIZEN: MANDATE,
    Move.LATER: AGAIN,
    Move.NOBODY: NOTHING,
}
"""The group for something that is not settled."""
