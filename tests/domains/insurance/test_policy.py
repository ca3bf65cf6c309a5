"""Which class a person is of, what is switched on where, and a refusal in words for everything else."""

from typing import Any

import msgspec
import pytest

from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.insurance import rules, settings
from jiuyi.domains.insurance.errors import CapabilityUnknown, ClassOff
from jiuyi.domains.insurance.types import (
    CHANNELS,
    CLASS_NAMES,
    Entitlement,
    InsuranceClass,
    Insured,
    SettlementState,
    VisitKind,
)
from tests.domains.insurance.window import Window

C = InsuranceClass
PEOPLE: dict[InsuranceClass, dict[str, Any]] = {
    C.GZ_EMPLOYEE: {"place": "440106", "scheme": "310"},
    C.GZ_ORDINARY: {"place": "440105", "scheme": "390"},
    C.CITY_DIRECT: {"place": "440199"},
    C.PROVINCE_DIRECT: {"place": "449900"},
    C.IN_PROVINCE: {"place": "440300"},
    C.CHRONIC: {"entitlements": [Entitlement("chronic", "M03900", "高血压")]},
    C.SPECIAL_DISEASE: {"entitlements": [Entitlement("special", "M00500", "恶性肿瘤门诊治疗")]},
    C.OUT_OF_PROVINCE: {"place": "430100"},
}
DISEASE = {C.CHRONIC: "M03900", C.SPECIAL_DISEASE: "M00500"}
REQUIRED = {
    ("wechat_oa", C.GZ_EMPLOYEE): "F04",
    ("alipay_life", C.GZ_EMPLOYEE): "F04",
    ("alipay_mini", C.GZ_EMPLOYEE): "F26",
    ("alipay_life", C.GZ_ORDINARY): "F26",
    ("alipay_mini", C.GZ_ORDINARY): "F26",
    **{
        (channel, which): feature
        for channel in ("wechat_oa", "alipay_life", "alipay_mini")
        for which, feature in (
            (C.IN_PROVINCE, "F22"),
            (C.PROVINCE_DIRECT, "F23"),
            (C.CITY_DIRECT, "F24"),
            (C.CHRONIC, "F25"),
            (C.SPECIAL_DISEASE, "F25"),
        )
    },
}
"""What the hospital asked for (docs/requirements.md), channel and class."""
PAIRS = [(channel, which) for channel in CHANNELS[:3] for which in InsuranceClass]


def through(by: Principal, channel: str) -> Principal:
    return msgspec.structs.replace(by, channel=Channel(channel))


async def visitor(window: Window, channel: str) -> Principal:
    """Somebody in that channel, with an identity there and, for the cash desk's one channel, in WeChat too."""
    by = await window.person()
    async with window.db.tx() as tx:
        await tx.run("UPDATE accounts.identity SET channel = %s WHERE account_id = %s", (channel, by.account_id))
    return through(by, channel)


@pytest.mark.feature("F22")
@pytest.mark.feature("F23")
@pytest.mark.feature("F24")
@pytest.mark.feature("F25")
@pytest.mark.feature("F26")
@pytest.mark.parametrize(("channel", "which"), PAIRS)
async def test_each_class_in_each_channel_is_settled_or_refused_in_words(
    window: Window, channel: str, which: InsuranceClass
) -> None:
    by = await visitor(window, channel)
    window.channel.app_ids = {channel: "wx0000000000000001"}
    order = await window.insured_order(by, **PEOPLE[which])
    window.bills.disease = DISEASE.get(which)
    if which in DISEASE:
        window.bills.kind = VisitKind.CHRONIC_SPECIAL
    if (channel, which) not in REQUIRED:
        with pytest.raises(ClassOff) as refused:
            await window.begin(by, order, which)
        assert "窗口" in refused.value.detail("zh")
        assert "You were not charged" in refused.value.detail("en")
        assert refused.value.params["reason_zh"]
        return
    row = await window.presettled(by, order, which)
    assert row.state is SettlementState.PRESETTLED, row.reason
    await window.settle(by, row)
    window.cashier.person_confirms()
    await window.deliver()
    await window.outcome.look(row.id)
    await window.work()
    assert (await window.now(row)).state is SettlementState.DONE
    await window.refund(await window.read(order), 1500)
    await window.work()
    await window.sweep_all()
    (back,) = await window.refunds(order)
    window.channel.settle(back.out_refund_no)
    await window.deliver()
    assert (await window.now(row)).state is SettlementState.REVERSED


