"""Patients: hospital files, bindings, verifications, who looked at whom."""

from jiuyi.app.migrate import run_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
