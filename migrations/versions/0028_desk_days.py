"""Payments are found by the day they were begun on."""

from jiuyi.app.migrate import run_sql

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
