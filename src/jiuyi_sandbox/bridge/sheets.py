"""Small pages the sandbox shows inside a phone: the cashier, the camera, the map, who is holding the phone."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request


@cache
def _environment() -> Environment:
    loader = PackageLoader("jiuyi_sandbox.bridge", "sheets")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def language(request: Request) -> str:
    """`zh` or `en`: the `lang` parameter, else the browser's first language."""
    asked = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "en" if asked.lower().startswith("en") else "zh"


def render(name: str, *, lang: str, **values: Any) -> str:
    """One page in one language, of WeChat unless `alipay` says otherwise."""
    values.setdefault("alipay", False)
    return (
        _environment()
        .get_template(name)
        .render(lang=lang, t=lambda chinese, english: english if lang == "en" else chinese, **values)
    )
