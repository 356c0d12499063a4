"""The house itself: who may import whom, how long a function is, what the face shows."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator

import pytest
from support import house
from support.house import MODULES, PACKAGE, imported
from support.source import tree_of

import precontractual_async

ROOT = PACKAGE.parent

ROOMS = (
    *("words", "model", "settings", "protocol", "observability", "calls", "sharing", "client", "journal"),
    *("tables", "batch", "dask", "report", "sandbox", "console", "cli", "testing", "__main__"),
)
"""In the order in which one reads them: a room imports only rooms that stand before it, also for types."""

# A module imports only what stands above it.
ORDER = [
    "words.blocks",
    "words.cluster",
    "words.command",
    "words.console",
    "words.console_runs",
    "words.doctor",
    "words.faults",
    "words.guides",
    "words.history",
    "words.journal",
    "words.journal_command",
    "words.labels",
    "words.lists",
    "words.monitoring",
    "words.nightly",
    "words.opening",
    "words.options",
    "words.pictures",
    "words.report",
    "words.runs",
    "words.settings",
    "words.sharing",
    "words.sheets",
    "words.steps",
    "words.tables",
    "words.dryrun",
    "words",
    "model.errors",
    "model.privacy",
    "model.os_errors",
    "model.identifiers",
    "model.month_names",
    "model.dates",
    "model.answers",
    "model.problems",
    "model.questions",
    "model.planning",
    "model.moves",
    "model.tallies",
    "settings.version",
    "settings.secret_files",
    "settings.settings",
    "settings.loading",
    "protocol.document",
    "protocol.codec",
    "protocol.wire",
    "protocol.keys",
    "protocol.access_token",
    "protocol.retry_rules",
    "observability.logs",
    "observability.batch_metrics",
    "observability.events",
    "observability.instrumentation",
    "observability.otel.table",
    "observability.otel.attributes",
    "observability.otel.metrics",
    "observability.otel.spans",
    "observability.otel",
    "observability.otel.otlp",
    "calls.timeouts",
    "calls.loops",
    "calls.loop_turns",
    "calls.transport",
    "calls.throughput",
    "calls.rate_limiter",
    "calls.shared_token",
    "calls.oauth",
    "calls.circuit_breaker",
    "calls.session",
    "calls.admission",
    "calls.statistics",
    "calls.retrying",
    "calls.single_flight",
    "calls.resources",
    "calls.verifier",
    "sharing.allocator",
    "sharing.remote_clock",
    "sharing.slot_requester",
    "sharing.token_lease",
    "sharing.encryption",
    "sharing.redis",
    "sharing.rate_limiter",
    "sharing.redis_tokens",
    "sharing.shared_resources",
    "sharing.checks",
    "client",
    "journal.recheck",
    "journal.record",
    "journal.port",
    "journal.encryption",
    "journal.stamps",
    "journal.lock",
    "journal.keys",
    "journal.database",
    "journal.backup",
    "journal.texts",
    "journal.runs",
    "journal.list_snapshots",
    "journal.list_changes",
    "journal.readings",
    "journal.erasure",
    "journal.rekeying",
    "journal.store",
    "journal.durable",
    "tables.table",
    "tables.column_names",
    "tables.headings",
    "tables.columns",
    "tables.audience",
    "tables.cells",
    "tables.formulas",
    "tables.formats.sheets",
    "tables.formats.csv",
    "tables.formats.column_union",
    "tables.formats.jsonl",
    "tables.formats.isolated_reader",
    "tables.formats.cell_json",
    "tables.formats.workbook_xml",
    "tables.formats.archive",
    "tables.formats.biff",
    "tables.formats.workbook_reader",
    "tables.formats.workbook",
    "tables.formats.arrow",
    "tables.formats.parquet",
    "tables.formats.styles",
    "tables.counts",
    "tables.formats.sheet_cells",
    "tables.formats.sheet_pages",
    "tables.formats.change_sheet",
    "tables.formats.xlsx",
    "tables.results",
    "tables.output",
    "tables.questions",
    "tables.formats.records",
    "tables",
    "tables.understanding",
    "tables.employers",
    "tables.file_set",
    "batch.backend",
    "batch.aggregate",
    "batch.intake",
    "batch.outcome_cache",
    "batch.fair_queue",
    "batch.question_source",
    "batch.commits",
    "batch.anomalies",
    "batch.shielding",
    "batch.instrumentation",
    "batch.pool",
    "batch.decisions",
    "batch.changes",
    "batch.inspection",
    "batch.inspecting",
    "batch.screening",
    "batch.exits",
    "batch.progress",
    "batch.list_screening",
    "batch.summary",
    "batch.outlook",
    "dask.outage",
    "dask.partitions",
    "dask.dispatch",
    "dask.connection",
    "dask.scheduler_plugin",
    "dask.worker",
    "dask.client",
    "report.kinds",
    "report.fold",
    "report.speech",
    "report.charts",
    "report.pictures",
    "report.view",
    "report.templates",
    "report.page",
    "sandbox.faults",
    "sandbox.ledger",
    "sandbox.messages",
    "sandbox.oauth",
    "sandbox.population",
    "sandbox.made_up",
    "sandbox.service",
    "sandbox.gateway",
    "sandbox.server",
    "sandbox.thread",
    "sandbox",
    "console.gate",
    "console.security",
    "console.lists",
    "console.rows",
    "console.changes",
    "console.runs",
    "console.results",
    "console.people",
    "console.uploads",
    "console.state",
    "console.pages",
    "console.list_pages",
    "console.run_pages",
    "console.person_pages",
    "console.server",
    "cli.values",
    "cli.versions",
    "cli.ends",
    "cli.completion",
    "cli.shared_options",
    "cli.journal_options",
    "cli.result_options",
    "cli.options",
    "cli.console",
    "cli.signals",
    "cli.files",
    "cli.lists",
    "cli.changes_file",
    "cli.changes",
    "cli.split",
    "cli.metrics_file",
    "cli.telemetry",
    "cli.demo",
    "cli.doctor",
    "cli.dryrun",
    "cli.guide",
    "cli.journal",
    "cli.report",
    "cli.sandbox",
    "cli.screen",
    "cli.serve",
    "cli.verify",
    "cli",
    "testing",
    "__main__",
]
PURE = {"asyncio", "aiohttp", "time", "random", "os", "pathlib", "socket", "secrets", "uuid"}


SILENT = {
    *("model", "settings", "protocol", "observability", "calls", "sharing", "journal", "tables.formats"),
    *("batch", "dask", "report", "console"),
}
"""Rooms whose package file only says what is in them."""


def test_every_module_has_its_place() -> None:
    """The order below names each module once; package files that only speak are free."""
    assert set(MODULES) - SILENT == set(ORDER)


def test_rooms_import_only_rooms_before_them() -> None:
    """Nor does any import for types go back."""
    back = [
        (name, other)
        for name, path in MODULES.items()
        for other in imported(name, path, for_types_too=True)
        if ROOMS.index(other.partition(".")[0]) > ROOMS.index(name.partition(".")[0])
    ]
    assert back == []


def test_the_house_is_low_and_has_no_circles() -> None:
    """Nobody has to go through more than ten rooms, nor round, to read one; not even for types."""
    by_module = house.imports()
    assert house.circle(by_module) == house.circle(house.rooms(by_module)) == []
    assert house.floors(house.rooms(by_module)) <= 10
    assert len(house.entries()) <= 20


@pytest.mark.parametrize("name", ORDER)
def test_modules_import_only_what_stands_above(name: str) -> None:
    """No cycle, no back door, and nobody inside imports the face."""
    above = set(ORDER[: ORDER.index(name)]) | SILENT
    assert set(imported(name, MODULES[name])) <= above


@pytest.mark.parametrize(
    "name",
    [n for n in ORDER if n.startswith(("protocol.", "words"))]
    + [n for n in ORDER if n.startswith("report.") and n != "report.page"]
    + [
        "sharing.allocator",
        "sharing.remote_clock",
        "sharing.slot_requester",
        "sharing.token_lease",
        "dask.outage",
    ]
    + [
        "observability.batch_metrics",
        "batch.progress",
        "model.planning",
        "journal.recheck",
        "journal.record",
        "batch.aggregate",
        "batch.fair_queue",
        "batch.inspection",
        "batch.changes",
    ],
)
def test_pure_modules_know_no_world(name: str) -> None:
    """Values in, values out: no clock, no randomness, no files, no network."""
    tree = tree_of(MODULES[name].read_text())
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {
        str(node.module).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert not names & PURE


def functions() -> Iterator[tuple[str, int]]:
    for name, path in MODULES.items():
        for node in ast.walk(tree_of(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                yield f"{name}.{node.name}", (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_functions_can_be_seen_whole() -> None:
    """Half of them have at most nine lines, nine in ten at most thirty, none more than sixty."""
    lengths = sorted(length for _, length in functions())
    assert lengths[len(lengths) // 2] <= 9
    assert lengths[len(lengths) * 9 // 10] <= 30
    assert lengths[-1] <= 60


@pytest.mark.parametrize("name", sorted(MODULES))
def test_modules_introduce_themselves_and_stay_small(name: str) -> None:
    """Each says at its top what it knows; none has more than three hundred lines of code."""
    text = MODULES[name].read_text()
    assert ast.get_docstring(tree_of(text))
    assert sum(bool(line.strip()) for line in text.splitlines()) <= 300


# What bit others: each is written in the reasons of the module that does it right.
FORBIDDEN = (
    "asyncio.wait_for",
    "raise_for_status",
    "**kwargs",
    "except BaseException",
    "time.time(",
    ".json()",
    ".text()",
)


@pytest.mark.parametrize("word", FORBIDDEN)
def test_patterns_that_bit_others_are_not_used(word: str) -> None:
    """Lost cancellations, errors with tokens in them, options passed through blindly."""
    assert not [name for name, path in MODULES.items() if word in path.read_text()]


def test_the_face() -> None:
    """The public names are these, each is what the face says it is, and `dir` shows them."""
    tree = tree_of((PACKAGE / "__init__.py").read_text())
    typed = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert set(precontractual_async.__all__) == typed
    assert len(precontractual_async.__all__) == 95
    for name in precontractual_async.__all__:
        assert getattr(precontractual_async, name) is not None
    assert set(precontractual_async.__all__) <= set(dir(precontractual_async))
    with pytest.raises(AttributeError):
        _ = precontractual_async.nonsense


LOOKING = """
import inspect, pydoc, re, sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

