"""The asyncio client for Belgium's Precontractual Information API, with batch verification.

May this candidate work for us as a flexi-jobber or a student, from this date? For one person inside a
web request, for a list before the season starts, or every night for who starts next month.

This is the whole public face. Names are imported when they are first used, so that what needs no network
does not pay for aiohttp.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .answers import Answer, Description, FlexiJob, Labels, Status, StudentJob
    from .batch.aggregate import CitizenResult, DateResult, ResultAggregator, Tallies
    from .batch.asker import Asker
    from .batch.pool import verify_many
    from .batch.screening import Screening, screen
    from .client import PrecontractualClient
    from .cluster.dask import DaskClient
    from .configuration import load_settings
    from .errors import (
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
        JournalFailed,
        JournalRefused,
        Move,
        Paused,
        PrecontractualError,
        Reach,
        RequestRejected,
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
    from .identifiers import EnterpriseNumber, Ssin
    from .journal.due import DuePolicy
    from .journal.durable import SqliteJournal
    from .journal.keys import find_journal_key
    from .journal.port import Entry, Journal, MemoryJournal
    from .logs import logging_from_env
    from .model import (
        Answered,
        Caller,
        Candidate,
        Deferred,
        Explanation,
        Issue,
        Outcome,
        Pending,
        Problem,
        Query,
        Refused,
        Rejected,
        TypeOfWorker,
    )
    from .oauth import Signer
    from .pacing import Pace
    from .protocol.grant import BearerToken
    from .settings import Credentials, Environment, RetryPolicy, Settings, Sharing
    from .statistics import Statistics
    from .tokens import TokenProvider
    from .verifier import Verifier
    from .waits import Tempo, Wait
    from .window import StartDateWindow, opens_on

__all__ = [
    "AccessDenied",
    "AddressWrong",
    "Answer",
    "Answered",
    "AnswersUnreadable",
    "Asker",
    "BearerToken",
    "BrokenAnswer",
    "Caller",
    "CallerRejected",
    "Candidate",
    "CertificateRefused",
    "CitizenResult",
    "ClientClosed",
    "Credentials",
    "CredentialsRefused",
    "DaskClient",
    "DateResult",
    "DeadlinePassed",
    "Deferred",
    "Description",
    "DuePolicy",
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
    "JournalFailed",
    "JournalRefused",
    "Labels",
    "MemoryJournal",
    "Move",
    "Outcome",
    "Pace",
    "Paused",
    "Pending",
    "PrecontractualClient",
    "PrecontractualError",
    "Problem",
    "Query",
    "Reach",
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
    "Tempo",
    "Throttled",
    "TimedOut",
    "TokenProvider",
    "TokenRejected",
    "TokenUnavailable",
    "TypeOfWorker",
    "Unavailable",
    "Unexplained",
    "Unreachable",
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

# Where the names live: looking one up imports no more than it must.
_HOMES: Final = {
    "answers": "Answer Description FlexiJob Labels Status StudentJob",
    "batch.aggregate": "CitizenResult DateResult ResultAggregator Tallies",
    "batch.pool": "verify_many",
    "batch.screening": "Screening screen",
    "batch.asker": "Asker",
    "client": "PrecontractualClient",
    "cluster.dask": "DaskClient",
    "configuration": "load_settings",
    "errors": """
        AccessDenied AddressWrong AnswersUnreadable BrokenAnswer CallerRejected CertificateRefused
        ClientClosed CredentialsRefused DeadlinePassed Fault GatewayDown InputError InternalFault Interrupted
        InvalidIdentifier InvalidList InvalidQuery InvalidSettings JournalFailed JournalRefused Move
        Paused PrecontractualError Reach RequestRejected RunStopped ServerError SharingRefused
        SharingUnavailable StartDateNotOpen Throttled TimedOut TokenRejected TokenUnavailable Unavailable
        Unexplained Unreachable WrongCitizen
    """,
    "identifiers": "EnterpriseNumber Ssin",
    "journal.due": "DuePolicy",
    "journal.durable": "SqliteJournal",
    "journal.keys": "find_journal_key",
    "journal.port": "Entry Journal MemoryJournal",
    "logs": "logging_from_env",
    "model": """
        Answered Caller Candidate Deferred Explanation Issue Outcome Pending Problem Query Refused Rejected
        TypeOfWorker
    """,
    "oauth": "Signer",
    "pacing": "Pace",
    "protocol.grant": "BearerToken",
    "settings": "Credentials Environment RetryPolicy Settings Sharing",
    "statistics": "Statistics",
    "tokens": "TokenProvider",
    "verifier": "Verifier",
    "waits": "Tempo Wait",
    "window": "StartDateWindow opens_on",
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
