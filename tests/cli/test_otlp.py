"""What the command tells a collector, and that it costs a run nothing but some seconds."""

from __future__ import annotations

import csv
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.canary import Canary
from support.collector import SERVICES, collecting, collecting_by_grpc, mute, talking
from support.command import Done, RunningSandbox, clean_environment, run, running_sandbox
from support.numbers import CITIZEN
from support.warm import PYTHON, REAL

from precontractual_async.calls.session import utc_now
from precontractual_async.cli.telemetry import LONGEST
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.observability.otel import table
from precontractual_async.sandbox import generate_ssins

DAY = StartDateWindow.at(utc_now()).last.isoformat()
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
HOW = {"http/protobuf": collecting, "grpc": collecting_by_grpc}
"""A collector for each protocol."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "500") as running:
        yield running


def given(folder: Path, count: int = 5) -> tuple[str, ...]:
    """The words of a run over so many citizens."""
    (folder / "list.csv").write_text("insz\n" + "\n".join(generate_ssins(count, seed=4)) + "\n")
    return ("screen", str(folder / "list.csv"), "-o", str(folder / "out.csv"), "--start-date", DAY)


@pytest.mark.parametrize("protocol", HOW)
def test_a_run_is_told_whole(
    sandbox: RunningSandbox, tmp_path: Path, processes: Canary, protocol: str
) -> None:
    """One span over it, the batch below, each verification with its call, and the metrics of the library; before
    the command ends. No number, token or reference is in what comes, nor in its headers.
    """
    with HOW[protocol]() as collected:
        named = {ENDPOINT: collected.url, PROTOCOL: protocol, "OTEL_EXPORTER_OTLP_HEADERS": "team=payroll"}
        done = run(*given(tmp_path), variables=sandbox.variables | named)
    assert done.code == 0, done.err
    assert "OpenTelemetry" not in done.err
    assert all("team" in head for head in collected.heads)
    spans = {span.name: span for span in collected.spans()}
    names = Counter(span.name for span in collected.spans())
    assert (names[table.RUN], names[table.BATCH], names[table.VERIFICATION]) == (1, 1, 5)
    assert sum(count for name, count in names.items() if name.startswith("GET ")) == 5
    assert spans[table.BATCH].parent_span_id == spans[table.RUN].span_id
    assert spans[table.RUN].parent_span_id == b""
    assert {each.key: each.value.int_value for each in spans[table.RUN].attributes} == {table.EXIT_CODE: 0}
    assert {"precontractual.rows", "precontractual.verifications", "http.client.request.duration"} <= (
        collected.metrics()
    )
    references = 0
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            told = [value for name, value in row.items() if "reference" in name and value]
            references += len(told)
            for reference in told:
                processes.learn("reference", reference)
    assert references >= 5
    for path, body in collected.bodies:
        processes.hear(f"collector {path}", body)
    processes.hear("collector's headers", "\n".join(collected.heads))


def test_the_canary_hears_what_the_collector_is_sent(processes: Canary) -> None:
    """Else the test above would prove nothing: a number in such a message is found."""
    processes.hear("collector", b"\n\x0b" + CITIZEN.encode())
    assert [place for place, _ in processes.hits()] == ["collector"]
    processes._heard.clear()


def test_who_tells_is_named_and_its_command_line_is_not(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The variables that name a service are heeded; a detector of processes would tell the name of the list."""
    named = {"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test", "OTEL_SERVICE_NAME": "nightly"}
    for more, service in (({}, "precontractual-async"), (named, "nightly")):
        detectors = {"OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "process,otel"}
        with collecting() as collected:
            variables = sandbox.variables | detectors | more | {ENDPOINT: collected.url}
            assert run(*given(tmp_path), variables=variables).code == 0
        assert {each["service.name"] for each in collected.resources()} == {service}
        assert not [
            key for each in collected.resources() for key in each if key.startswith("process.command")
        ]


@pytest.mark.parametrize(
    ("variables", "paths"),
    [
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "{url}/v1/traces"}, {"/v1/traces"}),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "{url}/v1/metrics"}, {"/v1/metrics"}),
        ({ENDPOINT: "{url}", "OTEL_TRACES_EXPORTER": "none"}, {"/v1/metrics"}),
        ({ENDPOINT: "{url}", "OTEL_SDK_DISABLED": "true"}, set()),
        ({}, set()),
    ],
)
def test_what_goes_where(
    sandbox: RunningSandbox, tmp_path: Path, variables: dict[str, str], paths: set[str]
) -> None:
    """As the variables say."""
    with collecting() as collected:
        named = {name: text.format(url=collected.url) for name, text in variables.items()}
        assert run(*given(tmp_path), variables=sandbox.variables | named).code == 0
    assert {path for path, _ in collected.bodies} == paths


