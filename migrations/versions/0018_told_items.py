"""Reconciliation: what the HIS was told, kept with a difference and with a day's totals."""

from jiuyi.app.migrate import run_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
