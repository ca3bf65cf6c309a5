"""Alembic's environment: plain SQL revisions on one psycopg connection, one transaction for the whole upgrade."""

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

url: str = context.config.get_main_option("sqlalchemy.url") or ""
engine = create_engine(url, poolclass=NullPool)
with engine.connect() as connection:
    # Two processes that start at once take turns.
    connection.exec_driver_sql("SELECT pg_advisory_lock(hashtextextended('jiuyi.migrate', 0))")
    connection.commit()
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
