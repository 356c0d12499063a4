"""The library's log (structured logging): the names of its events, and the fields of a record.

Knows what programs read in a record: its attribute ``precontractual`` is a mapping with the name of the event
and its fields. It is one attribute only, because a service may have put a ``trace_id`` of its own into the
record. Fields hold no personal data: only kinds, counts, seconds and trace ids. Nothing is configured unless
a program asks for it. Leaves to others: when something happens.
"""

from __future__ import annotations

import enum
import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from ..model.errors import Fault, InvalidSettings

VARIABLE: Final = "PRECONTRACTUAL_LOG"
LOGGER: Final = "precontractual_async"

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class LogEvent(enum.Enum):
    """Everything that is logged. guides/services.md has the same table."""

    ASKED_AGAIN = "asked_again"
    """An attempt failed, and the query is asked again."""
    GIVEN_UP = "given_up"
    """An attempt failed, and the query is not asked again."""
    TOKEN_FRESH = "token_fresh"
    TOKEN_MISSING = "token_missing"
    """The OAuth server gave no token; `seconds` until the next attempt."""
    CLOCK_OFF = "clock_off"
    """Our clock and the clock of the OAuth server differ by `seconds`."""
    PAUSED = "paused"
    """The gateway asks everybody to wait for `seconds`."""
    OUTAGE_BEGAN = "outage_began"
    OUTAGE_OVER = "outage_over"
    """The outage lasted for `seconds`."""
    WRONG_CITIZEN = "wrong_citizen"
    """An alarm: an answer was about another citizen."""
    DEFECT = "defect"
    """Something in this package is wrong."""
    SHARING_LOST = "sharing_lost"
    """The state shared with other processes (in Redis or Dask's scheduler) is out of reach or refuses us."""
    SHARING_STOPPED = "sharing_stopped"
    """Without the shared state, this process sends no call for now."""
    SHARING_ALONE = "sharing_alone"
    """Without the shared state, this process goes on alone, with its share of the rate."""
    SHARING_BACK = "sharing_back"
    TOKEN_ALONE = "token_alone"
    """Without the shared state, this process fetches a token of its own."""
    WORKER_LOST = "worker_lost"
    """A worker of a Dask cluster is gone; its rows are asked again."""
    WORKERS_SPILL = "workers_spill"
    """Workers of a Dask cluster write data to their disks; our data there is encrypted."""
    WORKERS_NOT_TOLD = "workers_not_told"
    """Workers of a Dask cluster did not get the message that the run has ended."""
    OBSERVER_FAILED = "observer_failed"
    """The observer of events raised an error; the event is lost."""


def fields(
    event: LogEvent,
    *,
    fault: Fault | None = None,
    seconds: float | None = None,
    attempt: int | None = None,
) -> Mapping[str, Mapping[str, object]]:
    """The value for ``extra=``: the event, and the fields that are known.

    >>> from precontractual_async.model.errors import ServerError
    >>> fields(LogEvent.ASKED_AGAIN, fault=ServerError("the gateway answered 503", status=503), seconds=0.25)
    {'precontractual': {'event': 'asked_again', 'fault': 'ServerError', 'status': 503, 'seconds': 0.25}}
    """
    said: dict[str, object] = {"event": event.value}
    if fault is not None:
        said |= {"fault": type(fault).__name__, "status": fault.status, "trace_id": fault.trace_id}
    said |= {"attempt": attempt, "seconds": seconds if seconds is None else round(seconds, 3)}
    return {"precontractual": {name: value for name, value in said.items() if value is not None}}


class JsonLines(logging.Formatter):
    """A record as one JSON object on one line, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """``at`` (UTC), ``level``, ``logger``, ``message``, and the fields of the event."""
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "precontractual", {}),
        }
        return json.dumps(said)


def read_setting(setting: str, level: str = "warning") -> tuple[int, bool]:
    """The level in `setting` (`level` if there is none), and whether lines are JSON.

    >>> read_setting("debug json")
    (10, True)

    Raises:
        InvalidSettings: a word is neither, or there are two levels.
    """
    words = [word for word in re.split(r"[\s,]+", setting.casefold()) if word]
    levels = [word for word in words if word != "json"]
    if len(levels) > 1 or not _LEVELS.keys() >= set(levels):
        raise InvalidSettings(
            "LOG is none of debug, info, warning and error, with json behind it or not",
            "Write for example `debug json` for everything, one JSON object a line.",
        )
    return _LEVELS[levels[0] if levels else level], "json" in words


def write_log(level: int, lines: logging.Formatter, handler: logging.Handler) -> None:
    """Write the log of this package with `handler`; other logs stay as they are."""
    handler.setFormatter(lines)
    logger = logging.getLogger(LOGGER)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def logging_from_env(environ: Mapping[str, str] | None = None) -> None:
    """For a service that does not configure logging itself: write the package's log to standard error.

    ``PRECONTRACTUAL_LOG`` sets the level (``debug``, ``info``, ``warning`` or ``error``), and with ``json``
    one JSON object a line. Without that variable nothing changes: records go where those of others go.

    Raises:
        InvalidSettings: the variable says something else.
    """
    setting = (os.environ if environ is None else environ).get(VARIABLE, "")
    if setting.strip():
        level, is_json = read_setting(setting)
        plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
        write_log(level, JsonLines() if is_json else plain, logging.StreamHandler())