@pytest.mark.feature("F22")
@pytest.mark.parametrize(("channel", "which"), sorted(REQUIRED))
async def test_a_pair_that_is_switched_off_says_why(window: Window, channel: str, which: InsuranceClass) -> None:
    cell = rules.cell(window.knobs.get(settings.CAPABILITIES), which, channel)
    assert cell is not None
    with pytest.raises(CapabilityUnknown):
        await window.switch(msgspec.structs.replace(cell, on=False))
    reason = {"off_zh": "医保系统年度结转", "off_en": "Year-end closing of the insurance system"}
    await window.switch(msgspec.structs.replace(cell, on=False, **reason))
    by = await visitor(window, channel)
    order = await window.insured_order(by, **PEOPLE[which])
    with pytest.raises(ClassOff) as refused:
        await window.begin(by, order, which)
    assert "医保系统年度结转" in refused.value.detail("zh")
    assert CLASS_NAMES[which][0] in refused.value.title("zh")
    assert (await window.read(order)).received_fen == 0
    async with window.db.tx() as tx:
        noted = await tx.value("SELECT detail->>'why' FROM audit.entry WHERE action = 'insurance.capability_changed'")
    assert noted == "test"


def test_the_matrix_has_every_pair_once_and_is_on_where_it_was_asked_for() -> None:
    cells = settings.CAPABILITIES.default
    assert sorted((one.channel, one.insurance_class) for one in cells) == sorted(
        (channel, which) for channel in CHANNELS for which in InsuranceClass
    )
    assert {(one.channel, one.insurance_class) for one in cells if one.on and one.channel != "desk"} == set(REQUIRED)
    assert all(one.off_zh and one.off_en for one in cells if not one.on)


@pytest.mark.parametrize(
    ("place", "scheme", "expected"),
    [
        ("440106", "310", C.GZ_EMPLOYEE),
        ("440118", "390", C.GZ_ORDINARY),
        ("440199", "310", C.CITY_DIRECT),
        ("440199", "390", C.CITY_DIRECT),
        ("449900", "310", C.PROVINCE_DIRECT),
        ("440000", "310", C.PROVINCE_DIRECT),
        ("440300", "310", C.IN_PROVINCE),
        ("445300", "390", C.IN_PROVINCE),
        ("430100", "310", C.OUT_OF_PROVINCE),
        ("110000", "390", C.OUT_OF_PROVINCE),
        ("990100", "310", None),
        ("440106", "510", None),
        ("", "310", None),
    ],
)
def test_people_are_mapped_and_never_guessed(place: str, scheme: str, expected: InsuranceClass | None) -> None:
    insured = Insured("1", "陈建华", "4401", scheme, place)
    assert rules.mapped(settings.MAPPING.default, insured) is expected


@pytest.mark.feature("F24")
@pytest.mark.parametrize(
    ("facts", "which", "fault"),
    [
        ({"place": "990100"}, C.GZ_EMPLOYEE, "unmapped"),
        ({"place": "449900"}, C.GZ_EMPLOYEE, "other_class"),
        ({"hospital_chosen": False}, C.GZ_EMPLOYEE, "not_chosen"),
        ({"place": "440300", "filed": False}, C.IN_PROVINCE, "not_filed"),
        ({"document_number": "440106199001011234"}, C.GZ_EMPLOYEE, "other_person"),
        ({}, C.CHRONIC, "no_disease"),
    ],
)
async def test_who_does_not_fit_is_refused_in_words_and_not_charged(
    window: Window, facts: dict[str, Any], which: InsuranceClass, fault: str
) -> None:
    by = await window.person()
    order = await window.insured_order(by, **facts)
    row = await window.presettled(by, order, which)
    assert (row.state, row.fault) == (SettlementState.REFUSED, fault)
    assert row.reason
    assert (await window.read(order)).received_fen == 0
    view = await window.pay(by, order, key="pay-oneself")
    assert view.invoke is not None


async def test_disease_needs_an_entitlement_of_its_kind(window: Window) -> None:
    by = await window.person()
    window.bills.kind, window.bills.disease = VisitKind.CHRONIC_SPECIAL, "M03900"
    order = await window.insured_order(by)
    assert (await window.presettled(by, order, C.CHRONIC)).fault == "no_entitlement"
    ordinary = await window.presettled(by, order, C.GZ_EMPLOYEE, key="begin-02")
    assert ordinary.fault == "disease_bill"


async def test_online_insurance_is_for_ones_own_person(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by, relation="parent")
    with pytest.raises(ClassOff) as refused:
        await window.begin(by, order)
    assert "本人" in refused.value.detail("zh")


async def test_a_changed_bill_is_not_settled(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    window.bills.extra_fen = 100
    assert (await window.presettled(by, order)).fault == "amount_changed"
