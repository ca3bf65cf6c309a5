"""Free TCP ports on this machine."""

import os
import socket


def free_port() -> int:
    """A port nobody listens on, below the range that the kernel hands out by itself: so it stays free."""
    for candidate in range(_start(), 32000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
        _given.add(candidate)
        return candidate
    raise RuntimeError("no free port between 20000 and 32000")


_given: set[int] = set()


def _start() -> int:
    return max(_given, default=20000 + os.getpid() % 10000) + 1
