"""The job queue's own tables, as procrastinate 3.10 publishes them (MIT licence)."""

from jiuyi.app.migrate import run_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
