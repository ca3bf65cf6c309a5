"""With what a registration is paid is chosen before the place is held, and carried into the paying."""

import msgspec
import pytest

from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.insurance import service, settings
from jiuyi.domains.insurance.errors import ClassOff
from jiuyi.domains.insurance.rules import remedy
from jiuyi.domains.insurance.types import InsuranceClass, Remedy, WayView
from jiuyi.kit.problems import NotFound
from tests.domains.insurance.window import Window

pytestmark = [pytest.mark.feature("F02"), pytest.mark.feature("F04")]
C = InsuranceClass


async def way(window: Window, by: Principal, patient_id: object) -> WayView:
    async with window.db.tx() as tx:
        return await service.way_view(tx, window.vault, window.knobs, patient_id, by, language="zh")  # type: ignore[arg-type]


async def choose(window: Window, by: Principal, patient_id: object, which: InsuranceClass | None) -> None:
    async with window.db.tx() as tx:
        await service.choose_way(tx, window.knobs, patient_id, by, which)  # type: ignore[arg-type]


async def test_nothing_is_chosen_for_anybody(window: Window) -> None:
    by = await window.person()
    shown = await way(window, by, await window.patient(by))
    assert shown.chosen is None
    assert shown.patient_name == "陈*华"
    assert [one.code for one in shown.classes if one.on][:2] == [C.GZ_EMPLOYEE, C.CITY_DIRECT]
    assert not {C.CHRONIC, C.SPECIAL_DISEASE} & {one.code for one in shown.classes}


async def test_the_choice_is_there_when_the_order_is_paid(window: Window) -> None:
    by = await window.person()
    order = await window.insured_order(by)
    await choose(window, by, order.patient_id, C.IN_PROVINCE)
    await choose(window, by, order.patient_id, C.GZ_EMPLOYEE)
    async with window.db.tx() as tx:
        shown = await service.classes_view(tx, window.vault, window.knobs, order.id, by, language="zh")
    assert shown.chosen is C.GZ_EMPLOYEE
    await choose(window, by, order.patient_id, None)
    assert (await way(window, by, order.patient_id)).chosen is None


async def test_what_may_not_be_used_is_refused_and_is_no_choice(window: Window) -> None:
    by = await window.person()
    patient, child = await window.patient(by), await window.patient(by, relation="child")
    for of, which in ((patient, C.OUT_OF_PROVINCE), (child, C.GZ_EMPLOYEE)):
        with pytest.raises(ClassOff):
            await choose(window, by, of, which)
    await choose(window, by, patient, C.GZ_EMPLOYEE)
    matrix = window.knobs.get(settings.CAPABILITIES)
    shut = [
        msgspec.structs.replace(one, on=False, off_zh="年终结转", off_en="Year-end")
        if (one.insurance_class, one.channel) == (C.GZ_EMPLOYEE, "wechat_oa")
        else one
        for one in matrix
    ]
    async with window.db.tx() as tx:
        await window.knobs.set(tx, settings.CAPABILITIES, shut, who="system:test", why="year end")
    await window.knobs.load(window.db)
    assert (await way(window, by, patient)).chosen is None
    elsewhere = msgspec.structs.replace(by, channel=Channel.ALIPAY_LIFE)
    assert (await way(window, elsewhere, patient)).chosen is C.GZ_EMPLOYEE


async def test_only_an_own_patient(window: Window) -> None:
    by, stranger = await window.person(), await window.person()
    patient = await window.patient(by)
    for wanted in (way(window, stranger, patient), choose(window, stranger, patient, None)):
        with pytest.raises(NotFound):
            await wanted


@pytest.mark.parametrize(
    ("fault", "reason", "expected"),
    [
        ("not_chosen", "今年还没有选定本院为普通门诊定点", Remedy.CHOOSE_HOSPITAL),
        ("50121", "参保人未选定该机构为定点医疗机构", Remedy.CHOOSE_HOSPITAL),
        ("not_filed", "还没有办理异地就医备案", Remedy.REGISTER_ELSEWHERE),
        ("50105", "参保人已暂停参保，不能享受医保待遇", None),
        (None, None, None),
    ],
)
def test_what_a_patient_can_put_right_alone_is_known(fault: str | None, reason: str | None, expected: object) -> None:
    assert remedy(fault, reason) == expected
