"""The same as a process of its own, in tests that block."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest

from precontractual_async.sandbox import Citizen, Sandbox

CANDIDATE = "07.01.01-899.01"
TOMORROW = date.today() + timedelta(days=1)


def advice() -> str:
    command = [sys.executable, "-m", "onboarding", TOMORROW.isoformat()]
    return subprocess.run(
        command, input=CANDIDATE, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


@pytest.mark.usefixtures("precontractual_environ")
def test_the_command_advises(precontractual_sandbox: Sandbox) -> None:
    """It finds the sandbox by the variables that stand in its environment."""
    precontractual_sandbox.population[CANDIDATE] = Citizen(flexi="ok")
    assert advice() == "hire"
    assert precontractual_sandbox.ledger.requests_of(CANDIDATE) == 1


@pytest.mark.usefixtures("precontractual_environ")
def test_each_test_begins_anew(precontractual_sandbox: Sandbox) -> None:
    """Nothing was asked yet, and the candidate is who the sandbox makes up."""
    assert precontractual_sandbox.ledger.calls == 0
    assert precontractual_sandbox.population[CANDIDATE].flexi == "nok"
