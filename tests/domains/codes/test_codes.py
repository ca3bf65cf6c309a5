"""One-time codes: once, five minutes, five tries, bound, and counted."""

import asyncio
from uuid import UUID, uuid4

import pytest

from jiuyi.domains.codes import flows, rules, settings
from jiuyi.domains.codes.errors import CodeEnded, CodeTooMany, CodeTooSoon, CodeWrong, PhoneInvalid, SmsFailed
from jiuyi.domains.codes.types import CodeView
from jiuyi.kit.crypto import Vault, parse_keys
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import Refused, Unanswered
from tests.support.clock import AppClock
from tests.support.product import settings_for

PHONE = "13812342046"


class Outbox:
    """Satisfies `codes.ports.SmsSender`: keeps what was sent, and fails when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, tuple[str, ...]]] = []
        self.fault: Exception | None = None

    async def send(self, phone: str, template: str, params: tuple[str, ...]) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append((phone, template, params))

    @property
    def digits(self) -> str:
        return self.sent[-1][2][0]


class Codes:
    def __init__(self, db: Db) -> None:
        vault = settings_for("").vault
        self.db, self.sms, self.account = db, Outbox(), uuid4()
        self.vault = Vault(parse_keys(vault.masters, vault.index, vault.suite))
        self.knobs = Knobs(settings.KNOBS)

    async def send(
        self,
        phone: str = PHONE,
        *,
        account: UUID | None = None,
        joined: tuple[UUID, ...] = (),
        ip: str = "203.0.113.9",
        language: str = "zh",
    ) -> CodeView:
        return await flows.send(
            self.db,
            self.sms,
            self.vault,
            self.knobs,
            purpose="bind",
            subject="s1",
            phone=phone,
            account_id=account or self.account,
            joined=joined,
            ip=ip,
            language=language,
        )

    async def prove(self, code: CodeView, digits: str, *, purpose: str = "bind", account: UUID | None = None) -> str:
        return await flows.prove(
            self.db,
            self.vault,
            self.knobs,
            code_id=code.code_id,
            digits=digits,
            purpose=purpose,
            subject="s1",
            account_id=account or self.account,
        )


@pytest.fixture
def codes(db: Db) -> Codes:
    return Codes(db)


async def test_a_code_proves_its_number_once(codes: Codes) -> None:
    sent = await codes.send("138 1234 2046")
    assert (sent.phone, sent.expires_in, sent.length) == ("138****2046", 300, 6)
    assert codes.sms.sent[0][:2] == (PHONE, "code")
    assert await codes.prove(sent, codes.sms.digits) == PHONE
    with pytest.raises(CodeEnded):
        await codes.prove(sent, codes.sms.digits)


async def test_wrong_tries_are_counted_and_the_fifth_ends_it(codes: Codes) -> None:
    sent = await codes.send()
    wrong = f"{(int(codes.sms.digits) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1):
        with pytest.raises(CodeWrong) as refused:
            await codes.prove(sent, wrong)
        assert refused.value.params == {"left": left}
    for digits in (wrong, codes.sms.digits):
        with pytest.raises(CodeEnded):
            await codes.prove(sent, digits)


async def test_a_code_is_bound_to_purpose_and_account_and_time(codes: Codes, time: AppClock) -> None:
    sent = await codes.send()
    with pytest.raises(CodeEnded):
        await codes.prove(sent, codes.sms.digits, purpose="else")
    with pytest.raises(CodeEnded):
        await codes.prove(sent, codes.sms.digits, account=uuid4())
    await time.forward(minutes=5, seconds=1)
    with pytest.raises(CodeEnded):
        await codes.prove(sent, codes.sms.digits)


async def test_a_number_gets_one_a_minute_five_an_hour_ten_a_day(codes: Codes, time: AppClock) -> None:
    await codes.send()
    with pytest.raises(CodeTooSoon) as soon:
        await codes.send()
    assert 1 <= soon.value.params["retry_after"] <= 60
    for _ in range(4):
        await time.forward(seconds=61)
        await codes.send(account=uuid4())
    await time.forward(seconds=61)
    with pytest.raises(CodeTooMany):
        await codes.send(account=uuid4())
    for _ in range(5):
        await time.forward(hours=1, seconds=1)
        await codes.send(account=uuid4())
    await time.forward(hours=1, seconds=1)
    with pytest.raises(CodeTooMany):
        await codes.send(account=uuid4())
    assert len(codes.sms.sent) == 10


async def test_parallel_requests_send_one_message(codes: Codes) -> None:
    answers = await asyncio.gather(*(codes.send() for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(answer, CodeView) for answer in answers) == 1
    assert len(codes.sms.sent) == 1


async def test_an_account_cannot_bomb_many_numbers(codes: Codes) -> None:
    for number in range(20):
        await codes.send(f"138000000{number:02d}")
    with pytest.raises(CodeTooMany):
        await codes.send("13900000000")
    with pytest.raises(CodeTooMany):
        await codes.send("13900000000", account=uuid4(), joined=(codes.account,))


async def test_an_account_cannot_bomb_many_numbers_at_once(codes: Codes) -> None:
    limit = codes.knobs.get(settings.PER_ACCOUNT_DAY)
    phones = [f"139000{number:05d}" for number in range(limit + 10)]
    answers = await asyncio.gather(*(codes.send(phone) for phone in phones), return_exceptions=True)
    assert sum(isinstance(answer, CodeTooMany) for answer in answers) == 10
    assert len(codes.sms.sent) == limit


async def test_a_refused_message_is_said_and_an_unanswered_one_may_arrive(codes: Codes, time: AppClock) -> None:
    codes.sms.fault = Refused("sms", "SendSms", "LimitExceeded")
    with pytest.raises(SmsFailed):
        await codes.send()
    await time.forward(seconds=61)
    codes.sms.fault = Unanswered("sms", "SendSms")
    assert (await codes.send()).expires_in == 300


async def test_neither_code_nor_number_lies_in_clear(codes: Codes, db: Db) -> None:
    await codes.send()
    async with db.tx() as tx:
        row = str(await tx.value("SELECT c::text FROM codes.code c"))
    assert PHONE.encode().hex() not in row
    assert PHONE not in row
    assert codes.sms.digits.encode().hex() not in row


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138-1234-2046", PHONE),
        ("+86 13812342046", PHONE),
        ("１３８１２３４２０４６", PHONE),
        ("+852 6123 4567", "+85261234567"),
    ],
)
def test_numbers_are_understood_as_people_type_them(typed: str, stored: str) -> None:
    assert rules.normal_phone(typed) == stored


@pytest.mark.parametrize("typed", ["", "12345678901", "1381234204", "138123420466", "+0123", "13812342046;drop", "😀"])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(PhoneInvalid):
        rules.normal_phone(typed)


async def test_who_reads_english_gets_an_english_message(codes: Codes) -> None:
    await codes.send(language="en")
    await codes.send("13900008888")
    assert [template for _, template, _ in codes.sms.sent] == ["code_en", "code"]
