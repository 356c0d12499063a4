"""What was told of a list, told again: between any two times, the same each time, and by nobody else's hand."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.journals import AT, KEY
from support.numbers import CITIZEN, ENTERPRISE

from precontractual_async import Change, ChangeKind, JournalFailed, JournalRefused, SqliteJournal
from precontractual_async.journal.list_changes import HoursRule, changes_in, kind_of_change
from precontractual_async.journal.list_snapshots import ListSnapshots, QuestionState
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import midnight

PLACE = "/srv/hr/starters.csv"
VERSIONS = Path(__file__).parent / "versions"
RULE = HoursRule()
Night = Mapping[str, str]
"""The word of each question; the question is its name."""


def told(word: str, name: str = CITIZEN, **more: Any) -> QuestionState:
    hours = 475 if word.endswith("/ok") else None
    return evolve(
        QuestionState(
            word, hours, hours, (name, "2026-12-01", ENTERPRISE, "all"), 2, waits="no_grant" in word
        ),
        **more,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "journal.db", KEY)) as store:
        yield store


def tell(
    lists: ListSnapshots, night: Night, day: int, *, place: str = PLACE, is_killed: bool = False
) -> None:
    lists.begin(place)
    lists.note(place, [(name.encode(), told(word, name)) for name, word in night.items()])
    if not is_killed:
        lists.finish(place, AT + timedelta(days=day))


def words(changes: tuple[Change, ...]) -> dict[str, tuple[str, str, str]]:
    assert len({each.citizen for each in changes}) == len(changes)
    return {each.citizen: (each.kind.value, each.before, each.now) for each in changes}


NIGHTS = st.lists(
    st.tuples(
        st.dictionaries(
            st.sampled_from("abcde"), st.sampled_from(("ok/ok", "nok/nok", "no_grant/ok", "deferred"))
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=7,
)


@given(NIGHTS)
@hypothesis_settings(max_examples=60, deadline=None)
def test_between_any_two_nights(nights: list[tuple[dict[str, str], bool]]) -> None:
    """As a model has it that keeps every night whole, whatever was killed between; after a restart too."""
    with tempfile.TemporaryDirectory() as folder:
        path, whole = Path(folder) / "j.db", dict[int, dict[str, str]]()
        with closing(Store(path, KEY)) as store:
            for day, (night, is_killed) in enumerate(nights):
                tell(store.lists, night, day, is_killed=is_killed)
                if not is_killed:
                    whole[day] = night
        if not whole:
            return
        *earlier, last = whole
        now = whole[last]
        with closing(Store(path, KEY, is_shared=True)) as store:
            for day in earlier:
                before, since = whole[day], AT + timedelta(days=day)
                expected = {
                    name: (kind.value, before.get(name, ""), now.get(name, ""))
                    for name in {*before, *now}
                    if (kind := _kind(before.get(name), now.get(name)))
                }
                for _ in range(2):
                    assert words(changes_in(store.lists, since, None, RULE)) == expected
            if earlier:
                by_default = changes_in(store.lists, None, PLACE, RULE)
                assert by_default == changes_in(store.lists, AT + timedelta(days=earlier[-1]), PLACE, RULE)


def _kind(before: str | None, now: str | None) -> ChangeKind | None:
    if now is None:
        return ChangeKind.LEFT
    return kind_of_change(None if before is None else told(before), told(now), RULE)


def test_what_stays_the_same_is_kept_once(store: Store) -> None:
    """However many nights tell it: the journal grows with what changes."""
    night = dict.fromkeys("abcdefghij", "ok/ok")
    for day in range(20):
        tell(store.lists, night | ({"a": "nok/nok"} if day % 2 else {}), day)
    assert store._database.execute("SELECT count(*) FROM told").fetchone() == (9 + 20,)
    assert len(store.lists.generations(PLACE)) == 20


def test_a_day_and_a_moment(store: Store) -> None:
    """A day compares with what was told before it began, in Brussels; a moment with the run at that moment."""
    for day, word in enumerate(("ok/ok", "nok/nok", "deferred")):
        tell(store.lists, {"a": word}, day)

    def before(since: date | datetime) -> str:
        (change,) = changes_in(store.lists, since, PLACE, RULE)
        return change.before

    assert before(date(2026, 11, 25)) == "ok/ok"
    assert before(date(2026, 11, 26)) == "nok/nok"
    assert before(datetime(2026, 11, 25, 10, 30, 15)) == "nok/nok"  # noqa: DTZ001 (of Brussels)
    assert before(datetime(2026, 11, 25, 9, 30, 14, tzinfo=UTC)) == "ok/ok"
    assert changes_in(store.lists, date(2026, 11, 27), PLACE, RULE) == ()


def test_a_run_at_midnight_belongs_to_its_day(store: Store) -> None:
    """In Brussels: what it told is among the changes from that day on."""
    night = midnight(date(2026, 11, 25))
    for at, word in ((night - timedelta(seconds=1), "ok/ok"), (night, "nok/nok")):
        store.lists.begin(PLACE)
        store.lists.note(PLACE, [(b"a", told(word))])
        store.lists.finish(PLACE, at)
    assert [each.before for each in changes_in(store.lists, date(2026, 11, 25), None, RULE)] == ["ok/ok"]


def test_what_is_not_remembered_is_said(store: Store) -> None:
    """With the first moment that is."""
    with pytest.raises(JournalRefused, match="no changes of any list"):
        changes_in(store.lists, None, None, RULE)
    tell(store.lists, {"a": "ok/ok"}, 0)
    assert [each.kind for each in changes_in(store.lists, None, None, RULE)] == [ChangeKind.NEW]
    with pytest.raises(JournalRefused, match="from 24/11/2026 10:30 on, and not from before"):
        changes_in(store.lists, date(2026, 11, 24), None, RULE)
    with pytest.raises(JournalRefused, match="no changes of this list"):
        changes_in(store.lists, None, "/srv/hr/other.csv", RULE)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_journal_of_before(tmp_path: Path, version: int) -> None:
    """Nothing is made up of what an older program told: only its last word, once a run has upgraded it."""
    path = tmp_path / "j.db"
    shutil.copyfile(VERSIONS / f"{version}.db", path)
    with (
        closing(Store(path, KEY, is_shared=True)) as store,
        pytest.raises(JournalRefused, match="no changes of any list"),
    ):
        changes_in(store.lists, None, None, RULE)
    if version < 3:
        return
    with closing(Store(path, KEY)) as store:
        assert store.lists.places() == ("/list.csv",)
        store.lists.begin("/list.csv")
        store.lists.note("/list.csv", [(b"one", told("ok/ok"))])
        store.lists.finish("/list.csv", AT + timedelta(days=1))
        (change,) = changes_in(store.lists, None, None, RULE)
        assert (change.kind, change.before, change.now) == (ChangeKind.CHANGED, "no_grant/ok", "ok/ok")


def test_a_purge_takes_the_old_nights(store: Store) -> None:
    """What is left is told, and what is gone is said to be."""
    for day, word in enumerate(("ok/ok", "nok/nok", "no_grant/ok", "ok/ok")):
        tell(store.lists, {"a": word, "b": "ok/ok"}, day)
    store.purge(AT + timedelta(days=2))
    assert words(changes_in(store.lists, AT + timedelta(days=2), None, RULE)) == {
        "a": ("changed", "no_grant/ok", "ok/ok")
    }
    assert store._database.execute("SELECT count(*) FROM told").fetchone() == (3,)
    with pytest.raises(JournalRefused, match="not from before"):
        changes_in(store.lists, AT + timedelta(days=1), None, RULE)
    store.purge(AT + timedelta(days=3))
    with pytest.raises(JournalRefused, match="not from before"):
        changes_in(store.lists, None, None, RULE)


def test_hours_by_the_rule(store: Store) -> None:
    """Also by another rule than the run's."""
    for day, hours in enumerate((475, 430, 420)):
        store.lists.begin(PLACE)
        store.lists.note(PLACE, [(b"a", told("ok/ok", hours=hours, hours_told=475))])
        store.lists.finish(PLACE, AT + timedelta(days=day))
    assert changes_in(store.lists, AT, None, RULE) == ()
    (change,) = changes_in(store.lists, AT, None, HoursRule(step=50))
    assert (change.kind, change.hours_before, change.hours_now) == (ChangeKind.HOURS, 475, 420)
    (change,) = changes_in(store.lists, AT, None, HoursRule(below=421))
    assert change.kind is ChangeKind.HOURS


