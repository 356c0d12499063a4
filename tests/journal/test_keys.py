"""Where a journal's key comes from, and that it never stands beside the journal."""

from __future__ import annotations

import base64
import stat
import sys
import types
from pathlib import Path

import pytest

from precontractual_async import InvalidSettings, find_journal_key
from precontractual_async.journal.keys import key_files

TEXT = base64.b64encode(bytes(range(32))).decode()


def test_a_file_is_made_at_first_use(tmp_path: Path) -> None:
    """In the user's configuration folder, for the owner alone, and the same ever after."""
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    key = find_journal_key(environ, tmp_path / "journal.db")
    made = tmp_path / "config" / "precontractual" / "journal.key"
    assert len(key) == 32
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert [each.name for each in made.parent.iterdir()] == ["journal.key"]
    assert find_journal_key(environ, tmp_path / "journal.db") == key


def test_the_variable_wins(tmp_path: Path) -> None:
    """A key in the environment is taken before any file, and none is made."""
    environ = {
        "PRECONTRACTUAL_JOURNAL_KEY": TEXT,
        "PRECONTRACTUAL_JOURNAL_KEY_FILE": str(tmp_path / "keys" / "other"),
    }
    assert find_journal_key(environ, tmp_path / "journal.db") == bytes(range(32))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["x", TEXT[:-8], "not base64 at all!", TEXT + TEXT])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    """From the variable or the file."""
    with pytest.raises(InvalidSettings, match="32 bytes") as caught:
        find_journal_key({"PRECONTRACTUAL_JOURNAL_KEY": text}, tmp_path / "journal.db")
    assert text == "x" or text not in str(caught.value)
    file = tmp_path / "keys" / "journal.key"
    file.parent.mkdir()
    file.touch(0o600)
    file.write_text(text)
    with pytest.raises(InvalidSettings, match="32 bytes"):
        find_journal_key({"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(file)}, tmp_path / "journal.db")


@pytest.mark.parametrize(
    "environ",
    [
        {"PRECONTRACTUAL_JOURNAL_KEY_FILE": "~nobody-has-this-name/journal.key"},
        {"XDG_CONFIG_HOME": "~nobody-has-this-name"},
    ],
)
def test_a_home_that_is_not_there(tmp_path: Path, environ: dict[str, str]) -> None:
    """It says so, with what to do."""
    with pytest.raises(InvalidSettings, match="no such home") as caught:
        find_journal_key(environ, tmp_path / "journal.db")
    assert "PRECONTRACTUAL_JOURNAL_KEY_FILE" in caught.value.next_step


def test_never_beside_the_journal(tmp_path: Path) -> None:
    """A copy of the journal's folder must be of no use."""
    environ = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(tmp_path / "x" / ".." / "journal.key")}
    with pytest.raises(InvalidSettings, match="beside"):
        find_journal_key(environ, tmp_path / "journal.db")
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    """With the command that mends it."""
    file = tmp_path / "keys" / "journal.key"
    file.parent.mkdir()
    file.write_text(TEXT)
    file.chmod(0o644)
    with pytest.raises(InvalidSettings, match="everybody") as caught:
        find_journal_key({"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(file)}, tmp_path / "journal.db")
    assert "chmod" in caught.value.next_step


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """Says so instead of a traceback."""
    (tmp_path / "config").write_text("a file where a folder should be")
    with pytest.raises(InvalidSettings, match="cannot be made"):
        find_journal_key({"XDG_CONFIG_HOME": str(tmp_path / "config")}, tmp_path / "j" / "journal.db")


def test_a_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry is made at first use and read ever after; without the package, or locked, it says so."""
    environ = {"PRECONTRACTUAL_JOURNAL_KEYRING": "nightly"}
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(InvalidSettings, match="keyring package"):
        find_journal_key(environ, tmp_path / "journal.db")
    entries: dict[tuple[str, str], str] = {}
    keyring = types.ModuleType("keyring")
    keyring.errors = types.SimpleNamespace(KeyringError=OSError)  # type: ignore[attr-defined]
    keyring.get_password = lambda service, user: entries.get((service, user))  # type: ignore[attr-defined]
    keyring.set_password = lambda service, user, text: entries.update({(service, user): text})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    with pytest.raises(InvalidSettings, match="key is not there"):
        find_journal_key(environ, tmp_path / "journal.db", make=False)
    assert not entries
    key = find_journal_key(environ, tmp_path / "journal.db")
    assert find_journal_key(environ, tmp_path / "journal.db", make=False) == key
    assert list(entries) == [("precontractual-async", "nightly")]

    def locked(*_: str) -> str:
        raise OSError

    keyring.get_password = locked  # type: ignore[attr-defined]
    with pytest.raises(InvalidSettings, match="cannot be used"):
        find_journal_key(environ, tmp_path / "journal.db")


def test_no_key_is_made_for_a_journal_that_is_there(tmp_path: Path) -> None:
    """It would be another, and hide that its own is missing: a secret that is not mounted, another user."""
    file, journal = tmp_path / "keys" / "own", tmp_path / "journal.db"
    environ = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(file)}
    journal.write_bytes(b"SQLite format 3\0")
    with pytest.raises(InvalidSettings, match="key is not there"):
        find_journal_key(environ, journal)
    assert not file.exists()
    journal.write_bytes(b"")  # a run that was killed at once
    assert len(find_journal_key(environ, journal)) == 32


PLACE = "Name another place in PRECONTRACTUAL_JOURNAL_KEY_FILE."
MAKE_ONE = "Make one: openssl rand -base64 32"


def said(environ: dict[str, str], journal: Path) -> tuple[str, str]:
    with pytest.raises(InvalidSettings) as raised:
        find_journal_key(environ, journal)
    return raised.value.diagnosis, raised.value.next_step


def test_what_is_said_of_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in words, naming the variable, with what to do."""
    journal = tmp_path / "journal.db"
    wrong = "{} is not 32 bytes in base64"
    assert said({"PRECONTRACTUAL_JOURNAL_KEY": "x"}, journal) == (wrong.format("JOURNAL_KEY"), MAKE_ONE)
    assert said({"PRECONTRACTUAL_JOURNAL_KEY": "\u00e9"}, journal) == (wrong.format("JOURNAL_KEY"), MAKE_ONE)
    file = tmp_path / "keys" / "journal.key"
    file.parent.mkdir()
    by_file = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(file)}
    file.touch(0o600)
    file.write_bytes(b"\xff\xfe")
    assert said(by_file, journal) == (wrong.format("JOURNAL_KEY_FILE"), MAKE_ONE)
    file.chmod(0o604)
    assert said(by_file, journal)[0] == "JOURNAL_KEY_FILE can be read by everybody"
    assert said({"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(tmp_path / "k")}, journal) == (
        "the journal's key would stand beside the journal",
        "Put the journal elsewhere, or name another place in PRECONTRACTUAL_JOURNAL_KEY_FILE.",
    )
    (tmp_path / "config").write_text("")
    assert said({"XDG_CONFIG_HOME": str(tmp_path / "config")}, tmp_path / "j" / "x.db") == (
        "the journal's key cannot be made (Not a directory)",
        PLACE,
    )
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert said({"PRECONTRACTUAL_JOURNAL_KEYRING": "me"}, journal) == (
        "JOURNAL_KEYRING needs the keyring package",
        "pip install 'precontractual-async[keyring]'",
    )
    keyring = types.ModuleType("keyring")
    keyring.errors = types.SimpleNamespace(KeyringError=KeyError)  # type: ignore[attr-defined]
    keyring.get_password = lambda *_: "short"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    by_ring = {"PRECONTRACTUAL_JOURNAL_KEYRING": "me"}
    assert said(by_ring, journal)[0] == wrong.format("JOURNAL_KEYRING")
    keys: dict[str, str] = {}
    keyring.get_password = lambda *_: keys["locked"]  # type: ignore[attr-defined]
    assert said(by_ring, journal)[0] == "the keyring cannot be used (KeyError)"


def test_where_the_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG's folder, else Windows' own, else the one below the home."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for environ, folder in (
        ({"XDG_CONFIG_HOME": str(tmp_path / "x"), "APPDATA": str(tmp_path / "a")}, "x"),
        ({"APPDATA": str(tmp_path / "a")}, "a"),
        ({}, "home/.config"),
    ):
        assert len(find_journal_key(environ, tmp_path / "j.db")) == 32
        assert (tmp_path / folder / "precontractual" / "journal.key").is_file()
    (tmp_path / "y" / "precontractual").mkdir(parents=True)
    assert len(find_journal_key({"XDG_CONFIG_HOME": str(tmp_path / "y")}, tmp_path / "j.db")) == 32


def test_a_key_is_not_made_for_who_only_looks(tmp_path: Path) -> None:
    """Neither the file nor its folder; one that is there is read."""
    place = tmp_path / "k" / "journal.key"
    environ = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(place)}
    with pytest.raises(InvalidSettings, match="key is not there") as refused:
        find_journal_key(environ, tmp_path / "j.db", make=False)
    assert refused.value.next_step
    assert not place.parent.exists()
    key = find_journal_key(environ, tmp_path / "j.db")
    assert find_journal_key(environ, tmp_path / "j.db", make=False) == key


def test_two_that_make_a_key_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one made is everybody's."""
    from precontractual_async.journal import keys

    place = tmp_path / "k" / "journal.key"
    keys._make(place)
    first = place.read_text()
    keys._make(place)
    assert place.read_text() == first
    assert [each.name for each in place.parent.iterdir()] == ["journal.key"]


def test_the_files_that_may_hold_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No result may take the place of one of them: the default one, and the one that is named."""
    name = "PRECONTRACTUAL_JOURNAL_KEY_FILE"
    monkeypatch.setenv("HOME", str(tmp_path))
    default = tmp_path / ".config" / "precontractual" / "journal.key"
    assert key_files({}) == [default]
    assert key_files({name: " "}) == [default]
    assert key_files({name: " ~/other.key "}) == [default, tmp_path / "other.key"]
    folder = str(tmp_path / "config")
    elsewhere = tmp_path / "config" / "precontractual" / "journal.key"
    assert key_files({"XDG_CONFIG_HOME": folder, "APPDATA": "x"}) == [elsewhere]
    assert key_files({"APPDATA": folder, name: "~nobody-of-that-name/k"}) == [elsewhere]
    assert key_files({"APPDATA": "~nobody-of-that-name", name: "k"}) == [Path("k")]
