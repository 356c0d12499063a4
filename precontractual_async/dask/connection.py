"""Connects to a Dask cluster: checks its address, starts workers on this machine, translates Dask's errors.

Knows that a connection between machines needs TLS, since everybody who reaches a scheduler can run code on
its workers; and that errors of Dask must not leave this module, since they may contain personal data. Leaves
to others: what the cluster is used for.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ..model.errors import Fault, InvalidSettings, RunStopped
from ..settings.settings import is_loopback

if TYPE_CHECKING:
    from distributed import Worker

_LOCAL: Final = re.compile(r"local:([1-9][0-9]{0,2})")
_OFF: Final[dict[str, object]] = {
    **{f"distributed.worker.memory.{name}": False for name in ("target", "spill", "pause")},
    **{f"distributed.{server}.http.routes": [] for server in ("scheduler", "worker")},
}
"""Workers spill nothing to disk, and no dashboard shows their data."""
_AN_ADDRESS: Final = "Give tls://host:8786, or local:4 for four processes on this machine."


def library() -> Any:
    """The distributed package, which only users of a cluster need.

    Without types: most of the package has none, and its types ignore `asynchronous=True`.

    Raises:
        InvalidSettings: the package is not installed.
    """
    try:
        return import_module("distributed")
    except ImportError:
        problem = "a Dask cluster needs the distributed package"
    raise InvalidSettings(problem, "pip install 'precontractual-async[dask]'")


def processes_of(address: str) -> int:
    """How many local worker processes an address asks for; 0: it is the address of a cluster.

    >>> processes_of("local:4"), processes_of("tls://scheduler.example:8786")
    (4, 0)

    Raises:
        InvalidSettings: it is no address, or it is on another machine and has no TLS.
    """
    if local := _LOCAL.fullmatch(address):
        return int(local[1])
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.scheme not in ("tcp", "tls"):
        raise InvalidSettings("the address of the Dask cluster is none", _AN_ADDRESS)
    require_tls(address)
    return 0


def require_tls(address: str) -> None:
    """Require TLS, since everybody who reaches a scheduler can run code on its workers.

    Raises:
        InvalidSettings: the scheduler is on another machine, and is reached without TLS.
    """
    parts = urlsplit(address)
    if parts.scheme == "tcp" and not is_loopback(parts.hostname or ""):
        raise InvalidSettings(
            "a Dask cluster without TLS is accepted on this machine only",
            "Have its scheduler and workers use TLS, and give tls://host:port.",
        )


def local_cluster(processes: int) -> Any:
    """Workers on this machine with one thread each, as an async context manager. Nobody else can connect to
    them, since their certificates are made for this run; they have no dashboard, and spill nothing to disk.
    """
    distributed = library()
    with import_module("dask").config.set(_OFF):
        return distributed.LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            processes=True,
            security=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # a free port; no dashboard runs there
            memory_limit=0,
            silence_logs=logging.CRITICAL,
            asynchronous=True,
        )


def connected(cluster: Any) -> Any:
    """A `distributed.Client` for a cluster or an address, as an async context manager."""
    return library().Client(cluster, asynchronous=True, set_as_default=False)


def spills(dask_worker: Worker) -> bool:
    """Runs on a worker: whether the worker may spill data to its disk."""
    manager: Any = dask_worker.memory_manager
    return bool(manager.memory_limit and (manager.memory_target_fraction or manager.memory_spill_fraction))


@contextmanager
def translated() -> Iterator[None]:
    """Translate the errors that Dask raises when the cluster is gone.

    Raises:
        RunStopped: the cluster is gone.
    """
    try:
        yield
    except (OSError, TimeoutError, concurrent.futures.CancelledError):
        pass
    except asyncio.CancelledError:
        me = asyncio.current_task()
        if me is None or me.cancelling():
            raise
    else:
        return
    raise RunStopped(
        "the connection to the Dask cluster is lost",
        "Run it again when the cluster is there.",
    )


def unfit(error: Exception) -> Fault:
    """Translate an error of preparing a cluster: often it lacks our package, or has another version."""
    return RunStopped(
        f"the Dask cluster cannot be used ({type(error).__name__})",
        "Install the same precontractual-async[dask] for its scheduler and its workers as here.",
    )
