"""OpenTelemetry: spans below spans, what is shared with whom, and who else is kept from watching."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import yaml  # type: ignore[import-untyped]
from attrs import evolve
from opentelemetry import trace
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind, StatusCode
from support import virtual
from support.journals import InlineJournal
from support.numbers import CITIZEN, generated
from support.raw import response
from support.readme import README
from support.telemetry import Exported
from support.virtual import elapsed
from support.ways import Way, reply
from support.wire import facing, saying

from precontractual_async import Candidate, Fault, PrecontractualClient, ServerError, Settings, verify_many
from precontractual_async.batch.exits import CREDENTIALS_REFUSED, GATEWAY_UNAVAILABLE
from precontractual_async.model.moves import OUTCOME_WORDS
from precontractual_async.observability.batch_metrics import BATCH_METRICS
from precontractual_async.observability.otel import table

DAY = "2026-12-01"
GET = "GET /api/verifyPrecontractualData"
POST = "POST /token"

ClientOf = Callable[[Way], PrecontractualClient]


@pytest.fixture
def exported() -> Exported:
    return Exported()


@pytest.fixture
def client_of(settings: Settings, exported: Exported) -> ClientOf:
    """A client over a way that tells `exported`, in virtual time."""

    def make(way: Way) -> PrecontractualClient:
        using = evolve(settings, concurrency=5, rate=100)
        return PrecontractualClient(
            using, transport=way, now=virtual.now, jitter=lambda: 0.5, observer=exported.observer
        )

    return make


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent and span.parent.span_id


def context_of(span: ReadableSpan) -> SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context


def id_of(span: ReadableSpan) -> int:
    return context_of(span).span_id


def attributes_of(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


# --- spans ------------------------------------------------------------------------------------------


def test_a_verification_stands_below_the_callers_span_and_its_requests_below_it(
    exported: Exported, client_of: ClientOf
) -> None:
    """By the semantic conventions: a span of kind client for each request, and those sent again numbered."""
    way = Way(lambda _: reply(500) if len(way.calls) == 1 else reply(), delay=0.25, token_delay=0.5)

    async def main() -> None:
        tracer = exported.tracing.get_tracer("the caller's")
        async with client_of(way) as client:
            with tracer.start_as_current_span("the caller's") as callers:
                await client.verify(CITIZEN, DAY)
                assert trace.get_current_span() is callers

    virtual.run(main())
    (token,), (first, second) = exported.spans(POST), exported.spans(GET)
    (verification,), (callers,) = exported.spans(table.VERIFICATION), exported.spans("the caller's")
    assert parent_of(verification) == id_of(callers)
    assert {parent_of(each) for each in (token, first, second)} == {id_of(verification)}
    assert {each.kind for each in (token, first, second)} == {SpanKind.CLIENT}
    assert verification.kind is SpanKind.INTERNAL
    endpoint = {"http.request.method": "GET", "server.address": "127.0.0.1", "server.port": 9}
    assert attributes_of(first) == endpoint | {
        "url.template": "/api/verifyPrecontractualData",
        "precontractual.trace_id": way.calls[0].headers["BelGov-Trace-Id"],
        "http.response.status_code": 500,
        "error.type": "ServerError",
    }
    assert (first.status.status_code, first.status.description) == (
        StatusCode.ERROR,
        "the gateway answered 500",
    )
    assert attributes_of(second) == endpoint | {
        "url.template": "/api/verifyPrecontractualData",
        "precontractual.trace_id": way.calls[1].headers["BelGov-Trace-Id"],
        "http.request.resend_count": 1,
        "http.response.status_code": 200,
    }
    assert attributes_of(token) == endpoint | {
        "http.request.method": "POST",
        "url.template": "/token",
        "http.response.status_code": 200,
    }
    assert {each.status.status_code for each in (second, token, verification)} == {StatusCode.UNSET}
    waits = {name: round(float(took), 2) for name, took in attributes_of(verification).items()}  # type: ignore[arg-type]
    assert waits == {
        "precontractual.attempts": 2,
        "precontractual.wait.token": 0.5,
        "precontractual.wait.retry": 0.25,
    }


def test_a_verification_that_fails_says_why_and_shows_no_exception(
    exported: Exported, client_of: ClientOf
) -> None:
    """Its kind and our diagnosis: an exception's text may be anybody's, and its stack shows what was asked."""

    async def main() -> None:
        async with client_of(Way(lambda _: reply(500))) as client:
            with pytest.raises(ServerError):
                await client.verify(CITIZEN, DAY)

    virtual.run(main())
    (verification,) = exported.spans(table.VERIFICATION)
    assert attributes_of(verification)["error.type"] == "ServerError"
    assert verification.status.status_code is StatusCode.ERROR
    assert verification.status.description == "the gateway answered 500"
    assert [event for span in exported.spans() for event in span.events] == []
    assert len(exported.spans(GET)) == 8


def test_a_batch_is_linked_to_its_verifications(exported: Exported, client_of: ClientOf) -> None:
    """Each begins a trace of its own; what the reader does meanwhile belongs neither to them nor to the batch."""

    async def main() -> None:
        tracer = exported.tracing.get_tracer("the caller's")
        questions = [Candidate(number, DAY) for number in generated(12)]
        async with client_of(Way()) as client:
            with tracer.start_as_current_span("the caller's"):
                async for _ in verify_many(client, questions):
                    tracer.start_span("the reader's").end()

    virtual.run(main())
    (batch,), (callers,) = exported.spans(table.BATCH), exported.spans("the caller's")
    verifications = exported.spans(table.VERIFICATION)
    assert parent_of(batch) == id_of(callers)
    assert {parent_of(each) for each in exported.spans("the reader's")} == {id_of(callers)}
    assert {parent_of(each) for each in verifications} == {None}
    assert {link.context.span_id for each in verifications for link in each.links} == {id_of(batch)}
    assert len({context_of(each).trace_id for each in verifications}) == 12
    below = Counter(parent_of(each) for each in exported.spans(GET))
    assert below == Counter(id_of(each) for each in verifications)
    assert attributes_of(batch) == {"precontractual.rows.answered": 12}


def test_two_verifications_at_once_do_not_mix(exported: Exported, client_of: ClientOf) -> None:
    """Each has its own attempts, also when one of them was first to need the token."""

    async def main() -> None:
        async with client_of(Way(delay=0.2)) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in generated(20)))

    virtual.run(main())
    verifications = exported.spans(table.VERIFICATION)
    assert Counter(parent_of(each) for each in exported.spans(GET)) == Counter(map(id_of, verifications))
    (token,) = exported.spans(POST)
    assert parent_of(token) in set(map(id_of, verifications))


def test_who_joins_stands_below_its_own_caller(exported: Exported, client_of: ClientOf) -> None:
    """The request belongs to whoever was first; the other's span says how long it waited for that."""

    async def verify(client: PrecontractualClient, name: str) -> None:
        with exported.tracing.get_tracer("the callers'").start_as_current_span(name):
            await client.verify(CITIZEN, DAY)

    async def main() -> None:
        async with client_of(Way(delay=0.5)) as client:
            await asyncio.gather(verify(client, "first"), verify(client, "second"))

    virtual.run(main())
    (first,), (second,), (call,) = exported.spans("first"), exported.spans("second"), exported.spans(GET)
    below = {parent_of(each): each for each in exported.spans(table.VERIFICATION)}
    assert set(below) == {id_of(first), id_of(second)}
    assert parent_of(call) == id_of(below[id_of(first)])
    joined = attributes_of(below[id_of(second)])
    assert (set(joined), joined["precontractual.attempts"]) == (
        {"precontractual.attempts", "precontractual.wait.joined"},
        0,
    )


