"""Rules told before the choice, in both languages. Numbers are the hospital's settings."""

import re

import msgspec

from jiuyi.domains.booking.types import AgreementText, ClinicKind, RuleText

BOOKING_RULES = "booking_rules@1"
UNINSURED = frozenset({ClinicKind.SPECIAL, ClinicKind.MDT})
"""Clinics that no medical insurance covers."""


class Numbers(msgspec.Struct, frozen=True):
    """The settings that the texts name."""

    hold_minutes: int
    cancel_lead: int
    cancel_hour: int
    late_expert: bool
    check_in_before: int
    check_in_after: int
    no_shows: int
    no_show_days: int
    per_department_day: int
    per_day: int
    per_week: int


def slot_rules(kind: ClinicKind, at: Numbers, language: str) -> list[RuleText]:
    """The rule card of a clinic's page."""
    return _slot_rules_en(kind, at) if language == "en" else _slot_rules_zh(kind, at)


def _slot_rules_zh(kind: ClinicKind, at: Numbers) -> list[RuleText]:
    if kind is ClinicKind.ORDINARY:
        cancel = f"就诊前 {at.cancel_lead} 分钟以前可以取消，费用全额原路退回。"
    else:
        cancel = f"就诊前一天 {at.cancel_hour}:00 以前可以取消，费用全额原路退回。"
        if at.late_expert:
            cancel += f"之后到就诊前 {at.cancel_lead} 分钟仍可取消，费用同样退回，但算作取消两次。"
    return [
        RuleText("cancel", "取消", cancel),
        RuleText(
            "check_in", "报到", f"请在就诊前 {at.check_in_before} 分钟到就诊后 {at.check_in_after} 分钟之间报到。"
        ),
        RuleText(
            "no_show",
            "爽约",
            f"90 天内爽约 {at.no_shows} 次，暂停网上预约 {at.no_show_days} 天；急诊和现场挂号不受影响。",
        ),
        RuleText(
            "limit",
            "限号",
            f"每位就诊人同一科室每天限 {at.per_department_day} 个号，每天共 {at.per_day} 个，每周共 {at.per_week} 个。"
            f"预约后请在 {at.hold_minutes} 分钟内支付。",
        ),
    ]


def _slot_rules_en(kind: ClinicKind, at: Numbers) -> list[RuleText]:
    if kind is ClinicKind.ORDINARY:
        cancel = f"You can cancel until {at.cancel_lead} minutes before the visit; the fee is returned in full."
    else:
        cancel = f"You can cancel until {at.cancel_hour}:00 on the day before; the fee is returned in full."
        if at.late_expert:
            cancel += (
                f" After that you can still cancel until {at.cancel_lead} minutes before the visit,"
                " with the fee returned as well, but it counts as two cancellations."
            )
    return [
        RuleText("cancel", "Cancelling", cancel),
        RuleText(
            "check_in",
            "Check-in",
            f"Please check in between {at.check_in_before} minutes before and {at.check_in_after} minutes after"
            " your time.",
        ),
        RuleText(
            "no_show",
            "Missed visits",
            f"After {at.no_shows} missed visits in 90 days, online booking pauses for {at.no_show_days} days."
            " Emergency and registration on site are not affected.",
        ),
        RuleText(
            "limit",
            "Limits",
            f"Per patient: {at.per_department_day} a day in one department, {at.per_day} a day and {at.per_week} a week"
            f" in all. Please pay within {at.hold_minutes} minutes.",
        ),
    ]


def agreement(kind: ClinicKind, at: Numbers, language: str) -> AgreementText:
    """The booking rules as an agreement."""
    text = "\n".join(rule.text for rule in slot_rules(kind, at, language))
    if language == "en":
        return AgreementText(BOOKING_RULES, "Booking rules", text)
    return AgreementText(BOOKING_RULES, "预约挂号须知", text)


def insurance_note(kind: ClinicKind, language: str) -> str:
    """How this is paid. Special-need and team clinics are outside medical insurance, at a window too."""
    if kind in UNINSURED:
        if language == "en":
            return "Self-pay: this kind of clinic is not covered by medical insurance."
        return "自费，这类门诊不在医保范围。"
    if language == "en":
        return "What insurance pays is known once the place is held: you see it before you pay."
    return "医保付多少，锁定号源后按医保试算，看清再付。"


def place_in_english(place_en: str, place: str, room: str) -> str:
    """Building, floor and room, with the Chinese in brackets so that anybody can point the way."""
    number = re.fullmatch(r"(\d+)\s*诊室", room)
    english = f"{place_en}, Room {number[1]}" if number and place_en else place_en
    chinese = f"{place} {room}".strip()
    return f"{english} ({chinese})" if english and chinese else english or chinese
