"""The asyncio client for Belgium's Precontractual Information API, with batch verification.

It asks: may this candidate work for us as a flexi-jobber or a student, from this date? It does so for one
person in a web request, for a list before the season, or every night for those who start next month.

All public names are here. Each is imported when it is first used, so that a program without network calls
does not load aiohttp.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .batch.aggregate import CitizenResult, DateResult, ResultAggregator
    from .batch.backend import VerificationBackend
    from .batch.pool import verify_many
    from .batch.screening import Screening, screen
    from .calls.oauth import Signer
    from .calls.rate_limiter import RateLimiter
    from .calls.shared_token import TokenProvider
    from .calls.statistics import Statistics
    from .calls.throughput import Throughput, Wait
    from .calls.verifier import Verifier
    from .client import PrecontractualClient
    from .dask.client import DaskClient
    from .journal.durable import SqliteJournal
    from .journal.keys import find_journal_key
    from .journal.list_changes import Change, ChangeKind
    from .journal.port import Entry, Journal, MemoryJournal
    from .journal.recheck import RecheckPolicy
    from .model.answers import Answer, Description, FlexiJob, Labels, Status, StudentJob
    from .model.dates import StartDateWindow, opens_on
    from .model.errors import (
        AccessDenied,
        AddressWrong,
        AnswersUnreadable,
        BrokenAnswer,
        CallerRejected,
        CertificateRefused,
        ClientClosed,
        CredentialsRefused,
        DeadlinePassed,
        Fault,
        GatewayDown,
        InputError,
        InternalFault,
        Interrupted,
        InvalidIdentifier,
        InvalidList,
        InvalidQuery,
        InvalidSettings,
        JournalBusy,
        JournalFailed,
        JournalRefused,
        Move,
        Paused,
        PrecontractualError,
        Reach,
        RunStopped,
        ServerError,
        SharingRefused,
        SharingUnavailable,
        StartDateNotOpen,
        Throttled,
        TimedOut,
        TokenRejected,
        TokenUnavailable,
        Unavailable,
        Unexplained,
        Unreachable,
        WrongCitizen,
    )
    from .model.identifiers import EnterpriseNumber, Ssin
    from .model.problems import Issue, Problem, RequestRejected
    from .model.questions import (
        Answered,
        Caller,
        Candidate,
        Deferred,
        Explanation,
        Outcome,
        Pending,
        Query,
        Refused,
        Rejected,
        TypeOfWorker,
    )
    from .model.tallies import Tallies
    from .observability.logs import logging_from_env
    from .protocol.access_token import BearerToken
    from .settings.loading import load_settings
    from .settings.settings import Credentials, Environment, RetryPolicy, Settings, Sharing

__all__ = [
    "AccessDenied",
    "AddressWrong",
    "Answer",
    "Answered",
    "AnswersUnreadable",
    "BearerToken",
    "BrokenAnswer",
    "Caller",
    "CallerRejected",
    "Candidate",
    "CertificateRefused",
    "Change",
    "ChangeKind",
    "CitizenResult",
    "ClientClosed",
    "Credentials",
    "CredentialsRefused",
    "DaskClient",
    "DateResult",
    "DeadlinePassed",
    "Deferred",
    "Description",
    "EnterpriseNumber",
    "Entry",
    "Environment",
    "Explanation",
    "Fault",
    "FlexiJob",
    "GatewayDown",
    "InputError",
    "InternalFault",
    "Interrupted",
    "InvalidIdentifier",
    "InvalidList",
    "InvalidQuery",
    "InvalidSettings",
    "Issue",
    "Journal",
    "JournalBusy",
    "JournalFailed",
    "JournalRefused",
    "Labels",
    "MemoryJournal",
    "Move",
    "Outcome",
    "Paused",
    "Pending",
    "PrecontractualClient",
    "PrecontractualError",
    "Problem",
    "Query",
    "RateLimiter",
    "Reach",
    "RecheckPolicy",
    "Refused",
    "Rejected",
    "RequestRejected",
    "ResultAggregator",
    "RetryPolicy",
    "RunStopped",
    "Screening",
    "ServerError",
    "Settings",
    "Sharing",
    "SharingRefused",
    "SharingUnavailable",
    "Signer",
    "SqliteJournal",
    "Ssin",
    "StartDateNotOpen",
    "StartDateWindow",
    "Statistics",
    "Status",
    "StudentJob",
    "Tallies",
    "Throttled",
    "Throughput",
    "TimedOut",
    "TokenProvider",
    "TokenRejected",
    "TokenUnavailable",
    "TypeOfWorker",
    "Unavailable",
    "Unexplained",
    "Unreachable",
    "VerificationBackend",
    "Verifier",
    "Wait",
    "WrongCitizen",
    "find_journal_key",
    "load_settings",
    "logging_from_env",
    "opens_on",
    "screen",
    "verify_many",
]

# The module of each name: to look up a name imports only its module.
_HOMES: Final = {
    "model.answers": "Answer Description FlexiJob Labels Status StudentJob",
    "batch.aggregate": "CitizenResult DateResult ResultAggregator Tallies",
    "batch.pool": "verify_many",
    "batch.screening": "Screening screen",
    "batch.backend": "VerificationBackend",
    "client": "PrecontractualClient",
    "dask.client": "DaskClient",
    "settings.loading": "load_settings",
    "model.errors": """
        AccessDenied AddressWrong AnswersUnreadable BrokenAnswer CallerRejected CertificateRefused
        ClientClosed CredentialsRefused DeadlinePassed Fault GatewayDown InputError InternalFault Interrupted
        InvalidIdentifier InvalidList InvalidQuery InvalidSettings JournalBusy JournalFailed JournalRefused
        Move Paused PrecontractualError Reach RunStopped ServerError SharingRefused
        SharingUnavailable StartDateNotOpen Throttled TimedOut TokenRejected TokenUnavailable Unavailable
        Unexplained Unreachable WrongCitizen
    """,
    "model.identifiers": "EnterpriseNumber Ssin",
    "journal.recheck": "RecheckPolicy",
    "journal.durable": "SqliteJournal",
    "journal.keys": "find_journal_key",
    "journal.list_changes": "Change ChangeKind",
    "journal.port": "Entry Journal MemoryJournal",
    "observability.logs": "logging_from_env",
    "model.problems": "Issue Problem RequestRejected",
    "model.questions": """
        Answered Caller Candidate Deferred Explanation Outcome Pending Query Refused Rejected
        TypeOfWorker
    """,
    "calls.oauth": "Signer",
    "calls.rate_limiter": "RateLimiter",
    "protocol.access_token": "BearerToken",
    "settings.settings": "Credentials Environment RetryPolicy Settings Sharing",
    "calls.statistics": "Statistics",
    "calls.shared_token": "TokenProvider",
    "calls.verifier": "Verifier",
    "calls.throughput": "Throughput Wait",
    "model.dates": "StartDateWindow opens_on",
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
