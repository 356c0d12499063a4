"""The log as a machine reads it: every record says which event it is, and nothing personal; who asks for it gets JSON."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email.utils import format_datetime
from pathlib import Path

import pytest
from attrs import evolve
from support import virtual
from support.house import MODULES
from support.numbers import CITIZEN, generated
from support.readme import README
from support.source import tree_of
from support.ways import GOOD, Way, reply

from precontractual_async import (
    Candidate,
    Fault,
    InvalidSettings,
    PrecontractualClient,
    Settings,
    logging_from_env,
    verify_many,
)
from precontractual_async.observability.logs import LOGGER, JsonLines, LogEvent, fields, read_setting

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(60))


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[Mapping[str, object]]]:
    """What was told so far: the fields of each record."""
    caplog.set_level(logging.DEBUG, LOGGER)
    return lambda: [
        vars(record)["precontractual"] for record in caplog.records if record.name.startswith(LOGGER)
    ]


def ask(client: PrecontractualClient, after: float = 0.0) -> None:
    async def main() -> None:
        async with client:
            await client._session.bearer()
            await asyncio.sleep(after)
            with suppress(Fault):
                await client.verify(CITIZEN, DAY)

    virtual.run(main())


def screened(client: PrecontractualClient) -> None:
    async def main() -> None:
        async with client:
            with suppress(Fault):
                _ = [each async for each in verify_many(client, [Candidate(each, DAY) for each in NUMBERS])]

    virtual.run(main())


# --- the events


def test_attempts_that_fail(client_of: ClientFactory, told: Callable[[], list[Mapping[str, object]]]) -> None:
    """Which fault, how often by now, how long until the next, and what to quote to the helpdesk."""
    way = Way(lambda _: reply(503) if len(way.calls) < 2 else reply(404))
    ask(client_of(way))
    again, given_up = (each for each in told() if "attempt" in each)
    sent = [call.headers["BelGov-Trace-Id"] for call in way.calls]
    assert again == {
        "event": "asked_again", "fault": "ServerError", "status": 503, "trace_id": sent[0], "attempt": 1, "seconds": 0.25,
    }  # fmt: skip
    assert given_up == {
        "event": "given_up", "fault": "AddressWrong", "status": 404, "trace_id": sent[1], "attempt": 2,
    }  # fmt: skip


def test_tokens_and_pauses(client_of: ClientFactory, told: Callable[[], list[Mapping[str, object]]]) -> None:
    """A fresh one, none for now, and a pause for everybody."""
    way = Way(lambda _: reply(429, retry_after="7") if len(way.calls) == 1 else reply(), token_life=50)
    way.oauth = lambda _: way.fresh_token() if way.token_calls != 2 else reply(503)
    ask(client_of(way), after=60.0)
    events = [each for each in told() if each["event"] not in ("asked_again", "given_up")]
    assert events == [
        {"event": "token_fresh"},
        {"event": "token_missing", "fault": "TokenUnavailable", "status": 503, "seconds": 1.0},
        {"event": "token_fresh"},
        {"event": "paused", "seconds": 7.0},
    ]


def test_a_clock_that_is_off(
    client_of: ClientFactory, told: Callable[[], list[Mapping[str, object]]]
) -> None:
    """By how many seconds."""

    def oauth(_: object) -> object:
        date = format_datetime(virtual.START, usegmt=True)
        return reply(401, {"error": "invalid_client"}, date=date)

    way = Way(oauth=oauth)  # type: ignore[arg-type]

    async def main() -> None:
        async with client_of(way) as client:
            await asyncio.sleep(600)
            with pytest.raises(Fault):
                await client.verify(CITIZEN, DAY)

    virtual.run(main())
    (off,) = (each for each in told() if each["event"] == "clock_off")
    assert off["seconds"] == pytest.approx(600, abs=1)


def test_an_outage(
    client_of: ClientFactory, settings: Settings, told: Callable[[], list[Mapping[str, object]]]
) -> None:
    """That it began, and how long it lasted."""
    way = Way(lambda _: reply(500) if virtual.elapsed() < 60 else reply())
    screened(client_of(way, evolve(settings, concurrency=10)))
    began, over = (each for each in told() if str(each["event"]).startswith("outage"))
    assert began == {"event": "outage_began"}
    assert over["event"] == "outage_over"
    assert 50 < float(str(over["seconds"])) < 120


def test_alarms(client_of: ClientFactory, told: Callable[[], list[Mapping[str, object]]]) -> None:
    """An answer about somebody else, with the trace id; a defect, once, by its name."""
    other = GOOD | {"precontractualMainReference": f"{CITIZEN}0112202612"}
    way = Way(lambda _: reply(200, other))
    screened(client_of(way))
    alarms = [each for each in told() if each["event"] == "wrong_citizen"]
    assert len(alarms) >= 3
    assert {each["fault"] for each in alarms} == {"WrongCitizen"}
    assert alarms[0]["trace_id"] in {call.headers["BelGov-Trace-Id"] for call in way.calls}

    def broken(_: object) -> None:
        raise LookupError(CITIZEN)

    screened(client_of(Way(broken)))  # type: ignore[arg-type]
    assert [each for each in told() if each["event"] == "defect"] == [
        {"event": "defect", "fault": "InternalFault"}
    ]


def calls_of_the_log() -> Iterator[tuple[str, ast.Call]]:
    for name, path in MODULES.items():
        for node in ast.walk(tree_of(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("_log."):
                yield name, node


def test_every_record_is_an_event() -> None:
    """Nobody logs without its fields; every event is told somewhere, and the README explains each."""
    calls = list(calls_of_the_log())
    assert len(calls) >= 10
    assert not [name for name, call in calls if "extra" not in {each.arg for each in call.keywords}]
    text = "".join(path.read_text() for path in MODULES.values())
    assert {each for each in LogEvent if f"fields(LogEvent.{each.name}" in text} == set(LogEvent)
    table = README.partition("| event |")[2].partition("\n\n")[0]
    named = [
        event
        for cell in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
        for event in re.findall(r"`(\w+)`", cell)
    ]
    assert named == [event.value for event in LogEvent]


def test_fields_cannot_collide(told: Callable[[], list[Mapping[str, object]]]) -> None:
    """A service whose records have a `trace_id` and an `event` of their own can be logged in."""
    plain = logging.getLogRecordFactory()

    def factory(*given: object, **named: object) -> logging.LogRecord:
        record: logging.LogRecord = plain(*given, **named)
        record.event, record.trace_id, record.seconds = "theirs", "theirs", 1
        return record

    logging.setLogRecordFactory(factory)
    try:
        logging.getLogger(LOGGER).warning("a pause", extra=fields(LogEvent.PAUSED, seconds=1.0))
    finally:
        logging.setLogRecordFactory(plain)
    assert told() == [{"event": "paused", "seconds": 1.0}]


# --- where it is written


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The package's logger, as it was afterwards."""
    logger = logging.getLogger(LOGGER)
    before = logger.handlers[:], logger.level, logger.propagate
    yield logger
    logger.handlers[:], logger.level, logger.propagate = before


