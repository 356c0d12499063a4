"""What was told of a list: nothing of it takes effect before it is finished, and nothing of it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.journals import AT, KEY
from support.numbers import CITIZEN, ENTERPRISE

from precontractual_async import JournalFailed
from precontractual_async.journal.list_snapshots import ListSnapshots, QuestionState
from precontractual_async.journal.store import Store

PLACE = "/srv/hr/starters.csv"


def told(word: str = "ok/ok", hours: int | None = 475) -> QuestionState:
    return QuestionState(word, hours, hours, (CITIZEN, "2026-12-01", ENTERPRISE, "all"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "journal.db", KEY)) as store:
        yield store


@pytest.fixture
def lists(store: Store) -> ListSnapshots:
    return store.lists


def finished(lists: ListSnapshots, *contents: bytes, word: str = "ok/ok", place: str = PLACE) -> None:
    lists.begin(place)
    lists.note(place, [(content, told(word)) for content in contents])
    lists.finish(place, AT)


def test_what_is_finished_was_told(lists: ListSnapshots) -> None:
    """Question by question; of a double only the first counts."""
    lists.begin(PLACE)
    assert lists.last(PLACE, [b"a"]) == [None]
    assert lists.note(PLACE, [(b"a", told()), (b"b", told("nok/nok")), (b"a", told("x"))]) == [
        True,
        True,
        False,
    ]
    assert lists.note(PLACE, [(b"b", told("y"))]) == [False]
    lists.finish(PLACE, AT)
    assert lists.last(PLACE, [b"b", b"c", b"a"]) == [told("nok/nok"), None, told()]


def test_what_is_not_finished_was_not(lists: ListSnapshots) -> None:
    """A run that was killed has told nothing; the next begins anew."""
    finished(lists, b"a")
    for _ in range(2):
        lists.begin(PLACE)
        assert lists.note(PLACE, [(b"b", told()), (b"a", told("nok/nok"))]) == [True, True]
        assert lists.last(PLACE, [b"a", b"b"]) == [told(), None]


def test_what_has_left(lists: ListSnapshots) -> None:
    """In an order that the content does not tell, some at a time."""
    contents = [str(number).encode() for number in range(1_234)]
    finished(lists, *contents)
    lists.begin(PLACE)
    lists.note(PLACE, [(content, told()) for content in contents[:100]])
    found, after = set[bytes](), b""
    while some := lists.left(PLACE, after):
        assert not found & {name for name, _ in some}
        assert {each for _, each in some} == {told()}
        found |= {name for name, _ in some}
        after = some[-1][0]
    assert len(found) == 1_134


def test_lists_know_nothing_of_each_other(lists: ListSnapshots) -> None:
    finished(lists, b"a")
    finished(lists, b"a", word="nok/nok", place="/other.csv")
    assert lists.last(PLACE, [b"a"]) == [told()]
    assert lists.left(PLACE) != []


def test_nothing_shows(store: Store, tmp_path: Path) -> None:
    """Neither who, nor what, nor which list; the same question in two lists has two names."""
    finished(store.lists, b"a")
    finished(store.lists, b"a", place="/other.csv")
    names = store._database.execute("SELECT count(DISTINCT question) FROM told").fetchone()
    assert names == (2,)
    store._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    content = (tmp_path / "journal.db").read_bytes()
    assert not [
        each for each in (CITIZEN, ENTERPRISE, "ok/ok", "2026-12-01", "starters") if each.encode() in content
    ]


def test_what_was_changed_is_noticed(store: Store) -> None:
    finished(store.lists, b"a", b"b")
    store._database.execute("UPDATE told SET sealed = (SELECT min(sealed) FROM told)")
    with pytest.raises(JournalFailed, match="damaged"):
        store.lists.last(PLACE, [b"a", b"b"])


def test_lists_that_are_no_longer_told_go(store: Store) -> None:
    """With what a killed run had begun to note of them."""
    finished(store.lists, b"a")
    store.lists.begin("/never-finished.csv")
    store.lists.note("/never-finished.csv", [(b"a", told())])
    store.purge(AT)
    assert store.lists.last(PLACE, [b"a"]) == [told()]
    store.purge(AT + timedelta(seconds=1))
    assert store._database.execute("SELECT count(*) FROM told").fetchone() == (0,)
    assert store._database.execute("SELECT count(*) FROM telling").fetchone() == (0,)
