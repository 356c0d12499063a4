"""All that telemetry exports of a bad day: what the tables say, all of it, and nobody's number."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from attrs import define, evolve
from support.canary import Canary
from support.journals import KEY
from support.telemetry import Exported, kind

from precontractual_async import (
    Candidate,
    Interrupted,
    PrecontractualClient,
    RetryPolicy,
    SqliteJournal,
    verify_many,
)
from precontractual_async.observability.events import (
    Event,
    OutageProbed,
    PauseBegan,
    RowTold,
    TokenRequestEnded,
    WaitReason,
)
from precontractual_async.observability.otel import table
from precontractual_async.sandbox import SCENARIOS, Faults, Sandbox, generate_ssins
from precontractual_async.sandbox.server import EMPLOYER_NUMBER

PERSISTENT = RetryPolicy(base=0.05, cap=0.2, attempts=20)
NUMBERS = [*SCENARIOS.values(), *islice(generate_ssins(140), 140)]


@define
class BadDay:
    """A gateway that drops connections, errs, finds us too fast, and goes away for a while; and its OAuth server.

    It listens in, so that each happens just once: no token at first, then after some rows a limit of one call a
    second until everybody waits, then no answer until the first probe of an outage.
    """

    exported: Exported
    sandbox: Sandbox
    _rows: int = 0

    def __call__(self, event: Event, /) -> None:
        self.exported.observer(event)
        faults, gateway = self.sandbox.faults, self.sandbox.gateway
        match event:
            case TokenRequestEnded():
                faults.token_error_share = 0.0
            case RowTold():
                self._rows += 1
                gateway.limit = 1 if self._rows == 20 else gateway.limit
                faults.error_share = 1.0 if self._rows == 60 else faults.error_share
            case PauseBegan():
                gateway.limit = None
            case OutageProbed():
                faults.error_share = 0.0
            case _:
                pass


async def _bad_day(exported: Exported, journal: Path) -> None:
    """A batch, two who verify the same together, and a batch that is stopped before it begins."""
    faults = Faults(error_share=0.1, drop_share=0.05, token_error_share=1.0)
    async with (
        Sandbox(limit=None, token_life=2.0, faults=faults) as sandbox,
        SqliteJournal(journal, KEY) as kept,
    ):
        settings = evolve(sandbox.settings(), rate=80, concurrency=8, retry=PERSISTENT)
        async with PrecontractualClient(settings, observer=BadDay(exported, sandbox)) as client:
            assert await _screen(client, kept, asyncio.Event()) == 1 + len(NUMBERS)
            day = client.now().date() + timedelta(days=1)
            await asyncio.gather(*(client.verify(NUMBERS[0], day) for _ in range(2)))
            stop = asyncio.Event()
            stop.set()
            with pytest.raises(Interrupted):
                await _screen(client, kept, stop)


async def _screen(client: PrecontractualClient, journal: SqliteJournal, stop: asyncio.Event) -> int:
    day = client.now().date() + timedelta(days=1)
    questions = [Candidate(number, day) for number in ("123", *NUMBERS)]
    return len([outcome async for outcome in verify_many(client, questions, journal=journal, stop=stop)])


def _filled(template: str, names: Iterable[str]) -> set[str]:
    """The names that a row with one name for many stands for."""
    pattern = re.sub(r"\\\{\w+\\\}", r"\\w+", re.escape(template))
    return {name for name in names if re.fullmatch(pattern, name)}


def test_fault_telemetry_exports_the_tables_and_nobody(canary: Canary, tmp_path: Path) -> None:
    """Every metric and span of the tables with every attribute, no other; no number, token, reference or query."""
    exported = Exported()
    asyncio.run(_bad_day(exported, tmp_path / "journal.db"))
    metrics = exported.metrics().values()
    assert {(each.name, kind(each), each.unit, each.description) for each in metrics} == {
        (row.name, row.kind, row.unit, row.says) for row in table.METRICS
    }
    for row in table.METRICS:
        assert exported.attributes(row.name) == set(row.attributes), row.name
    _check_spans(exported)
    _check_accounts(exported)
    for said in exported.said():
        canary.hear("telemetry", said)
        assert "?" not in said
        assert EMPLOYER_NUMBER.lstrip("0") not in said
    assert canary.carried >= {"number", "token", "reference", "assertion", "client id"}


def _check_spans(exported: Exported) -> None:
    rows = {row.name.partition(" ")[0]: row for row in table.SPANS if row.name != table.RUN}  # the command's
    found: dict[str, set[str]] = {name: set() for name in rows}
    for span in exported.spans():
        row = rows[span.name.partition(" ")[0]]
        attributes = dict(span.attributes or {})
        assert span.name == row.name.replace("{url.template}", str(attributes.get(table.TEMPLATE)))
        assert span.kind.name.lower() == row.kind
        assert not span.events
        found[row.name.partition(" ")[0]] |= attributes.keys()
    for name, row in rows.items():
        filled = [_filled(each, found[name]) for each in row.attributes]
        assert all(filled), row
        assert found[name] == set().union(*filled)


def _check_accounts(exported: Exported) -> None:
    """What the metrics count is what the spans are; nothing is left on the wire, and no outage on."""
    spans = exported.spans()
    requests = [span for span in spans if span.name.startswith(("GET ", "POST "))]
    assert sum(exported.values("http.client.request.duration").values()) == len(requests)
    verifications = [span for span in spans if span.name == table.VERIFICATION]
    assert sum(exported.values("precontractual.verifications").values()) == len(verifications)
    for name in ("http.client.active_requests", "precontractual.outages"):
        assert set(exported.values(name).values()) == {0}
    waits = exported.values("precontractual.wait.duration")
    assert {reason for attributes in waits for _, reason in attributes} == {each.value for each in WaitReason}
