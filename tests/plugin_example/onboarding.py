"""The onboarding of a shop: may this candidate begin as a flexi-jobber on this day?

    python -m onboarding 2026-12-01 < number

prints the advice, and makes its client of the environment.
"""

from __future__ import annotations

import asyncio
import enum
import sys
from datetime import date

from precontractual_async import (
    InvalidQuery,
    PrecontractualClient,
    PrecontractualError,
    RequestRejected,
    Status,
)


class Advice(enum.Enum):
    """What the shop does next."""

    HIRE = "hire"
    DO_NOT = "do not hire as a flexi-jobber"
    ASK_FOR_MANDATE = "ask the candidate for a mandate"
    CHECK_NUMBER = "check the number and the date"
    LATER = "ask again later"


ADVICE = {Status.OK: Advice.HIRE, Status.NOK: Advice.DO_NOT, Status.NO_GRANT: Advice.ASK_FOR_MANDATE}


class Onboarding:
    """Advises, and asks about the same candidate and day once when the answer is certain."""

    def __init__(self, client: PrecontractualClient) -> None:
        self._client = client
        self._certain: dict[tuple[str, date], Advice] = {}

    async def advise(self, number: str, day: date) -> Advice:
        """Never a "do not" that the gateway did not say."""
        known = self._certain.get((number, day))
        if known is not None:
            return known
        try:
            answer = await self._client.verify(number, day, type_of_worker="flexiJob")
        except (InvalidQuery, RequestRejected):
            return Advice.CHECK_NUMBER
        except PrecontractualError:
            return Advice.LATER
        advice = ADVICE.get(answer.flexi_job.status, Advice.LATER)
        if answer.flexi_job.is_conclusive:
            self._certain[number, day] = advice
        return advice


async def main(number: str, day: date) -> None:
    """One advice, printed."""
    async with PrecontractualClient.from_env() as client:
        advice = await Onboarding(client).advise(number, day)
    print(advice.value)


if __name__ == "__main__":
    asyncio.run(main(sys.stdin.readline().strip(), date.fromisoformat(sys.argv[1])))
