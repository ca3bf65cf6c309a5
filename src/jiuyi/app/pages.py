"""The built patient pages (H5): `/w/` for WeChat, `/l/` for Alipay's Life Account, the same files under both."""

import mimetypes
from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from jiuyi.kit.http import PUBLIC

_YEAR = "public, max-age=31536000, immutable"
_COMPRESSIBLE = (".js", ".css", ".html", ".svg", ".json")


class PagesMissing(RuntimeError):
    """The patient pages have not been built."""


def patient_pages(folder: Path | None) -> list[Any]:
    """Routes that serve `folder` (read into memory once, so that no path outside it can ever be asked for)."""
    files = _read(folder) if folder is not None else {}

    def page(path: str) -> Response[bytes]:
        name = path.strip("/") or "index.html"
        found = files.get(name)
        if found is None:
            raise NotFoundException
        body, kind = found
        # Built assets carry a hash of their content in the name; the page itself must always be asked for again.
        cache = _YEAR if name.startswith("assets/") else "no-cache"
        return Response(body, media_type=kind, headers={"cache-control": cache})

    @get(
        ["/w/", "/w/{path:path}"],
        **PUBLIC("the pages themselves hold no data"),
        sync_to_thread=False,
        include_in_schema=False,
    )
    def wechat_pages(path: str = "") -> Response[bytes]:
        """The WeChat H5."""
        return page(path)

    @get("/", **PUBLIC("the front door"), sync_to_thread=False, include_in_schema=False)
    def front_door() -> Redirect:
        """To the WeChat H5."""
        return Redirect("/w/")

    return [wechat_pages, front_door]


def _read(folder: Path) -> dict[str, tuple[bytes, str]]:
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            charset = "; charset=utf-8" if kind.startswith("text/") or path.suffix in _COMPRESSIBLE else ""
            files[path.relative_to(folder).as_posix()] = (path.read_bytes(), kind + charset)
    return files
