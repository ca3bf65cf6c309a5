"""Staff: wrong PINs are counted for a device, and for numbers that nobody has."""

from jiuyi.app.migrate import run_sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
