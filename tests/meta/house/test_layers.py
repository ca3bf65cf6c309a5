"""Who may import whom: the contracts of `.importlinter`, and that they really bite."""

import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.support.tree import ROOT, SRC

PUBLIC = {"service", "flows", "types", "events", "errors"}
READERS = {"analytics", "ops"}  # read-only views over everything
# Whoever calls another domain's flow hands it that domain's port, so it must be able to name the type.
CALLERS = {"api", "admin_api", "kiosk_api", "flows", "jobs"}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--config", root / ".importlinter", "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": "/usr/bin:/bin", "COLUMNS": "200", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A copy of the tree to plant faults in."""
    shutil.copytree(SRC, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("where", "what", "broken"),
    [
        ("jiuyi/kit/ids.py", "import jiuyi.domains.audit.types", "app > adapters > domains"),
        ("jiuyi/domains/codes/types.py", "import jiuyi.domains.accounts.types", "domains form a DAG"),
        ("jiuyi/domains/codes/rules.py", "import jiuyi.domains.codes.repository", "inside a domain"),
        ("jiuyi/domains/codes/rules.py", "import psycopg", "types and rules are pure"),
        ("jiuyi/domains/codes/service.py", "import httpx", "only adapters"),
        ("jiuyi_sandbox/world.py", "import jiuyi.kit.ids", "the sandbox shares no code"),
        ("jiuyi/domains/codes/helpers.py", "", "inside a domain"),
    ],
)
def test_a_planted_fault_is_found(planted: Path, where: str, what: str, broken: str) -> None:
    with (planted / "src" / where).open("a") as file:
        file.write(f"\n{what}\n")
    done = lint(planted)
    assert done.returncode == 1, done.stdout[-2000:] + done.stderr
    assert broken in done.stdout.replace("\n", " ")


def faces(graph: grimp.ImportGraph) -> list[str]:
    """Imports of another domain past its public face."""
    wrong = []
    for module in graph.modules:
        mine = module.split(".")
        if mine[:2] != ["jiuyi", "domains"] or len(mine) < 4:
            continue
        for target in graph.find_modules_directly_imported_by(module):
            theirs = target.split(".")
            if theirs[:2] != ["jiuyi", "domains"] or len(theirs) < 4 or theirs[2] == mine[2]:
                continue
            allowed = PUBLIC | ({"repository"} if mine[2] in READERS else set())
            allowed |= {"ports"} if mine[3] in CALLERS else set()
            if theirs[3] not in allowed:
                wrong.append(f"{module} -> {target}")
    return wrong


def test_domains_meet_only_at_their_public_face() -> None:
    assert not faces(grimp.build_graph("jiuyi", cache_dir=None))


def test_reaching_into_another_domain_is_found() -> None:
    graph = grimp.ImportGraph()
    for module in ("jiuyi.domains.booking.service", "jiuyi.domains.payments.repository"):
        graph.add_module(module)
    graph.add_import(importer="jiuyi.domains.booking.service", imported="jiuyi.domains.payments.repository")
    assert faces(graph) == ["jiuyi.domains.booking.service -> jiuyi.domains.payments.repository"]
