"""What goes out, and what each status means: values in, values out."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY
from support.ways import GOOD, reply

from precontractual_async import (
    AccessDenied,
    AddressWrong,
    BrokenAnswer,
    Caller,
    CallerRejected,
    EnterpriseNumber,
    Fault,
    Move,
    Query,
    Reach,
    RequestRejected,
    ServerError,
    Ssin,
    Throttled,
    TimedOut,
    TokenRejected,
    TypeOfWorker,
    Unexplained,
)
from precontractual_async.protocol.wire import HttpRequest, HttpResponse, decipher, encode, retry_after

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ME, OTHER = EnterpriseNumber.parse(ENTERPRISE), EnterpriseNumber.parse(MANDATARY)
PERSON = Ssin.parse(CITIZEN)
QUERY = Query(PERSON, date(2025, 3, 30), Caller.enterprise(ME))


def encoded(caller: Caller, kind: TypeOfWorker = TypeOfWorker.ALL) -> HttpRequest:
    query = Query(PERSON, date(2025, 3, 30), caller, kind)
    return encode(query, address="https://host/v1/verifyPrecontractualData", token="t0k3n", trace_id="trace")


def test_an_employers_request() -> None:
    """§3.2.2.1: three parameters; both kinds of work wanted means no typeOfWorker at all."""
    assert encoded(Caller.enterprise(ME)).url == (
        "https://host/v1/verifyPrecontractualData"
        "?mandataryEnterpriseNumber=0880820673&citizen=07010189901&startDate=2025-03-30"
    )


def test_a_mandatarys_request() -> None:
    """§3.2.2.2: the mandatary's number first, the employer's as represented."""
    url = encoded(Caller.mandatary(OTHER, ME), TypeOfWorker.FLEXI_JOB).url
    assert f"mandataryEnterpriseNumber={MANDATARY}&" in url
    assert f"&representedEnterpriseNumber={ENTERPRISE}&" in url
    assert url.endswith("&typeOfWorker=flexiJob")


def test_only_the_portal_names_a_person() -> None:
    """mandatarySsin goes out through the portal channel, and never otherwise."""
    assert "&mandatarySsin=10010190162" in encoded(Caller.portal(ME, Ssin.parse("10010190162"))).url
    assert "mandatarySsin" not in encoded(Caller.mandatary(OTHER, ME)).url


def test_headers() -> None:
    """Bearer token, JSON, name and version, trace id."""
    headers = encoded(Caller.enterprise(ME)).headers
    assert headers["Authorization"] == "Bearer t0k3n"
    assert headers["Accept"] == "application/json, application/problem+json"
    assert re.fullmatch(r"precontractual-async/[0-9.]+", headers["User-Agent"])
    assert headers["BelGov-Trace-Id"] == "trace"


def test_requests_and_responses_do_not_show_themselves() -> None:
    """Their reprs hold no number and no token."""
    request = encoded(Caller.enterprise(ME))
    shown = repr(request) + str(request) + repr(reply()) + str(reply())
    assert CITIZEN not in shown
    assert "t0k3n" not in shown


def fault_of(response: HttpResponse) -> Fault:
    with pytest.raises(Fault) as raised:
        decipher(response, query=QUERY, asked_at=NOW, trace_id="ours")
    return raised.value


@pytest.mark.parametrize(
    ("status", "kind", "reach"),
    [
        (201, BrokenAnswer, Reach.ROW),
        (204, BrokenAnswer, Reach.ROW),
        (301, AddressWrong, Reach.BATCH),
        (307, AddressWrong, Reach.BATCH),
        (400, Unexplained, Reach.ROW),
        (401, TokenRejected, Reach.ROW),
        (403, AccessDenied, Reach.BATCH),
        (404, AddressWrong, Reach.BATCH),
        (405, AddressWrong, Reach.BATCH),
        (406, AddressWrong, Reach.BATCH),
        (408, TimedOut, Reach.ROW),
        (413, AddressWrong, Reach.BATCH),
        (415, AddressWrong, Reach.BATCH),
        (407, Unexplained, Reach.ROW),
        (409, Unexplained, Reach.ROW),
        (422, Unexplained, Reach.ROW),
        (429, Throttled, Reach.ROW),
        (500, ServerError, Reach.ROW),
        (502, ServerError, Reach.ROW),
        (503, ServerError, Reach.ROW),
        (504, ServerError, Reach.ROW),
        (599, ServerError, Reach.ROW),
        (600, BrokenAnswer, Reach.ROW),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>07010189901</html>", b'{"status": 500, "path": "/x"}', b"[]"])
def test_each_status_is_one_fault_whatever_the_body(
    status: int, kind: type[Fault], reach: Reach, body: bytes
) -> None:
    """The status decides; nothing of the body shows."""
    fault = fault_of(HttpResponse(status, {}, body))
    assert (type(fault), fault.reach, fault.status or 301) == (kind, reach, fault.status or 301)
    assert "07010189901" not in repr(fault) + str(fault)
    assert fault.next_step


@pytest.mark.parametrize(
    ("name", "detail", "kind"),
    [
        ("representedEnterpriseNumber", "The representedEnterpriseNumber should not be provided for a request from an employer", CallerRejected),
        ("representedEnterpriseNumber", "The representedEnterpriseNumber should be provided for a request from a provider", CallerRejected),
        ("mandataryEnterpriseNumber", "The mandataryEnterpriseNumber does not correspond to the CBE provided in the token", CallerRejected),
        ("mandatarySsin", "The mandataryEnterpriseNumber does not correspond to the CBE provided in the token", CallerRejected),
        ("mandataryEnterpriseNumber", "The mandataryEnterpriseNumber is not valid or does not exist", CallerRejected),
        ("representedEnterpriseNumber", "is not valid or does not exist", RequestRejected),
        ("startDate", "StartDate cannot be in the past", RequestRejected),
        ("startDate", "StartDate should fall within the permitted time frame", RequestRejected),
        ("citizen", "The citizen SSIN is not valid or does not exist", RequestRejected),
        ("typeOfWorker", "unknown", RequestRejected),
        (None, "something new", RequestRejected),
    ],
)  # fmt: skip
def test_each_400_of_the_manual_has_its_reach(name: str | None, detail: str, kind: type[Fault]) -> None:
    """§3.3.7-14: about the caller it stops the batch, about the row it is the row's."""
    document = {
        "type": "urn:problem-type:belgif:badRequest",
        "issues": [{"detail": detail, "in": "query", "name": name, "value": "07010189901"}],
    }
    fault = fault_of(reply(400, document))
    assert type(fault) is kind
    assert (fault.move is Move.LATER) is ("time frame" in detail)
    assert "07010189901" not in str(fault) + repr(fault)


