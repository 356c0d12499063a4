"""The gateway's complaints: belgif problems in our words, and the error that holds one.

Knows which complaints the manual documents (§3.3) and what to do about each. Leaves to others: JSON and HTTP.
Any text of a problem may quote the citizen's number, so no repr shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve, field, frozen

from .errors import Fault, Move
from .identifiers import Ssin
from .privacy import masked

# The gateway's complaints about a row (manual §3.3.11-13): parameter, part of the detail, reason, next step.
_COMPLAINTS: Final = (
    ("citizen", "", "the gateway does not know this SSIN", "Check the number with the citizen."),
    ("startDate", "past", "the gateway finds the start date in the past", "Correct the start date."),
    ("startDate", "time frame", "the gateway does not take this start date yet", "Ask again nearer to it."),
)
CORRECT: Final = "Correct the row and ask again."


@frozen
class Issue:
    """One complaint of a problem, about one parameter."""

    name: str | None = field(default=None, repr=False)
    detail: str = field(default="", repr=False)
    where: str | None = field(default=None, repr=False)
    """``query``, ``header`` or ``body`` (belgif: ``in``)."""
    value: str | None = field(default=None, repr=False)
    """The part of the request that the issue quotes, as text."""


@frozen
class Problem:
    """A belgif problem (RFC 9457), or what could be read from another error body.

    Any of its texts may quote the request, and so the citizen's number: no repr shows them.
    """

    status: int
    type: str = field(default="", repr=False)
    title: str = field(default="", repr=False)
    detail: str = field(default="", repr=False)
    instance: str | None = field(default=None, repr=False)
    issues: tuple[Issue, ...] = ()
    replaced_by: Ssin | None = None
    """The SSIN that replaces the one in the question (CBSS): it is shown, but never asked by itself."""
    retry_after: float | None = None
    """Seconds to wait, from the body (``retryAfterSec``)."""
    trace_id: str | None = None

    def without_numbers(self) -> Problem:
        """The same problem without anything that can be a citizen's number: quotes and a replacement."""
        issues = (
            Issue(
                each.name if each.name in PARAMETERS else None,
                masked(each.detail),
                masked(each.where) if each.where else None,
            )
            for each in self.issues
        )
        return evolve(
            self,
            type=masked(self.type),
            title=masked(self.title),
            detail=masked(self.detail),
            instance=None,
            issues=tuple(issues),
            replaced_by=None,
        )

    def __str__(self) -> str:
        return self.summary

    @property
    def summary(self) -> str:
        """The problem in our own words and names of parameters only: safe for a log."""
        return "; ".join(dict.fromkeys(reason for reason, _ in self.complaints(is_quoted=False)))

    @property
    def is_too_early(self) -> bool:
        """Whether the only complaint is that the start date cannot be asked yet (manual §3.3.12)."""
        return bool(self.issues) and all(
            each.name == "startDate" and "time frame" in each.detail for each in self.issues
        )

    def complaints(self, *, is_quoted: bool) -> Iterator[tuple[str, str]]:
        """Each complaint, in our words, with what to do about it.

        `is_quoted`: quote an unknown complaint in the gateway's words, without numbers; otherwise name only
        its parameter.
        """
        unknown = [issue for issue in self.issues if _known(issue) is None]
        yield from filter(None, map(_known, self.issues))
        for each in unknown if is_quoted else ():
            yield f"the gateway says about {quoted(each.name or 'it')}: {quoted(each.detail)}", CORRECT
        if not self.issues or (unknown and not is_quoted):
            about = ", ".join(each.name for each in unknown if each.name in PARAMETERS)
            yield f"the gateway answered {self.status}" + (f" about {about}" if about else ""), CORRECT
        if self.replaced_by is not None:
            yield "the SSIN was replaced by another", "Ask the citizen for the new number."


PARAMETERS: Final = frozenset(
    {
        "mandataryEnterpriseNumber",
        "citizen",
        "startDate",
        "representedEnterpriseNumber",
        "typeOfWorker",
        "mandatarySsin",
    }
)
"""The query parameters of the API (manual §3.2.1.1)."""


def _known(issue: Issue) -> tuple[str, str] | None:
    for name, part, reason, step in _COMPLAINTS:
        if issue.name == name and part in issue.detail:
            return reason, step
    return None


def quoted(text: str) -> str:
    """A text of the gateway without anything that could be a person's number, cut to 200 characters."""
    return masked(" ".join(text.split()))[:200]


class RequestRejected(Fault):
    """The gateway answered 400 about this query: `problem` holds its issues.

    The query is asked again only when the start date was too early and nothing else was wrong.
    """

    move: Move = Move.EMPLOYER
    next_step: str

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.summary, status=problem.status, trace_id=problem.trace_id)
        self.problem = problem
        self.next_step = " ".join(dict.fromkeys(step for _, step in problem.complaints(is_quoted=False)))
        if problem.is_too_early:
            self.move = Move.LATER

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problem.without_numbers(),)  # a pickle may be stored or sent anywhere