def test_hours_that_were_told_without_a_change(store: Store) -> None:
    """By another rule a night can tell hours that are those of the night before."""
    for day, hours_told in enumerate((475, 430)):
        store.lists.begin(PLACE)
        store.lists.note(PLACE, [(b"a", told("ok/ok", hours=430, hours_told=hours_told))])
        store.lists.finish(PLACE, AT + timedelta(days=day))
    (change,) = changes_in(store.lists, AT, None, HoursRule(step=45))
    assert (change.hours_before, change.hours_now) == (475, 430)
    assert changes_in(store.lists, AT + timedelta(days=1), None, HoursRule(step=45)) == ()


def test_several_lists(store: Store) -> None:
    """All of them, each with its own last run; or one."""
    for place in (PLACE, "-", "/srv/\udce9\n.csv"):
        tell(store.lists, {"a": "ok/ok"}, 0, place=place)
    tell(store.lists, {"a": "nok/nok"}, 1, place="-")
    changes = changes_in(store.lists, None, None, RULE)
    assert {(each.list_path, each.kind.value) for each in changes} == {
        (PLACE, "new"),
        ("-", "changed"),
        ("/srv/\udce9\n.csv", "new"),
    }
    assert [each.list_path for each in changes_in(store.lists, None, "-", RULE)] == ["-"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE told SET first = 1 WHERE generation = 2",
        "UPDATE told SET generation = 3 WHERE generation = 2; UPDATE telling SET generation = 3 WHERE generation = 2",
        "UPDATE telling SET told_at = told_at + 1 WHERE generation = 1",
        "UPDATE telling SET told_at = 'x' WHERE generation = 1",
        "UPDATE told SET sealed = (SELECT sealed FROM told WHERE generation = 1) WHERE generation = 2",
        "UPDATE telling SET sealed = (SELECT sealed FROM telling WHERE generation = 1)",
    ],
)
def test_whoever_changes_when_it_was_told_is_noticed(store: Store, change: str) -> None:
    """No word of one night is told as that of another."""
    tell(store.lists, {"a": "ok/ok"}, 0)
    tell(store.lists, {"a": "nok/nok"}, 1)
    for each in change.split("; "):
        store._database.execute(each)
    with pytest.raises(JournalFailed, match="damaged"):
        changes_in(store.lists, None, None, RULE)


