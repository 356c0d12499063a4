"""What stands for the interpreter while tests run: the server of `warm` does the work, and it ends as that ends.

What the server leaves alone, the interpreter does itself. Its own start is all that a process still costs, so
it runs without `site` and imports next to nothing.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import resource
import sys

_FORWARDED = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM)


def circumstances() -> tuple[int, list[int], list[tuple[int, int]]]:
    """What a process has from whoever started it, beside its words, environment, folder and descriptors."""
    umask = os.umask(0o77)
    os.umask(umask)
    ignored = [number for number in _FORWARDED if _signal.getsignal(number) == _signal.SIG_IGN]
    limits = [resource.getrlimit(kind) for kind in range(resource.RLIMIT_NOFILE + 1)]
    return umask, ignored, limits


def _descriptors() -> list[int]:
    """Those that are handed down to us."""
    found = []
    for number in sorted(map(int, os.listdir("/proc/self/fd"))):  # noqa: PTH208 (pathlib is long to import)
        try:
            found += [number] if os.get_inheritable(number) else []
        except OSError:  # the folder that was listed
            continue
    return found


def _asked(server: _socket.socket) -> int:
    """The number of the process that does the work, once it has begun."""
    handed_down = _descriptors()
    group = 0 if os.getsid(0) == os.getpid() else os.getpgrp()  # 0: a session of its own
    given = (sys.argv[1:], dict(os.environ), os.getcwd(), handed_down, group, circumstances())  # noqa: PTH109
    passed = b"".join(number.to_bytes(4, sys.byteorder) for number in handed_down)
    server.connect(os.path.dirname(sys.argv[0]) + "/server")  # noqa: PTH120
    server.sendmsg([marshal.dumps(given)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, passed)])
    return int(server.recv(20) or b"0")


def _end_as(status: int) -> None:
    """By the same exit or by the same signal."""
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) in _FORWARDED:
            _signal.signal(os.WTERMSIG(status), _signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def main() -> None:
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    try:
        process = _asked(server)
    except OSError:
        process = 0
    if not process:
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])  # noqa: S606
    for number in _FORWARDED:
        _signal.signal(number, lambda number, _: os.kill(process, number))
    _end_as(int(server.recv(20) or b"9"))


if __name__ == "__main__":
    main()