def test_each_signal_by_its_own_protocol(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Traces over gRPC to one, metrics over HTTP to another."""
    with collecting() as over_http, collecting_by_grpc() as over_grpc:
        named = {
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{over_http.url}/v1/metrics",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": over_grpc.url,
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc",
        }
        assert run(*given(tmp_path), variables=sandbox.variables | named).code == 0
    assert {path for path, _ in over_http.bodies} == {"/v1/metrics"}
    assert {path for path, _ in over_grpc.bodies} == {next(iter(SERVICES))}
    assert [span.name for span in over_grpc.spans()].count(table.RUN) == 1


def test_a_run_that_fails(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Its span says with what exit code and by which kind of error, and nothing of its text."""
    words = (*given(tmp_path), "--citizen-column", "naam")
    with collecting() as collected:
        assert run(*words, variables=sandbox.variables | {ENDPOINT: collected.url}).code == 2
    (span,) = collected.spans()
    attributes = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
    assert attributes == {table.EXIT_CODE: 2, table.ERROR_TYPE: "InvalidList"}
    assert span.status.message == ""
    assert not span.events
    refused = sandbox.variables | {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}
    with collecting() as collected:
        assert run(*given(tmp_path), variables=refused | {ENDPOINT: collected.url}).code == 4
    (span,) = [each for each in collected.spans() if each.name == table.RUN]
    attributes = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
    assert attributes == {table.EXIT_CODE: 4, table.ERROR_TYPE: "4"}


def test_one_citizen(sandbox: RunningSandbox) -> None:
    """`verify` is told as well: its verification stands below its run."""
    with collecting() as collected:
        variables = sandbox.variables | {ENDPOINT: collected.url}
        done = run("verify", "--start-date", DAY, given=CITIZEN.encode(), variables=variables)
    assert done.code == 0
    spans = {span.name: span for span in collected.spans()}
    assert spans[table.VERIFICATION].parent_span_id == spans[table.RUN].span_id


IMPATIENT = """
import sys
from precontractual_async.cli import main, telemetry
telemetry.LONGEST = 0.2
sys.exit(main())
"""


@pytest.mark.parametrize("protocol", HOW)
@pytest.mark.parametrize("is_there", [True, False])
def test_a_collector_that_does_not_answer(
    sandbox: RunningSandbox, tmp_path: Path, is_there: bool, protocol: str
) -> None:
    """It costs what it may, and a line; the result stands, and the exit code is the run's."""
    assert LONGEST == 5
    with mute() as silent:
        variables = sandbox.variables | {ENDPOINT: silent if is_there else "http://127.0.0.1:9"}
        variables[PROTOCOL] = protocol
        done = program(IMPATIENT, *given(tmp_path), variables=variables)
        quiet = program(IMPATIENT, *given(tmp_path), "-q", variables=variables)
    assert (quiet.code, quiet.err) == (0, "")
    assert done.code == 0
    assert done.err.splitlines()[-1] == "the collector did not take all traces and metrics"
    assert "Traceback" not in done.err
    assert (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("protocol", HOW)
def test_what_packages_write_by_themselves_is_not_shown(
    sandbox: RunningSandbox, tmp_path: Path, protocol: str
) -> None:
    """Neither a header that cannot be read, and may be a secret, nor how a handshake went."""
    with HOW[protocol]() as collected:
        variables = sandbox.variables | {
            ENDPOINT: collected.url.replace("http:", "https:"),
            PROTOCOL: protocol,
            "OTEL_EXPORTER_OTLP_HEADERS": "api key=secret",
        }
        quiet = program(IMPATIENT, *given(tmp_path), "-q", variables=variables, python=REAL)
    assert (quiet.code, quiet.err, collected.bodies) == (0, "", [])


@pytest.mark.parametrize("protocol", HOW)
def test_an_impatient_end_comes_in_time(protocol: str) -> None:
    """By the clock, with a collector that never says a word."""
    code = """
import os, time
from precontractual_async.observability.otel.otlp import Delivery
delivery = Delivery(traces=True, metrics=True)
delivery.span().end()
began = time.monotonic()
print(delivery.close(0.3), time.monotonic() - began < 2)
"""
    with mute() as url:
        began = time.monotonic()
        done = program(code, variables={ENDPOINT: url, PROTOCOL: protocol})
        assert time.monotonic() - began < LONGEST
    assert done.out.split() == [b"False", b"True"]
    assert done.err == ""


def test_an_answer_without_an_end_is_not_read() -> None:
    """It would fill the memory of a run; that all was taken is known from how it begins."""
    code = """
from precontractual_async.observability.otel.otlp import Delivery
delivery = Delivery(traces=True, metrics=True)
delivery.span().end()
print(delivery.close(5))
"""
    with talking() as url:
        assert program(code, variables={ENDPOINT: url}).out == b"True\n"


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, ""),
        ({"OTEL_METRIC_EXPORT_INTERVAL": "-1"}, "OpenTelemetry gets nothing (ValueError)"),
        (
            {PROTOCOL: "http/json"},
            f"OpenTelemetry gets nothing ({PROTOCOL} must be one of http/protobuf, grpc)\n  -> Check {PROTOCOL}.",
        ),
    ],
)
def test_variables_that_cannot_be_read(
    sandbox: RunningSandbox, tmp_path: Path, variables: dict[str, str], says: str
) -> None:
    """They are told of, and the run goes on."""
    with collecting() as collected:
        done = run(*given(tmp_path), variables=sandbox.variables | variables | {ENDPOINT: collected.url})
    assert done.code == 0
    assert says in done.err
    assert bool(says) == (collected.bodies == [])


