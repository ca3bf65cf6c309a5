"""Files of at most 400 lines (tests 600), functions of at most 60: what is longer wants to be two things."""

import ast
from pathlib import Path

import pytest

from tests.support.tree import ROOT, functions, tracked

FILE, TEST_FILE, FUNCTION = 400, 600, 60
API_TYPES = ROOT / "web" / "api"  # the API's shapes are as long as the API


def too_long(path: Path, text: str) -> list[str]:
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    most = TEST_FILE if "test" in str(name) else FILE
    lines = text.count("\n")
    wrong = [f"{name}: {lines} lines, at most {most}"] if lines > most else []
    if path.suffix == ".py":
        for function in functions(ast.parse(text)):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > FUNCTION:
                wrong.append(f"{name}:{function.lineno} {function.name}: {length} lines, at most {FUNCTION}")
    return wrong


def sources() -> list[Path]:
    kinds = {".py", ".ts", ".vue", ".mjs", ".js", ".scss"}
    return [path for path in tracked() if path.suffix in kinds and not path.is_relative_to(API_TYPES)]


def test_no_file_or_function_is_too_long() -> None:
    found = sources()
    assert len(found) > 50
    wrong = [line for path in found for line in too_long(path, path.read_text("utf-8"))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("name", "text", "count"),
    [
        ("long.py", "x = 1\n" * 401, 1),
        ("test_long.py", "x = 1\n" * 599, 0),
        ("long.py", "def f():\n" + "    x = 1\n" * 60, 1),
        ("long.py", "def f():\n" + "    x = 1\n" * 59, 0),
    ],
)
def test_a_planted_fault_is_found(name: str, text: str, count: int) -> None:
    assert len(too_long(Path(name), text)) == count
