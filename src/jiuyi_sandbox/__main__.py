"""``python -m jiuyi_sandbox --port 8001 --data .data/sandbox --product-url http://localhost:8000``."""

from __future__ import annotations

import argparse
import os
import socket
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces


def refuse_taken_port(host: str, port: int) -> None:
    """Exit with a sentence when somebody listens there already: the server itself would silently share the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as wrong:
            raise SystemExit(f"port {port} on {host} cannot be used: {wrong.strerror}") from wrong


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="jiuyi_sandbox", description="A hospital in a box")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (0.0.0.0 inside a container)")
    parser.add_argument("--data", type=Path, default=Path(".data/sandbox"))
    parser.add_argument("--product-url", default="http://localhost:8000")
    parser.add_argument("--base-url", default=None, help="how others reach this sandbox")
    chosen = parser.parse_args()
    refuse_taken_port(chosen.host, chosen.port)
    os.environ.update(
        {
            "JIUYI_SANDBOX_PORT": str(chosen.port),
            "JIUYI_SANDBOX_DATA": str(chosen.data.resolve()),
            "JIUYI_SANDBOX_BASE_URL": (chosen.base_url or f"http://localhost:{chosen.port}").rstrip("/"),
            "JIUYI_SANDBOX_PRODUCT_URL": chosen.product_url.rstrip("/"),
        }
    )
    Granian(
        "jiuyi_sandbox.app:create_app",
        factory=True,
        address=chosen.host,
        port=chosen.port,
        interface=Interfaces.ASGI,
        workers=1,
        log_access=False,
        websockets=False,
        backlog=2048,
    ).serve()


if __name__ == "__main__":
    main()
