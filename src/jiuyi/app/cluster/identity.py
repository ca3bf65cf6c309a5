"""Who runs the server: PostgreSQL refuses to run as root, and we never ask it to.

- An ordinary user runs it directly.
- Root, on a folder that belongs to somebody else: as that somebody.
- Root otherwise: inside a user namespace, where root's own files appear to belong to an ordinary user;
  no file changes its owner and no other user of the machine can read anything.
- Where user namespaces are forbidden (many containers): as another existing user, with the programs copied to
  where that user can read them.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from jiuyi.app.cluster.binaries import Installation
from jiuyi.app.cluster.problems import ClusterError

# Inside a namespace every unmapped user appears as this id: were it ours, peer would take anybody.
OVERFLOW_ID = 65534
SHARED_HOME = Path("/var/lib/jiuyi")
LIKELY_USERS = ("postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Identity:
    """How to run a command as the server's user.

    ``names`` are the operating-system users the server sees when this process connects (for pg_ident.conf).
    ``uid``/``gid`` are set only when another user's files and processes are needed.
    """

    prefix: tuple[str, ...]
    names: tuple[str, ...]
    uid: int | None = None
    gid: int | None = None

    def command(self, program: Sequence[str | Path]) -> list[str]:
        return [*self.prefix, *(str(part) for part in program)]

    def can_run(self, program: Path) -> bool:
        return self._succeeds([program, "--version"])

    def can_enter(self, folder: Path) -> bool:
        return self._succeeds(["test", "-x", folder])

    def _succeeds(self, command: Sequence[str | Path]) -> bool:
        try:
            done = subprocess.run(  # noqa: S603 - our own program names and paths
                self.command(command),
                capture_output=True,
                timeout=30,
                check=False,
                cwd="/",
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def identify(data: Path) -> Identity:
    """The identity for the server on this data folder (which need not exist yet)."""
    me = os.geteuid()
    owner = data.stat().st_uid if data.exists() else me
    if me != 0:
        if owner != me:
            raise ClusterError(
                f"The data folder {data} belongs to {_name(owner)}, not to {_name(me)}: "
                "run as that user, or choose another folder with DATA=…"
            )
        if _entry(me) is None:  # a container's made-up user id: initdb wants a name
            named = namespace()
            if named is None:
                raise ClusterError(f"User id {me} has no name on this machine; PostgreSQL needs one.")
            return named
        return Identity((), (_name(me), "root"))
    if owner != 0:
        entry = _entry(owner)
        if entry is None:
            raise ClusterError(f"The data folder {data} belongs to user id {owner}, unknown on this machine.")
        return Identity((), (entry.pw_name, "root"), entry.pw_uid, entry.pw_gid)
    return namespace() or other_user()


def namespace() -> Identity | None:
    """Root as an ordinary user inside a user namespace, or None where that is not allowed."""
    if shutil.which("unshare") is None:
        return None
    everyone = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    mapped = next((entry for entry in everyone if entry.pw_uid != OVERFLOW_ID), next(iter(everyone), None))
    if mapped is None:
        return None
    found = Identity(("unshare", "--user", f"--map-user={mapped.pw_uid}", "--"), (mapped.pw_name,))
    return found if found.can_enter(Path("/")) else None


def other_user() -> Identity:
    wished = os.environ.get("JIUYI_PG_USER")
    for name in (wished,) if wished else LIKELY_USERS:
        entry = next((one for one in pwd.getpwall() if one.pw_name == name), None)
        if entry is not None and entry.pw_uid != 0:
            return Identity((), (entry.pw_name, "root"), entry.pw_uid, entry.pw_gid)
    raise ClusterError(
        "PostgreSQL may not run as root, user namespaces are not allowed and no ordinary user was found: "
        "run as an ordinary user, or name one in JIUYI_PG_USER."
    )


def reachable(installation: Installation, identity: Identity) -> Installation:
    """The same programs where the server's user can run them; copied once, if they lie in a closed folder."""
    if identity.can_run(installation.bin / "postgres"):
        return installation
    if identity.uid is None or installation.origin == "machine":
        raise ClusterError(f"{installation.bin / 'postgres'} cannot be run by the server's user.")
    package = installation.bin.parents[1]
    home = SHARED_HOME / f"postgresql-{installation.major}-{package.stat().st_mtime_ns}"
    copied = Installation(home / package.name / installation.bin.parent.name / "bin", installation.major, "wheel")
    if not copied.bin.exists():
        SHARED_HOME.mkdir(parents=True, exist_ok=True)
        SHARED_HOME.chmod(0o755)
        half = Path(mkdtemp(dir=SHARED_HOME))
        half.chmod(0o755)
        shutil.copytree(installation.bin.parent, half / package.name / installation.bin.parent.name)
        if installation.libraries:
            shutil.copytree(installation.libraries, half / installation.libraries.name)
        try:
            half.rename(home)
        except OSError:  # another data folder's start was quicker: its copy is as good as ours
            shutil.rmtree(half)
    if not identity.can_run(copied.bin / "postgres"):
        raise ClusterError(f"{copied.bin / 'postgres'} cannot be run by {identity.names[0]}.")
    return copied


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _name(uid: int) -> str:
    entry = _entry(uid)
    return entry.pw_name if entry else str(uid)
