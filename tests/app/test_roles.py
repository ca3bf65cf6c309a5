"""The running processes' role: the whole product works with it, and it cannot do more."""

import contextlib
from collections.abc import Iterator
from urllib.parse import quote

import psycopg
import pytest

from jiuyi.app import roles
from tests.support.live import live as open_live
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I01")
ROLE = "jiuyi_app_of_tests"


@pytest.fixture
def restricted(dsn: str) -> Iterator[str]:
    """The test's database as that role sees it."""
    with psycopg.connect(dsn, autocommit=True) as owner:
        try:
            # Roles belong to the server: another test's process may have made it.
            with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                owner.execute(f"CREATE ROLE {ROLE}".encode())
        except psycopg.errors.InsufficientPrivilege:
            pytest.skip("this server's role may not make roles")
        assert roles.grant(dsn, ROLE) > 30
        yield f"{dsn}{'&' if '?' in dsn else '?'}options={quote(f'-c role={ROLE}')}"
        owner.execute(f"DROP OWNED BY {ROLE}".encode())


FORBIDDEN = [
    "CREATE TABLE public.mine (n int)",
    "CREATE SCHEMA mine",
    "ALTER TABLE audit.entry ADD COLUMN more text",
    "DROP TABLE booking.slot",
    "UPDATE audit.entry SET actor = 'nobody'",
    "DELETE FROM audit.seal",
    "DELETE FROM payments.entry",
    "DELETE FROM payments.posting",
    "DELETE FROM booking.step",
    "UPDATE kit.knob SET who = 'nobody'",
    "UPDATE kit.clock SET offset_seconds = 9",
    "TRUNCATE accounts.session",
    "DELETE FROM public.alembic_version",
]


def test_it_can_do_no_more(restricted: str) -> None:
    for statement in FORBIDDEN:
        with psycopg.connect(restricted) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


async def test_the_product_works_with_it(restricted: str, sandbox: Sandbox, product_port: int) -> None:
    async with open_live(restricted, sandbox, product_port) as live:
        await live.idle()
        phone = live.phone(1)
        await phone.sign_in()
        assert (await phone.get("/api/sessions")).status_code == 200
        await live.idle()
        async with live.parts.db.autocommit() as tx:
            assert await tx.value("SELECT current_user") == ROLE
            assert await tx.value("SELECT count(*) FROM audit.seal") > 0
            assert await tx.value("SELECT count(*) FROM booking.slot") > 10_000


def test_a_role_that_is_not_there_is_said(dsn: str) -> None:
    with pytest.raises(psycopg.errors.UndefinedObject):
        roles.grant(dsn, "nobody_at_all")
