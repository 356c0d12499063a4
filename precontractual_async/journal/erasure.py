"""Finds everything that a journal holds about one citizen, and deletes it. Blocking; in the store's thread.

Names are keyed hashes of whole questions, and nobody knows every date and employer that a citizen was asked
for: so every entry is decrypted. Knows which texts to delete as well: a text of the gateway that no other
entry uses may be about that citizen. Leaves to others: how the file overwrites what was deleted.
"""

from __future__ import annotations

from typing import Final

from attrs import define, field, frozen

from ..model.answers import Labels
from ..model.identifiers import Ssin
from ..model.questions import Rejected
from .database import Database
from .encryption import Cipher
from .list_snapshots import delete_states, states_about
from .recheck import Learned
from .record import Records

_NOTHING: Final = Labels()


@frozen
class About:
    """What is deleted: entries, texts that no other entry has, and states in snapshots of lists."""

    entries: tuple[int, ...]
    texts: tuple[bytes, ...]
    states: tuple[tuple[bytes, int, bytes], ...]

    @property
    def count(self) -> int:
        """The number of entries and states."""
        return len(self.entries) + len(self.states)


@define
class _NamesOfTexts:
    """Collects the names of an entry's texts, but reads no text: a missing one must not stop an erasure."""

    met: set[str] = field(factory=set)

    def name_of(self, labels: Labels) -> str:
        raise NotImplementedError("nothing is written here")

    def labels_of(self, name: str) -> Labels:
        self.met.add(name)
        return _NOTHING

    def taken(self) -> set[str]:
        """The names collected since the last call."""
        met, self.met = self.met, set()
        return met


def find_about(database: Database, cipher: Cipher, citizen: Ssin) -> About:
    """Everything in the journal that is about `citizen`.

    Raises:
        JournalFailed: an entry is damaged, so nobody can tell whom it is about.
    """
    texts = _NamesOfTexts()
    records = Records(texts)
    entries: list[int] = []
    theirs, of_others = set[str](), set[str]()
    numbers = {citizen.digits}
    for place, name, sealed in database.execute("SELECT id, name, sealed FROM entry"):
        outcome, _ = records.loads(cipher.decrypt(sealed, name))
        if _is_about(outcome, citizen):
            entries.append(place)
            theirs |= texts.taken()
            numbers.add(outcome.query.citizen.digits)  # an old number of the same citizen
        else:
            of_others |= texts.taken()
    return About(
        tuple(entries),
        tuple(bytes.fromhex(name) for name in sorted(theirs - of_others)),
        tuple(states_about(database, cipher, numbers)),
    )


def take_out(database: Database, cipher: Cipher, citizen: Ssin) -> int:
    """Delete everything about `citizen`, or nothing; return the number of entries deleted.

    Raises:
        JournalFailed: see `find_about`.
    """
    with database.transaction() as execute:
        found = find_about(database, cipher, citizen)
        for place in found.entries:
            execute("DELETE FROM entry WHERE id = ?", (place,))
        for name in found.texts:
            execute("DELETE FROM text WHERE name = ?", (name,))
        delete_states(execute, found.states)
    return found.count


def _is_about(outcome: Learned, citizen: Ssin) -> bool:
    """Whether the query has this SSIN, or the gateway said that this SSIN replaces the one in the query."""
    if isinstance(outcome, Rejected) and outcome.problem.replaced_by == citizen:
        return True
    return outcome.query.citizen == citizen
