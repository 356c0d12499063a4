"""A new key for a journal: every name and every content made anew under it. Blocking; in the store's thread.

It is one transaction. Whatever kills it, the journal opens with the old key or with the new one, and holds
the same. No new file takes the journal's place: SQLite itself warns of that, as somebody who has the old one
open could then write its log into the new one. Refuses to know where keys come from, and how the file forgets
what stood in it before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Final

from attrs import field, frozen

from ..model.answers import Labels
from ..model.errors import JournalFailed
from .database import Database, Execute
from .encryption import Cipher
from .record import Records

_AT_ONCE: Final = 500
"""Entries that are held in memory together."""
_CARRIER: Final = "nl"
"""The language under which a text's name is carried, in place of the text."""


@frozen
class Rekeyed:
    """What is under the new key."""

    entries: int
    forgotten_lists: int
    """Lists of which an older program noted no place. Under the new key nobody could find what they were: the
    next run does not tell whether they were changed."""


@frozen
class _Renamed:
    """Reads the old name of a text as if it were the text, and writes its new name."""

    names: dict[str, str] = field(factory=dict)

    def labels_of(self, name: str) -> Labels:
        return Labels({_CARRIER: name})

    def name_of(self, labels: Labels) -> str:
        name = self.names.get(labels.texts[_CARRIER])
        if name is None:
            raise JournalFailed("the journal is damaged: a text is missing", "Put a copy of it back.")
        return name


def new_cipher(key: bytes) -> tuple[Cipher, dict[str, bytes]]:
    """A cipher with a salt of its own, and what a journal keeps to tell its key by."""
    salt = os.urandom(16)
    cipher = Cipher(key, salt)
    return cipher, {"salt": salt, "key": cipher.name(b"key", b"")}


def rekey(database: Database, old: Cipher, key: bytes) -> tuple[Cipher, Rekeyed]:
    """Put everything under `key`, durably, or nothing.

    Raises:
        JournalFailed: something is damaged: it could not be told apart from what is sound any more.
    """
    new, meta = new_cipher(key)
    with database.transaction() as execute:
        texts = _Renamed(dict(_texts(execute, old, new)))
        entries = _entries(execute, old, new, Records(texts))
        _runs(execute, old, new)
        forgotten = _readings(execute, old, new)
        for name, value in meta.items():
            execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
    return new, Rekeyed(entries, forgotten)


def _texts(execute: Execute, old: Cipher, new: Cipher) -> Iterator[tuple[str, str]]:
    """The old name of each and its new one."""
    for (name,) in execute("SELECT name FROM text").fetchall():
        used_at, sealed = execute("SELECT used_at, sealed FROM text WHERE name = ?", (name,)).fetchone()
        content = old.decrypt(sealed, name)
        renamed = new.name(b"text", content)
        execute("DELETE FROM text WHERE name = ?", (name,))
        execute("INSERT INTO text VALUES (?, ?, ?)", (renamed, used_at, new.encrypt(content, renamed)))
        yield name.hex(), renamed.hex()


def _entries(execute: Execute, old: Cipher, new: Cipher, records: Records) -> int:
    """What was shown beside each is sealed again as it was sealed: who changed it is found out still."""
    done, last = 0, -1
    select = "SELECT id, name, sealed FROM entry WHERE id > ? ORDER BY id LIMIT ?"
    while some := execute(select, (last, _AT_ONCE)).fetchall():
        for place, name, sealed in some:
            outcome, shown = records.loads(old.decrypt(sealed, name))
            renamed = new.query_name(outcome.query)
            content = new.encrypt(records.dumps(outcome, shown), renamed)
            execute("UPDATE entry SET name = ?, sealed = ? WHERE id = ?", (renamed, content, place))
        done, last = done + len(some), some[-1][0]
    return done


def _runs(execute: Execute, old: Cipher, new: Cipher) -> None:
    for name, sealed in execute("SELECT name, sealed FROM run").fetchall():
        content = old.decrypt(sealed, name)
        renamed = new.name(b"run", json.loads(content)["began"].encode())
        execute(
            "UPDATE run SET name = ?, sealed = ? WHERE name = ?",
            (renamed, new.encrypt(content, renamed), name),
        )


def _readings(execute: Execute, old: Cipher, new: Cipher) -> int:
    """How many could not be named anew, and went."""
    forgotten = 0
    for name, sealed in execute("SELECT place, sealed FROM reading").fetchall():
        content = old.decrypt(sealed, name)
        place = json.loads(content).get("place")
        execute("DELETE FROM reading WHERE place = ?", (name,))
        if place is None:
            forgotten += 1
            continue
        renamed = new.place_name(place)
        execute("INSERT INTO reading VALUES (?, ?)", (renamed, new.encrypt(content, renamed)))
    return forgotten
