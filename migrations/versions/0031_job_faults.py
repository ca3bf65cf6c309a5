"""What went wrong with a job the last time, for whoever has to see to one that was given up."""

from jiuyi.app.migrate import run_sql

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
