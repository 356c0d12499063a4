"""What the library says in its log: the events by name, and the fields that stand beside a record's text.

Knows how a record looks to a machine: its attribute ``precontractual`` is a mapping with the name of the
event and what belongs to it. One attribute, since a record that some service has given its own ``trace_id``
must not be overwritten. Refuses to know when something happens, and configures nothing unless a program asks
for it. Nothing personal is in a field: kinds, counts, seconds and trace ids alone.
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
    """Everything that is told. guides/services.md has the same table."""

    ASKED_AGAIN = "asked_again"
    """An attempt failed, and there will be another."""
    GIVEN_UP = "given_up"
    """An attempt failed, and there will be no other."""
    TOKEN_FRESH = "token_fresh"
    TOKEN_MISSING = "token_missing"
    """The OAuth server gave none; `seconds` until the next attempt."""
    CLOCK_OFF = "clock_off"
    """Our clock and the OAuth server's differ by `seconds`."""
    PAUSED = "paused"
    """The gateway asks everybody to wait for `seconds`."""
    OUTAGE_BEGAN = "outage_began"
    OUTAGE_OVER = "outage_over"
    """It lasted for `seconds`."""
    WRONG_CITIZEN = "wrong_citizen"
    """An alarm: an answer was about somebody else."""
    DEFECT = "defect"
    """Something in this package is wrong."""
    SHARING_LOST = "sharing_lost"
    """What is shared with other processes is out of reach, or refuses us."""
    SHARING_STOPPED = "sharing_stopped"
    """Without it nothing is asked for now."""
    SHARING_ALONE = "sharing_alone"
    """Without it this process goes on alone, with its share of the rate."""
    SHARING_BACK = "sharing_back"
    TOKEN_ALONE = "token_alone"
    """Without it a token is fetched for this process alone."""
    WORKER_LOST = "worker_lost"
    """A worker of a Dask cluster is gone; its rows are asked again."""
    WORKERS_SPILL = "workers_spill"
    """Workers of a Dask cluster write to their disks; what is ours there is encrypted."""
    WORKERS_NOT_TOLD = "workers_not_told"
    """Workers of a Dask cluster did not hear that the run has ended."""
    OBSERVER_FAILED = "observer_failed"
    """Whoever listens to the events; what it was told is lost."""


def fields(
    event: LogEvent,
    *,
    fault: Fault | None = None,
    seconds: float | None = None,
    attempt: int | None = None,
) -> Mapping[str, Mapping[str, object]]:
    """What goes into ``extra=``: the event, and what of the rest is known.

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
    """The level, `level` when none is named, and whether lines are JSON.

    >>> read_setting("debug json")
    (10, True)

    Raises:
        InvalidSettings: a word that is neither.
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
    """Have the package's log, and nobody else's, written by `handler`."""
    handler.setFormatter(lines)
    logger = logging.getLogger(LOGGER)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def logging_from_env(environ: Mapping[str, str] | None = None) -> None:
    """For a service that does not configure logging itself: write the package's log to standard error.

    As ``PRECONTRACTUAL_LOG`` says: ``debug``, ``info``, ``warning`` or ``error``, and ``json`` for one JSON
    object a line. Without that variable nothing is changed, and records go where those of others go.

    Raises:
        InvalidSettings: the variable says something else.
    """
    setting = (os.environ if environ is None else environ).get(VARIABLE, "")
    if setting.strip():
        level, is_json = read_setting(setting)
        plain = logging.Formatter("%(asctime)s %(levelname)s %(message)s")
        write_log(level, JsonLines() if is_json else plain, logging.StreamHandler())
