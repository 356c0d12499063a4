"""One result for each employer of a list: ``screen --split-by represented``.

Knows how the files are called and that they appear together. Rows whose employer cannot be told have a file
of their own, so that nobody gets a row that may be another's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from attrs import frozen

from ..batch.backend import VerificationBackend
from ..batch.list_screening import Screening
from ..model.dates import day_in_brussels
from ..tables import Audience, results_into
from ..tables.employers import UNATTRIBUTED, ByEmployer, Employer, ResultsByEmployer
from ..tables.file_set import FileSet
from .lists import ENTERPRISE

_AT_ONCE: Final = 100
"""Files that are open together; for each hundred the list is read once more."""


@frozen
class Split:
    """The results of a list, one for each employer."""

    parts: ByEmployer
    output: str
    """With the place for the number."""

    def path_of(self, employer: Employer) -> Path:
        number = UNATTRIBUTED if employer is None else employer.digits
        path = Path(self.output)
        return path.with_name(path.name.replace(ENTERPRISE, number))

    @property
    def paths(self) -> list[Path]:
        return [self.path_of(each) for each in self.parts.shares]

    @property
    def unattributed(self) -> int:
        """Rows of the list whose employer cannot be told."""
        share = self.parts.shares.get(None)
        return 0 if share is None else share.rows

    async def write(
        self, screening: Screening, client: VerificationBackend, files: FileSet, kind: str
    ) -> None:
        """All of them; each row is written once."""
        today = day_in_brussels(client.now())
        added = screening.questions.added
        shares = list(self.parts.shares.items())
        for first in range(0, len(shares), _AT_ONCE):
            with ExitStack() as stack:
                results = {
                    employer: results_into(
                        stack.enter_context(files.adding(self.path_of(employer))),
                        share.table,
                        added,
                        kind,
                        Audience(screening.language, share.columns, today),
                    )
                    for employer, share in shares[first : first + _AT_ONCE]
                }
                by_employer = ResultsByEmployer(self.parts, results)
                await screening.write(client, by_employer, questions=self.parts.only(results))

    def facts(self) -> dict[str, object]:
        """What a machine is told of it."""
        return {
            "employers": len(self.parts.shares) - (self.unattributed > 0),
            "unattributed": self.unattributed * self.parts.questions.times,
        }

    def told(self) -> Iterator[str]:
        """And a person."""
        facts = self.facts()
        yield f"one result for each employer: {facts['employers']} of them"
        if self.unattributed:
            name = self.path_of(None).name
            yield f"rows whose employer cannot be told: {facts['unattributed']} (in {name})"
