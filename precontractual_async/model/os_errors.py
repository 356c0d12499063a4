"""The operating system's errors about files, and what to do about each of them. Pure functions."""

from __future__ import annotations

import errno
from typing import Final

_STEPS: Final = {
    errno.ENOSPC: "Make room on the disk, and run it again.",
    errno.EDQUOT: "Your quota on this disk is used up: clear something of yours, or choose another place.",
    errno.EROFS: "This file system can only be read: choose another place.",
    errno.EFBIG: "Files may not become so large here: ask for a higher limit, or choose another place.",
    errno.EACCES: "Give whoever runs this the right to write there, or choose another place.",
    errno.EPERM: "Give whoever runs this the right to write there, or choose another place.",
    errno.EIO: "The disk fails: look into the system's log, or choose another place.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOENT: "Check the name: a folder of it is not there.",
    errno.ENOTDIR: "Check the name: a part of it is no folder.",
    errno.EISDIR: "Check the name: it is a folder.",
}


def next_step_for(error: OSError) -> str:
    """What to do about `error`.

    >>> next_step_for(OSError(errno.EROFS, "Read-only file system"))
    'This file system can only be read: choose another place.'
    """
    return _STEPS.get(error.errno or 0, "Check its name, its rights and the room on the disk.")
