"""Payments: closing an order is tried ever more slowly. Booking: what an MDT team answers is sealed."""

from jiuyi.app.migrate import run_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
