"""An operator's PIN: wrong, locked, temporary, changed, reset."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from jiuyi.domains.staff import rules
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.errors import OperatorMissing
from jiuyi.kit import slow_digest
from tests.support.clock import AppClock
from tests.support.counter import BY, OPERATOR, PIN, Counter, Machine, counter, signing_in
from tests.support.product import settings_for

pytestmark = pytest.mark.feature("I07")
OWN = "481902"


@pytest_asyncio.fixture
async def desk(dsn: str, time: AppClock) -> AsyncIterator[Counter]:
    async with counter(dsn, settings_for(dsn), time) as made:
        yield made


async def _temporary(desk: Counter) -> None:
    async with desk.parts.db.tx() as tx:
        await staff.set_pin(tx, code=OPERATOR, pin=PIN, by=BY)


async def _tries(machine: Machine, *pins: str) -> list[str]:
    return [(await machine.post("shift", signing_in(pin=pin))).json().get("code", "in") for pin in pins]


@pytest.mark.parametrize(
    ("pin", "good"),
    [
        ("481902", True),
        ("250318", True),
        ("123456789012", False),
        ("4819023377", True),
        ("48190", False),
        ("48190a", False),
        ("１２３９８４", False),
        ("111111", False),
        ("121212", False),
        ("345678", False),
        ("987654", False),
        ("001027", False),
        ("102700", False),
    ],
)
def test_which_pins_are_good(pin: str, *, good: bool) -> None:
    assert rules.good_pin(pin, OPERATOR) is good


def test_a_digest_is_salted_and_says_no_where_there_is_none() -> None:
    one, two = slow_digest.made_of(PIN), slow_digest.made_of(PIN)
    assert one != two
    assert PIN.encode() not in one
    assert slow_digest.matches(PIN, one)
    assert not slow_digest.matches(OWN, one)
    assert not slow_digest.matches(PIN, None)


async def test_a_number_alone_opens_nothing(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    assert (await machine.post("shift", {"operator": OPERATOR})).status_code == 400
    unknown = (await machine.post("shift", signing_in("9999"))).json()
    wrong = (await machine.post("shift", signing_in(pin=OWN))).json()
    assert {k: unknown[k] for k in ("code", "title", "detail")} == {k: wrong[k] for k in ("code", "title", "detail")}
    async with desk.parts.db.tx() as tx:
        await staff.put_operator(tx, code="2001", name="何建平", active=True, by=BY)
        await staff.put_operator(tx, code=OPERATOR, name="区慧敏", active=False, by=BY)
    assert (await machine.post("shift", signing_in("2001"))).json()["code"] == "staff.operator_unknown"
    assert await _tries(machine, PIN) == ["staff.operator_unknown"]


async def test_five_wrong_ones_lock_the_number_for_a_quarter_of_an_hour(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    wrong = "staff.operator_unknown"
    assert await _tries(machine, *["000000"] * 4, PIN) == [wrong] * 4 + ["in"]
    assert await _tries(machine, *["000000"] * 5, PIN) == [wrong] * 5 + ["staff.pin_locked"]
    other = await desk.machine("window-4", operator=None)
    assert await _tries(other, PIN) == ["staff.pin_locked"]
    await desk.forward(15 * 60 + 1)
    assert await _tries(other, "000000", PIN) == [wrong, "in"]


async def test_a_number_that_nobody_has_is_locked_like_any_other(desk: Counter) -> None:
    machine = await desk.machine(operator=None)

    async def said(number: str) -> list[tuple[int, Any]]:
        answers = [(await machine.post("shift", signing_in(number, "000000"))) for _ in range(6)]
        return [
            (one.status_code, {k: v for k, v in one.json().items() if k not in {"request_id", "instance"}})
            for one in answers
        ]

    assert await said("9999") == await said(OPERATOR)
    await desk.forward(15 * 60 + 1)
    assert await _tries(machine, PIN) == ["in"]
    async with desk.parts.db.tx() as tx:
        kept = await tx.values("SELECT s::text FROM staff.stranger s")
    assert len(kept) == 1
    assert "9999" not in kept[0]


async def test_a_device_is_locked_whichever_the_numbers(desk: Counter) -> None:
    machine, other = await desk.machine(operator=None), await desk.machine("window-4", operator=None)
    wrong = "staff.operator_unknown"
    for number in range(19):
        assert (await machine.post("shift", signing_in(f"8{number:03d}"))).json()["code"] == wrong
    # Somebody's right PIN in between does not begin the count anew.
    assert await _tries(machine, PIN, "000000") == ["in", wrong]
    locked = await machine.post("shift", signing_in())
    assert (locked.status_code, locked.json()["code"]) == (429, "staff.device_locked")
    assert await _tries(other, PIN) == ["in"]
    await desk.forward(15 * 60 + 1)
    assert await _tries(machine, "000000", PIN) == [wrong, "in"]


@pytest.mark.parametrize("act", ["reset", "inactive"])
async def test_a_reset_ends_what_the_old_pin_opened(desk: Counter, act: str) -> None:
    machine, other = await desk.machine(), await desk.machine("window-4")
    async with desk.parts.db.tx() as tx:
        if act == "reset":
            await staff.set_pin(tx, code=OPERATOR, pin=staff.new_pin(OPERATOR), by=BY)
        for active in (False, True) if act == "inactive" else ():
            await staff.put_operator(tx, code=OPERATOR, name="区慧敏", active=active, by=BY)
    for one in (machine, other):
        assert (await one.get("shift"))["operator"] is None
    async with desk.parts.db.tx() as tx:
        noted = await tx.values("SELECT detail->>'why' FROM audit.entry WHERE action = 'staff.shift_closed'")
    assert noted == ["PIN reset" if act == "reset" else "operator inactive"] * 2


async def test_tries_side_by_side_are_counted(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    answers = await asyncio.gather(*(machine.post("shift", signing_in(pin=f"00000{n}")) for n in range(9)))
    codes = sorted(answer.json()["code"] for answer in answers)
    assert codes == ["staff.operator_unknown"] * 5 + ["staff.pin_locked"] * 4


async def test_right_ones_side_by_side_at_two_devices_all_come_in(desk: Counter) -> None:
    machines = [await desk.machine(operator=None), await desk.machine("window-4", operator=None)]
    answers = await asyncio.gather(
        machines[0].post("shift", signing_in()),
        machines[1].post("shift", signing_in(new_pin=OWN)),
        machines[0].post("shift", signing_in()),
        machines[1].post("shift", signing_in()),
    )
    # Whoever read the PIN before it was changed is let in or refused, and nobody waits for who waits for them.
    assert {answer.status_code for answer in answers} <= {200, 403}
    assert answers[1].status_code == 200


async def test_a_temporary_pin_is_changed_when_it_is_first_used(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    await _temporary(desk)
    asked = await machine.post("shift", signing_in())
    assert (asked.status_code, asked.json()["code"]) == (409, "staff.pin_change_needed")
    assert (await machine.get("shift"))["operator"] is None
    for poor in (PIN, "123456", "12345", "001027"):
        refused = await machine.post("shift", signing_in(new_pin=poor))
        assert (refused.status_code, refused.json()["code"]) == (422, "staff.pin_too_simple")
    # A right PIN is no wrong try, whatever came of it.
    assert (await machine.post("shift", signing_in(new_pin=OWN))).json()["operator"] == OPERATOR
    assert await _tries(machine, PIN, OWN) == ["staff.operator_unknown", "in"]


async def test_a_reset_unlocks_and_is_temporary(desk: Counter) -> None:
    machine = await desk.machine(operator=None)
    await _tries(machine, *["000000"] * 5)
    async with desk.parts.db.tx() as tx:
        fresh = staff.new_pin(OPERATOR)
        await staff.set_pin(tx, code=OPERATOR, pin=fresh, by=BY)
        with pytest.raises(OperatorMissing):
            await staff.set_pin(tx, code="9999", pin=fresh, by=BY)
    assert await _tries(machine, fresh) == ["staff.pin_change_needed"]


async def test_what_was_typed_is_nowhere(desk: Counter, capfd: pytest.CaptureFixture[str]) -> None:
    machine = await desk.machine(operator=None)
    await _temporary(desk)
    await machine.post("shift", signing_in(new_pin=OWN))
    await machine.post("shift", signing_in("777777", "777778"))
    async with desk.parts.db.tx() as tx:
        noted = await tx.values("SELECT action || subject || detail::text FROM audit.entry")
        kept = await tx.value("SELECT pin FROM staff.operator WHERE code = '1027'")
    said = "".join(noted) + "".join(capfd.readouterr())
    assert not any(secret in said for secret in (PIN, OWN, "777777", "777778"))
    assert OWN.encode() not in bytes(kept)
    assert any(text.startswith("staff.pin_changed1027") for text in noted)
    assert any(text.startswith("staff.sign_in_refusedunknown") for text in noted)
