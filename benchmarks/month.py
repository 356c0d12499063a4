"""A month of nights over one list, against a model that knows what each of them has to tell.

    python benchmarks/month.py [--rows 3000] [--seed 1] [--quick]

People give mandates, lose hours and change the list; for two nights the gateway is out; three nights are
killed with SIGKILL, in a process of their own: while they ask, while they tell, and just before their end.
The nights are real runs with a real journal, over a simulated gateway, in virtual time. Prints what was told,
what was told wrongly, twice or not at all (nothing), whether the journal tells the same again, and the
processor time. Exit 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from precontractual_async import Caller, ChangeKind, Credentials, EnterpriseNumber, Settings

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from support.month import NIGHTS, Month, a_month
from support.numbers import ENTERPRISE


def settings() -> Settings:
    """For a gateway that is nowhere."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Settings(
        caller=Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE)),
        credentials=Credentials(client_id="client-of-the-month", private_key=key.decode()),
        api_url="http://127.0.0.1:9/api",
        token_url="http://127.0.0.1:9/token",
        audience="http://127.0.0.1:9/token",
        rate=1000,
        concurrency=50,
    )


def killed(month: Month, numbers: Sequence[str], in_telling: int | None) -> None:
    """A night in a process of its own, which SIGKILL ends."""

    def night() -> None:
        month.die = lambda: os.kill(os.getpid(), signal.SIGKILL)
        month.run(numbers, in_telling)

    process = multiprocessing.get_context("fork").Process(target=night)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL, process.exitcode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="150 rows")
    arguments = parser.parse_args()
    rows = 150 if arguments.quick else arguments.rows
    told = Counter[ChangeKind]()
    missing = wrong = repeated = calls = kills = other_again = 0
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.db"
        for night in a_month(settings(), path, rows, arguments.seed, killed):
            told.update(kind for kind, _, _ in night.told.values())
            missing += len(night.expected.keys() - night.told.keys())
            wrong += sum(night.expected.get(number) != said for number, said in night.told.items())
            repeated += sum(kind is not ChangeKind.WAITING for kind, _, _ in night.repeated.values())
            other_again += night.again != night.told
            calls, kills = calls + night.calls, kills + night.kills
        megabytes = path.stat().st_size / 1e6
    print(f"{NIGHTS} nights over {rows:,} rows, {kills} killed, 2 in an outage; {calls:,} calls")
    print("told: " + ", ".join(f"{told[kind]:,} {kind.value}" for kind in ChangeKind if told[kind]))
    print(f"not told: {missing}, told wrongly: {wrong}, told twice: {repeated} (promised: 0 of each)")
    print(f"nights of which the journal tells something else again: {other_again} (promised: 0)")
    print(f"processor: {time.process_time() - began:.0f} s; the journal: {megabytes:.1f} MB")
    return 1 if missing or wrong or repeated or other_again else 0


if __name__ == "__main__":
    sys.exit(main())
