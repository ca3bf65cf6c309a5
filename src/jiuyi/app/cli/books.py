"""`jiuyi books …`: what waits for the finance department, proposed by one person and decided by another."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from jiuyi.app.cli import acting, books_paper
from jiuyi.app.cli.acting import By, Why
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.reconciliation import service
from jiuyi.domains.reconciliation.errors import SamePerson
from jiuyi.domains.reconciliation.types import ACT_NAMES, Act, Decision, ItemView, ProposalView
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.money import yuan

app = typer.Typer(no_args_is_help=True, help="对账差异：制单与复核 differences of the books: propose and decide")
HERE = Path(".data")
Data = Annotated[Path, typer.Option(envvar="DATA", help="数据目录 where the data lies")]
No = Annotated[str, typer.Argument(help="编号 number, such as D1119-01")]


class Verdict(StrEnum):
    """What is said about a proposal."""

    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"


_DECISIONS = {
    Verdict.APPROVE: (Decision.APPROVED, "已批准 approved"),
    Verdict.RETURN: (Decision.RETURNED, "已退回制单人 returned to the maker"),
    Verdict.WITHDRAW: (Decision.WITHDRAWN, "已撤回 withdrawn"),
}


@app.command("list")
def list_waiting(data: Data = HERE) -> None:
    """列出待人工的差异。What waits for people, of every day, oldest first."""
    found = acting.done(data, lambda tx, _: service.for_people(tx))
    if not found:
        typer.echo("没有待人工的差异 nothing waits for people")
        return
    fen = sum(_fen(one) for one in found)
    console = books_paper.screen()
    console.print(f"待人工 waiting for people: {len(found)}, {yuan(fen)} 元 yuan")
    books_paper.differences(found, console)


@app.command()
def propose(
    no: No,
    act: Annotated[str, typer.Argument(help="处理方式 act, one of those that `list` shows")],
    *,
    why: Why,
    by: By = None,
    data: Data = HERE,
) -> None:
    """制单。Propose what is to be done about a difference; a colleague decides."""
    maker, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, _: Knobs) -> None:
        item = await _item(tx, no)
        if item.state != "open":
            raise CommandFailed(
                f"{item.no} 已由 {_made(item)} 制单，待复核 is proposed already by {_made(item)}, for a checker"
            )
        if act not in item.acts:
            allowed = ", ".join(item.acts)
            raise CommandFailed(f"{item.no} 只能选 may only be: {allowed}", status=2)
        await service.propose(tx, UUID(item.id), Act(act), reason, maker=maker)
        await _note(tx, item, maker)

    acting.done(data, work)
    zh, en = ACT_NAMES[Act(act)]
    typer.echo(f"已制单，须由另一位同事复核 proposed, a colleague has to check it: {no} {zh} {en}（{maker.name}）")


@app.command()
def decide(
    no: No,
    verdict: Annotated[Verdict, typer.Argument(help="批准、退回、撤回 approve, return; withdraw: the maker's own")],
    *,
    why: Why,
    by: By = None,
    data: Data = HERE,
) -> None:
    """复核。Approve a proposal or return it; the maker may only withdraw it. Money moves by an approval alone."""
    checker, reason = acting.person(by), acting.reason(why)
    decision, said = _DECISIONS[verdict]

    async def work(tx: Tx, _: Knobs) -> ProposalView:
        item = await _item(tx, no)
        if item.state != "proposed":
            raise CommandFailed(f"{item.no} 还没有制单 nothing is proposed yet about {item.no}")
        proposal, maker = item.proposals[-1], _made(item)
        if verdict is Verdict.WITHDRAW and proposal.maker != checker.word:
            raise CommandFailed(f"只有制单人 {maker} 能撤回 only the maker, {maker}, may withdraw it")
        try:
            await service.decide(tx, UUID(proposal.id), decision, reason, by=checker)
        except SamePerson as problem:
            raise CommandFailed(
                f"{item.no} 由 {maker} 制单，须由另一位同事复核 was proposed by {maker}: a colleague has to check it"
            ) from problem
        await _note(tx, item, checker)
        return proposal

    proposal = acting.done(data, work)
    typer.echo(f"{said}: {no} {proposal.act_zh} {proposal.act_en}（{checker.name}）")
    if verdict is Verdict.APPROVE and proposal.act != Act.EXPLAIN:
        typer.echo("后台任务随即处理 the worker carries it out now")


async def _item(tx: Tx, no: str) -> ItemView:
    """The difference of that number. Numbers come again each year: `2025-D1119-01` is that year's alone."""
    wanted = no.strip().upper()
    waiting = await service.for_people(tx)
    found = [one for one in waiting if wanted in {one.no, f"{local(one.at).year}-{one.no}"}]
    if not found:
        raise CommandFailed(f"没有待人工的差异 no difference waits for people under this number: {no}")
    if len(found) > 1:
        years = ", ".join(f"{local(one.at).year}-{one.no}" for one in found)
        raise CommandFailed(f"有多笔，请写明年份 several, say the year: {years}", status=2)
    return found[0]


def _made(item: ItemView) -> str:
    return item.proposals[-1].maker.removeprefix("staff:")


def _fen(one: ItemView) -> int:
    sides = [one.bill_fen or 0, one.his_fen or 0, one.ours_fen or 0]
    return max(sides) - min(sides)


async def _note(tx: Tx, item: ItemView, who: Actor) -> None:
    """The system's user beside the name that was given: the name alone is believed, not proved."""
    await audit.note(
        tx,
        actor=Actor.system(acting.place()),
        action="reconciliation.at_command_line",
        subject_kind="reconciliation_item",
        subject=item.id,
        detail={"no": item.no, "by": who.name},
    )
