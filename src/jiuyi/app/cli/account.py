"""`jiuyi account …`: a patient lost a phone, and somebody of the hospital helps, after looking at the document."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from jiuyi.app.cli import acting, database
from jiuyi.app.cli.acting import By, Why
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.events import IdentityDetached
from jiuyi.domains.accounts.types import CHANNEL_NAMES, Standing
from jiuyi.domains.notifications import jobs as notifications_jobs
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.service import HeldBy
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.events import Subscriptions
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import NotFound

app = typer.Typer(
    no_args_is_help=True, help="患者账户 accounts of patients who lost a phone: found, signed out, detached"
)
HERE = Path(".data")
Data = database.Data
PatientNo = Annotated[str, typer.Argument(help="HIS 患者号 the patient's number in the HIS, P…")]
AccountId = Annotated[UUID, typer.Argument(help="账户 the account, from `find`")]


@app.command()
def find(patient_no: PatientNo, *, why: Why, by: By = None, data: Data = HERE) -> None:
    """查账户。Which accounts hold a patient, how they sign in, how many devices are signed in. The look is noted."""
    who, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, _: Knobs) -> list[tuple[HeldBy, Standing]]:
        try:
            held = await patients.holders(tx, patient_no.strip(), actor=who, why=reason)
        except NotFound as error:
            raise CommandFailed(f"没有绑定过这个患者号 nobody has bound this patient: {patient_no}") from error
        return [(one, await accounts.standing(tx, one.account_id)) for one in held]

    found = acting.done(data, work)
    if not found:
        typer.echo("目前没有账户绑定这位患者 no account holds this patient now")
    for held, stands in found:
        typer.echo(f"{held.account_id}  {held.relation}  {local(held.bound_at):%Y-%m-%d}  已登录 in: {stands.sessions}")
        for way in stands.ways:
            zh, en = CHANNEL_NAMES[way.channel]
            seen = f"{local(way.last_seen_at):%Y-%m-%d %H:%M}" if way.last_seen_at else "–"
            typer.echo(f"    {way.identity_id}  {zh} {en}  {local(way.since):%Y-%m-%d}  最近 last: {seen}")


@app.command("sign-out")
def sign_out(account: AccountId, *, why: Why, by: By = None, data: Data = HERE) -> None:
    """全部退出登录。End every session of an account at once; its ways in stay."""
    who, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, _: Knobs) -> int:
        try:
            return await accounts.sign_out(tx, account, actor=who, why=reason)
        except NotFound as error:
            raise _no_such(account) from error

    typer.echo(f"已退出 signed out: {acting.done(data, work)}（{who.name}）")


@app.command()
def detach(
    account: AccountId,
    way: Annotated[UUID, typer.Argument(help="登录入口 the way in, from `find`")],
    *,
    why: Why,
    by: By = None,
    data: Data = HERE,
) -> None:
    """解除一个登录入口。Take a way in out of an account; it goes on with an empty one, and both are told."""
    who, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, _: Knobs) -> None:
        try:
            await accounts.detach_by_staff(tx, account, way, actor=who, why=reason)
        except NotFound as error:
            raise CommandFailed(f"这个账户没有这个入口 the account has no such way in: {way}") from error

    heard = Subscriptions()
    heard.subscribe(IdentityDetached, notifications_jobs.IDENTITY_DETACHED)
    acting.done(data, work, subscriptions=heard)
    typer.echo(f"已解除 {way} is detached（{who.name}）")


@app.command()
def unbind(patient_no: PatientNo, account: AccountId, *, why: Why, by: By = None, data: Data = HERE) -> None:
    """解除绑定。An account holds a patient no more: the patient may be bound anew, in another account."""
    who, reason = acting.person(by), acting.reason(why)

    async def work(tx: Tx, _: Knobs) -> None:
        try:
            await patients.unbind_by_staff(tx, patient_no.strip(), account, actor=who, why=reason)
        except NotFound as error:
            raise CommandFailed(f"这个账户没有绑定这位患者 the account does not hold {patient_no}") from error

    acting.done(data, work)
    typer.echo(f"已解除绑定 {patient_no} is unbound（{who.name}）")


def _no_such(account: UUID) -> CommandFailed:
    return CommandFailed(f"没有这个账户 there is no such account: {account}")