# --- metrics ----------------------------------------------------------------------------------------


def test_what_is_on_the_wire_and_which_outages_are_on_comes_back_to_nothing(
    exported: Exported, client_of: ClientOf
) -> None:
    """Also when the batch ends in the middle of both."""
    seen: list[tuple[float, float]] = []

    def now() -> tuple[float, float]:
        active = exported.values("http.client.active_requests")
        return sum(active.values()), sum(exported.values("precontractual.outages").values())

    async def main() -> None:
        way = Way(lambda _: reply(503) if elapsed() > 1 else reply(), delay=0.2)
        async with client_of(way) as client:
            questions = [Candidate(number, DAY) for number in generated(100)]
            stop = asyncio.Event()
            running = asyncio.create_task(_read(client, questions, stop))
            for _ in range(20):
                seen.append(now())
                await asyncio.sleep(0.5)
            stop.set()
            assert await running == "Interrupted"

    virtual.run(main())
    assert max(active for active, _ in seen) == 5
    assert {outages for _, outages in seen} == {0, 1}
    assert now() == (0, 0)


async def _read(client: PrecontractualClient, questions: list[Candidate], stop: asyncio.Event) -> str:
    try:
        async for _ in verify_many(client, questions, stop=stop):
            pass
    except Fault as fault:
        return type(fault).__name__
    return ""


