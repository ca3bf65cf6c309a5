"""What becomes of a difference with an insurance: it is asked, its word is booked; the rest is for two people."""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest
import pytest_asyncio

from jiuyi.domains.insurance.types import PayerState, SettlementState
from jiuyi.domains.payments.types import OrderState
from jiuyi.domains.reconciliation.types import Act, Kind
from jiuyi.kit.db import Db
from tests.domains.reconciliation.insured_room import InsuredRoom

pytestmark = pytest.mark.feature("I06", "I08")
DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def room(db: Db) -> AsyncIterator[InsuredRoom]:
    """The finance department at noon; whatever happens, the ledger balances."""
    made = InsuredRoom(db)
    await made.at(12)
    yield made
    assert sum((await made.ledger()).values()) == 0


async def test_a_day_on_which_all_four_agree(room: InsuredRoom) -> None:
    day = await room.at(13)
    order, row = await room.settled()
    await room.listed(row)
    await room.returned(order, row)
    await room.listed(row, Kind.REFUND)
    await room.at(10, 31)
    assert await room.compare(day) == []


async def test_what_only_the_centre_has_is_asked_about_and_booked(room: InsuredRoom) -> None:
    day = await room.at(13)
    _, row = await room.agreed()
    room.payer.confirm(row.no)  # and nobody told us
    await room.listed(row)
    await room.at(10, 31)
    assert await room.compare(day) == [("insurance_unknown", "found")]
    await room.mend()
    assert await room.faults(day) == [("insurance_unknown", "settled")]
    assert (await room.now(row)).state in {SettlementState.SETTLED, SettlementState.REVERSING, SettlementState.REVERSED}
    assert (await room.items(day))[0].order_no != row.no


async def test_what_the_centre_settled_after_we_let_it_go_is_reversed_by_two_people(room: InsuredRoom) -> None:
    day = await room.at(13)
    order, row = await room.agreed()
    await room.forward(seconds=1200)
    await room.sweep_all()
    assert (await room.now(row)).state in {SettlementState.DROPPED, SettlementState.REFUSED}
    told = room.payer.orders[row.no]
    told.state, told.settle_no = PayerState.SETTLED, f"HI{row.no}"
    await room.listed(row)
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    assert await room.faults(day) == [("insurance_unknown", "open")]
    assert (await room.items(day))[0].order_id == order.id
    await room.two_people(day, Act.REVERSE_INSURANCE)
    assert told.state is PayerState.RETURNED
    assert await room.faults(day) == [("insurance_unknown", "waiting")]
    await room.listed(row, Kind.REFUND)
    await room.at(10, 31)
    assert await room.compare(day + DAY) == []
    assert await room.faults(day) == [("insurance_unknown", "settled")]


async def test_what_was_booked_since_it_was_proposed_is_not_taken_back(room: InsuredRoom) -> None:
    day = await room.at(13)
    _, row = await room.agreed()
    room.payer.confirm(row.no)
    await room.listed(row)
    told = room.payer.orders[row.no]
    told.state = PayerState.SETTLING
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    assert await room.faults(day) == [("insurance_unknown", "open")]
    told.state = PayerState.SETTLED
    await room.two_people(day, Act.REVERSE_INSURANCE)
    assert await room.faults(day) == [("insurance_unknown", "settled")]


async def test_what_the_centre_confirms_waits_for_its_bill(room: InsuredRoom) -> None:
    day = await room.at(13)
    _, row = await room.settled()
    await room.at(10, 31)
    assert await room.compare(day) == [("insurance_missing", "found")]
    await room.mend()
    assert await room.faults(day) == [("insurance_missing", "waiting")]
    await room.listed(row)
    await room.at(10, 31)
    assert await room.compare(day + DAY) == []
    assert await room.faults(day) == [("insurance_missing", "settled")]