def test_nothing_personal_is_shown_by_a_change(store: Store) -> None:
    tell(store.lists, {CITIZEN: "ok/ok"}, 0)
    (change,) = changes_in(store.lists, None, None, RULE)
    assert CITIZEN not in repr(change)
    assert (change.citizen, change.employer, change.type_of_worker) == (CITIZEN, ENTERPRISE, "all")
    assert change.start_date == date(2026, 12, 1)
    assert evolve(change, parts=("x", "soon", "", "")).start_date is None


async def test_in_code(tmp_path: Path) -> None:
    """By the journal that is open, with a path as it was given to the command."""
    path = tmp_path / "j.db"
    async with SqliteJournal(path, KEY) as journal:
        await journal.with_lists(
            lambda lists: tell(lists, {"a": "no_grant/ok"}, 0, place=str(tmp_path / "l.csv"))
        )
        before = path.read_bytes()
        (change,) = await journal.changes(list_path=tmp_path / "l.csv")
        assert (change.kind, change.now, change.next_step("nl")) == (ChangeKind.NEW, "no_grant/ok", "")
        assert await journal.changes(date(2026, 12, 1), hours_below=500) == (
            evolve(change, kind=ChangeKind.WAITING, before=change.now, hours_before=475),
        )
        assert path.read_bytes() == before
