"""Columns of a batch as arrays, read back by PostgreSQL."""

from uuid import UUID

import pytest

from jiuyi.kit.arrays import bytes_array, uuid_array, word_array
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_bytes, new_id

SOME = [new_id() for _ in range(300)]


@pytest.mark.parametrize(
    "ids", [[], [SOME[0]], SOME, [None], [SOME[0], None, SOME[1]], [UUID(int=0), UUID(int=2**128 - 1)]]
)
async def test_ids_arrive_as_they_are(db: Db, ids: list[UUID | None]) -> None:
    async with db.autocommit() as tx:
        assert (
            await tx.values(
                "SELECT x FROM unnest(%s::uuid[]) WITH ORDINALITY AS a (x, n) ORDER BY n", [uuid_array(ids)]
            )
            == ids
        )
        assert await tx.value("SELECT cardinality(%s::uuid[])", [uuid_array(ids)]) == len(ids)


async def test_fresh_ids_are_all_different_and_of_version_7(db: Db) -> None:
    async with db.autocommit() as tx:
        found = await tx.values("SELECT x FROM unnest(%s::uuid[]) AS a (x)", [bytes_array(new_bytes(500))])
    assert len(set(found)) == 500
    assert all(one.version == 7 and one.variant == "specified in RFC 4122" for one in found)


async def test_words_and_what_is_missing(db: Db) -> None:
    async with db.autocommit() as tx:
        written = word_array(["first", None, '"{a,b}"'])
        assert await tx.value("SELECT %s::text[]", [written]) == ["first", None, "{a,b}"]
