"""Where an embedded server keeps its things, and how a connection finds it.

``home/`` is 0700 and holds ``data/`` (PostgreSQL's own), ``run/`` (the socket), ``server.log``, ``lock``
(one starter or stopper at a time), ``users`` (a shared lock held by every process that uses the server) and
``keep`` (present: the server outlives its users).
"""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jiuyi.app.cluster.identity import SHARED_HOME, Identity
from jiuyi.app.cluster.problems import ClusterError

PORT = 5432  # names the socket file only; nothing listens on TCP
SOCKET = f".s.PGSQL.{PORT}"
# sockaddr_un.sun_path holds 108 bytes on Linux and 104 on macOS, closing zero included; ".lock" is added too.
LONGEST_SOCKET_PATH = 98
USER = "jiuyi"
LOG_KEPT_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Folders:
    home: Path
    run: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def users(self) -> Path:
        return self.home / "users"

    @property
    def keep(self) -> Path:
        return self.home / "keep"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def socket(self) -> Path:
        return self.run / SOCKET

    def dsn(self, database: str) -> str:
        """A libpq URL; every part is escaped, so that a folder may have spaces or Chinese in its name."""
        return f"postgresql://{USER}@/{quote(database, safe='')}?host={quote(str(self.run), safe='/')}"


def locate(home: Path) -> Folders:
    """Folders of the server at ``home``, following a move recorded by ``settle``."""
    home = home.expanduser().absolute()
    moved = home / "moved-to"
    if moved.exists():
        home = Path(moved.read_text().strip())
    inside = home / "run"
    # libpq reads a comma in "host" as a second host, and the kernel limits a socket path's length.
    if len(os.fsencode(inside / SOCKET)) <= LONGEST_SOCKET_PATH and "," not in str(inside):
        return Folders(home, inside)
    name = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]
    return Folders(home, Path(tempfile.gettempdir()) / f"jiuyi-{name}")


def make(folders: Folders) -> None:
    """Make ``home`` if it is missing, closed to everybody else."""
    folders.home.mkdir(mode=0o700, parents=True, exist_ok=True)


def settle(home: Path, identity: Identity) -> Folders:
    """Give the server's user its folders. Where that user cannot reach ``home`` (root's own home is closed to
    everybody) the folders are made under /var/lib/jiuyi and ``home/moved-to`` says so.
    """
    folders = locate(home)
    if identity.uid is not None and not folders.data.exists():
        identity.own(folders.home)
        if not identity.can_enter(folders.home):
            os.chown(folders.home, 0, 0)
            SHARED_HOME.mkdir(parents=True, exist_ok=True)
            SHARED_HOME.chmod(0o755)
            elsewhere = Path(tempfile.mkdtemp(prefix="data-", dir=SHARED_HOME))
            identity.own(elsewhere)
            (folders.home / "moved-to").write_text(f"{elsewhere}\n")
            folders = locate(home)
    folders.run.mkdir(mode=0o700, exist_ok=True)
    _check_private(folders.run, identity)
    if folders.log.exists() and folders.log.stat().st_size > LOG_KEPT_BYTES:
        folders.log.replace(folders.log.with_suffix(".log.1"))
    folders.log.touch(mode=0o600)
    identity.own(folders.log)
    return folders


def _check_private(run: Path, identity: Identity) -> None:
    """A socket folder under the temp folder has a name others can guess: take it only if it is ours alone."""
    found = run.lstat()
    expected = {os.geteuid(), identity.uid if identity.uid is not None else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in expected:
        raise ClusterError(f"{run} is in the way: it is not a folder of ours. Remove it and start again.")
    run.chmod(0o700)
    identity.own(run)
