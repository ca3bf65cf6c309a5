"""The contract of `insurance.ports.Payer`, on every implementation: what the flows rely on."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from jiuyi.domains.insurance.rules import settled_faults, split_faults
from jiuyi.domains.insurance.types import Announced, PayerState, PresettleAsk, ReverseState, SettlementKey, Split
from jiuyi.kit.outcomes import Refused
from tests.contracts.payer_worlds import InMemory, InSandbox, World
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I08")


@pytest_asyncio.fixture(params=["memory", "centre", "his"])
async def world(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[World]:
    if request.param == "memory":
        yield InMemory()
        return
    made = InSandbox(sandbox, his=request.param == "his")
    yield made
    await made.close()


def key_of(ask: PresettleAsk, announced: Announced, split: Split, settle_no: str = "") -> SettlementKey:
    return SettlementKey(ask.no, announced.centre_no, announced.token, ask.insured, split, settle_no)


async def presettled(world: World, total: int = 15280) -> tuple[PresettleAsk, SettlementKey]:
    ask = await world.ask(total)
    announced = await world.payer.announce(ask)
    return ask, key_of(ask, announced, await world.payer.presettle(ask, announced))


async def test_a_split_is_a_partition_and_says_the_same_twice(world: World) -> None:
    ask = await world.ask()
    announced = await world.payer.announce(ask)
    split = await world.payer.presettle(ask, announced)
    assert split_faults(split, 15280) == []
    assert 0 <= split.own_fen < 15280
    assert await world.payer.announce(ask) == announced
    assert await world.payer.presettle(ask, announced) == split


async def test_without_the_account_the_patient_pays_more(world: World) -> None:
    ask = await world.ask(use_account=False)
    split = await world.payer.presettle(ask, await world.payer.announce(ask))
    assert split.personal_account_fen == 0
    assert split_faults(split, 15280) == []


async def test_nothing_is_settled_before_it_is_confirmed(world: World) -> None:
    _, key = await presettled(world)
    assert (await world.payer.find(key)).state in {PayerState.OPEN, PayerState.ABSENT}


async def test_settled_as_agreed_found_and_reversed_once(world: World) -> None:
    ask, key = await presettled(world)
    await world.confirmed(ask, key)
    found = await world.payer.find(key)
    assert found.state is PayerState.SETTLED
    assert settled_faults(found, key.split) == []
    with pytest.raises(Refused):
        await world.payer.withdraw(key)
    settled = key_of(ask, Announced(key.centre_no, key.token), key.split, found.settle_no)
    for _ in range(2):
        assert await world.payer.reverse(settled, f"B{ask.no[1:]}") is ReverseState.DONE
    assert (await world.payer.find(settled)).state is PayerState.RETURNED


async def test_what_was_not_settled_is_withdrawn_and_cannot_be_reversed(world: World) -> None:
    ask, key = await presettled(world)
    for _ in range(2):
        await world.payer.withdraw(key)
    assert (await world.payer.find(key)).state in {PayerState.CANCELLED, PayerState.ABSENT}
    with pytest.raises(Refused):
        await world.payer.reverse(key, f"B{ask.no[1:]}")


async def test_a_withdrawn_bill_may_be_told_anew_under_its_number(world: World) -> None:
    ask, key = await presettled(world)
    await world.payer.withdraw(key)
    again = PresettleAsk(ask.no, ask.insured, ask.consent, ask.bill, ask.visit_id, ask.med_type, use_account=False)
    split = await world.payer.presettle(again, await world.payer.announce(again))
    assert split.personal_account_fen == 0