def test_verifications_are_counted_by_what_was_answered(exported: Exported, client_of: ClientOf) -> None:
    """By both statuses, or by the fault."""

    async def main() -> None:
        issues = {"status": 400, "issues": [{"in": "query", "name": "citizen"}]}
        way = Way(lambda _: reply(400, issues) if len(way.calls) % 4 == 0 else reply())
        async with client_of(way) as client:
            async for _ in verify_many(client, [Candidate(number, DAY) for number in generated(20)]):
                pass

    virtual.run(main())
    counted = exported.values("precontractual.verifications")
    answered = {"precontractual.flexi_job.status": "nok", "precontractual.student_job.status": "ok"}
    assert counted == {
        frozenset(answered.items()): 15,
        frozenset({"error.type": "RequestRejected"}.items()): 5,
    }
    assert exported.values("precontractual.rows") == {
        frozenset({("precontractual.outcome", "answered")}): 15,
        frozenset({("precontractual.outcome", "rejected")}): 5,
    }


def test_histograms_have_buckets_of_seconds(exported: Exported, client_of: ClientOf, tmp_path: Path) -> None:
    """Those of the table: with the SDK's own, which are for milliseconds, everything would be in the first."""

    async def main() -> None:
        journal = InlineJournal.at(tmp_path / "journal.db", delay=0.2)
        async with client_of(Way(delay=0.2)) as client:
            questions = [Candidate(number, DAY) for number in generated(20)]
            async for _ in verify_many(client, questions, journal=journal):
                pass

    virtual.run(main())
    found = exported.metrics()
    for row in table.METRICS:
        if row.buckets:
            (*_, point) = found[row.name].data.data_points
            assert tuple(point.explicit_bounds) == row.buckets  # type: ignore[union-attr]


# --- whoever else would watch -----------------------------------------------------------------------


@pytest.fixture
def instrumented(exported: Exported) -> Iterator[None]:
    """Every aiohttp session of the process makes spans from here on."""
    instrumentor = AioHttpClientInstrumentor()
    instrumentor.instrument(tracer_provider=exported.tracing)
    yield
    instrumentor.uninstrument()


def automatic(exported: Exported) -> list[str]:
    """The names of the spans that are not ours, with the URLs in them."""
    ours = {table.BATCH, table.VERIFICATION, GET, POST, "GET /verifyPrecontractualData", "POST /verify"}
    return [f"{span.name} {span.attributes}" for span in exported.spans() if span.name not in ours]


@pytest.mark.usefixtures("instrumented")
async def test_automatic_spans_would_show_the_number(exported: Exported, settings: Settings) -> None:
    """What the tests below keep out: any other session's calls are seen, with their whole URL."""
    async with (
        facing(settings, saying(response())) as ends,
        aiohttp.ClientSession() as session,
        session.get(f"{ends.wire.url}/verify?citizen={CITIZEN}") as answer,
    ):
        assert answer.status == 200
    (seen,) = automatic(exported)
    assert CITIZEN in seen


@pytest.mark.usefixtures("instrumented")
async def test_a_session_of_ours_is_never_watched(exported: Exported, settings: Settings) -> None:
    """Also where nobody listens: its spans would hold the URL, and the number in it."""
    async with facing(settings, saying(response())) as ends:
        await ends.client.verify(CITIZEN, ends.client.now().date() + timedelta(days=1))
    assert ends.calls == ends.tokens == 1
    assert exported.spans() == []


@pytest.mark.usefixtures("instrumented")
@pytest.mark.parametrize("is_given", [True, False])
async def test_only_our_own_spans_are_made(exported: Exported, settings: Settings, is_given: bool) -> None:
    """With an observer no other session's tracing sees our calls, and the gateway is told of no trace."""
    async with aiohttp.ClientSession() as given:
        http_session = given if is_given else None
        answer = saying(response(status=500), later=response(), first=1)
        async with facing(settings, answer, http_session=http_session, observer=exported.observer) as ends:
            await ends.client.verify(CITIZEN, ends.client.now().date() + timedelta(days=1))
            async with given.get(f"{ends.wire.url}/theirs") as theirs:
                assert theirs.status == 200
    (seen,) = automatic(exported)
    assert "/theirs" in seen
    assert Counter(span.kind for span in exported.spans()) == {SpanKind.CLIENT: 4, SpanKind.INTERNAL: 1}
    ours = [head.lower() for head in ends.wire.heads if b"/theirs" not in head]
    assert len(ours) == 3
    assert not [head for head in ours if b"traceparent" in head or b"baggage" in head]


# --- the tables, and what stands around them --------------------------------------------------------


def rows_of(title: str) -> list[list[str]]:
    """The cells of the table in the README whose first column has this title."""
    lines = README.partition(f"| {title} |")[2].splitlines()[2:]
    cells = [line.strip("| ").split(" | ") for line in lines[: lines.index("")]]
    return [[cell.strip() for cell in row] for row in cells]


