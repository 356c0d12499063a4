"""What crosses a cluster: the same on the other side, and nothing to anybody between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from attrs import evolve
from support.canary import Canary
from support.journals import QUERY, answered, query_for
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY, generated

from precontractual_async import (
    Caller,
    Credentials,
    EnterpriseNumber,
    Issue,
    Labels,
    Paused,
    Pending,
    Problem,
    Query,
    Rejected,
    RunStopped,
    Settings,
    Ssin,
    TypeOfWorker,
)
from precontractual_async.dask.partitions import CallCounts, Envelope, Report
from precontractual_async.journal.recheck import Learned

SECRET = bytes(range(200))
OWN = EnterpriseNumber.parse(MANDATARY)
EMPLOYER = EnterpriseNumber.parse(ENTERPRISE)
QUERIES = [
    QUERY,
    Query(
        Ssin.parse("00003241778"), date(2027, 1, 1), Caller.mandatary(OWN, EMPLOYER), TypeOfWorker.FLEXI_JOB
    ),
    Query(Ssin.parse(CITIZEN), date(2026, 12, 2), Caller.portal(OWN, Ssin.parse(CITIZEN), EMPLOYER)),
]


def test_queries_are_the_same_on_the_other_side(settings: Settings) -> None:
    sealed = Envelope(SECRET, "run", settings).encrypt_queries(QUERIES, "one")
    assert Envelope(SECRET, "run", settings).queries(sealed, "one") == QUERIES


def test_reports_are_the_same_on_the_other_side(settings: Settings) -> None:
    """Each kind of outcome; a text that comes often is written once."""
    paused = Paused(400, status=429, trace_id="trace")
    problem = Problem(400, "urn:x", "Bad", "no", None, (Issue("citizen", "bad", "query", CITIZEN),))
    many = [answered(query_for(number)) for number in generated(100)]
    outcomes: list[Learned] = [answered(), Rejected(QUERY, problem), Pending(QUERY, paused), *many]
    report = Report(outcomes, "worker", CallCounts(1, 2, 3, 4))
    sealed = Envelope(SECRET, "run", settings).encrypt_report(report, "one")
    read = Envelope(SECRET, "run", settings).report(sealed, "one")
    pending = read.outcomes[2]
    assert isinstance(pending, Pending)
    assert isinstance(pending.fault, Paused)
    assert pending.fault.retry_after == 400
    assert [*read.outcomes[:2], *read.outcomes[3:]] == [*outcomes[:2], *many]
    assert (read.worker, read.did) == ("worker", report.did)
    assert len(sealed) < 100 * 1500
    labels = many[0].answer.flexi_job.descriptions[0].labels
    assert labels == Labels({"nl": "<i>voorbehoud</i>", "fr": "<i>réserve</i>"})


def test_nothing_can_be_read_in_between(settings: Settings) -> None:
    """In no form; and the same queries never look the same."""
    envelope = Envelope(SECRET, "run", settings)
    canary = Canary({f"citizen {query.citizen.digits}": query.citizen.digits for query in QUERIES})
    one, other = (envelope.encrypt_queries(QUERIES, "one") for _ in range(2))
    assert one != other
    canary.hear("queries", one)
    report = Report([answered(query) for query in QUERIES], "worker", CallCounts(0, 0, 0, 0))
    canary.hear("report", envelope.encrypt_report(report, "one"))
    assert canary.hits() == []


def _other_client(settings: Settings) -> Settings:
    return evolve(settings, credentials=Credentials(client_id="other", private_key="k"))


def _other_gateway(settings: Settings) -> Settings:
    return evolve(settings, api_url="https://production.example/api")


@pytest.mark.parametrize(
    ("secret", "run", "submission", "change"),
    [
        (SECRET[1:], "run", "one", None),
        (SECRET, "another", "one", None),
        (SECRET, "run", "two", None),
        (SECRET, "run", "one", _other_client),
        (SECRET, "run", "one", _other_gateway),
    ],
)
def test_whoever_has_other_settings_opens_nothing(
    settings: Settings,
    secret: bytes,
    run: str,
    submission: str,
    change: Callable[[Settings], Settings] | None,
) -> None:
    """Nor is one partition taken for another: a worker of another gateway asks nothing."""
    sealed = Envelope(SECRET, "run", settings).encrypt_queries(QUERIES, "one")
    other = Envelope(secret, run, change(settings) if change else settings)
    with pytest.raises(RunStopped, match="other settings") as told:
        other.queries(sealed, submission)
    assert told.value.__context__ is None


@pytest.mark.parametrize("at", [0, 11, 12, -1])
def test_what_was_changed_is_not_read(settings: Settings, at: int) -> None:
    """A report is no set of queries either."""
    envelope = Envelope(SECRET, "run", settings)
    sealed = bytearray(envelope.encrypt_queries(QUERIES, "one"))
    with pytest.raises(RunStopped):
        envelope.report(bytes(sealed), "one")
    sealed[at] ^= 1
    with pytest.raises(RunStopped):
        envelope.queries(bytes(sealed), "one")
    with pytest.raises(RunStopped):
        envelope.queries(bytes(sealed[:5]), "one")
