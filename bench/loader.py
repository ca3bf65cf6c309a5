"""A closed-loop HTTP load generator in one small loop: prepared requests out, status and time in.

`python -m bench.loader --port P --connections C --seconds S --requests FILE --result FILE`: each connection sends the
next request as soon as it has its answer, until the requests or the time run out. The requests file is a sequence of
(4 bytes big-endian length, request). Its own share of the processor is part of the result.
"""

import argparse
import json
import resource
import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_LENGTH = struct.Struct(">I")


def requests_of(path: Path) -> list[bytes]:
    """Read a requests file."""
    raw, found, at = path.read_bytes(), [], 0
    while at < len(raw):
        (size,) = _LENGTH.unpack_from(raw, at)
        found.append(raw[at + 4 : at + 4 + size])
        at += 4 + size
    return found


def write_requests(path: Path, requests: Iterator[bytes]) -> int:
    """Write a requests file; return how many there are."""
    count = 0
    with path.open("wb") as file:
        for request in requests:
            file.write(_LENGTH.pack(len(request)) + request)
            count += 1
    return count


class _Line:
    __slots__ = ("buffer", "sent_at", "socket", "want")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0)
        self.buffer = b""
        self.want = 0
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.buffer, self.want, self.sent_at = b"", 0, time.perf_counter()
        self.socket.send(request)

    def read(self) -> int | None:
        """The status when the answer is complete."""
        self.buffer += self.socket.recv(65536)
        if not self.want:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            size = int(head[at + 15 : at + 27].split(b"\r", 1)[0]) if at >= 0 else 0
            self.want = end + 4 + size
        return int(self.buffer[9:12]) if len(self.buffer) >= self.want else None


def run(port: int, connections: int, seconds: float, requests: list[bytes]) -> dict[str, object]:
    """Send; return rate, statuses, latencies (ms) and the share of one processor that this loop took."""
    todo = iter(requests)
    lines = [_Line(port) for _ in range(connections)]
    by_number = {line.socket.fileno(): line for line in lines}
    poll = select.epoll()
    statuses: Counter[int] = Counter()
    times: list[float] = []
    kept: dict[str, str] = {}
    began, cpu = time.perf_counter(), _cpu()
    until, busy = began + seconds, 0
    for line in lines:
        request = next(todo, None)
        if request is not None:
            poll.register(line.socket.fileno(), select.EPOLLIN)
            line.send(request)
            busy += 1
    last = began
    while busy:
        for number, _ in poll.poll(5):
            line = by_number[number]
            status = line.read()
            if status is None:
                continue
            last = time.perf_counter()
            statuses[status] += 1
            times.append(last - line.sent_at)
            if status not in {200, 201, 204} and str(status) not in kept:
                kept[str(status)] = line.buffer.partition(b"\r\n\r\n")[2].decode(errors="replace")[:400]
            request = next(todo, None) if last < until else None
            if request is None:
                busy -= 1
            else:
                line.send(request)
    wall = last - began
    times.sort()
    return {
        "wall": wall,
        "answers": len(times),
        "statuses": {str(status): count for status, count in statuses.items()},
        "examples": kept,
        "p50_ms": times[len(times) // 2] * 1000 if times else 0,
        "p99_ms": times[int(len(times) * 0.99)] * 1000 if times else 0,
        "cpu_share": (_cpu() - cpu) / wall,
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--requests", type=Path, required=True)
    parser.add_argument("--result", type=Path, required=True)
    given = parser.parse_args()
    found = run(given.port, given.connections, given.seconds, requests_of(given.requests))
    given.result.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