def add(name, known):
    known.add(name)
    try:
        needed = requires(name) or ()
    except PackageNotFoundError:  # for another Python
        needed = ()
    for each in needed:
        other = canonical(re.match(r"[\\w.-]+", each)[0])
        if "extra ==" not in each and other not in known:
            add(other, known)
    return known

canonical = lambda name: re.sub(r"[-_.]+", "-", name).lower()
base = add("precontractual-async", set())
for module, packages in packages_distributions().items():
    if base.isdisjoint(map(canonical, packages)):
        sys.modules[module] = None

from precontractual_async import *
import precontractual_async, precontractual_async.cli, precontractual_async.sandbox
import precontractual_async.observability.otel as telemetry
for module in (precontractual_async, precontractual_async.sandbox, telemetry):
    inspect.getmembers(module)
    assert pydoc.render_doc(module)
for use in (lambda: DaskClient("local:2"), telemetry.OpenTelemetryObserver):
    try:
        use()
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
"""
"""In a process where nothing can be imported but what the package needs without its extras."""


def test_every_public_name_can_be_looked_at_without_extras() -> None:
    """As `help`, a star import and documentation tools do; what is missing is said when it is used."""
    done = subprocess.run([sys.executable, "-c", LOOKING], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "InvalidSettings: a Dask cluster needs the distributed package",
        "ImportError: telemetry needs opentelemetry-api: pip install 'precontractual-async[otel]'",
    ]


def test_every_error_has_the_one_root() -> None:
    """Whoever catches PrecontractualError catches all of ours; each has a next step or is told one."""
    from precontractual_async.model import errors

    kinds = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert all(issubclass(kind, errors.PrecontractualError) for kind in kinds)


def test_the_top_level_holds_nothing_else() -> None:
    """Package, tests, benchmarks, what a project needs, and what its own commands leave (not in the repository)."""
    expected = {
        "pyproject.toml",
        "README.md",
        "CHANGELOG.md",
        "LICENSE",
        "precontractual_async",
        "tests",
        "benchmarks",
    }
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert there - {"build", "dist", "precontractual-demo.csv"} == expected


def test_versions_agree() -> None:
    """The changelog speaks of the version that is packaged."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()