def test_a_caller_issue_among_others_reaches_the_batch() -> None:
    """One issue about the caller is enough, wherever it stands."""
    issues = [{"name": "citizen", "detail": "no"}, {"name": "mandataryEnterpriseNumber", "detail": "no"}]
    assert isinstance(fault_of(reply(400, {"issues": issues})), CallerRejected)


NO_TRACE_IDS = (
    "",
    "abc-123",
    "a\nb",
    "x" * 36,
    "07010189901",
    f"{'0' * 36}\n",
    "07010189901-0000-0000-0000-00000000",
)


def test_trace_ids() -> None:
    """Theirs when it is a UUID, ours otherwise: it goes into logs."""
    good = ("d9b7a5c1-1f1e-4a52-9d7b-0a4c8e2f6b31", "D9B7A5C11F1E4A529D7B0A4C8E2F6B31")
    for theirs, expected in (*((one, one) for one in good), *((one, "ours") for one in NO_TRACE_IDS)):
        answer = decipher(
            reply(200, GOOD, belgov_trace_id=theirs), query=QUERY, asked_at=NOW, trace_id="ours"
        )
        assert answer.trace_id == expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "-7"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "٧"}, None),
        ({"retry-after": "9" * 12}, float("9" * 12)),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:30 GMT"}, 30),
        ({"retry-after": "Tue, 24 Nov 2026 08:59:00 GMT"}, 0),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:30 GMT", "date": "Tue, 24 Nov 2026 09:00:20 GMT"}, 10),
        ({"retry-after": "Tue, 24 Nov 2026 09:00:30 -0000"}, 30),
        ({"retry-after": "Tue, 99 Nov 2026 09:00:30 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, or an HTTP-date against the response's own Date; the past is now; garbage is nothing."""
    assert retry_after(headers, NOW) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_is_a_number_or_nothing(text: str) -> None:
    """Whatever stands in the header: seconds from zero on, or None."""
    seconds = retry_after({"retry-after": text}, NOW)
    assert seconds is None or seconds >= 0


def test_retry_after_in_the_body() -> None:
    """belgif's retryAfterSec counts when there is no header."""
    kind = "application/problem+json"
    assert fault_of(reply(429, {"retryAfterSec": 9}, content_type=kind)).retry_after == 9
    assert fault_of(reply(503, {"retryAfterSec": 9}, content_type=kind, retry_after="3")).retry_after == 3
    assert fault_of(reply(503, {"retryAfterSec": "later"}, content_type=kind)).retry_after is None


def test_a_page_is_not_read() -> None:
    """502 and its like come with whatever a proxy says: only what looks like JSON is looked into."""
    page = HttpResponse(503, {}, b'<html>\n{"retryAfterSec": 9}</html>')
    assert fault_of(page).retry_after is None
    for head in ({}, {"content-type": "text/html"}, {"content-type": "Application/Problem+JSON"}):
        assert fault_of(HttpResponse(503, head, b'\xef\xbb\xbf {"retryAfterSec": 9}')).retry_after == 9


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (400, {"type": "urn:problem-type:belgif:badRequest"}, RequestRejected),
        (422, {"type": "urn:problem-type:belgif:x"}, RequestRejected),
        (400, {"issues": [{"name": "citizen"}]}, RequestRejected),
        (400, {"issues": []}, Unexplained),
        (400, {"type": "about:blank", "title": "Bad Request"}, Unexplained),
        (400, {"timestamp": "x", "status": 400, "error": "Bad Request", "path": "/x"}, Unexplained),
        (409, {"type": "urn:problem-type:belgif:badRequest"}, Unexplained),
    ],
)
def test_a_rejection_is_the_gateways_own_word(
    status: int, document: dict[str, object], kind: type[Fault]
) -> None:
    """It is final, so a firewall's or a proxy's 400 is none: that row stays pending."""
    assert type(fault_of(reply(status, document))) is kind


def test_the_manuals_500_is_in_springs_form() -> None:
    """§3.3.16: status, error, path; the path does not show."""
    document = {
        "timestamp": "2024-12-02T16:06:36.885+00:00",
        "status": 500,
        "error": "e",
        "path": "/career/x",
    }
    fault = fault_of(HttpResponse(500, {}, json.dumps(document).encode()))
    assert isinstance(fault, ServerError)
    assert "/career" not in str(fault)
