"""An appointment knows when the hospital was last told of its payment and may have heard it."""

from jiuyi.app.migrate import run_sql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
