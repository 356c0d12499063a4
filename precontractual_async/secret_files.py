"""Secrets in files: read only when not everybody can read them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .errors import InvalidSettings


def read_secret(path: Path, name: str) -> bytes:
    """The content of the file that the setting `name` gives.

    The group may read it: that is how orchestrators hand a secret to a process.

    Raises:
        InvalidSettings: it cannot be read, or everybody can read it; with the command that mends it.
    """
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO:
            problem = InvalidSettings(f"{name} can be read by everybody", f"chmod o-rwx {path}")
        else:
            return path.read_bytes()
    except OSError as error:
        said = error.strerror or type(error).__name__
        problem = InvalidSettings(f"{name} cannot be read: {said}", f"Check the path in {name}: {path}")
    raise problem
