"""Migrations: Alembic revisions whose SQL lies beside them as `NNNN_name.up.sql` and `NNNN_name.down.sql`."""

from pathlib import Path

from alembic import command, op
from alembic.config import Config

_PACKAGED = Path(__file__).parent / "migrations"
_CHECKOUT = Path(__file__).resolve().parents[3] / "migrations"


def folder() -> Path:
    """Where the revisions are: inside an installed package, else at the top of the checkout."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


def run_sql(revision_file: str, direction: str) -> None:
    """Run the SQL file beside a revision (`direction` is `up` or `down`), as one multi-statement script."""
    text = Path(revision_file).with_suffix(f".{direction}.sql").read_text(encoding="utf-8")
    connection = op.get_bind().connection.dbapi_connection
    if connection is None:
        raise RuntimeError("Alembic gave no connection")
    # Without parameters psycopg sends the whole script as it is, so `%` needs no doubling.
    connection.cursor().execute(text)


def config(dsn: str) -> Config:
    """Alembic's configuration for a libpq URL (`postgresql://…`)."""
    settings = Config()
    settings.set_main_option("script_location", str(folder()))
    url = dsn.replace("postgres://", "postgresql://", 1).replace("postgresql://", "postgresql+psycopg://", 1)
    settings.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return settings


def upgrade(dsn: str, revision: str = "head") -> None:
    """Bring the database up to `revision`."""
    command.upgrade(config(dsn), revision)


def downgrade(dsn: str, revision: str) -> None:
    """Take the database down to `revision` (`base` = empty). For tests and for undoing a release."""
    command.downgrade(config(dsn), revision)
