"""Start, share and stop one embedded server. Plain blocking calls; safe from several processes at once."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from jiuyi.app.cluster import binaries, configuration, process
from jiuyi.app.cluster.binaries import Installation
from jiuyi.app.cluster.folders import USER, Folders, locate, make, settle
from jiuyi.app.cluster.identity import Identity, identify, reachable
from jiuyi.app.cluster.problems import ClusterError

DATABASE = "jiuyi"
# A killed server's children need a moment to notice and let go of its shared memory.
STILL_LEAVING = ("pre-existing shared memory block", "lock file")
LEAVING_SECONDS = 20.0


@dataclass(frozen=True)
class ClusterStatus:
    """What ``jiuyi db status`` shows. ``kept``: the server goes on when its last user leaves."""

    running: bool
    pid: int | None
    dsn: str
    data: Path
    log: Path
    version: str | None
    programs: Path | None
    kept: bool


class Cluster:
    """One embedded PostgreSQL at ``home``. Every method may raise ClusterError.

    ``patience`` is how long, in seconds, a start (with crash recovery) or an orderly stop may take.
    ``say`` gets short progress lines.
    """

    def __init__(self, home: Path, *, patience: float = 180.0, say: Callable[[str], None] | None = None) -> None:
        self._home = home
        self._patience = patience
        self._say = say or (lambda _line: None)
        self._held: int | None = None

    @property
    def folders(self) -> Folders:
        return locate(self._home)

    @property
    def dsn(self) -> str:
        return self.folders.dsn(DATABASE)

    def start(self, *, keep: bool = False) -> str:
        """Have a server running and answer its DSN. ``keep``: it goes on when its last user leaves."""
        make(locate(self._home))
        with self._alone():
            identity = identify(self.folders.data)
            folders = settle(self._home, identity)
            self._ensure_running(folders, identity)
            self._ensure_database(folders)
            if keep:
                folders.keep.touch()
            self._hold(folders)
        return self.dsn

    def stop(self, *, force: bool = False) -> bool:
        """Leave the server; stop it if nobody else uses it, or anyway with ``force``. True if it stopped."""
        if not self.folders.home.exists():
            return False
        with self._alone():
            folders = self.folders
            self._release()
            if force:
                folders.keep.unlink(missing_ok=True)
            elif folders.keep.exists() or not self._last(folders):
                return False
            pid = process.running_pid(folders)
            if pid is None:
                return False
            if not process.shut_down(folders, pid, patience=self._patience):
                raise ClusterError(f"The server (process {pid}) does not end.", log=self._log_tail(folders))
            if not folders.run.is_relative_to(folders.home):
                shutil.rmtree(folders.run, ignore_errors=True)
            return True

    def status(self) -> ClusterStatus:
        folders = self.folders
        pid = process.running_pid(folders)
        version = self._ask_version(folders) if pid else None
        try:
            programs = binaries.choose(folders.data).bin
        except ClusterError:
            programs = None
        return ClusterStatus(
            running=version is not None,
            pid=pid,
            dsn=self.dsn,
            data=folders.data,
            log=folders.log,
            version=version,
            programs=programs,
            kept=folders.keep.exists(),
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- one starter or stopper at a time, and who uses the server ------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The kernel frees these locks when a process dies, however it dies."""
        descriptor = os.open(locate(self._home).lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _hold(self, folders: Folders) -> None:
        if self._held is None:
            self._held = os.open(folders.users, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._held, fcntl.LOCK_SH)

    def _release(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    @staticmethod
    def _last(folders: Folders) -> bool:
        descriptor = os.open(folders.users, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(descriptor)

    # -- starting -------------------------------------------------------------------------------------------

    def _ensure_running(self, folders: Folders, identity: Identity) -> None:
        if self._ask_version(folders) is not None:
            return
        pid = process.running_pid(folders)
        if pid is not None and self._comes_up(folders, pid):
            return
        installation = reachable(binaries.choose(folders.data), identity)
        if not (folders.data / "PG_VERSION").exists():
            self._create(folders, installation, identity)
        configuration.write(folders, identity)
        mark = folders.log.stat().st_size
        until = time.monotonic() + min(LEAVING_SECONDS, self._patience)
        while not self._launch(folders, installation, identity):
            said = _read_from(folders.log, mark)
            if time.monotonic() > until or not any(sign in said for sign in STILL_LEAVING):
                raise ClusterError(f"The embedded PostgreSQL did not start; its log is {folders.log}", log=said)
            time.sleep(0.5)

    def _comes_up(self, folders: Folders, pid: int) -> bool:
        """A server exists but does not answer: wait while it starts, recovers or ends. One whose socket is
        gone (a cleaned temp folder, a moved data folder) is asked to end; then a new one is needed.
        """
        self._say("waiting for the running PostgreSQL")
        until = time.monotonic() + self._patience
        socket_missing_since: float | None = None
        while process.is_server(pid, folders.data):
            if self._ask_version(folders) is not None:
                return True
            now = time.monotonic()
            if folders.socket.exists():
                socket_missing_since = None
            elif socket_missing_since is None:
                socket_missing_since = now
            elif now - socket_missing_since > min(5.0, self._patience / 2):
                process.shut_down(folders, pid, patience=self._patience)
                return False
            if now > until:
                raise ClusterError(
                    f"PostgreSQL (process {pid}) runs on {folders.data} but does not answer.",
                    log=self._log_tail(folders),
                )
            time.sleep(0.1)
        return False

    def _create(self, folders: Folders, installation: Installation, identity: Identity) -> None:
        """Make the data folder beside its final name: one killed half-way leaves nothing that looks whole."""
        self._say(f"creating a PostgreSQL {installation.major} data folder")
        half = folders.home / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        identity.own(half)
        locale = "C" if sys.platform == "darwin" else "C.UTF-8"
        done = subprocess.run(  # noqa: S603 - our own program and paths
            identity.command(
                [
                    installation.bin / "initdb",
                    f"--pgdata={half}",
                    f"--username={USER}",
                    "--encoding=UTF8",
                    f"--locale={locale}",
                    "--auth=peer",
                    "--data-checksums",
                ]
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env=process.server_environment(),
            user=identity.uid,
            group=identity.gid,
            extra_groups=None if identity.uid is None else [],
        )
        if done.returncode != 0:
            raise ClusterError(f"initdb could not make {folders.data}", log=done.stdout)
        half.rename(folders.data)

    def _launch(self, folders: Folders, installation: Installation, identity: Identity) -> bool:
        """One attempt. False when the server ended by itself."""
        self._say(f"starting PostgreSQL {installation.major}")
        process.forget_dead_server(folders)
        mark = folders.log.stat().st_size
        process.spawn(installation.bin / "postgres", folders, identity)
        began = time.monotonic()
        seen = False
        while True:
            pid = process.running_pid(folders)
            seen = seen or pid is not None
            if pid is not None and self._ask_version(folders) is not None:
                return True
            waited = time.monotonic() - began
            # Before the pid file appears the only sign of a refusal is the log.
            said = _read_from(folders.log, mark)
            if pid is None and (seen or "FATAL" in said or (said and waited > 2)):  # noqa: PLR2004
                return False
            if waited > self._patience:
                raise ClusterError(f"The embedded PostgreSQL did not answer within {self._patience:.0f} s.", log=said)
            time.sleep(process.POLL_SECONDS)

    def _ensure_database(self, folders: Folders) -> None:
        with psycopg.connect(folders.dsn("postgres"), autocommit=True, connect_timeout=10) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    @staticmethod
    def _ask_version(folders: Folders) -> str | None:
        """Alive means: it answers a question."""
        if not folders.socket.exists():
            return None
        try:
            with psycopg.connect(folders.dsn("postgres"), connect_timeout=5) as connection:
                row = connection.execute("SHOW server_version").fetchone()
        except psycopg.OperationalError:
            return None
        return str(row[0]) if row else None

    @staticmethod
    def _log_tail(folders: Folders) -> str:
        return _read_from(folders.log, max(0, folders.log.stat().st_size - 20_000))


def _read_from(path: Path, offset: int) -> str:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")
