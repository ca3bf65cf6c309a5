"""The built pages: the H5 under `/w/` and `/l/`, the staff's under `/console/`; read once, gzipped for who takes it."""

import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from jiuyi.kit.http import PUBLIC

_YEAR = "public, max-age=31536000, immutable"
_TEXT = (".js", ".css", ".html", ".svg", ".json")
_WORTH_PACKING = 1024


@dataclass(frozen=True)
class _File:
    body: bytes
    packed: bytes | None
    kind: str


def patient_pages(folder: Path | None) -> list[Any]:
    """Routes that serve the built H5 in `folder`."""
    page = _serving(folder)

    @get(
        ["/w/", "/w/{path:path}", "/l/", "/l/{path:path}"],
        **PUBLIC("the pages themselves hold no data"),
        sync_to_thread=False,
        include_in_schema=False,
    )
    def h5_pages(request: Request[Any, Any, Any], path: str = "") -> Response[bytes]:
        """The H5; the entry path tells the pages their channel."""
        return page(path, packed="gzip" in request.headers.get("accept-encoding", ""))

    @get("/", **PUBLIC("the front door"), sync_to_thread=False, include_in_schema=False)
    def front_door() -> Redirect:
        """To the WeChat H5."""
        return Redirect("/w/")

    return [h5_pages, front_door]


def console_pages(folder: Path | None) -> list[Any]:
    """Routes that serve the staff's built pages in `folder`: the desk's cashier."""
    page = _serving(folder)

    @get(
        ["/console/", "/console/{path:path}"],
        **PUBLIC("the pages themselves hold no data"),
        sync_to_thread=False,
        include_in_schema=False,
    )
    def staff_pages(request: Request[Any, Any, Any], path: str = "") -> Response[bytes]:
        """The console."""
        return page(path, packed="gzip" in request.headers.get("accept-encoding", ""))

    return [staff_pages]


class _Page(Protocol):
    def __call__(self, path: str, *, packed: bool) -> Response[bytes]: ...


def _serving(folder: Path | None) -> _Page:
    """What answers with a file of `folder`. It is read once: no path outside it can ever be asked for."""
    files = _read(folder) if folder is not None else {}

    def page(path: str, *, packed: bool) -> Response[bytes]:
        name = path.strip("/") or "index.html"
        found = files.get(name)
        if found is None:
            raise NotFoundException
        # Built assets carry a hash of their content in the name; the page itself must always be asked for again.
        headers = {"cache-control": _YEAR if name.startswith("assets/") else "no-cache", "vary": "accept-encoding"}
        if packed and found.packed is not None:
            return Response(found.packed, media_type=found.kind, headers={**headers, "content-encoding": "gzip"})
        return Response(found.body, media_type=found.kind, headers=headers)

    return page


def _read(folder: Path) -> dict[str, _File]:
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            kind, body = mimetypes.guess_type(path.name)[0] or "application/octet-stream", path.read_bytes()
            text = path.suffix in _TEXT
            # Litestar adds the charset of text/* itself.
            charset = "; charset=utf-8" if text and not kind.startswith("text/") else ""
            packed = gzip.compress(body, 6, mtime=0) if text and len(body) > _WORTH_PACKING else None
            files[path.relative_to(folder).as_posix()] = _File(body, packed, kind + charset)
    return files
