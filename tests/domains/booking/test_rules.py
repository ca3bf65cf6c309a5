"""Pure decisions, as tables."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image

from jiuyi.domains.booking.rules import calendars, deadlines, files, fitness, tickets
from jiuyi.domains.booking.rules.deadlines import Cancelling, CancelRules
from jiuyi.domains.booking.rules.driving import Act, Money, Situation, next_act
from jiuyi.domains.booking.rules.standing import PayState, Standing, standing
from jiuyi.domains.booking.rules.tickets import Bound, Ticket
from jiuyi.domains.booking.types import AppointmentState as A
from jiuyi.domains.booking.types import ClinicKind
from jiuyi.domains.booking.types import Placement as P  # noqa: N817 - tables read better
from jiuyi.kit.ids import new_id

pytestmark = pytest.mark.feature("F02")
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
RULES = CancelRules(lead_minutes=30, expert_hour=17, late_expert=True)


@pytest.mark.parametrize(
    ("state", "placement", "leaving", "pay", "expected"),
    [
        (A.HELD, P.NONE, None, PayState.NONE, Standing.PLACING),
        (A.HELD, P.PLACING, None, PayState.NONE, Standing.PLACING),
        (A.HELD, P.UNKNOWN, None, PayState.NONE, Standing.PLACING),
        (A.HELD, P.PLACED, None, PayState.UNPAID, Standing.AWAITING_PAYMENT),
        (A.HELD, P.PLACED, None, PayState.PAYING, Standing.AWAITING_PAYMENT),
        (A.HELD, P.PLACED, None, PayState.PAID, Standing.CONFIRMING),
        (A.HELD, P.UNKNOWN, None, PayState.PAID, Standing.CONFIRMING),
        (A.HELD, P.CONFIRMING, None, PayState.NONE, Standing.CONFIRMING),
        (A.BOOKED, P.CONFIRMED, None, PayState.PAID, Standing.BOOKED),
        (A.BOOKED, P.CONFIRMED, A.CANCELLED, PayState.PAID, Standing.CANCELLING),
        (A.BOOKED, P.CANCELLING, A.CANCELLED, PayState.PAID, Standing.CANCELLING),
        (A.CANCELLED, P.GONE, None, PayState.REFUNDED, Standing.CANCELLED),
        (A.HELD, P.UNKNOWN, A.REFUSED, PayState.NONE, Standing.NOT_BOOKED),
        (A.HELD, P.PLACED, A.EXPIRED, PayState.UNPAID, Standing.EXPIRED),
        (A.EXPIRED, P.GONE, None, PayState.NONE, Standing.EXPIRED),
        (A.EXPIRED, P.GONE, None, PayState.REFUNDING, Standing.NOT_BOOKED_REFUNDING),
        (A.REFUSED, P.GONE, None, PayState.PAID, Standing.NOT_BOOKED_REFUNDING),
        (A.REFUSED, P.GONE, None, PayState.REFUNDED, Standing.NOT_BOOKED_REFUNDED),
        (A.REFUSED, P.GONE, None, PayState.NONE, Standing.NOT_BOOKED),
        (A.BOOKED, P.CONFIRMED, A.STOPPED, PayState.PAID, Standing.STOPPED),
        (A.STOPPED, P.GONE, None, PayState.REFUNDED, Standing.STOPPED_REFUNDED),
        (A.DONE, P.CONFIRMED, None, PayState.PAID, Standing.DONE),
    ],
)
def test_standing(state: A, placement: P, leaving: A | None, pay: PayState, expected: Standing) -> None:
    assert standing(state, placement, leaving, pay) is expected


def situation(state: A, placement: P, leaving: A | None = None, **more: object) -> Situation:
    facts: dict[str, object] = {
        "fee_fen": 1000,
        "money": Money(),
        "holds_place": True,
        "overdue": False,
        "stale_claim": False,
        **more,
    }
    return Situation(state=state, placement=placement, leaving=leaving, **facts)  # type: ignore[arg-type]


PAID, OPEN = Money(paid=True), Money(open=True)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (situation(A.HELD, P.NONE), Act.LOCK),
        (situation(A.HELD, P.PLACING), Act.REST),
        (situation(A.HELD, P.PLACING, stale_claim=True), Act.FIND),
        (situation(A.HELD, P.UNKNOWN), Act.FIND),
        (situation(A.HELD, P.UNKNOWN, money=PAID, overdue=True), Act.FIND),
        (situation(A.HELD, P.PLACED, money=OPEN), Act.REST),
        (situation(A.HELD, P.PLACED, money=OPEN, overdue=True), Act.EXPIRE),
        (situation(A.HELD, P.PLACED, A.EXPIRED, money=OPEN), Act.CLOSE_ORDER),
        (situation(A.HELD, P.PLACED, A.EXPIRED), Act.LET_GO),
        (situation(A.HELD, P.PLACED, money=PAID, overdue=True), Act.CONFIRM),
        (situation(A.HELD, P.PLACED, fee_fen=0), Act.CONFIRM),
        (situation(A.HELD, P.GONE), Act.FINISH),
        (situation(A.HELD, P.GONE, money=OPEN), Act.CLOSE_ORDER),
        (situation(A.HELD, P.PLACED, A.REFUSED, money=PAID), Act.FINISH),
        (situation(A.HELD, P.UNKNOWN, A.REFUSED, money=PAID), Act.FIND),
        (situation(A.HELD, P.UNKNOWN, A.REFUSED), Act.FINISH),
        (situation(A.BOOKED, P.CONFIRMED, money=PAID), Act.REST),
        (situation(A.BOOKED, P.CONFIRMED, A.CANCELLED, money=PAID), Act.LET_GO),
        (situation(A.BOOKED, P.GONE, A.CANCELLED, money=PAID), Act.FINISH),
        (situation(A.BOOKED, P.CONFIRMED, A.STOPPED, money=PAID), Act.FINISH),
        (situation(A.REFUSED, P.PLACED, A.REFUSED, money=PAID), Act.LET_GO),
        (situation(A.REFUSED, P.UNKNOWN, A.REFUSED), Act.FIND),
        (situation(A.REFUSED, P.GONE, A.REFUSED), Act.GIVE_BACK),
        (situation(A.CANCELLED, P.GONE, holds_place=False), Act.REST),
        (situation(A.DONE, P.CONFIRMED), Act.REST),
    ],
)
def test_next_act(at: Situation, expected: Act) -> None:
    assert next_act(at) is expected


@pytest.mark.parametrize(
    ("kind", "before", "expected"),
    [
        (ClinicKind.ORDINARY, timedelta(minutes=31), Cancelling.YES),
        (ClinicKind.ORDINARY, timedelta(minutes=29), Cancelling.TOO_LATE),
        (ClinicKind.EXPERT, timedelta(hours=20), Cancelling.YES),
        (ClinicKind.EXPERT, timedelta(hours=18), Cancelling.LATE),
        (ClinicKind.SPECIAL, timedelta(minutes=20), Cancelling.TOO_LATE),
    ],
)
def test_cancelling(kind: ClinicKind, before: timedelta, expected: Cancelling) -> None:
    assert deadlines.may_cancel(A.BOOKED, None, kind, NOON, NOON - before, RULES) is expected
    assert deadlines.may_cancel(A.HELD, None, kind, NOON, NOON, RULES) is Cancelling.YES
    assert deadlines.may_cancel(A.BOOKED, A.CANCELLED, kind, NOON, NOON - before, RULES) is Cancelling.NOT_NOW


def test_departments_for_a_sex_or_an_age() -> None:
    def codes(sex: str, born: date | None, wanted: str, low: int | None, high: int | None) -> list[str]:
        found = fitness.unfit(sex=sex, born=born, on=date(2026, 11, 25), wanted_sex=wanted, age_min=low, age_max=high)
        return [problem.code for problem in found]

    assert codes("male", date(1990, 1, 1), "female", None, None) == ["booking.sex_mismatch"]
    assert codes("unknown", None, "female", None, 14) == []
    assert codes("female", date(2012, 11, 26), "any", None, 13) == []
    assert codes("female", date(2012, 11, 25), "any", None, 13) == ["booking.age_mismatch"]
    assert codes("male", date(1990, 1, 1), "any", 60, None) == ["booking.age_mismatch"]


def test_tickets_are_bound() -> None:
    secret, bound = b"s" * 32, Bound(new_id(), new_id(), new_id(), new_id())
    ticket = Ticket(new_id(), 2_000_000_000, "陈*华", "****8067")
    text = tickets.issue(secret, bound, ticket)
    assert tickets.check(secret, bound, text, 1_999_999_999) == ticket
    assert tickets.check(secret, bound, text, 2_000_000_001) is None
    assert tickets.check(b"t" * 32, bound, text, 0) is None
    assert tickets.check(secret, bound, text[:-2] + "AA", 0) is None
    assert tickets.check(secret, bound, "", 0) is None
    assert tickets.check(secret, bound, "%%%", 0) is None
    for field in Bound.__struct_fields__:
        other = Bound(**{**{f: getattr(bound, f) for f in Bound.__struct_fields__}, field: new_id()})
        assert tickets.check(secret, other, text, 0) is None, field


def test_calendar_lines_are_folded_inside_no_character() -> None:
    folded = calendars._fold("SUMMARY:" + "岭南大学附属医院" * 12)
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == "SUMMARY:" + "岭南大学附属医院" * 12


def _picture(kind: str, side: tuple[int, int]) -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E], exif[0x0112] = "taken at home", 6
    Image.new("1" if kind == "PNG" else "L", side, 1).save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_made_anew_upright_and_without_its_story(kind: str) -> None:
    polyglot = _picture(kind, (64, 48)) + b"<script>alert(1)</script>PK\x03\x04"
    _, kept = files.clean(polyglot)
    assert b"taken at home" not in kept
    assert b"script" not in kept
    with Image.open(io.BytesIO(kept)) as read:
        assert read.size == (48, 64)


def test_a_small_file_that_unpacks_to_a_flood_of_pixels_is_refused() -> None:
    flood = _picture("PNG", (5000, 4001))
    assert len(flood) < 20_000
    with pytest.raises(files.Unusable, match="pixels"):
        files.clean(flood)


def test_a_camera_s_picture_is_decoded_small() -> None:
    _, kept = files.clean(_picture("JPEG", (8000, 6000)))
    with Image.open(io.BytesIO(kept)) as read:
        assert max(read.size) == 3200
