"""The generated reference pages (settings, states, refusals): `make docs` writes them, a test compares."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

import jiuyi
from jiuyi.app import settings as app_settings
from jiuyi.app import wiring
from jiuyi.kit.problems import Problem
from jiuyi.kit.states import Transitions

_NOTE = "<!-- Written by `make docs` from the code. Do not edit by hand. -->\n\n"


def modules() -> Iterator[ModuleType]:
    """Every module of the product."""
    for found in pkgutil.walk_packages(jiuyi.__path__, "jiuyi."):
        if not found.name.endswith("__main__") and ".app.migrations" not in found.name:
            yield importlib.import_module(found.name)


def transitions() -> list[Transitions[Any]]:
    """Every status graph, by name."""
    graphs = {
        value.name: value for module in modules() for value in vars(module).values() if isinstance(value, Transitions)
    }
    return [graphs[name] for name in sorted(graphs)]


def problems() -> list[type[Problem]]:
    """Every refusal, by code."""

    def below(kind: type[Problem]) -> Iterator[type[Problem]]:
        for sub in kind.__subclasses__():
            yield sub
            yield from below(sub)

    list(modules())
    found = {kind for kind in below(Problem) if kind.__module__.startswith("jiuyi.")}
    return sorted({Problem, *found}, key=lambda kind: (kind.code, kind.__qualname__))


def statements() -> Iterator[tuple[str, Any]]:
    """(module, statement) of every repository and kit module that lists its `STATEMENTS`."""
    for module in modules():
        for statement in getattr(module, "STATEMENTS", ()):
            yield module.__name__, statement


def settings_page() -> str:
    """Deployment settings (environment) and run-time settings (knobs)."""
    lines = [
        "# Settings\n",
        _NOTE + "## Deployment (environment)\n",
        "`<NAME>_FILE` names a file to read the value from instead. All faults are reported at once at start.\n",
        "| name | needed | default |",
        "|---|---|---|",
    ]
    for section, kind in app_settings.SECTIONS.items():
        for field in msgspec.structs.fields(kind):
            default = "" if field.required else f"`{field.default}`"
            name = f"JIUYI_{section}_{field.name}".upper()
            lines.append(f"| `{name}` | {'yes' if field.required else 'no'} | {default} |")
    for name in ("mode", "sandbox_url", "log_level", "log_pretty"):
        default = next(f.default for f in msgspec.structs.fields(app_settings.Settings) if f.name == name)
        lines.append(f"| `JIUYI_{name.upper()}` | no | `{default}` |")
    lines += ["\n## Run time (knobs)\n", "Changed by the hospital while the service runs; every change is kept.\n"]
    lines += ["| name | default | bounds | 中文 | English | source |", "|---|---|---|---|---|---|"]
    for knob in sorted(wiring.KNOBS, key=lambda knob: knob.name):
        bounds = f"{knob.low}–{knob.high}" if knob.low is not None or knob.high is not None else ""
        default = msgspec.json.encode(knob.default).decode().replace("|", "\\|")
        lines.append(f"| `{knob.name}` | `{default}` | {bounds} | {knob.zh} | {knob.en} | {knob.source} |")
    return "\n".join(lines) + "\n"


def states_page() -> str:
    """Every status graph, drawn."""
    parts = ["# States\n", _NOTE]
    parts += [f"## `{graph.name}`\n\n```mermaid\n{graph.mermaid()}\n```\n" for graph in transitions()]
    return "\n".join(parts)


def errors_page() -> str:
    """Every refusal with its texts."""
    lines = [
        "# Refusals\n",
        _NOTE + "One shape: `application/problem+json` (RFC 9457) with a `code` and a request id.\n",
    ]
    lines += ["| code | HTTP | 中文 | English |", "|---|---|---|---|"]
    for kind in problems():
        zh, en = f"{kind.zh}。{kind.zh_detail}", f"{kind.en}. {kind.en_detail}"
        lines.append(f"| `{kind.code}` | {kind.kind.value} | {zh} | {en} |".replace("\n", " "))
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """File name in `docs/reference` → content."""
    return {"settings.md": settings_page(), "states.md": states_page(), "errors.md": errors_page()}


def write(folder: Path) -> None:
    """Write the pages into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pages().items():
        (folder / name).write_text(content, encoding="utf-8")
