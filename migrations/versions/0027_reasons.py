"""Outpatient and inpatient: why something is given back is sealed."""

from jiuyi.app.migrate import run_sql

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
