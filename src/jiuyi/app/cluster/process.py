"""The server as a process: finding it, starting it, stopping it. A pid file is never believed by itself."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from jiuyi.app.cluster.folders import SOCKET, Folders
from jiuyi.app.cluster.identity import Identity

PROC = Path("/proc")
POLL_SECONDS = 0.02


def running_pid(folders: Folders) -> int | None:
    """The pid of the live server on this data folder, or None; a number some other program got is not it."""
    try:
        first = folders.pid_file.read_text().split("\n", 1)[0].strip()
    except OSError:
        return None
    if not first.isdigit():
        return None
    pid = int(first)
    return pid if is_server(pid, folders.data) else None


def is_server(pid: int, data: Path) -> bool:
    """Whether a process is a postmaster on this data folder. Zombies are dead."""
    arguments = _arguments(pid)
    if not arguments or Path(arguments[0]).name != "postgres":
        return False
    try:
        # A server works inside its data folder, so this holds even after the folder was renamed.
        return (PROC / str(pid) / "cwd").samefile(data)
    except OSError:  # another user's process in a container, or no /proc at all
        return str(data) in arguments


def _arguments(pid: int) -> list[str]:
    if PROC.is_dir() and sys.platform != "darwin":
        try:
            raw = (PROC / str(pid) / "cmdline").read_bytes()
        except OSError:
            return []
        return [part for part in raw.decode(errors="replace").split("\0") if part]
    # Without /proc (macOS), ps says the command; postmasters are started by us as: postgres -D FOLDER
    said = subprocess.run(  # noqa: S603 - pid is a number
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    program, flag, folder = said.partition(" -D ")
    return [program, flag.strip(), folder] if flag else []


def forget_dead_server(folders: Folders) -> None:
    """Remove what a killed server left, so that a reused process number cannot stop the next start."""
    for left in (folders.pid_file, folders.socket, folders.run / f"{SOCKET}.lock"):
        left.unlink(missing_ok=True)


def spawn(postgres: Path, folders: Folders, identity: Identity) -> None:
    """Start the server detached: in its own session, so that Ctrl-C does not reach it, and with no parent of
    ours, so that nobody has to collect it.
    """
    command = identity.command([postgres, "-D", folders.data])
    subprocess.run(  # noqa: S603 - our own program and paths, passed as arguments, never as shell text
        [
            "/bin/sh",
            "-c",
            'log="$1"; shift; "$@" </dev/null >>"$log" 2>&1 &',
            "sh",
            str(folders.log),
            *command,
        ],
        check=True,
        start_new_session=True,
        cwd="/",
        env=server_environment(),
        user=identity.uid,
        group=identity.gid,
        extra_groups=None if identity.uid is None else [],
    )


def server_environment() -> dict[str, str]:
    """No PG* of the caller may reach the server, nor any secret of the product."""
    kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def shut_down(folders: Folders, pid: int, *, patience: float) -> bool:
    """Ask the server to end: first orderly (open transactions are rolled back), then at once (it recovers at
    its next start). Never SIGKILL, which would leave its children behind. True when it is gone.
    """
    for sign, seconds in ((signal.SIGINT, patience), (signal.SIGQUIT, 15.0)):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return True
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not is_server(pid, folders.data):
                return True
            time.sleep(POLL_SECONDS)
    return False


def psql(bin_folder: Path) -> str | None:
    """The psql beside the server's programs, or this machine's."""
    beside = bin_folder / "psql"
    return str(beside) if beside.exists() else shutil.which("psql")
