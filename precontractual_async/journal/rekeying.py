"""A new key for a journal: every name and content is encrypted again. Blocking; in the store's thread.

Knows how to do this in one transaction: if the process is killed, the journal opens with the old key or with
the new one, and holds the same. No new file replaces the journal: SQLite's documentation warns that a program
which still has the old file open could write its log into the new one. Leaves to others: where keys come
from, and how the file overwrites old data.
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
from .list_snapshots import rekey_lists
from .record import Records

_AT_ONCE: Final = 500
"""Entries held in memory at once."""
_CARRIER: Final = "nl"
"""The language under which `_Renamed` puts a text's name in place of the text."""


@frozen
class Rekeyed:
    """What was put under the new key."""

    entries: int
    forgotten_lists: int
    """Lists whose place an older program did not store. Their last state cannot be found with the new key, so
    the next run does not tell whether they changed."""


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
    """A cipher with a new salt, and the values by which a journal recognizes its key."""
    salt = os.urandom(16)
    cipher = Cipher(key, salt)
    return cipher, {"salt": salt, "key": cipher.name(b"key", b"")}


def rekey(database: Database, old: Cipher, key: bytes) -> tuple[Cipher, Rekeyed]:
    """Put everything under `key`, durably, or nothing.

    Raises:
        JournalFailed: something is damaged; after the change nobody could tell it from intact data.
    """
    new, meta = new_cipher(key)
    with database.transaction() as execute:
        texts = _Renamed(dict(_texts(execute, old, new)))
        entries = _entries(execute, old, new, Records(texts))
        _runs(execute, old, new)
        forgotten = _readings(execute, old, new)
        rekey_lists(execute, old, new)
        for name, value in meta.items():
            execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))
    return new, Rekeyed(entries, forgotten)


def _texts(execute: Execute, old: Cipher, new: Cipher) -> Iterator[tuple[str, str]]:
    """Put the texts under the new key; the old name of each, and its new name."""
    for (name,) in execute("SELECT name FROM text").fetchall():
        used_at, sealed = execute("SELECT used_at, sealed FROM text WHERE name = ?", (name,)).fetchone()
        content = old.decrypt(sealed, name)
        renamed = new.name(b"text", content)
        execute("DELETE FROM text WHERE name = ?", (name,))
        execute("INSERT INTO text VALUES (?, ?, ?)", (renamed, used_at, new.encrypt(content, renamed)))
        yield name.hex(), renamed.hex()


def _entries(execute: Execute, old: Cipher, new: Cipher, records: Records) -> int:
    """The copy of the unencrypted fields stays as it was, so that a change of these is still detected."""
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
    """Put the lists under the new key; return how many were deleted, since their place is unknown."""
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
