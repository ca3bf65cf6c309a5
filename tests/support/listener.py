"""A product that only listens: it writes down what the sandbox sends and answers as a test wants."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.waiting import MOST_SECONDS


@dataclass
class Heard:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """`answer` gives (status, body) for each request; by default 204 without a body."""

    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], tuple[int, str]] = lambda _heard: (204, "")

    async def wait(self, count: int, seconds: float = MOST_SECONDS) -> list[Heard]:
        until = time.monotonic() + seconds
        while len(self.heard) < count and time.monotonic() < until:
            await asyncio.sleep(0.02)
        assert len(self.heard) >= count, f"heard {len(self.heard)} of {count}"
        return self.heard


@contextmanager
def listening(port: int) -> Iterator[Listener]:
    """A listener on a port of this machine until the block ends."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            one = Heard(self.command, self.path, dict(self.headers.items()), body)
            listener.heard.append(one)
            status, text = listener.answer(one)
            self.send_response(status)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = _serve  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
