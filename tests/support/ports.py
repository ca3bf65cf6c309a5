"""Free TCP ports on this machine."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path


def free_port() -> int:
    """A port that is nobody's until this process ends.

    It is below the range that the kernel hands out by itself, nobody listens on it, and no other test process is
    given it meanwhile, even while a test that stops and starts a server does not listen there.
    """
    folder = Path(tempfile.gettempdir()) / f"jiuyi-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for candidate in range(20000, 32000):
        if candidate not in _given and _is_mine(folder / str(candidate)):
            if _is_free(candidate):
                return candidate
            _given.pop(candidate).close()
    raise RuntimeError("no free port between 20000 and 32000")


# Locks that last as long as this process: also after `kill -9` nothing has to be tidied up.
_given: dict[int, "_Lock"] = {}


class _Lock:
    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)

    def take(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        os.close(self._descriptor)


def _is_mine(file: Path) -> bool:
    lock = _Lock(file)
    if not lock.take():
        return False
    _given[int(file.name)] = lock
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