def test_json_lines(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line, whatever the text holds; the fields stand beside it."""
    logging_from_env({"PRECONTRACTUAL_LOG": "debug, JSON"})
    logging.getLogger(f"{LOGGER}.calls.rate_limiter").warning(
        "é\n%s", "x", extra=fields(LogEvent.PAUSED, seconds=1.23456)
    )
    logging.getLogger(f"{LOGGER}.elsewhere").debug("plain")
    first, second = capsys.readouterr().err.splitlines()
    said = json.loads(first)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", said.pop("at"))
    assert said == {
        "level": "warning",
        "logger": "precontractual_async.calls.rate_limiter",
        "message": "é\nx",
        "event": "paused",
        "seconds": 1.235,
    }
    assert json.loads(second)["message"] == "plain"


def test_plain_lines(logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `json` as people read it; asked twice it is written once."""
    for _ in range(2):
        logging_from_env({"PRECONTRACTUAL_LOG": "info"})
    logger.info("hello")
    logger.debug("too much")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(" INFO hello")


@pytest.mark.parametrize("environ", [{}, {"PRECONTRACTUAL_LOG": " "}])
def test_nothing_is_configured_unasked(logger: logging.Logger, environ: dict[str, str]) -> None:
    """Without the variable the service's own configuration stands."""
    before = logger.handlers[:], logger.level, logger.propagate
    logging_from_env(environ)
    assert (logger.handlers[:], logger.level, logger.propagate) == before


@pytest.mark.parametrize("setting", ["loud", "debug info", "json xml", "10"])
def test_a_setting_that_is_none(setting: str) -> None:
    """It is said what can be written."""
    with pytest.raises(InvalidSettings, match="LOG is none of debug") as refused:
        read_setting(setting)
    assert "debug json" in refused.value.next_step
    assert setting not in str(refused.value)


def test_the_default_level() -> None:
    """`json` alone keeps the level that the program chose."""
    assert read_setting("json") == (logging.WARNING, True)
    assert read_setting("", "error") == (logging.ERROR, False)


def test_a_record_of_somebody_else_is_a_line_too() -> None:
    """Without fields of ours."""
    record = logging.makeLogRecord({"name": "theirs", "msg": "hello", "levelname": "INFO"})
    assert json.loads(JsonLines().format(record))["message"] == "hello"


def test_the_package_has_one_root() -> None:
    """Every logger of ours is under the name that is configured; OpenTelemetry's own is only listened to."""
    text = "".join(Path(path).read_text() for path in MODULES.values())
    assert set(re.findall(r"getLogger\(([^)]*)\)", text)) == {
        "__name__",
        'f"{__name__}.nowhere"',
        "LOGGER",
        "_OF_THE_SDK",
    }
