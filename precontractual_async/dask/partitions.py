"""The messages that cross a Dask cluster: partitions of queries, and reports on them, both encrypted.

Pure except for the nonce. Knows their format, and derives the key of a run from the private key, which
coordinator and workers already have. The derived key never travels, so scheduler, dashboard and spilled files
hold nothing readable. It also depends on the addresses and the client id: a worker with other settings cannot
decrypt a partition, and asks nothing. Leaves to others: Dask.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import date
from typing import Final

from attrs import astuple, define, field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..journal.recheck import Learned
from ..journal.record import Records, caller_of, numbers_of
from ..model.answers import Labels
from ..model.errors import RunStopped
from ..model.identifiers import Ssin
from ..model.questions import Query, TypeOfWorker
from ..settings.settings import Settings

# A worker returns one of these words, and bytes.
REPORT: Final = "report"
BEGUN: Final = "begun"
"""This partition was begun by a worker that is lost, or this worker is closing: it may be sent again."""
UNFIT: Final = "unfit"
"""This worker cannot ask at all; the bytes say why, as plain text."""

_KEY_SIZE: Final = 32
_NONCE_SIZE: Final = 12

_QUERIES: Final = b"queries"
_REPORT: Final = b"report"


@frozen
class CallCounts:
    """The counts of a worker in this run so far; see `Statistics`."""

    requests: int
    retries: int
    token_requests: int
    pauses: int


@frozen
class Report:
    """The report of a worker on a partition."""

    outcomes: Sequence[Learned]
    """One for each query, in their order."""
    worker: str
    """A random name of the process."""
    did: CallCounts


class Envelope:
    """Encrypts and decrypts the messages of one run. `secret`: the private key, as both sides read it."""

    def __init__(self, secret: bytes, run: str, settings: Settings) -> None:
        bound = [settings.api_url, settings.token_url, settings.credentials.client_id]
        purpose = b"precontractual cluster: partitions " + json.dumps(bound).encode()
        key = HKDF(hashes.SHA256(), _KEY_SIZE, run.encode(), purpose).derive(secret)
        self._sealing = AESGCM(key)

    def encrypt_queries(self, queries: Sequence[Query], submission: str) -> bytes:
        """Encrypt queries for the worker that gets this submission, and for no other."""
        return self._encrypt(json.dumps([_written(query) for query in queries]), _QUERIES, submission)

    def queries(self, sealed: bytes, submission: str) -> list[Query]:
        """Decrypt what `encrypt_queries` made.

        Raises:
            RunStopped: the message was changed, or encrypted with other settings.
        """
        return [_read(parts) for parts in json.loads(self._decrypt(sealed, _QUERIES, submission))]

    def encrypt_report(self, report: Report, submission: str) -> bytes:
        """Encrypt the report on this submission."""
        words = _Words()
        records = Records(words)
        outcomes = [records.dumps(outcome, ()).decode() for outcome in report.outcomes]
        document = {
            "outcomes": outcomes,
            "words": list(words.names),
            "worker": report.worker,
            "did": astuple(report.did),
        }
        return self._encrypt(json.dumps(document), _REPORT, submission)

    def report(self, sealed: bytes, submission: str) -> Report:
        """Decrypt what `encrypt_report` made.

        Raises:
            RunStopped: the message was changed, or is about another submission.
        """
        document = json.loads(self._decrypt(sealed, _REPORT, submission))
        records = Records(_Words({words: index for index, words in enumerate(document["words"])}))
        outcomes = [records.loads(outcome.encode())[0] for outcome in document["outcomes"]]
        return Report(outcomes, document["worker"], CallCounts(*document["did"]))

    def _encrypt(self, text: str, kind: bytes, submission: str) -> bytes:
        nonce = os.urandom(_NONCE_SIZE)
        return nonce + self._sealing.encrypt(nonce, text.encode(), kind + submission.encode())

    def _decrypt(self, sealed: bytes, kind: bytes, submission: str) -> bytes:
        nonce, content = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
        try:
            return self._sealing.decrypt(nonce, content, kind + submission.encode())
        except (InvalidTag, ValueError):
            pass
        raise RunStopped(
            "a worker of the cluster has other settings than this process: another key, client id or address",
            "Give every worker the same PRECONTRACTUAL_* variables, and the same key.",
        )


@define
class _Words:
    """The gateway's texts in one report, each stored once."""

    names: dict[str, int] = field(factory=dict)
    _read: dict[str, Labels] = field(factory=dict)

    def name_of(self, labels: Labels) -> str:
        return str(self.names.setdefault(json.dumps(dict(labels.texts)), len(self.names)))

    def labels_of(self, name: str) -> Labels:
        if not self._read:
            self._read = {str(index): Labels(json.loads(text)) for text, index in self.names.items()}
        return self._read[name]


_Parts = tuple[str, str, tuple[str, str | None, str | None], str]


def _written(query: Query) -> _Parts:
    numbers = numbers_of(query.caller)
    return query.citizen.digits, query.start_date.isoformat(), numbers, query.type_of_worker.value


def _read(parts: _Parts) -> Query:
    citizen, start_date, numbers, kind = parts
    return Query(Ssin.parse(citizen), date.fromisoformat(start_date), caller_of(*numbers), TypeOfWorker(kind))
