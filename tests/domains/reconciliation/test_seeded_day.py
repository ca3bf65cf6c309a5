"""A day with every class of difference planted: each is found to the fen, none is missed, none is made up."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

import pytest

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments.ports import Channel, Channels
from jiuyi.domains.reconciliation import flows, service, settings
from jiuyi.domains.reconciliation.types import DayReport, Fault, Run, RunState
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from tests.support.seeded_day import CHANNELS, PLANTED, Expected, SeededBill, SeededDay, SeededStatement
from tests.support.seeded_legs import CENTRE, PLANTED_LEGS, SeededCentre, SeededLegs, StatementOfBoth

pytestmark = pytest.mark.feature("I06")
ACTOR = Actor.system("test")


def books(db: Db, told: SeededDay, legs: SeededLegs | None = None) -> flows.Books:
    """The books of a hospital with three channels, and with an insurance that gives its bill."""
    bills = {name: cast("Channel", SeededBill(told, name)) for name in CHANNELS}
    statement: Any = StatementOfBoth((told, legs)) if legs else SeededStatement(told)
    centre = SeededCentre(legs) if legs else None
    return flows.Books(db, Knobs(settings.KNOBS), Channels(bills), statement, centre)


async def yesterday(db: Db) -> date:
    async with db.tx() as tx:
        today: date = await tx.value("SELECT app_today()")
    return today - timedelta(days=1)


async def compared(db: Db, told: SeededDay, legs: SeededLegs | None = None) -> tuple[Run, DayReport]:
    run = await flows.reconcile(books(db, told, legs), told.day, actor=ACTOR)
    async with db.tx() as tx:
        return run, await service.day_report(tx, told.day)


def found(report: DayReport) -> list[Expected]:
    return [(i.fault, i.kind, i.transaction_id, i.bill_fen, i.ours_fen, i.his_fen) for i in report.items]


async def test_every_class_is_found_to_the_fen(db: Db, dsn: str) -> None:
    planted = {7 * place + 11: fault for place, fault in enumerate(PLANTED * 3)}
    told = SeededDay(await yesterday(db), 600, planted)
    at_insurance = {5 * place + 6: fault for place, fault in enumerate(PLANTED_LEGS * 3)}
    legs = SeededLegs(told.day, 200, at_insurance)
    ours = told.seed(dsn) + legs.seed(dsn)
    run, report = await compared(db, told, legs)
    assert run.state is RunState.DONE
    assert sorted(found(report), key=str) == sorted(told.expected() | legs.expected(), key=str)
    assert {one.fault for one in report.classes} == {fault.value for fault in (*PLANTED, *PLANTED_LEGS)}
    assert len(report.classes) >= 20
    assert report.movements == ours
    assert report.total.bill_gap_fen == report.bill_gap_explained_fen
    assert report.total.his_gap_fen == report.his_gap_explained_fen


async def test_a_clean_day_is_clean(db: Db, dsn: str) -> None:
    told = SeededDay(await yesterday(db), 300)
    told.seed(dsn)
    run, report = await compared(db, told)
    assert (run.matched, report.items, report.unaccounted) == (330, [], [])
    assert report.matched_percent == "100.00"
    assert report.total.bill == report.total.his == report.total.ours


async def test_what_the_centre_does_not_list_is_compared_with_the_his_alone(db: Db, dsn: str) -> None:
    told = SeededDay(await yesterday(db), 30)
    legs = SeededLegs(told.day, 40, payers=frozenset({CENTRE}))
    ours = told.seed(dsn) + legs.seed(dsn)
    run, report = await compared(db, told, legs)
    assert (run.matched, report.items) == (ours, [])
    rows = {row.channel: row for row in report.channels}
    assert (rows["insurance"].billed, rows["insurance_his"].billed) == (True, False)
    assert rows["insurance"].bill == rows["insurance"].ours == rows["insurance"].his
    assert rows["insurance_his"].ours == rows["insurance_his"].his
    assert rows["insurance"].ours.count + rows["insurance_his"].ours.count == 44


async def test_an_empty_bill_of_the_centre_is_not_believed(db: Db, dsn: str) -> None:
    told = SeededDay(await yesterday(db), 30)
    legs = SeededLegs(told.day, 40)
    told.seed(dsn)
    legs.seed(dsn)
    books_of_day = books(db, told, legs)
    nothing = replace(books_of_day, insurance=SeededCentre(SeededLegs(told.day, 0)))
    run = await flows.reconcile(nothing, told.day, actor=ACTOR)
    assert (run.state, run.why) == (RunState.WAITING, "insurance: odd")


@pytest.mark.parametrize("fault", PLANTED_LEGS)
async def test_one_difference_of_an_insurance_alone(db: Db, dsn: str, fault: Fault) -> None:
    told, legs = SeededDay(await yesterday(db), 3), SeededLegs(await yesterday(db), 12, {6: fault})
    told.seed(dsn)
    legs.seed(dsn)
    _, report = await compared(db, told, legs)
    assert set(found(report)) == legs.expected()
    assert report.total.bill_gap_fen == report.bill_gap_explained_fen
    assert report.total.his_gap_fen == report.his_gap_explained_fen
    whose = [item.order_no for item in report.items]
    assert whose == [legs.our_no(6) if fault is Fault.UNKNOWN_ORDER else legs.order_no(6)]


async def test_comparing_again_invents_nothing(db: Db, dsn: str) -> None:
    planted = {7 * place + 11: fault for place, fault in enumerate(PLANTED)}
    told = SeededDay(await yesterday(db), 300, planted)
    told.seed(dsn)
    _, first = await compared(db, told)
    run, second = await compared(db, told)
    assert run.seq == 2
    assert [(i.no, i.state) for i in first.items] == [(i.no, i.state) for i in second.items]


@pytest.mark.parametrize("fault", PLANTED)
async def test_one_difference_alone(db: Db, dsn: str, fault: Fault) -> None:
    told = SeededDay(await yesterday(db), 30, {12: fault})
    told.seed(dsn)
    _, report = await compared(db, told)
    assert set(found(report)) == told.expected()
    assert report.total.bill_gap_fen == report.bill_gap_explained_fen
    assert report.total.his_gap_fen == report.his_gap_explained_fen
