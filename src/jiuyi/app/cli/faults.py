"""Turning what went wrong into one line (and, where it helps, the log beneath it)."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from alembic.util import CommandError
from rich.console import Console
from sqlalchemy.exc import OperationalError

from jiuyi.app.cluster import ClusterError
from jiuyi.app.settings import SettingsFaulty

complaints = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandFailed(Exception):
    """A command cannot go on. `str()` is the one line; `log` may hold the last lines of a server."""

    def __init__(self, message: str, *, log: str = "", status: int = 1) -> None:
        super().__init__(message)
        self.log = log.strip()
        self.status = status


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Report what a person can mend and exit; let real faults of the program through."""
    try:
        yield
    except SettingsFaulty as found:
        for fault in found.faults:
            complaints.print(f"设置有误 settings: {fault}", style="red", markup=False)
        sys.exit(2)
    except (CommandFailed, ClusterError) as found:
        tell(str(found), found.log)
        sys.exit(found.status if isinstance(found, CommandFailed) else 1)
    except (psycopg.OperationalError, OperationalError) as found:
        reason = str(getattr(found, "orig", found)).strip().splitlines()[0]
        tell(f"数据库连不上 the database cannot be reached: {reason}")
        sys.exit(1)
    except psycopg.errors.UndefinedObject as found:
        tell(f"数据库 database: {found.diag.message_primary}")
        sys.exit(1)
    except CommandError as found:
        tell(f"数据库迁移 migrations: {found}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def tell(message: str, log: str = "") -> None:
    complaints.print(message, style="bold red", markup=False)
    if log:
        complaints.print(log, style="dim", markup=False)
