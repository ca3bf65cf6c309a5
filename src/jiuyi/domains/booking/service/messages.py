"""What patients are told: one message for each thing that happened, in the transaction in which it happened."""

from jiuyi.domains.booking.ports import Registration
from jiuyi.domains.booking.rules import texts
from jiuyi.domains.booking.service.people import People
from jiuyi.domains.booking.types import AppointmentRow, ClinicKind, MdtApplicationRow
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.notifications import service as notifications
from jiuyi.domains.notifications.types import Kind
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import number_from

SUBJECT = "appointment"
_KINDS = {
    ClinicKind.ORDINARY: ("普通门诊", "General clinic"),
    ClinicKind.EXPERT: ("专家门诊", "Expert clinic"),
    ClinicKind.SPECIAL: ("特需门诊", "Special-need clinic"),
    ClinicKind.MDT: ("多学科会诊", "MDT clinic"),
}
_WHY = {
    "unpaid": ("超时未支付，号已释放", "Not paid in time, the place was released"),
    "his_down": ("医院系统暂时没有响应", "The hospital's system did not respond"),
    "his_silent": ("医院系统没有确认", "The hospital's system did not confirm"),
    "slot_full": ("该时段已被约满", "The time was taken"),
    "clinic_stopped": ("门诊已停诊", "The clinic was cancelled"),
    "slot_started": ("该时段已开始就诊", "The session has started"),
    "patient_blocked": (
        "就诊人暂不能网上预约，请到窗口咨询",
        "This patient cannot book online; please ask at a window",
    ),
    "lock_expired": ("支付到账时号源已释放", "The place was released before the payment arrived"),
    "binding_ended": ("该就诊人已不在您的名下", "This patient is no longer on your list"),
    "patient": ("本人取消", "Cancelled by the patient"),
    "time": ("本人取消：时间不合适", "Cancelled by the patient: the time does not suit"),
    "better": ("本人取消：病情好转", "Cancelled by the patient: feeling better"),
    "other": ("本人取消", "Cancelled by the patient"),
    "desk": ("医院窗口取消", "Cancelled at the hospital's desk"),
}


class Messages:
    """Writes messages of appointments and MDT applications."""

    def __init__(self, directory: Directory, people: People) -> None:
        self._directory = directory
        self._people = people

    def order_titles(self, row: AppointmentRow) -> tuple[str, str]:
        """What an order is called, in Chinese and English."""
        names = self._names(row)
        kind, kind_en = _KINDS[row.clinic_kind]
        doctor = f" {names['doctor']}" if names["doctor"] else ""
        doctor_en = f", {names['doctor_en']}" if names["doctor_en"] else ""
        at = local(row.starts_at)
        return (
            f"{names['department']}{doctor} {kind} {at:%m-%d %H:%M}",
            f"{names['department_en']}{doctor_en}, {kind_en}, {at.day} {at:%b %H:%M}",
        )

    async def booked(self, tx: Tx, row: AppointmentRow, registration: Registration) -> None:
        """The hospital has confirmed."""
        params = await self._params(tx, row) | {
            "place": f"{registration.place} {registration.room}".strip(),
            "place_en": texts.place_in_english(registration.place_en, registration.place, registration.room),
            "number": registration.registration_no or "",
        }
        await notifications.tell(tx, row.account_id, Kind.BOOKED, SUBJECT, row.id, params)

    async def ended(self, tx: Tx, row: AppointmentRow, kind: Kind, why: str) -> None:
        """It will not take place: cancelled, not booked, or stopped."""
        zh, en = _WHY.get(why, ("医院未能确认", "The hospital could not confirm it"))
        # WeChat refuses a message with an empty part: who was never placed has the number that the pages show.
        number = row.registration_no or row.lock_no or number_from("L", row.id)
        params = await self._params(tx, row) | {"reason": row.refusal or zh, "reason_en": en, "number": number}
        await notifications.tell(tx, row.account_id, kind, SUBJECT, row.id, params)

    async def reviewed(self, tx: Tx, row: MdtApplicationRow, state: tuple[str, str], advice: tuple[str, str]) -> None:
        """An MDT team has looked at an application."""
        team = self._directory.tree.mdt_team_by_code(row.team_code)
        params = {
            "patient": await self._people.masked_name(tx, row.patient_id),
            "team": team.name if team else row.team_code,
            "team_en": team.name_en if team else row.team_code,
            "state": state[0],
            "state_en": state[1],
            "advice": advice[0],
            "advice_en": advice[1],
        }
        await notifications.tell(tx, row.account_id, Kind.MDT, "mdt_application", row.id, params)

    async def _params(self, tx: Tx, row: AppointmentRow) -> dict[str, str]:
        return self._names(row) | {
            "patient": await self._people.masked_name(tx, row.patient_id),
            "time": local(row.starts_at).isoformat(),
        }

    def _names(self, row: AppointmentRow) -> dict[str, str]:
        tree = self._directory.tree
        department = tree.department_by_code(row.department_code)
        doctor = tree.doctor_by_code(row.doctor_code) if row.doctor_code else None
        return {
            "department": department.name if department else row.department_code,
            "department_en": department.name_en if department else row.department_code,
            "doctor": doctor.name if doctor else "",
            "doctor_en": doctor.name_en if doctor else "",
        }
