"""An attempt knows whether a reversal may have been made of it, whose turn it is to make it, and since when."""

from jiuyi.app.migrate import run_sql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
