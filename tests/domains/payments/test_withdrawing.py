"""Taking something back whose answer was lost: it is asked about until it cannot arrive any more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

import msgspec
import pytest

from jiuyi.domains.audit import service as audit
from jiuyi.domains.payments import service
from jiuyi.domains.payments.errors import RefundTooMuch
from jiuyi.domains.payments.flows import Withdrawer, withdrawing
from jiuyi.domains.payments.flows.entering import LATEST_ARRIVAL_SECONDS
from jiuyi.domains.payments.types import REFUND_GRAPH, WithdrawalState
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.moves import Axis, Moved
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable

pytestmark = pytest.mark.feature("F04", "I07")
ASKED_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Row(msgspec.Struct):
    id: UUID
    owner_id: UUID
    order_id: UUID
    no: str = "T1"
    amount_fen: int = 100
    state: WithdrawalState = WithdrawalState.ASKING
    tries: int = 0
    money_id: UUID | None = None
    requested_at: datetime = ASKED_AT


class Book:
    """A hospital that does not answer the asking."""

    axis: ClassVar[Any] = type("Axis", (), {"schema": "made_up"})
    subject = "made_up"
    refund_reason = "made up"

    def __init__(self) -> None:
        self.row = Row(new_id(), new_id(), new_id())
        self.seconds = 0.0
        self.number: str | None = None
        self.promised: list[int] = []
        self.alarms = 0

    async def withdrawal(self, *_: object) -> Row:
        return msgspec.structs.replace(self.row)

    async def asking(self, *_: object) -> str:
        return ""

    async def take_back(self, _: str) -> str:
        raise Unanswered("his", "refund", "made up")

    async def find(self, _: Row) -> str | None:
        return self.number

    async def let_go(self, *_: object) -> None: ...

    async def tried(self, *_: object) -> int:
        self.row.tries += 1
        return self.row.tries

    async def again(self, *_: object) -> None: ...

    async def alarm(self, *_: object) -> None:
        self.alarms += 1

    async def now(self, *_: object) -> datetime:
        return ASKED_AT + timedelta(seconds=self.seconds)


class Nothing:
    @asynccontextmanager
    async def tx(self) -> AsyncIterator[None]:
        yield None


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Book:
    made = Book()

    async def promised(_: object, __: object, fen: int, *___: object, **____: object) -> None:
        made.promised.append(fen)

    async def moved(_: object, __: object, ___: object, ____: object, to: WithdrawalState, **_____: object) -> None:
        made.row.state = to

    async def noted(*_: object, **__: object) -> None: ...

    monkeypatch.setattr(service, "request_refund", promised)
    monkeypatch.setattr(withdrawing, "move", moved)
    monkeypatch.setattr(audit, "note", noted)
    return made


@pytest.mark.parametrize("arrives", [True, False])
async def test_what_arrives_late_is_not_given_up_before(book: Book, *, arrives: bool) -> None:
    withdrawer = Withdrawer(cast("Db", Nothing()), cast("Any", book))
    await withdrawer.carry(book.row.id)
    for book.seconds in (2.0, 60.0, LATEST_ARRIVAL_SECONDS - 1.0):
        await withdrawer.settle(book.row.id)
        assert book.row.state is WithdrawalState.UNKNOWN
    book.number = "HIS-1" if arrives else None
    book.seconds = float(LATEST_ARRIVAL_SECONDS)
    await withdrawer.settle(book.row.id)
    assert book.row.state is (WithdrawalState.DONE if arrives else WithdrawalState.REFUSED)
    assert book.promised == ([100] if arrives else [])


@pytest.mark.parametrize(
    ("answer", "found", "raises", "alarms"),
    [
        ("HIS-1", WithdrawalState.DONE, False, 0),
        ("HIS-1", WithdrawalState.REFUSED, False, 1),
        (Unanswered("his", "refund", "made up"), WithdrawalState.DONE, False, 0),
        (Refused("his", "refund", "DONE_ALREADY"), WithdrawalState.DONE, False, 0),
        (Refused("his", "refund", "NO"), WithdrawalState.REFUSED, True, 0),
        (Unreachable("his", "refund", "made up"), WithdrawalState.DONE, False, 0),
    ],
)
async def test_a_look_that_is_faster_than_the_answer_counts(
    book: Book,
    monkeypatch: pytest.MonkeyPatch,
    answer: str | NotDone,
    found: WithdrawalState,
    *,
    raises: bool,
    alarms: int,
) -> None:
    async def take_back(_: str) -> str:
        book.row.state = found
        if isinstance(answer, NotDone):
            raise answer
        return answer

    async def faster(*_: object, **__: object) -> None:
        raise Moved(Axis("made_up", "made_up", "state", REFUND_GRAPH), book.row.id, found.value)

    monkeypatch.setattr(book, "take_back", take_back)
    monkeypatch.setattr(withdrawing, "move", faster)
    withdrawer = Withdrawer(cast("Db", Nothing()), cast("Any", book))
    if raises:
        with pytest.raises(NotDone):
            await withdrawer.carry(book.row.id)
    else:
        await withdrawer.carry(book.row.id)
    assert book.alarms == alarms


async def test_money_that_may_not_be_promised_any_more_is_for_people_once(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_much(*_: object, **__: object) -> None:
        raise RefundTooMuch

    monkeypatch.setattr(service, "request_refund", too_much)
    withdrawer = Withdrawer(cast("Db", Nothing()), cast("Any", book))
    await withdrawer.carry(book.row.id)
    book.number = "HIS-1"
    for _ in range(2):
        await withdrawer.settle(book.row.id)
    assert (book.row.state, book.alarms) == (WithdrawalState.DONE, 1)
