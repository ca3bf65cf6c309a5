"""`jiuyi jobs …`: work that the workers gave up, for the hospital's IT; somebody has it tried again."""

from pathlib import Path
from typing import Annotated

import typer

from jiuyi.app.cli import acting, database
from jiuyi.app.cli.acting import By, Why
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.audit import service as audit
from jiuyi.kit import failed_jobs
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.failed_jobs import FailedJob
from jiuyi.kit.knobs import Knobs

app = typer.Typer(no_args_is_help=True, help="放弃了的后台任务 jobs that the workers gave up: listed and tried again")
HERE = Path(".data")
Data = database.Data


@app.command("failed")
def list_failed(data: Data = HERE) -> None:
    """列出放弃了的任务。Jobs that failed for the last time, the oldest first; nobody tries them any more."""
    found = acting.done(data, lambda tx, _: failed_jobs.failed(tx))
    if not found:
        typer.echo("没有放弃了的任务 no job was given up")
        return
    typer.echo(f"待处理 waiting for people: {len(found)}")
    for one in found:
        for line in _lines(one):
            typer.echo(line)


def _lines(one: FailedJob) -> tuple[str, str]:
    when = f"{local(one.at):%Y-%m-%d %H:%M}" if one.at is not None else "–"
    return (
        f"{one.id}  {one.task}  {when}",
        f"    队列 queue {one.queue}  已试 tries: {one.tries}  原因 why: {one.error or '–'}",
    )


@app.command("again")
def try_again(
    job: Annotated[int, typer.Argument(help="任务编号 number of the job, from `failed`", min=1)],
    *,
    why: Why,
    by: By = None,
    data: Data = HERE,
) -> None:
    """再试一次。Put it back into the queue, its tries counted anew; in the audit log."""
    who, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, _: Knobs) -> str:
        task = await failed_jobs.again(tx, job)
        if task is None:
            raise CommandFailed(f"没有这样一个放弃了的任务 no job that was given up has this number: {job}")
        await audit.note(
            tx,
            actor=who,
            action="jobs.put_back",
            subject_kind="job",
            subject=str(job),
            detail={"task": task, "why": reason, "at": acting.place()},
        )
        return task

    task = acting.done(data, work)
    typer.echo(f"{job} {task}: 已放回队列 put back into the queue（{who.name}）")
