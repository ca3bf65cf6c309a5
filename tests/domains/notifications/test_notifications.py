"""Messages: written with their cause, carried out once, read by their own account only."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Channel, ChannelUser
from jiuyi.domains.notifications import flows, rules, service
from jiuyi.domains.notifications.types import Kind, Receipt
from jiuyi.kit.outcomes import NotDone, Refused, Unanswered, Unreachable
from tests.support.product import Person, Product, running

FACTS = {
    "patient": "陈*华",
    "time": "2026-11-25T09:00:00+08:00",
    "department": "心血管内科",
    "department_en": "Cardiology",
    "doctor": "林志远",
    "place": "门诊楼 3 楼 A 区 12 诊室",
    "number": "R25112500",
}


class Carrier:
    """Satisfies `ChannelSender`: keeps letters by number, so a repetition is not a second letter."""

    def __init__(self) -> None:
        self.letters: dict[str, tuple[str, str, dict[str, str], str]] = {}
        self.permits: list[str] = []
        self.fault: NotDone | None = None

    async def send(
        self, to: str, template: str, values: Mapping[str, str], url: str, number: str, permit: str
    ) -> Receipt:
        self.letters[number] = (to, template, dict(values), url)
        self.permits.append(permit)
        if self.fault is not None:
            raise self.fault
        return Receipt("m1")


class Texts:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str, tuple[str, ...]]] = []
        self.fault: NotDone | None = None

    async def send(self, phone: str, template: str, params: tuple[str, ...]) -> None:
        self.sent.append((phone, template, params))
        if self.fault is not None:
            raise self.fault


@pytest_asyncio.fixture
async def product(dsn: str) -> AsyncIterator[Product]:
    async with running(dsn) as product:
        yield product


async def _tell(product: Product, person: Person, kind: Kind = Kind.BOOKED) -> UUID:
    async with product.parts.db.tx() as tx:
        return await service.tell(tx, person.principal.account_id, kind, "appointment", uuid4(), FACTS)


async def _deliveries(product: Product) -> list[tuple[str, str]]:
    async with product.parts.db.tx() as tx:
        return [
            tuple(row.split("|"))
            for row in await tx.values("SELECT id::text || '|' || state FROM notifications.delivery ORDER BY id")
        ]


async def _deliver(product: Product, carrier: Carrier, texts: Texts | None = None) -> None:
    for delivery_id, _ in await _deliveries(product):
        await flows.deliver(
            product.parts.db,
            product.parts.vault,
            {Channel.WECHAT_OA: carrier},
            texts or Texts(),
            delivery_id=UUID(delivery_id),
            base_url="https://h5.example",
        )


async def test_a_message_is_read_in_both_languages_and_marked(product: Product) -> None:
    person, stranger = await product.sign_in(), await product.sign_in()
    told = await _tell(product, person)
    shown = (await person.get("/api/messages")).json()["items"][0]
    assert shown["title"] == "预约成功"
    assert "11 月 25 日 周三 09:00" in shown["body"]
    english = (await person.http.get("/api/messages", headers={"accept-language": "en"})).json()["items"][0]
    assert "Wed 25 Nov 09:00, Cardiology 林志远" in english["body"]
    assert (await stranger.get("/api/messages")).json()["items"] == []
    await stranger.post("/api/messages/read", {"ids": [str(told)]})
    assert (await person.get("/api/messages")).json()["items"][0]["read"] is False
    await person.post("/api/messages/read", {"ids": [str(told)]})
    assert (await person.get("/api/messages")).json()["items"][0]["read"] is True


def test_sums_in_a_message_are_grouped_and_in_a_template_are_not() -> None:
    facts = {**FACTS, "item": "住院预交金", "item_en": "Inpatient deposit", "amount": "12000.00", "route": "微信"}
    for language in ("zh", "en"):
        assert "¥12,000.00" in rules.text(Kind.REFUNDED, facts, language)[1]
    assert rules.template_values("refunded", facts)["amount"] == "¥12000.00"


async def test_pages_hold_every_message_once(product: Product) -> None:
    person = await product.sign_in()
    told = [str(await _tell(product, person)) for _ in range(7)]
    seen, cursor = [], None
    while True:
        page = (await person.get("/api/messages", limit=3, **({"cursor": cursor} if cursor else {}))).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == told[::-1]
    assert (await person.get("/api/messages", cursor="nonsense")).status_code == 400


async def test_a_delivery_goes_once_even_when_its_job_runs_twice_at_once(product: Product) -> None:
    person, carrier = await product.sign_in(), Carrier()
    await _tell(product, person)
    await asyncio.gather(*(_deliver(product, carrier) for _ in range(4)))
    assert len(carrier.letters) == 1
    (_, template, values, url) = next(iter(carrier.letters.values()))
    assert template == "booked"
    assert values["time"] == "2026年11月25日 09:00"
    assert url.startswith("https://h5.example/w/#/pages/booking/appointment?id=")
    assert [state for _, state in await _deliveries(product)] == ["sent"]


@pytest.mark.parametrize("fault", [Unreachable("w", "s"), Unanswered("w", "s")])
async def test_an_outage_is_tried_again_with_the_same_number(product: Product, fault: NotDone) -> None:
    person, carrier = await product.sign_in(), Carrier()
    await _tell(product, person)
    carrier.fault = fault
    with pytest.raises(type(fault)):
        await _deliver(product, carrier)
    carrier.fault = None
    await _deliver(product, carrier)
    assert len(carrier.letters) == 1
    assert [state for _, state in await _deliveries(product)] == ["sent"]


async def test_who_blocked_the_account_is_not_tried_again(product: Product) -> None:
    person, carrier = await product.sign_in(), Carrier()
    await _tell(product, person)
    carrier.fault = Refused("w", "s", "43004")
    await _deliver(product, carrier)
    assert [state for _, state in await _deliveries(product)] == ["refused"]


async def test_an_unanswered_sms_is_never_repeated(product: Product) -> None:
    texts = Texts()
    texts.fault = Unanswered("sms", "SendSms")
    async with product.parts.db.tx() as tx:
        await service.tell_phone(tx, product.parts.vault, "13812342046", "binding", ("陈*华", "11 月 22 日"))
    for _ in range(2):
        await _deliver(product, Carrier(), texts)
    assert len(texts.sent) == 1
    assert [state for _, state in await _deliveries(product)] == ["unknown"]


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_texts_that_hold_without_any_fact(kind: Kind) -> None:
    for language in ("zh", "en"):
        title, body = rules.text(kind, {}, language)
        assert title
        assert body
        assert "{" not in title + body


def test_template_values_fit_wechats_keywords() -> None:
    long = {**FACTS, "department": "很长的科室名称" * 6, "state": "需要补充资料了吧"}
    for kind in Kind:
        template = rules.template_of(kind)
        if template:
            values = rules.template_values(template, long)
            assert all(0 < len(value) <= 32 for value in values.values())
            assert len(values.get("department", "")) <= 20
            assert len(values.get("state", "")) <= 5


async def test_a_mini_program_s_message_needs_a_permit_and_uses_it(product: Product) -> None:
    parts, carrier = product.parts, Carrier()
    async with parts.db.tx() as tx:
        identity = await accounts.identity_for(tx, parts.vault, Channel.ALIPAY_MINI, ChannelUser("mini-open-id"))
        await accounts.open_session(tx, parts.knobs, identity, carrier="bearer", device="Android")
        for _ in range(2):  # the same trade twice is one permit
            await service.permit(tx, parts.knobs, identity.account_id, Channel.ALIPAY_MINI, "2026112222001400")
    for _ in range(4):
        subject = uuid4()
        async with parts.db.tx() as tx:
            await service.tell(tx, identity.account_id, Kind.BOOKED, "appointment", subject, FACTS)
            delivery = await tx.value("SELECT id FROM notifications.delivery ORDER BY created_at DESC LIMIT 1")
        await flows.deliver(
            parts.db,
            parts.vault,
            {Channel.ALIPAY_MINI: carrier},
            Texts(),
            delivery_id=delivery,
            base_url="https://h.example",
        )
        assert list(carrier.letters.values())[-1][3] == f"pages/booking/appointment?id={subject}"
    assert carrier.permits == ["2026112222001400"] * 3 + [""]
