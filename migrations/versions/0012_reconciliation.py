"""Reconciliation: runs, their lines, differences, and what two people decided about them."""

from jiuyi.app.migrate import run_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
