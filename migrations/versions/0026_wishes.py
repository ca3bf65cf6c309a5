"""Notifications: who wants to be told when the hospital's system answers again."""

from jiuyi.app.migrate import run_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
