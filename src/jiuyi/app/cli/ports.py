"""Is a port free?"""

import errno
import socket

from jiuyi.app.cli.faults import CommandFailed


def refuse_used(host: str, port: int, *, option: str) -> None:
    """Raise CommandFailed with what to do when somebody listens on the port already."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            if fault.errno == errno.EADDRINUSE:
                reason = "已被占用 is in use"
            elif fault.errno == errno.EACCES:
                reason = "没有权限 needs more rights"
            else:
                reason = f"不可用 cannot be used: {fault.strerror}"
            raise CommandFailed(
                f"端口 port {port} {reason}；换一个 choose another: {option}={port + 10}", status=2
            ) from fault
