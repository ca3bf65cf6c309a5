"""Free TCP ports on this machine."""

import socket
import sys


def free_port() -> int:
    """A port that is nobody's until this process ends.

    It is below the range that the kernel hands out by itself, nobody listens on it, and no other test process is
    given it meanwhile, even while a test that stops and starts a server does not listen there.
    """
    for candidate in range(20000, 32000):
        if candidate not in _given and _is_free(candidate) and (mark := _marked(candidate)):
            _given[candidate] = mark
            return candidate
    raise RuntimeError("no free port between 20000 and 32000")


_given: dict[int, socket.socket] = {}


def _marked(port: int) -> socket.socket | None:
    """A mark that one process alone can hold, whoever runs it, and that ends with it, also after `kill -9`.

    It is a name in Linux's abstract namespace: like ports, one for each network namespace. Elsewhere there is no mark.
    """
    mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        if sys.platform == "linux":
            mark.bind(f"\0jiuyi-tests-port-{port}")
    except OSError:
        mark.close()
        return None
    return mark


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
