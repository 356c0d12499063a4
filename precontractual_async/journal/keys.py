"""Where a journal's key comes from: a variable, a keyring, or a file that is made at first use.

Knows the three places and their order. The key is never beside the journal: a copy of the journal's folder
must be useless to whoever finds it, and destroying the key must destroy what the journal holds.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..model.errors import InvalidSettings
from ..model.privacy import without_frames
from ..settings.loading import KEY_VARIABLES, PREFIX
from ..settings.secret_files import KEY_SIZE, key_of, read_secret
from .lock import sync_folder

_SERVICE: Final = "precontractual-async"


@without_frames
def find_journal_key(environ: Mapping[str, str], journal: Path, *, make: bool = True) -> bytes:
    """The 32-byte key of the journal at `journal`.

    It comes from ``PRECONTRACTUAL_JOURNAL_KEY`` (base64); or from the keyring, for the user name in
    ``PRECONTRACTUAL_JOURNAL_KEYRING``; or from the file ``PRECONTRACTUAL_JOURNAL_KEY_FILE``, by default
    ``journal.key`` in the user's configuration folder. Keyring entry and file are made at first use; only
    the owner can read the file. No key is made when `make` is False, nor for a journal that is not empty,
    because that journal already has its key.

    Raises:
        InvalidSettings: there is no key and none is made, or its file would be beside the journal.
    """
    key = known_journal_key(environ, journal, make=make)
    if key is None:
        raise _not_there()
    return key


@without_frames
def known_journal_key(environ: Mapping[str, str], journal: Path, *, make: bool = False) -> bytes | None:
    """The same key; None: there is no key yet, and no problem with making one is known.

    Raises:
        InvalidSettings: the key can be neither read nor made.
    """
    given = {name: environ.get(PREFIX + name, "").strip() for name in KEY_VARIABLES}
    make = make and not _holds_something(journal)
    if text := given["JOURNAL_KEY"]:
        return key_of(text, "JOURNAL_KEY")
    if user := given["JOURNAL_KEYRING"]:
        return _from_keyring(user, make=make)
    named = given["JOURNAL_KEY_FILE"]
    return _from_file(_in_home(named) if named else _default_file(environ), journal, make=make)


def _holds_something(journal: Path) -> bool:
    """Whether the journal is not empty: a new key would not fit, and would hide that its key is missing."""
    with contextlib.suppress(OSError):
        return journal.stat().st_size > 0
    return False


def key_files(environ: Mapping[str, str]) -> list[Path]:
    """The files that may hold keys: the named file, and the default file, which other journals may need."""
    named = environ.get(f"{PREFIX}JOURNAL_KEY_FILE", "").strip()
    files = []
    with contextlib.suppress(InvalidSettings):  # no such home, so no key either
        files.append(_default_file(environ))
    with contextlib.suppress(InvalidSettings):
        files += [_in_home(named)] if named else []
    return files


def _default_file(environ: Mapping[str, str]) -> Path:
    folder = environ.get("XDG_CONFIG_HOME") or environ.get("APPDATA") or "~/.config"
    return _in_home(folder) / "precontractual" / "journal.key"


def _in_home(name: str) -> Path:
    """The path, with ``~`` replaced by the home folder."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        problem = "the place of the journal's key begins with ~, and there is no such home"
    raise InvalidSettings(problem, "Write PRECONTRACTUAL_JOURNAL_KEY_FILE without it.")


def _not_there() -> InvalidSettings:
    return InvalidSettings(
        "the journal's key is not there",
        "Give the one that it was made with: JOURNAL_KEY, JOURNAL_KEYRING or JOURNAL_KEY_FILE.",
    )


@without_frames
def key_in_file(path: Path, journal: Path, setting: str, *, make: bool) -> bytes | None:
    """The key in the file at `path`, which `setting` names; None: there is no file, and `make` is False.

    When a key is returned, it is on the disk, and so are the names of its file and folders: then a journal
    may be encrypted with it.

    Raises:
        InvalidSettings: the key can be neither read nor made.
    """
    key = _from_file(path, journal, setting, make=make)
    for folder in path.absolute().parents if key else ():
        with contextlib.suppress(OSError):  # a folder that we may not read is not new
            sync_folder(folder)
    return key


def _from_file(path: Path, journal: Path, setting: str = "JOURNAL_KEY_FILE", *, make: bool) -> bytes | None:
    named = setting if setting.startswith("--") else PREFIX + setting
    if path.parent.resolve() == journal.parent.resolve():
        raise InvalidSettings(
            "the journal's key would stand beside the journal",
            f"Put the journal elsewhere, or name another place in {named}.",
        )
    if not path.exists():
        if not make:
            return None
        try:
            _make(path)
        except OSError as error:
            problem = f"the journal's key cannot be made ({error.strerror or type(error).__name__})"
            raise InvalidSettings(problem, f"Name another place in {named}.") from None
    return key_of(read_secret(path, setting).decode(errors="replace").strip(), setting)


def _make(path: Path) -> None:
    """Create the key file, complete from the first moment; if two processes do so at once, one key stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # created with mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(_new_key())
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_SIZE)).decode()


def _from_keyring(user: str, *, make: bool) -> bytes | None:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise InvalidSettings(
            "JOURNAL_KEYRING needs the keyring package", "pip install 'precontractual-async[keyring]'"
        ) from None
    try:
        text = keyring.get_password(_SERVICE, user)
        if text is None and make:
            keyring.set_password(_SERVICE, user, _new_key())
            text = keyring.get_password(_SERVICE, user)
    except keyring.errors.KeyringError as error:
        raise InvalidSettings(f"the keyring cannot be used ({type(error).__name__})") from None
    return None if text is None else key_of(text, "JOURNAL_KEYRING")
