"""Insurance: what an insurance pays of an order (in payments), settlements, and tasks of the desk."""

from jiuyi.app.migrate import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
