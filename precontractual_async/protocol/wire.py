"""Turns a query into a request, and a response into an answer or a fault.

Knows the URL, the headers, what each status means and which queries it affects (manual §3.2 and §3.3,
belgif REST guide). Leaves to others: how bytes travel, and what to do about a fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from attrs import evolve, field, frozen

from ..model.answers import Answer
from ..model.errors import (
    AccessDenied,
    AddressWrong,
    BrokenAnswer,
    CallerRejected,
    Fault,
    Reach,
    ServerError,
    Throttled,
    TimedOut,
    TokenRejected,
    Unexplained,
    WrongCitizen,
)
from ..model.identifiers import Ssin
from ..model.problems import Issue, Problem, RequestRejected
from ..model.questions import Query, TypeOfWorker
from ..settings.version import USER_AGENT
from .codec import decode_answer, decode_problem


@frozen(repr=False)
class HttpRequest:
    """A request. Its repr shows nothing, because the URL holds an SSIN and the headers a token."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


@frozen(repr=False)
class HttpResponse:
    """A complete response. `headers` has names in lower case, or ignores letter case."""

    status: int
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""


# --- requests ---------------------------------------------------------------------------------------


def encode(
    query: Query, *, address: str, token: str, trace_id: str, user_agent: str = USER_AGENT
) -> HttpRequest:
    """The request for one query (manual §3.2.1.1). `address` is the API base with the path of the call.

    Every value is digits, a date or a constant, so nothing needs to be escaped.
    """
    caller = query.caller
    url = (
        f"{address}?mandataryEnterpriseNumber={caller.enterprise_number.digits}"
        f"&citizen={query.citizen.digits}&startDate={query.start_date.isoformat()}"
    )
    if caller.represented_enterprise_number is not None:
        url += f"&representedEnterpriseNumber={caller.represented_enterprise_number.digits}"
    if query.type_of_worker is not TypeOfWorker.ALL:
        url += f"&typeOfWorker={query.type_of_worker.value}"
    if caller.mandatary_ssin is not None:
        url += f"&mandatarySsin={caller.mandatary_ssin.digits}"
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, application/problem+json",
        # An answer is about 1 kB: compression saves nothing. Still, compressed answers are read.
        "Accept-Encoding": "identity",
        "User-Agent": user_agent,
        "BelGov-Trace-Id": trace_id,
    }
    return HttpRequest("GET", url, headers)


# --- responses --------------------------------------------------------------------------------------

# A UUID, as in belgif's guide, or 24 hexadecimal digits, not all of them decimal, as in the manual's examples
# (§3.3.15); each also as a URN. Anything else may contain personal data that must not appear in a log.
_TRACE_ID = re.compile(
    r"(?:urn:trace-id:)?"
    r"((?=[^A-Fa-f]*[A-Fa-f])[0-9A-Fa-f]{24}|[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12})"
)


def _trace_id_in(text: str) -> str | None:
    match = _TRACE_ID.fullmatch(text.strip())
    return match[1] if match else None


def decipher(response: HttpResponse, *, query: Query, asked_at: datetime, trace_id: str) -> Answer:
    """The gateway's answer to `query`.

    Raises:
        Fault: for any response that is not a readable 200; see `_fault`.
    """
    theirs = _trace_id_in(response.headers.get("belgov-trace-id", ""))
    if response.status == 200:
        trace_id = theirs or trace_id
        wanted = query.type_of_worker
        try:
            answer = decode_answer(response.body, wanted=wanted, asked_at=asked_at, trace_id=trace_id)
        except BrokenAnswer as broken:
            broken.status, broken.seen = 200, seen(response)
            raise
        _check_citizen(answer, query.citizen)
        return answer
    problem = _problem(response)
    trace_id = theirs or _trace_id_in(problem.instance or "") or trace_id
    raise _fault(response, asked_at, evolve(problem, trace_id=trace_id))


def _problem(response: HttpResponse) -> Problem:
    """The problem in an error's body; only the status when the body is no JSON object (a web page)."""
    if not response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return Problem(response.status)
    return decode_problem(response.body, status=response.status)


_MEDIA_TYPE = re.compile(
    r"([a-z]{1,20}/[a-z.+-]{1,60}) *(?:;.*)?", re.IGNORECASE
)  # no digits, which could be a citizen's number
_CODINGS: Final = ("gzip", "deflate", "br", "zstd", "compress")


def seen(response: HttpResponse) -> str:
    """A description of an answer that cannot be read: status, media type, coding and size. It shows neither
    the content nor any header text that could contain some of it.
    """
    media, coding = (response.headers.get(f"content-{name}", "").strip() for name in ("type", "encoding"))
    known = _MEDIA_TYPE.fullmatch(media)
    kind = known[1].lower() if known else "an odd media type" if media else "no media type"
    packed = coding.lower() if coding.lower() in _CODINGS else "an odd content coding" if coding else "plain"
    return f"status {response.status}, {kind}, {packed}, {len(response.body)} bytes"


