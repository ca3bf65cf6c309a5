"""The capability matrix: read from its knob, changed with a reason, in the audit log."""

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import rules, settings
from jiuyi.domains.insurance.errors import CapabilityUnknown, ClassOff
from jiuyi.domains.insurance.rules import Why
from jiuyi.domains.insurance.settings import RegistrationItem
from jiuyi.domains.insurance.types import CLASS_NAMES, Capability, InsuranceClass
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs

_INSTEAD = ("请到门诊收费窗口用医保结算", "Please settle with insurance at an outpatient payment window")


async def change_capability(tx: Tx, knobs: Knobs, changed: Capability, *, actor: Actor, why: str) -> None:
    """Replace one cell of the matrix. Raises `CapabilityUnknown`: no such cell, or off without a reason."""
    matrix = knobs.get(settings.CAPABILITIES)
    before = rules.cell(matrix, changed.insurance_class, changed.channel)
    if before is None or (not changed.on and not (changed.off_zh and changed.off_en)):
        raise CapabilityUnknown
    after = [changed if one == before else one for one in matrix]
    await knobs.set(tx, settings.CAPABILITIES, after, who=actor.word, why=why)
    await audit.note(
        tx,
        actor=actor,
        action="insurance.capability_changed",
        subject_kind="capability",
        subject=f"{changed.insurance_class.value}@{changed.channel}",
        detail={"before": before.on, "after": changed.on, "payer": changed.payer, "why": why},
    )


def must_be_open(knobs: Knobs, which: InsuranceClass, channel: str, *, own_person: bool) -> Capability:
    """The cell, if it may be used. Raises `ClassOff` with the reason and what to do instead."""
    found = rules.cell(knobs.get(settings.CAPABILITIES), which, channel)
    why = rules.closed(found, own_person=own_person)
    if found is None or why is not None:
        raise class_off(which, found, why or Why("off", "医院暂未在这里开通", "The hospital has not opened it here"))
    return found


def class_off(which: InsuranceClass, cell: Capability | None, why: Why) -> ClassOff:
    """The refusal in words."""
    zh, en = CLASS_NAMES[which]
    instead = (cell.instead_zh, cell.instead_en) if cell else _INSTEAD
    return ClassOff(
        name_zh=zh, name_en=en, reason_zh=why.zh, reason_en=why.en, instead_zh=instead[0], instead_en=instead[1]
    )


def registration_item(knobs: Knobs) -> RegistrationItem:
    """The line that a registration fee is to an insurance, as the hospital set it."""
    return knobs.get(settings.REGISTRATION_ITEM)
