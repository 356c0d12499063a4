"""``precontractual doctor``: runs the checks, each with what to do. No citizen's data is consulted."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Mapping

from ..batch.exits import COMPLETE, exit_code
from ..sharing.checks import Finding, check_all
from .console import say, tell


def run(arguments: argparse.Namespace) -> int:
    """Run all checks; returns the exit code of the first check that failed."""
    given = {"--environment": arguments.environment} if arguments.environment else {}
    return asyncio.run(_told(given))


async def _told(given: Mapping[str, str]) -> int:
    codes = []
    async for finding in check_all(os.environ, given):
        _tell(finding)
        if finding.error is not None:
            codes.append(exit_code(finding.error))
    return next(iter(codes), COMPLETE)


def _tell(finding: Finding) -> None:
    if finding.is_good:
        tell(f"ok  {finding.what}: {finding.said}")
    elif finding.error is None and not finding.next_step:  # the check could not be done
        say(f"--  {finding.what}: {finding.said}")
    else:
        tell(f"!!  {finding.what}: {finding.said}")
        if finding.next_step:
            tell(f"    -> {finding.next_step}")
