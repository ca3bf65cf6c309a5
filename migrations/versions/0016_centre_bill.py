"""Reconciliation: the personal account's share of an insurance leg, and legs found by the insurance's number."""

from jiuyi.app.migrate import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
