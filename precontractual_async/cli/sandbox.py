"""``precontractual sandbox``: runs the simulated gateway until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import json
import shlex
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from ..batch.exits import COMPLETE
from ..sandbox import Faults, Kind, Sandbox
from .console import say
from .signals import on_signals
from .values import Refusal


def run(arguments: argparse.Namespace) -> int:
    """Print what to export, then serve; a signal is the normal end."""
    faults = Faults(
        error_share=arguments.error_share,
        drop_share=arguments.drop_share,
        latency=arguments.latency,
        outages=[_span(text) for text in arguments.outage],
    )
    sandbox = Sandbox(
        port=arguments.port,
        limit=arguments.limit or None,
        token_life=arguments.token_life,
        faults=faults,
    )
    asyncio.run(_serve(sandbox, Kind(arguments.kind)))
    return COMPLETE


def _span(text: str) -> tuple[float, float]:
    start, _, end = text.partition(":")
    try:
        return float(start), float(end)
    except ValueError:
        pass
    raise Refusal("--outage takes two numbers of seconds, such as 10:40")


async def _serve(sandbox: Sandbox, kind: Kind) -> None:
    stopped = asyncio.Event()
    with (
        on_signals(lambda _: stopped.set()),
        tempfile.TemporaryDirectory(prefix="precontractual-sandbox-") as folder,  # mode 0700
    ):
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(sandbox)
            except OSError as error:
                problem = f"the sandbox cannot serve there: {error.strerror or type(error).__name__}"
                raise Refusal(problem, "Choose another --port, or none.") from None
            _announce(sandbox, kind, Path(folder) / "key.pem")
            await stopped.wait()
            say(json.dumps(sandbox.statistics()))


def _announce(sandbox: Sandbox, kind: Kind, key_file: Path) -> None:
    """Write the key, and print what to export; an empty line marks the end."""
    key_file.touch(0o600)
    key_file.write_text(sandbox.private_key_pem)
    for name, value in sandbox.variables(kind, key_file).items():
        print(f"export {name}={shlex.quote(value)}")
    print(flush=True)
    say(f"the sandbox runs at {sandbox.url}; export the lines above elsewhere, Ctrl-C stops it")
