"""What a measurement came to: printed as a table, written as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Result:
    """One line. `ratio` is value over yardstick, `reach` what the ratio (or value) must reach, `met` whether it does.

    Lines without a `reach` are reported for information.
    """

    name: str
    value: float
    unit: str
    yardstick: float | None = None
    ratio: float | None = None
    reach: str | None = None
    met: bool | None = None


def against(name: str, value: float, unit: str, yardstick: float, least: float) -> Result:
    """A rate that must be at least `least` times its yardstick."""
    ratio = round(value / yardstick, 2)
    return Result(name, round(value), unit, round(yardstick), ratio, f"≥ {least}×", ratio >= least)


def at_most(name: str, value: float, unit: str, most: float) -> Result:
    """A figure that must not exceed `most`."""
    return Result(name, round(value, 3), unit, most, None, f"≤ {most:g}", value <= most)


def at_least(name: str, value: float, unit: str, least: float) -> Result:
    """A rate that must reach a fixed figure."""
    return Result(name, round(value), unit, least, None, f"≥ {least:g}", value >= least)


def note(name: str, value: float, unit: str) -> Result:
    """A figure for information."""
    return Result(name, round(value, 3), unit)


def show(results: list[Result]) -> None:
    """Print the table."""
    table = Table(title="jiuyi bench")
    for column in ("what", "measured", "unit", "yardstick", "ratio", "must reach", ""):
        table.add_column(column, justify="right" if column in {"measured", "yardstick", "ratio"} else "left")
    for result in results:
        mark = "" if result.met is None else "[green]met[/]" if result.met else "[red]NOT MET[/]"
        cells = (result.name, f"{result.value:g}", result.unit, _text(result.yardstick), _text(result.ratio))
        table.add_row(*cells, result.reach or "", mark)
    Console(width=140).print(table)


def write(results: list[Result], path: Path) -> None:
    """Write the JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(result) for result in results], indent=1, ensure_ascii=False) + "\n")


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