# The manual's references consist of the SSIN, a date and a serial number.
_REFERENCE = re.compile(r"([0-9]{11})[0-9]{9,}")


def _check_citizen(answer: Answer, citizen: Ssin) -> None:
    """Compare the SSIN in the references: nothing else names the citizen. Other forms are ignored."""
    references = answer.main_reference, answer.flexi_job.reference, answer.student_job.reference
    for reference in references:
        named = _REFERENCE.fullmatch(reference) if reference else None
        if named and named[1] != citizen.digits:
            raise WrongCitizen("the answer is about another citizen", status=200, trace_id=answer.trace_id)


# Statuses whose meaning does not depend on the body. For the other 4xx see `_rejection`.
_BY_STATUS: Final[Mapping[int, tuple[type[Fault], str]]] = {
    401: (TokenRejected, "the gateway does not accept the token"),
    403: (AccessDenied, "the gateway denies access"),
    404: (AddressWrong, "the gateway does not know this path (a wrong letter case is enough)"),
    405: (AddressWrong, "the gateway does not take this method here"),
    406: (AddressWrong, "the gateway cannot answer in JSON here"),
    408: (TimedOut, "the gateway did not get the request in time"),
    413: (AddressWrong, "the gateway finds the request too large"),
    415: (AddressWrong, "the gateway does not take this kind of request here"),
}


def _fault(response: HttpResponse, now: datetime, problem: Problem) -> Fault:
    status, trace_id = problem.status, problem.trace_id
    if status in _BY_STATUS:
        kind, text = _BY_STATUS[status]
        return kind(f"{text} ({status})", status=status, trace_id=trace_id)
    if 300 <= status < 400:
        text = "the gateway redirects, which this API never does"
        return AddressWrong(text, status=status, trace_id=trace_id)
    if status == 429 or 500 <= status < 600:
        return _unavailable(response, now, problem)
    if 400 <= status < 500:
        return _rejection(problem)
    broken = BrokenAnswer(
        "the gateway answered with a status it never uses", status=status, trace_id=trace_id
    )
    broken.seen = seen(response)
    return broken


def _unavailable(response: HttpResponse, now: datetime, problem: Problem) -> Throttled | ServerError:
    status, pause = problem.status, retry_after(response.headers, now)
    if pause is None:
        pause = problem.retry_after
    kind = Throttled if status == 429 else ServerError
    return kind(f"the gateway answered {status}", status=status, retry_after=pause, trace_id=problem.trace_id)


# --- 400: which rows each issue of manual §3.3.7-14 affects ---------------------------------------------

# (parameter, part of the detail) of issues that affect every row of the caller. Others affect only the row.
_CALLER_ISSUES: Final = (
    ("mandataryEnterpriseNumber", ""),
    ("mandatarySsin", ""),
    ("representedEnterpriseNumber", "should not be provided for a request from an employer"),
    ("representedEnterpriseNumber", "should be provided for a request from a provider"),
)


_PERSON_STEP: Final = (
    "MANDATARY_SSIN is the number of the person who asks by the web portal's channel: leave it out when you "
    "ask through the gateway, and at the portal set and check it."
)
_REJECTED: Final = (400, 422)
_PROBLEM: Final = "urn:problem-type:"


def _reaches_caller(issue: Issue) -> bool:
    detail = issue.detail.casefold()
    return any(issue.name == name and part in detail for name, part in _CALLER_ISSUES)


def _rejection(problem: Problem) -> RequestRejected | CallerRejected | Unexplained:
    """A rejection is final, so only a problem document from the gateway that gives a reason counts."""
    if problem.status not in _REJECTED or not (problem.issues or problem.type.startswith(_PROBLEM)):
        text = f"the request was refused without a reason ({problem.status})"
        return Unexplained(text, status=problem.status, trace_id=problem.trace_id)
    about = next((issue.name for issue in problem.issues if _reaches_caller(issue)), None)
    if about is None:
        return RequestRejected(problem)
    fault = CallerRejected(
        f"the gateway rejects the caller's {about}",
        _PERSON_STEP if about == "mandatarySsin" else None,
        status=problem.status,
        trace_id=problem.trace_id,
    )
    fault.reach = Reach.CALLER if about == "representedEnterpriseNumber" else Reach.BATCH
    return fault


# --- Retry-After ------------------------------------------------------------------------------------


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """The pause in seconds that ``Retry-After`` asks for (RFC 9110 §10.2.3); None when it asks for none.

    An HTTP date is compared with the response's own ``Date``, so a wrong clock on our side does not matter.
    A date in the past means no pause; any other text is ignored.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,12}", text):
        return float(text)
    until = http_date(text)
    if until is None:
        return None
    return max(0.0, (until - (http_date(headers.get("date", "")) or now)).total_seconds())


def http_date(text: str) -> datetime | None:
    """The instant of an HTTP date (RFC 9110 §5.6.7), aware, in UTC; None when `text` is not a date."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):  # an overflow at the end of the calendar
        return None
