"""Migrations stand in one line, each with a number of its own and both directions: found before a database is made."""

import re
from pathlib import Path

import pytest

from tests.support.tree import ROOT

NAMED = re.compile(r'^(revision|down_revision)(?:: [^=]+)? = (?:"(\d{4})"|None)$', re.MULTILINE)


def line_faults(folder: Path) -> list[str]:
    wrong: list[str] = []
    numbers: set[str] = set()
    followed: dict[str, str] = {}
    paths = sorted(folder.glob("*.py"))
    known = {"", *(path.name[:4] for path in paths)}
    for path in paths:
        said, number = dict(NAMED.findall(path.read_text("utf-8"))), path.name[:4]
        before = said.get("down_revision", "?")
        if number in numbers:
            wrong.append(f"{path.name}: {number} is taken; take the next number")
        elif said.get("revision") != number:
            wrong.append(f"{path.name}: revision is to be {number}, as in the file's name")
        elif before not in known:
            wrong.append(f"{path.name}: there is no down_revision {before}")
        elif before in followed:
            wrong.append(f"{path.name}: {followed[before]} follows {before or 'nothing'} already; follow the last one")
        wrong += [
            f"{path.name}: {way.name} is missing"
            for way in (path.with_suffix(".up.sql"), path.with_suffix(".down.sql"))
            if not way.is_file()
        ]
        numbers.add(number)
        followed[before] = path.name
    return wrong


def test_migrations_stand_in_one_line() -> None:
    folder = ROOT / "migrations" / "versions"
    assert len(list(folder.glob("*.py"))) > 10
    assert not line_faults(folder), "\n".join(line_faults(folder))


@pytest.mark.parametrize(
    ("second", "faults"),
    [
        (("0002_b", "0002", "0001"), []),
        (("0001_b", "0001", None), ["is taken"]),
        (("0002_b", "0002", None), ["0001_a.py follows nothing already"]),
        (("0002_b", "0003", "0001"), ["revision is to be 0002"]),
        (("0003_b", "0003", "0002"), ["there is no down_revision 0002"]),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, second: tuple[str, str, str | None], faults: list[str]) -> None:
    for name, revision, down in (("0001_a", "0001", None), second):
        quoted = f'"{down}"' if down else None
        (tmp_path / f"{name}.py").write_text(f'revision = "{revision}"\ndown_revision = {quoted}\n')
        for way in ("up", "down"):
            (tmp_path / f"{name}.{way}.sql").touch()
    found = line_faults(tmp_path)
    assert len(found) == len(faults)
    assert all(what in line for what, line in zip(faults, found, strict=True))
    (tmp_path / "0001_a.down.sql").unlink()
    assert "0001_a.py: 0001_a.down.sql is missing" in line_faults(tmp_path)
