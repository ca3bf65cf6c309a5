"""Outpatient: checkouts, their bills and lines, refunds by line."""

from jiuyi.app.migrate import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
