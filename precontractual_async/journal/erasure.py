"""What a journal holds about one citizen, found and taken out of it. Blocking; in the store's own thread.

Names are keyed hashes over whole questions, and nobody knows all dates and employers that a citizen was
asked for: so every entry is decrypted and looked at. Knows which texts go with them, too: the gateway's words
that stand on no other entry may be about that citizen. Refuses to know how the file forgets what was deleted.
"""

from __future__ import annotations

from typing import Final

from attrs import define, field, frozen

from ..model.answers import Labels
from ..model.identifiers import Ssin
from ..model.questions import Rejected
from .database import Database
from .encryption import Cipher
from .recheck import Learned
from .record import Records

_NOTHING: Final = Labels()


@frozen
class About:
    """What is to go: the entries, and the texts that are on no entry but these."""

    entries: tuple[int, ...]
    texts: tuple[bytes, ...]


@define
class _NamesOfTexts:
    """Notes which texts an entry names, and reads none of them: a missing one must not stop an erasure."""

    met: set[str] = field(factory=set)

    def name_of(self, labels: Labels) -> str:
        raise NotImplementedError("nothing is written here")

    def labels_of(self, name: str) -> Labels:
        self.met.add(name)
        return _NOTHING

    def taken(self) -> set[str]:
        """The names since it was last asked."""
        met, self.met = self.met, set()
        return met


def find_about(database: Database, cipher: Cipher, citizen: Ssin) -> About:
    """Everything in the journal that is about `citizen`.

    Raises:
        JournalFailed: an entry does not fit its seal: nobody can tell whom it is about.
    """
    texts = _NamesOfTexts()
    records = Records(texts)
    entries: list[int] = []
    theirs, of_others = set[str](), set[str]()
    for place, name, sealed in database.execute("SELECT id, name, sealed FROM entry"):
        outcome, _ = records.loads(cipher.decrypt(sealed, name))
        if _is_about(outcome, citizen):
            entries.append(place)
            theirs |= texts.taken()
        else:
            of_others |= texts.taken()
    return About(tuple(entries), tuple(bytes.fromhex(name) for name in sorted(theirs - of_others)))


def take_out(database: Database, cipher: Cipher, citizen: Ssin) -> int:
    """Delete all of it, or nothing; how many entries that were.

    Raises:
        JournalFailed: see `find_about`.
    """
    with database.transaction() as execute:
        found = find_about(database, cipher, citizen)
        for place in found.entries:
            execute("DELETE FROM entry WHERE id = ?", (place,))
        for name in found.texts:
            execute("DELETE FROM text WHERE name = ?", (name,))
    return len(found.entries)


def _is_about(outcome: Learned, citizen: Ssin) -> bool:
    """It was asked about that number, or the gateway said that this one takes the place of the one asked."""
    if isinstance(outcome, Rejected) and outcome.problem.replaced_by == citizen:
        return True
    return outcome.query.citizen == citizen