ABSENT = """
import importlib.metadata, sys
installed = importlib.metadata.entry_points
importlib.metadata.entry_points = lambda **asked: [] if "grpc" in asked["name"] else installed(**asked)
from precontractual_async.cli import main
sys.exit(main())
"""


def test_a_protocol_whose_package_is_not_installed(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """It is told what to install; the run goes on, and is not told half."""
    with collecting_by_grpc() as collected:
        variables = sandbox.variables | {ENDPOINT: collected.url, PROTOCOL: "grpc"}
        done = program(ABSENT, *given(tmp_path), variables=variables, python=REAL)
        dutch = program(ABSENT, *given(tmp_path), "--lang", "nl", variables=variables, python=REAL)
    assert (done.code, collected.bodies) == (0, [])
    assert done.err.splitlines()[:2] == [
        "OpenTelemetry gets nothing (OTLP over grpc needs a package that is not installed)",
        "  -> pip install 'precontractual-async[otlp-grpc]'",
    ]
    assert "OTLP over grpc heeft een pakket nodig dat niet geïnstalleerd is" in dutch.err


LOOKING = """
import sys
from precontractual_async.cli import main
code = main()
print([name for name in sys.modules if name.startswith("opentelemetry")])
sys.exit(code)
"""
WITHOUT = "import sys\nsys.modules['opentelemetry'] = None\n" + LOOKING.replace(
    '.startswith("opentelemetry")', '.startswith("opentelemetry.")'
)


def test_nothing_is_imported_for_nobody(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Without a collector, or without the SDK, where nothing is said either: the variables are for others."""
    done = program(LOOKING, *given(tmp_path), variables=sandbox.variables, python=REAL)
    assert (done.code, done.out) == (0, b"[]\n")
    with collecting() as collected:
        variables = sandbox.variables | {ENDPOINT: collected.url}
        done = program(WITHOUT, *given(tmp_path), variables=variables, python=REAL)
    assert (done.code, done.out, collected.bodies) == (0, b"[]\n", [])
    assert "OpenTelemetry" not in done.err


def program(code: str, *words: str, variables: dict[str, str], python: str = PYTHON) -> Done:
    done = subprocess.run(
        [python, "-c", code, *words],
        capture_output=True,
        env=clean_environment() | variables,
        check=False,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())
