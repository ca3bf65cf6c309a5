"""Taking back at the desk: a key for each asking, and deposits that go back."""

from jiuyi.app.migrate import run_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
