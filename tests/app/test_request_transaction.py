"""The transaction of a request: nobody calls out while it is open, and an answer never outruns its commit."""

from typing import Any, cast

from litestar import Request, get, post

from jiuyi.app.wiring import Parts
from jiuyi.domains.patients.ports import PatientFiles
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PUBLIC, Given
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone
from jiuyi.wire.http import CalledInTransaction
from tests.support.product import running

HERE = PUBLIC("stands in this test only")


async def _call(request: Request[Any, Any, Any]) -> dict[str, str]:
    """How a call to nowhere ended."""
    parts = cast("Parts", request.app.state["parts"])
    try:
        await parts.callers[0].send("catalog.list", "POST", "/", body=b"{}")
    except (CalledInTransaction, NotDone) as error:
        return {"ended": type(error).__name__}
    return {"ended": "done"}


@get("/_test/calls/open", **HERE)
async def calls_in_transaction(
    request: Request[Any, Any, Any],
    tx: Tx,
    db: Db,
    knobs: Knobs,
    vault: Vault,
    clock: Clock,
    patient_files: Given[PatientFiles],
) -> dict[str, str]:
    """Beside as many other parts as a handler may ask for: they must not move `tx` into a task of its own."""
    assert all((tx, db, knobs, vault, clock, patient_files))
    return await _call(request)


@get("/_test/calls/free", **HERE)
async def calls_without(request: Request[Any, Any, Any], db: Db) -> dict[str, str]:
    """Between its transactions a handler may call."""
    async with db.tx() as tx:
        await tx.value("SELECT 1")
    return await _call(request)


async def test_a_handler_may_not_call_out_while_its_tx_is_open(dsn: str) -> None:
    async with running(dsn, routes=(calls_in_transaction, calls_without)) as product:
        http = product.visitor()
        assert (await http.get("/_test/calls/open")).json() == {"ended": "CalledInTransaction"}
        assert (await http.get("/_test/calls/free")).json() == {"ended": "Unreachable"}


@post("/_test/writes/{parent:int}", **HERE)
async def writes(tx: Tx, parent: int) -> dict[str, str]:
    """Write a row whose constraint is looked at when the transaction commits."""
    await tx.run("INSERT INTO public.child (parent) VALUES (%s)", (parent,))
    await tx.defer("a.job")
    return {"written": "yes"}


async def test_an_answer_never_outruns_a_commit_that_fails(dsn: str, db: Db) -> None:
    async with db.tx() as tx:
        await tx.run("CREATE TABLE public.parent (id int PRIMARY KEY)")
        await tx.run("CREATE TABLE public.child (parent int REFERENCES public.parent DEFERRABLE INITIALLY DEFERRED)")
        await tx.run("INSERT INTO public.parent VALUES (1)")
    async with running(dsn, routes=(writes,)) as product:
        http = product.visitor()
        good, bad = await http.post("/_test/writes/1"), await http.post("/_test/writes/2")
    assert (good.status_code, good.json()) == (201, {"written": "yes"})
    assert (bad.status_code, bad.headers["content-type"]) == (500, "application/problem+json")
    assert bad.json()["code"] == "broken"
    assert bad.json()["request_id"] == bad.headers["x-request-id"]
    async with db.tx() as tx:
        assert await tx.values("SELECT parent FROM public.child") == [1]
        assert await tx.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'a.job'") == 1
