"""Staff: devices, keys, operators and shifts; what the desk adds to audit, patients and payments."""

from jiuyi.app.migrate import run_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_sql(__file__, "up")


def downgrade() -> None:
    run_sql(__file__, "down")
