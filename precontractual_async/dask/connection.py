"""The way to a Dask cluster: its address, its workers on this machine, and its errors, which become ours.

Knows that between machines only TLS will do, since whoever reaches a scheduler can run code on its workers;
and that no error of Dask's leaves here, for there may be anything in it. Refuses to know what the cluster is
for.
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
"""Nothing is spilled, and no page shows anything."""
_AN_ADDRESS: Final = "Give tls://host:8786, or local:4 for four processes on this machine."


def library() -> Any:
    """The distributed package, which only those need who have a cluster.

    Without types: most of it has none, and what has some forgets `asynchronous=True`.

    Raises:
        InvalidSettings: it is not installed.
    """
    try:
        return import_module("distributed")
    except ImportError:
        problem = "a Dask cluster needs the distributed package"
    raise InvalidSettings(problem, "pip install 'precontractual-async[dask]'")


def processes_of(address: str) -> int:
    """How many worker processes of its own an address asks for; 0: none, the cluster is there.

    >>> processes_of("local:4"), processes_of("tls://scheduler.example:8786")
    (4, 0)

    Raises:
        InvalidSettings: it is no address, or one without TLS beyond this machine.
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
    """Whoever reaches a scheduler can run code on its workers.

    Raises:
        InvalidSettings: it is reached without TLS, and not on this machine.
    """
    parts = urlsplit(address)
    if parts.scheme == "tcp" and not is_loopback(parts.hostname or ""):
        raise InvalidSettings(
            "a Dask cluster without TLS is accepted on this machine only",
            "Have its scheduler and workers use TLS, and give tls://host:port.",
        )


def local_cluster(processes: int) -> Any:
    """Workers on this machine, each with one thread: to be opened and closed. Nobody else can speak to them,
    for their certificates are made for them alone; there is no dashboard, and nothing is spilled.
    """
    distributed = library()
    with import_module("dask").config.set(_OFF):
        return distributed.LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            processes=True,
            security=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # a free port, where nothing is served
            memory_limit=0,
            silence_logs=logging.CRITICAL,
            asynchronous=True,
        )


def connected(cluster: Any) -> Any:
    """A `distributed.Client` of a cluster or an address, to be opened and closed."""
    return library().Client(cluster, asynchronous=True, set_as_default=False)


def spills(dask_worker: Worker) -> bool:
    """Run on a worker: whether what it holds may end on its disk."""
    manager: Any = dask_worker.memory_manager
    return bool(manager.memory_limit and (manager.memory_target_fraction or manager.memory_spill_fraction))


@contextmanager
def translated() -> Iterator[None]:
    """What Dask raises when the cluster is gone, as ours.

    Raises:
        RunStopped: it is.
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
    """Ours for what a cluster raises that is made ready: often it lacks our package, or has another."""
    return RunStopped(
        f"the Dask cluster cannot be used ({type(error).__name__})",
        "Install the same precontractual-async[dask] for its scheduler and its workers as here.",
    )
