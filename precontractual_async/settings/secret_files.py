"""Reads secrets from files, if not everybody can read these; and turns secrets in text into bytes.

An error names the setting and the file, never the content. Leaves to others: what a secret is for.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from ..model.errors import InvalidSettings

KEY_SIZE: Final = 32
_SECRETS: Final = ("PRIVATE_KEY", "KEY_PASSWORD", "MANDATARY_SSIN", "SHARED_KEY")


def read_secret(path: Path, name: str) -> bytes:
    """The content of the file that the setting `name` gives.

    The group may read it: that is how orchestrators hand a secret to a process.

    Raises:
        InvalidSettings: the file cannot be read, or everybody can read it; with the command to fix that.
    """
    try:
        with path.open("rb") as file:
            if not everybody_can_read(file):
                return file.read()
        problem = readable_by_everybody(path, name)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        said = getattr(error, "strerror", None) or type(error).__name__
        problem = InvalidSettings(f"{name} cannot be read: {said}", f"Check the path in {name}: {path}")
    raise problem


def everybody_can_read(file: BinaryIO) -> bool:
    """Whether others than owner and group have rights to the file. Checks the open file and not its name,
    which may belong to another file by the time of reading.
    """
    return os.name == "posix" and bool(stat.S_IMODE(os.fstat(file.fileno()).st_mode) & stat.S_IRWXO)


def readable_by_everybody(path: Path, what: str) -> InvalidSettings:
    """The error for a file that everybody can read, with the command to fix that."""
    return InvalidSettings(f"{what} can be read by everybody", f"chmod o-rwx {path}")


def bytes_of(text: str, name: str) -> bytes:
    """The secret in the setting `name` as bytes; bytes of a variable that are not UTF-8 stay unchanged.

    Raises:
        InvalidSettings: it is not text. Python's own error would hold the whole secret.
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        problem = InvalidSettings(f"{name} holds something that is no text", f"Give {name} once more.")
    raise problem


def key_of(text: str, name: str) -> bytes:
    """The key in the setting `name`: 32 bytes in base64.

    Raises:
        InvalidSettings: it is not such a key; with the command that makes one.
    """
    with contextlib.suppress(binascii.Error, ValueError):
        key = base64.b64decode(text, validate=True)
        if len(key) == KEY_SIZE:
            return key
    raise InvalidSettings(f"{name} is not {KEY_SIZE} bytes in base64", "Make one: openssl rand -base64 32")


def secrets_in(document: Mapping[str, object]) -> list[str]:
    """The names of the secrets in all tables of a file: whoever can read the file reads every table."""
    tables = [document, *(table for table in document.values() if isinstance(table, dict))]
    given = {(name.upper(), "@" in str(value)) for table in tables for name, value in table.items() if value}
    names = {name for name, _ in given} - ({"REDIS_URL"} if ("REDIS_URL", True) not in given else set())
    return [name for name in (*_SECRETS, "REDIS_URL") if name in names]