def code(names: tuple[str, ...]) -> str:
    """As a cell has them: those of an endpoint by one word, which stands explained above the table."""
    has_endpoint = names[:4] == table.ENDPOINT
    words = ["endpoint"] if has_endpoint else []
    return ", ".join([*words, *(f"`{name}`" for name in names[4 * has_endpoint :])]) or "none"


def test_the_tables_in_the_readme_are_the_programs() -> None:
    """Row by row: names, kinds, units, attributes, and what each says."""
    assert rows_of("metric") == [
        [f"`{row.name}`", row.kind, f"`{row.unit}`", code(row.attributes), row.says] for row in table.METRICS
    ]
    assert rows_of("span") == [
        [f"`{row.name}`", row.kind, row.below, code(row.attributes)] for row in table.SPANS
    ]
    explained = re.search(r"\*endpoint\* stands for (.*)\.\n", README)
    assert explained is not None
    assert tuple(re.findall(r"`([^`]+)`", explained[1])) == table.ENDPOINT


UNITS = re.compile(r"s|\{[a-z]+\}")


@pytest.mark.parametrize("row", table.METRICS, ids=lambda row: row.name)
def test_names_and_units_are_as_the_conventions_ask(row: table.Metric) -> None:
    """Lower case with dots; seconds, or what is counted in braces, in the singular (UCUM)."""
    assert re.fullmatch(r"[a-z]+(\.[a-z_]+)+", row.name)
    assert UNITS.fullmatch(row.unit)
    assert (row.buckets is not None) == (row.kind == table.HISTOGRAM) == (row.unit == "s")


def prometheus_names(row: table.Metric) -> set[str]:
    """What Prometheus makes of a metric's name (OpenTelemetry's compatibility rules)."""
    name = row.name.replace(".", "_") + ("_seconds" if row.unit == "s" else "")
    if row.kind == table.HISTOGRAM:
        return {f"{name}_{part}" for part in ("bucket", "sum", "count")}
    return {f"{name}_total" if row.kind == table.COUNTER else name}


def test_the_dashboard_shows_what_there_is() -> None:
    """As the README's command prints it: every query names metrics and labels of the tables."""
    (command,) = re.findall(r"`python -c \"(.*dashboard.*)\"`", README)
    told = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout
    panels = json.loads(told)["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    labels = {name.replace(".", "_") for row in table.METRICS for name in row.attributes} | OF_A_BATCH
    names = set().union(*map(prometheus_names, table.METRICS), {row.name for row in BATCH_METRICS})
    for query in queries:
        words = names_in(query)
        assert words & names
        assert words <= names | labels | {"histogram_quantile"}
    assert len({panel["id"] for panel in panels}) == len(panels) == 16
    (row,) = (panel["gridPos"]["y"] for panel in panels if panel["type"] == "row")
    below = [panel for panel in panels if panel["gridPos"]["y"] > row]
    shown = set().union(*(names_in(target["expr"]) for panel in below for target in panel["targets"]))
    assert {row.name for row in BATCH_METRICS} - shown == {"precontractual_batch_begin_timestamp_seconds"}


OF_A_BATCH = {row.split_by for row in BATCH_METRICS} | {"list"}


def names_in(query: str) -> set[str]:
    """The metrics and labels in a query, and functions with more than one word."""
    return set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", re.sub(r'"[^"]*"|\$__\w+', "", query)))


def test_the_alerts_are_about_what_there_is() -> None:
    """As the guide's command prints them: metrics of the table, exit codes of the command, words of outcomes."""
    (command,) = re.findall(r"`python -c \"(.*alerts.*)\"`", README)
    told = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout
    (group,) = yaml.safe_load(told)["groups"]
    queries = {rule["alert"].removeprefix("Precontractual"): rule["expr"] for rule in group["rules"]}
    assert set(queries) == {"BatchDidNotRun", "CredentialsRefused", "GatewayUnavailable", "RowsPending"}
    for query in queries.values():
        assert names_in(query)
        assert names_in(query) <= {row.name for row in BATCH_METRICS}
    assert queries["CredentialsRefused"].endswith(f" == {CREDENTIALS_REFUSED}")
    assert queries["GatewayUnavailable"].endswith(f" == {GATEWAY_UNAVAILABLE}")
    assert 'outcome="pending"' in queries["RowsPending"]
    assert "pending" in OUTCOME_WORDS
    for rule in group["rules"]:
        assert set(rule["annotations"]) == {"summary", "description"}
        assert "{{ with $labels.list }} of {{ . }}{{ end }}" in rule["annotations"]["summary"]


def test_the_metrics_of_a_batch_are_in_the_guide() -> None:
    """Row by row."""
    told = [[f"`{row.name}`", f"`{row.split_by}`" if row.split_by else "", row.says] for row in BATCH_METRICS]
    assert rows_of("metric of a batch") == told
