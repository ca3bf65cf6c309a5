"""The clerk over a book in memory: what is said to people, and when money may go back while the hospital is silent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

import msgspec
import pytest

from jiuyi.domains.audit import service as audit
from jiuyi.domains.payments import service
from jiuyi.domains.payments.flows import Clerk, entering
from jiuyi.domains.payments.types import EntryState, OrderState
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.outcomes import Unanswered, Unreachable

pytestmark = pytest.mark.feature("F04", "F07")
PAID_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
UNANSWERED, UNREACHABLE = Unanswered("his", "told", "made up"), Unreachable("his", "told", "made up")


class Row(msgspec.Struct):
    id: UUID
    order_id: UUID
    state: EntryState = EntryState.PAID
    told_at: datetime | None = None
    tries: int = 0
    created_at: datetime = PAID_AT
    stale_claim: bool = False
    now: datetime = PAID_AT


class Paid(msgspec.Struct):
    id: UUID
    state: OrderState = OrderState.PAID
    paid_at: datetime = PAID_AT
    left_fen: int = 0


class Book:
    """A hospital that answers as told, and has nothing of what it was told."""

    axis: ClassVar[Any] = type("Axis", (), {"schema": "made_up"})
    subject = "made_up"
    refund_reason = "made up"
    usual_refusals: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, row: Row) -> None:
        self.row = row
        self.says: list[Exception] = []
        self.finds: Exception | None = None
        self.alarms: list[int] = []

    def patience_seconds(self) -> int:
        return 600

    async def entry(self, *_: object) -> Row:
        return msgspec.structs.replace(self.row)

    async def telling(self, *_: object) -> str:
        return ""

    async def tell(self, _: str) -> None:
        raise self.says.pop(0)

    async def find(self, _: Row) -> None:
        if self.finds is not None:
            raise self.finds

    async def ended(self, *_: object) -> None: ...

    async def tried(self, *_: object) -> int:
        self.row.tries += 1
        return self.row.tries

    async def again(self, *_: object) -> None: ...

    async def alarm(self, *_: object) -> None:
        self.alarms.append(self.row.tries)


class Nothing:
    @asynccontextmanager
    async def tx(self) -> AsyncIterator[None]:
        yield None


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Book:
    made = Book(Row(new_id(), new_id()))
    order = Paid(made.row.order_id)

    async def read(*_: object) -> Paid:
        return order

    async def moved(_: object, __: object, ___: object, ____: object, target: EntryState, **columns: object) -> None:
        made.row.state = target
        for name in {"told_at", "tries"} & columns.keys():
            setattr(made.row, name, columns[name])

    async def noted(*_: object, **__: object) -> None: ...

    monkeypatch.setattr(service, "order", read)
    monkeypatch.setattr(entering, "move", moved)
    monkeypatch.setattr(audit, "note", noted)
    return made


async def drive(book: Book, seconds: float) -> EntryState:
    """What becomes of it, so many seconds after the payment."""
    book.row.now = PAID_AT + timedelta(seconds=seconds)
    await Clerk(cast("Db", Nothing()), cast("Any", book)).drive(book.row.id)
    return book.row.state


async def test_no_money_goes_back_while_an_earlier_telling_may_still_arrive(book: Book) -> None:
    book.says = [UNANSWERED, UNREACHABLE]
    assert await drive(book, 590) is EntryState.PAID  # nobody knows of it there, yet
    assert await drive(book, 595) is EntryState.PAID
    assert book.says == []
    assert await drive(book, 601) is EntryState.PAID
    assert await drive(book, 590 + entering.LATEST_ARRIVAL_SECONDS) is EntryState.REFUSED


async def test_people_are_told_of_a_silent_hospital_however_it_began(book: Book) -> None:
    book.says = [UNREACHABLE] * 4 + [UNANSWERED]
    book.finds = UNANSWERED
    for second in range(1, 26):
        await drive(book, second)
    assert book.row.state is EntryState.UNKNOWN
    assert book.alarms == [13, 23]