async def test_what_the_centre_denies_is_for_people(room: InsuredRoom) -> None:
    day = await room.at(13)
    _, row = await room.settled()
    room.payer.orders[row.no].state = PayerState.FAILED
    await room.at(10, 31)
    await room.compare(day)
    await room.mend()
    [item] = await room.items(day)
    assert (item.state.value, "failed" in (item.note or "")) == ("open", True)
    assert (item.ours_fen, item.channel_fen) == (1100, None)


async def test_a_reversal_that_only_the_centre_has_takes_the_own_part_back_too(room: InsuredRoom) -> None:
    day = await room.at(13)
    order, row = await room.settled()
    await room.listed(row)
    room.payer.orders[row.no].state = PayerState.RETURNED
    await room.listed(row, Kind.REFUND)
    await room.at(10, 31)
    assert await room.compare(day) == [("insurance_back_unbooked", "found")]
    await room.mend()
    assert await room.faults(day) == [("insurance_back_unbooked", "open")]
    assert (await room.read(order)).state is OrderState.PAID
    await room.two_people(day, Act.REFUND)
    await room.all_goes_back(row)
    await room.forward(seconds=130)
    await room.mend()
    assert await room.faults(day) == [("insurance_back_unbooked", "settled")]
    assert (await room.read(order)).refunded_fen == order.total_fen
    await room.enter(order, Kind.REFUND)
    await room.at(10, 31)
    assert await room.compare(day + DAY) == [("cross_day", "settled")]


async def test_a_reversal_that_only_we_have_is_asked_for_again_by_two_people(room: InsuredRoom) -> None:
    day = await room.at(13)
    order, row = await room.settled()
    await room.listed(row)
    await room.returned(order, row)
    room.payer.orders[row.no].state = PayerState.SETTLED
    await room.at(10, 31)
    assert await room.compare(day) == [("insurance_back_missing", "found")]
    await room.mend()
    assert await room.faults(day) == [("insurance_back_missing", "open")]
    await room.two_people(day, Act.REVERSE_INSURANCE)
    assert len(room.payer.reversals) == 1, "the same number is the same reversal"
    assert room.payer.orders[row.no].state is PayerState.RETURNED
    await room.listed(row, Kind.REFUND)
    await room.at(10, 31)
    assert await room.compare(day + DAY) == []
    assert await room.faults(day) == [("insurance_back_missing", "settled")]


async def test_a_settlement_that_we_learn_of_after_midnight_is_no_difference(room: InsuredRoom) -> None:
    day = await room.at(23, 40)
    order, row = await room.agreed()
    room.cashier.person_confirms()
    await room.listed(row)
    await room.forward(seconds=25 * 60)
    await room.deliver(times=1)
    await room.outcome.look(row.id)
    await room.work()
    await room.enter(order)
    await room.at(10, 31)
    found = await room.compare(day)
    assert ("cross_day", "settled") in found
    again = await room.compare(day)
    assert found == again
    await room.at(10, 31)
    both = [*found, *await room.compare(day + DAY)]
    assert {fault for fault, _ in both} <= {"cross_day"}
    assert {state for _, state in both} <= {"settled", "carried"}


async def test_the_sum_agrees_and_the_pockets_do_not(room: InsuredRoom) -> None:
    day = await room.at(13)
    _, row = await room.settled()
    split = room.payer.orders[row.no].split
    assert split is not None
    await room.listed(row)
    [line] = room.centre.lines
    room.centre.lines = [msgspec.structs.replace(line, account_fen=split.personal_account_fen + 1)]
    await room.at(10, 31)
    assert await room.compare(day) == [("insurance_split", "open")]


async def test_a_stranger_on_the_bill_is_nobodys_to_book(room: InsuredRoom) -> None:
    day = await room.at(13)
    _, row = await room.settled()
    await room.listed(row)
    [line] = room.centre.lines
    no = "HI-strange"
    room.centre.lines.append(msgspec.structs.replace(line, transaction_id=no, trade_no=no, order_no="I-strange"))
    await room.at(10, 31)
    assert await room.compare(day) == [("unknown_order", "open")]
