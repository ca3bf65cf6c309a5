"""A check, a notice or another worker while a code is being reversed: the order is paid if and only if the money stays.

Each runs with WeChat's, Alipay's and UnionPay's real adapters; tasks are held at the calls, so the order is the test's.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from jiuyi.domains.payments import flows, service
from jiuyi.domains.payments.ports import TooSoon
from jiuyi.domains.payments.rules import REVERSE_PAID_SECONDS, SETTLED_SECONDS
from jiuyi.domains.payments.service.reversals import TURN_SECONDS
from jiuyi.domains.payments.types import Attempt, AttemptState, CloseOutcome, CodeKind, Order, OrderState
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered
from tests.adapters.alipay import peer as alipay_keys
from tests.support import alipay_till, micropay_peer, unionpay_peer
from tests.support.clock import AppClock
from tests.support.counter import WECHAT_CODE, Counter, counter, settings_with
from tests.support.product import settings_for
from tests.support.turnstile import Held, Turnstile, put_before

pytestmark = pytest.mark.feature("I06", "I07")
FEN = 5050
CODES = {
    "wechat": (CodeKind.WECHAT_CODE, WECHAT_CODE),
    "alipay": (CodeKind.ALIPAY_CODE, "280000000000012345"),
    "unionpay": (CodeKind.UNIONPAY_CODE, "6212345678901234567"),
}
OVER = 31
"""Seconds until nobody waits for the payer any longer."""


@dataclass
class Race:
    """One code of an order whose time is over, its payer, and whoever does something about it."""

    desk: Counter
    peer: Any
    gate: Turnstile
    order: Order
    taken: Any

    async def attempt(self) -> Attempt:
        return await self.desk.attempt(self.taken)

    async def payer_pays(self) -> None:
        self.peer.pays((await self.attempt()).out_trade_no)

    def begin(self, name: str, what: Coroutine[Any, Any, Any] | None = None) -> asyncio.Task[Any]:
        """Somebody of this name begins to ask, as the job does."""
        return asyncio.create_task(what or self.ask(), name=name)

    async def ask(self) -> None:
        """What every way in comes to: the operator's check, the poll, the sweeper, a notice's job."""
        attempt, parts = await self.attempt(), self.desk.parts
        with suppress(NotDone):
            await flows.ask(parts.db, parts.ports["channels"], parts.knobs, attempt.id)

    async def reversing(self) -> tuple[asyncio.Task[Any], Held]:
        """The closer stands before its reversal, and then the payer pays."""
        held = self.gate.hold("closer", "reverse", "before")
        closer = self.begin("closer")
        await held.there()
        await self.payer_pays()
        return closer, held

    def reversals(self) -> list[str]:
        return [who for who, what in self.gate.calls if what == "reverse"]

    async def ends(self, state: AttemptState) -> None:
        """The order is paid if and only if the channel holds the money."""
        kept = state is AttemptState.PAID
        assert (await self.attempt()).state is state
        order = await self.desk.order(self.order)
        assert self.peer.charged() == (FEN if kept else 0)
        assert (order.state is OrderState.PAID, order.received_fen) == (kept, FEN if kept else 0)
        async with self.desk.parts.db.tx() as tx:
            assert await tx.values("SELECT detail->>'what' FROM audit.entry WHERE action = 'payments.alarm'") == []


@pytest.fixture(params=sorted(CODES))
def peer(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    ways: dict[str, Any] = {"wechat": micropay_peer, "alipay": alipay_till, "unionpay": unionpay_peer}
    with ways[request.param].playing() as playing:
        yield request.param, playing


def _settings(dsn: str, way: str, peer: Any) -> Any:
    plain = settings_for(dsn)
    if way == "wechat":
        return settings_with(dsn, peer)
    if way == "unionpay":
        assert plain.unionpay is not None
        section = msgspec.structs.replace(plain.unionpay, base_url=peer.url, files_url=peer.url)
        return msgspec.structs.replace(plain, unionpay=section)
    assert plain.alipay is not None
    keys = {
        "app_private_key_pem": alipay_keys.private_pem("app"),
        "alipay_public_key_pem": alipay_keys.public_pem("alipay"),
    }
    return msgspec.structs.replace(plain, alipay=msgspec.structs.replace(plain.alipay, gateway_url=peer.url, **keys))


@pytest_asyncio.fixture
async def race(dsn: str, time: AppClock, peer: tuple[str, Any]) -> AsyncIterator[Race]:
    way, playing = peer
    kind, code = CODES[way]
    async with counter(dsn, _settings(dsn, way, playing), time) as desk:
        if way == "wechat":
            playing.plan = ["userpaying"]
        if way == "unionpay":
            playing.plan = ["00>05"]
        order = await desk.owes(await desk.patient(), FEN)
        taken = await (await desk.machine()).take(order, code)
        assert taken["standing"] in {"waiting", "unknown"}
        gate = put_before(desk.parts.ports["channels"], kind)
        # UnionPay has nothing to reverse before the code has run out, unless it was paid.
        await desk.forward(OVER)
        yield Race(desk, playing, gate, order, taken)


async def test_paid_just_before_the_reversal_is_not_booked_by_a_check(race: Race) -> None:
    closer, held = await race.reversing()
    await race.ask()
    assert (await race.attempt()).state is AttemptState.CLOSING
    held.go()
    await closer
    await race.ends(AttemptState.CLOSED)
    assert race.reversals() == ["closer"]


async def test_an_answer_that_waited_while_it_was_reversed_books_nothing(race: Race) -> None:
    closer, held = await race.reversing()
    holding = race.gate.hold("checker", "query", "after")
    checker = race.begin("checker")
    await holding.there()
    held.go()
    await closer
    holding.go()
    await checker
    await race.ends(AttemptState.CLOSED)


async def test_an_answer_from_before_the_end_was_begun_books_nothing(race: Race) -> None:
    # It is asked before the time is over; the channel says paid; its answer takes its time.
    await race.payer_pays()
    holding = race.gate.hold("checker", "query", "after")
    checker = race.begin("checker")
    await holding.there()
    attempt = await race.attempt()
    parts = race.desk.parts
    channel = parts.ports["channels"].of(attempt)
    assert await channel.close(attempt.out_trade_no) is CloseOutcome.CLOSED
    async with parts.db.tx() as tx:
        await service.claim_close(tx, attempt.id, who="test", why="test", knobs=parts.knobs)
        assert await service.take_turn(tx, attempt.id, paid=False) is not None
    async with parts.db.tx() as tx:
        await service.closed(tx, attempt.id, knobs=parts.knobs)
    holding.go()
    await checker
    await race.ends(AttemptState.CLOSED)


async def test_a_word_that_comes_by_itself_while_it_is_reversed_is_asked_about(race: Race) -> None:
    closer, held = await race.reversing()
    parts, attempt = race.desk.parts, await race.attempt()
    trade = await parts.ports["channels"].of(attempt).query(attempt.out_trade_no)
    async with parts.db.tx() as tx:
        heard = await service.heard(tx, attempt.id, trade, who="notice:test", knobs=parts.knobs)
    assert heard.state is AttemptState.CLOSING
    await race.ask()
    held.go()
    await closer
    async with parts.db.tx() as tx:
        await service.heard(tx, attempt.id, trade, who="notice:test", knobs=parts.knobs)
    await race.ask()
    await race.ends(AttemptState.CLOSED)


async def test_a_word_that_comes_before_the_reversal_is_announced_counts(race: Race) -> None:
    held = race.gate.hold("closer", "query", "after", at=2)
    closer = race.begin("closer")
    await held.there()
    await race.payer_pays()
    parts, attempt = race.desk.parts, await race.attempt()
    assert attempt.state is AttemptState.CLOSING
    trade = await parts.ports["channels"].of(attempt).query(attempt.out_trade_no)
    async with parts.db.tx() as tx:
        await service.heard(tx, attempt.id, trade, who="notice:test", knobs=parts.knobs)
    held.go()
    await closer
    await race.ends(AttemptState.PAID)
    assert race.reversals() == []


async def test_paid_and_booked_before_the_reversal_is_announced_is_not_reversed(race: Race) -> None:
    held = race.gate.hold("closer", "query", "after", at=2)
    closer = race.begin("closer")
    await held.there()
    await race.payer_pays()
    await race.ask()
    held.go()
    await closer
    await race.ends(AttemptState.PAID)
    assert race.reversals() == []


async def test_who_died_before_telling_the_channel_is_taken_over_in_time(race: Race) -> None:
    closer, _ = await race.reversing()
    closer.cancel()
    with suppress(asyncio.CancelledError):
        await closer
    await race.ask()
    assert (await race.attempt()).state is AttemptState.CLOSING
    assert race.reversals() == ["closer"]
    await race.desk.forward(TURN_SECONDS + 1)
    await race.begin("heir")
    await race.ends(AttemptState.CLOSED)
    assert race.reversals() == ["closer", "heir"]


async def test_who_died_after_telling_the_channel_is_not_waited_for(race: Race) -> None:
    held = race.gate.hold("closer", "reverse", "after")
    closer, before = await race.reversing()
    before.go()
    await held.there()
    closer.cancel()
    with suppress(asyncio.CancelledError):
        await closer
    await race.ask()
    await race.ends(AttemptState.CLOSED)
    assert race.reversals() == ["closer"]


async def test_who_comes_back_after_losing_the_turn_changes_nothing(race: Race) -> None:
    closer, held = await race.reversing()
    await race.desk.forward(TURN_SECONDS + 1)
    await race.begin("heir")
    await race.ends(AttemptState.CLOSED)
    held.go()
    await closer
    await race.ends(AttemptState.CLOSED)


async def test_two_at_once_have_one_turn(race: Race) -> None:
    closer, held = await race.reversing()
    await asyncio.gather(*(race.begin(f"other {each}") for each in range(3)))
    assert race.reversals() == ["closer"]
    held.go()
    await closer
    await race.ends(AttemptState.CLOSED)


async def test_of_many_heirs_one_takes_over(race: Race) -> None:
    closer, held = await race.reversing()
    await race.desk.forward(TURN_SECONDS + 1)
    heirs = ["heir 1", "heir 2", "heir 3"]
    holds = [race.gate.hold(heir, "reverse", "before") for heir in heirs]
    begun = [race.begin(heir) for heir in heirs]
    there = [asyncio.create_task(each.there()) for each in holds]
    _, waiting = await asyncio.wait(there, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()
    [heir] = race.reversals()[1:]
    holds[heirs.index(heir)].go()
    await asyncio.gather(*begun)
    held.go()
    await closer
    await race.ends(AttemptState.CLOSED)
    assert race.reversals() == ["closer", heir]


async def test_a_reversal_that_is_refused_leaves_it_paid(race: Race) -> None:
    async def refuse() -> CloseOutcome:
        raise Refused("channel", "reverse", "REVERSE_EXPIRE")

    race.gate.instead = refuse
    closer, held = await race.reversing()
    held.go()
    await closer
    await race.ends(AttemptState.PAID)
    await race.ask()
    await race.ends(AttemptState.PAID)


async def test_refused_after_one_without_answer_waits_until_that_has_settled(race: Race) -> None:
    said: list[Exception] = [Unanswered("channel", "reverse", "test")]

    async def doubtful() -> CloseOutcome:
        raise said.pop(0) if said else Refused("channel", "reverse", "REVERSE_EXPIRE")

    race.gate.instead = doubtful
    closer, held = await race.reversing()
    held.go()
    await closer
    await race.begin("heir")
    assert race.reversals() == ["closer", "heir"]
    assert (await race.attempt()).state is AttemptState.CLOSING
    await race.desk.forward(SETTLED_SECONDS + 1)
    await race.ask()
    await race.ends(AttemptState.PAID)


async def test_what_cannot_be_reversed_at_all_ends_paid(race: Race) -> None:
    async def never() -> CloseOutcome:
        raise Unanswered("channel", "reverse", "SYSTEMERROR")

    race.gate.instead = never
    closer, held = await race.reversing()
    held.go()
    await closer
    for _ in range(3):
        await race.desk.forward(REVERSE_PAID_SECONDS / 4)
        await race.ask()
        assert (await race.attempt()).state is AttemptState.CLOSING
    tried = len(race.reversals())
    assert tried == 4
    await race.desk.forward(REVERSE_PAID_SECONDS / 4)
    await race.ask()
    await race.desk.forward(SETTLED_SECONDS)
    await race.ask()
    await race.ends(AttemptState.PAID)
    assert len(race.reversals()) == tried


async def test_a_channel_that_stays_silent_ends_the_turn(race: Race, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent() -> CloseOutcome:
        await asyncio.Event().wait()
        raise AssertionError

    race.gate.instead = silent
    with monkeypatch.context() as patched:
        patched.setattr("jiuyi.domains.payments.flows.reversing.CALL_SECONDS", 0.01)
        await race.begin("closer")
    assert (await race.attempt()).state is AttemptState.CLOSING
    race.gate.instead = None
    await race.payer_pays()
    await race.begin("heir")
    await race.ends(AttemptState.CLOSED)


async def test_too_soon_to_reverse_leaves_everything_as_it_was(race: Race) -> None:
    async def young() -> CloseOutcome:
        raise TooSoon("channel", "reverse", "test")

    race.gate.instead = young
    closer, held = await race.reversing()
    held.go()
    await closer
    await race.ask()
    await race.ends(AttemptState.PAID)
