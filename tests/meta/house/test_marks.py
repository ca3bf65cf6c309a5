"""`@pytest.mark.feature` names ids of docs/requirements.md, so that one can ask which test stands for a promise."""

import ast
import re
from pathlib import Path

from tests.support.tree import ROOT

ID = re.compile(r"^\| ([A-Z]\d\d) \|", re.MULTILINE)


def promised(page: str) -> set[str]:
    return set(ID.findall(page))


def strange_marks(name: str, text: str, known: set[str]) -> list[str]:
    """Marks that name nothing that the hospital asked for."""
    wrong = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "feature":
            ids = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
            if not ids or any(one not in known for one in ids):
                wrong.append(f"{name}:{node.lineno} feature{tuple(ids)}: name ids of docs/requirements.md")
    return wrong


def files() -> list[Path]:
    return sorted((ROOT / "tests").rglob("test_*.py"))


def test_marks_name_what_the_hospital_asked_for() -> None:
    known = promised((ROOT / "docs" / "requirements.md").read_text("utf-8"))
    assert len(known) > 40
    wrong = [line for path in files() for line in strange_marks(path.name, path.read_text("utf-8"), known)]
    assert not wrong, "\n".join(wrong)


def test_a_planted_mark_is_found() -> None:
    planted = '@pytest.mark.feature("F01", "F99")\ndef test(): ...\npytestmark = pytest.mark.feature()\n'
    assert [line.partition(" ")[0] for line in strange_marks("x.py", planted, {"F01"})] == ["x.py:1", "x.py:3"]
    assert promised("| F01 | 患者管理 |\n| Fxx |\n") == {"F01"}
