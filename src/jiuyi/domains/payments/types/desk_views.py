"""What whoever stands at a desk sees."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from jiuyi.domains.payments.types.desk import CodeKind, DaySums, Standing, Sums
from jiuyi.domains.payments.types.rows import Shown


class OwedView(msgspec.Struct):
    """One order that can be paid now."""

    id: UUID
    no: str
    kind: str
    title: str
    title_en: str
    total_fen: int
    insurance_fen: int
    own_fen: int
    state: Shown
    expires_at: datetime | None


class CollectionView(msgspec.Struct):
    """A collection, for the operator: what happened and what to do, in the language that was asked for.

    `settled`: nothing more happens. `seconds_left`: until it is cancelled by itself. `show`: the text of the code to
    be shown to the patient.
    """

    payment_id: UUID
    order_id: UUID
    order_no: str
    kind: CodeKind
    kind_name: str
    code: str
    amount_fen: int
    standing: Standing
    tone: str
    reason: str | None
    title: str
    advice: str
    settled: bool
    stopping: bool
    seconds_left: int
    show: str | None
    transaction_id: str | None
    begun_at: datetime
    paid_at: datetime | None


class CollectedView(msgspec.Struct):
    """One line of a desk's list; the name is masked. `subject_id` is the appointment, checkout or deposit.

    `refund_fen`: what goes back of a payment that counts.
    """

    payment_id: UUID
    order_id: UUID
    order_no: str
    order_kind: str
    subject_id: UUID
    patient: str
    device: str
    operator: str | None
    kind: CodeKind
    kind_name: str
    amount_fen: int
    standing: Standing
    tone: str
    title: str
    refund_fen: int
    at: datetime


class DeskDay(msgspec.Struct):
    """The shift so far, newest first."""

    sums: Sums
    items: list[CollectedView]


class WayOfDay(msgspec.Struct):
    """What was taken on a day in one way."""

    kind: CodeKind
    kind_name: str
    sums: DaySums


class ShiftOfDay(msgspec.Struct):
    """What one shift of a machine took on a day, and the moments of its first and last payment.

    A self-service machine has no operator.
    """

    device: str
    device_name: str
    operator: str | None
    operator_name: str | None
    first_at: datetime
    last_at: datetime
    sums: DaySums


class DayOfDesks(msgspec.Struct):
    """What every desk took on a day, newest first, a page at a time; `sums` are the whole day's.

    `ways` and `shifts` each add up to `sums`: one statement counts them.
    """

    day: date
    sums: DaySums
    ways: list[WayOfDay]
    shifts: list[ShiftOfDay]
    items: list[CollectedView]
    next_cursor: str | None


class KindView(msgspec.Struct):
    """A kind of code this hospital takes, and how the page recognises it."""

    kind: CodeKind
    name: str
    prefixes: list[str]
    shortest: int
    longest: int


class WordsView(msgspec.Struct):
    """A result and what to say about it."""

    name: str
    tone: str
    title: str
    advice: str


class DeskWords(msgspec.Struct):
    """What a machine needs to know before it takes money."""

    kinds: list[KindView]
    shows_code: bool
    standings: list[WordsView]
    refusals: list[WordsView]
    wait_seconds: int
    poll_seconds: int
