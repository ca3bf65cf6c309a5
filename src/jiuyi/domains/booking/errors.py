"""Refusals of booking: what happened, whether money moved, what to do next."""

from jiuyi.kit.problems import Kind, Problem

_NO_FEE = "没有扣费。"
_NOT_CHARGED = "You were not charged. "


class SlotFull(Problem):
    """No place is left (or the rest is reserved or held)."""

    code = "booking.slot_full"
    kind = Kind.CONFLICT
    logged = False
    zh = "这个时段刚刚约满了"
    en = "This time has just been taken"
    zh_detail = _NO_FEE + "可以选择其他时段或其他医生；有人退号时会不定时放出。"
    en_detail = _NOT_CHARGED + "Please choose another time or doctor. Places given back reopen later in the day."


class SlotUnknown(Problem):
    """No such slot."""

    code = "booking.slot_unknown"
    kind = Kind.UNKNOWN
    zh = "没有找到这个时段"
    en = "This time was not found"
    zh_detail = _NO_FEE + "排班可能已调整，请返回重新选择。"
    en_detail = _NOT_CHARGED + "The schedule may have changed; please go back and choose again."


class ClinicStopped(Problem):
    """The clinic does not take place."""

    code = "booking.clinic_stopped"
    kind = Kind.CONFLICT
    zh = "这个门诊已停诊"
    en = "This clinic has been cancelled"
    zh_detail = _NO_FEE + "请选择其他日期，或同科室的其他医生。"
    en_detail = _NOT_CHARGED + "Please choose another date, or another doctor of the department."


class SlotEnded(Problem):
    """Too late for this slot."""

    code = "booking.slot_ended"
    kind = Kind.CONFLICT
    zh = "这个时段已停止预约"
    en = "Booking for this time has closed"
    zh_detail = _NO_FEE + "请选择稍后的时段，或到挂号窗口办理。"
    en_detail = _NOT_CHARGED + "Please choose a later time, or register at a service window."


class NotReleased(Problem):
    """Before the release time, or outside the booking window."""

    code = "booking.not_released"
    kind = Kind.CONFLICT
    zh = "这个号还没有放出"
    en = "These places are not released yet"
    zh_detail = _NO_FEE + "放号时间：{releases_at}。"
    en_detail = _NOT_CHARGED + "They will be released at {releases_at}."


class OpenUnpaid(Problem):
    """An unpaid place is open."""

    code = "booking.open_unpaid"
    kind = Kind.CONFLICT
    zh = "还有一个待支付的预约"
    en = "There is an unpaid appointment"
    zh_detail = _NO_FEE + "请先支付或取消那个预约，再约新的号。"
    en_detail = _NOT_CHARGED + "Please pay for it or release it before booking another."


class SameClinic(Problem):
    """Same doctor, same session."""

    code = "booking.same_clinic"
    kind = Kind.CONFLICT
    zh = "这位就诊人已约了同一门诊"
    en = "This patient already has a place in this clinic"
    zh_detail = _NO_FEE + "同一医生同一单元每人限约 {limit} 个号。可在“我的预约”里查看。"
    en_detail = _NOT_CHARGED + "Limit: {limit} per patient in the same clinic. See My appointments."


class SameDepartmentDay(Problem):
    """Same department, same day."""

    code = "booking.same_department_day"
    kind = Kind.CONFLICT
    zh = "这位就诊人当天已约了这个科室"
    en = "This patient already has a place in this department on that day"
    zh_detail = _NO_FEE + "同一科室同一天每人限约 {limit} 个号。可换一天，或先取消原来的预约。"
    en_detail = _NOT_CHARGED + "Limit: {limit} per patient a day. Choose another day or cancel the other one first."


class DayLimit(Problem):
    """Per patient per day."""

    code = "booking.day_limit"
    kind = Kind.CONFLICT
    zh = "这位就诊人当天的预约已达上限"
    en = "This patient has reached the limit for that day"
    zh_detail = _NO_FEE + "每人每天限约 {limit} 个号，请换一天。急诊和现场挂号不受影响。"
    en_detail = _NOT_CHARGED + "Limit: {limit} a day. Emergency and registration on site are not affected."


class WeekLimit(Problem):
    """Per patient per week."""

    code = "booking.week_limit"
    kind = Kind.CONFLICT
    zh = "这位就诊人本周的预约已达上限"
    en = "This patient has reached the limit for that week"
    zh_detail = _NO_FEE + "每人每周（周一至周日）限约 {limit} 个号，请换一周。急诊和现场挂号不受影响。"
    en_detail = (
        _NOT_CHARGED + "Limit: {limit} a week (Monday to Sunday). Emergency and registration on site are not affected."
    )


class WeekLimitExpert(Problem):
    """Expert clinics per patient per week."""

    code = "booking.week_limit_expert"
    kind = Kind.CONFLICT
    zh = "这位就诊人本周的专家号已达上限"
    en = "This patient has reached the week's limit of expert clinics"
    zh_detail = _NO_FEE + "每人每周限约 {limit} 个专家号，可选择普通门诊或换一周。"
    en_detail = _NOT_CHARGED + "Limit: {limit} expert places a week. Please choose an ordinary clinic or another week."


class AccountLimit(Problem):
    """Per account in 30 days."""

    code = "booking.account_limit"
    kind = Kind.CONFLICT
    zh = "当前账号近 30 天的预约已达上限"
    en = "This account has reached its limit for 30 days"
    zh_detail = _NO_FEE + "每个账号 30 天内限约 {limit} 个号。如确有需要，请到窗口或拨打医院电话。"
    en_detail = (
        _NOT_CHARGED + "Limit: {limit} in 30 days. If you need more, please go to a window or call the hospital."
    )


class RebookPause(Problem):
    """Shortly after cancelling the same doctor."""

    code = "booking.rebook_pause"
    kind = Kind.CONFLICT
    zh = "刚退过这位医生的号"
    en = "A place with this doctor was cancelled a moment ago"
    zh_detail = _NO_FEE + "请在 {until} 之后再约这位医生，或选择其他医生。"
    en_detail = _NOT_CHARGED + "You can book this doctor again after {until}, or choose another doctor."


class CancelPause(Problem):
    """Too many cancellations."""

    code = "booking.cancel_pause"
    kind = Kind.FORBIDDEN
    zh = "取消次数较多，暂停网上预约"
    en = "Online booking is paused after many cancellations"
    zh_detail = _NO_FEE + "30 天内取消了 {count} 次，网上预约暂停至 {until}。急诊和现场挂号不受影响。"
    en_detail = (
        _NOT_CHARGED + "There were {count} cancellations in 30 days; online booking resumes on {until}."
        " Emergency and registration on site are not affected."
    )


class NoShowPause(Problem):
    """Too many no-shows."""

    code = "booking.no_show_pause"
    kind = Kind.FORBIDDEN
    zh = "爽约次数较多，暂停网上预约"
    en = "Online booking is paused after missed visits"
    zh_detail = _NO_FEE + "90 天内爽约 {count} 次，网上预约暂停至 {until}。急诊和现场挂号不受影响。"
    en_detail = (
        _NOT_CHARGED + "There were {count} missed visits in 90 days; online booking resumes on {until}."
        " Emergency and registration on site are not affected."
    )


class PatientSexMismatch(Problem):
    """The department is for the other sex."""

    code = "booking.sex_mismatch"
    kind = Kind.CONFLICT
    zh = "这个科室不接诊该就诊人"
    en = "This department does not see this patient"
    zh_detail = _NO_FEE + "这个科室只接诊{who}患者。如选错了就诊人，请返回更换。"
    en_detail = _NOT_CHARGED + "This department sees {who_en} patients only. Please check which patient you chose."


class PatientAgeMismatch(Problem):
    """The department is for another age."""

    code = "booking.age_mismatch"
    kind = Kind.CONFLICT
    zh = "就诊人年龄不在这个科室的接诊范围"
    en = "The patient's age is outside this department's range"
    zh_detail = _NO_FEE + "接诊范围：{range}。请选择合适的科室。"
    en_detail = _NOT_CHARGED + "It sees patients aged {range_en}. Please choose another department."


class DepartmentClosed(Problem):
    """The department takes no bookings."""

    code = "booking.department_closed"
    kind = Kind.CONFLICT
    zh = "这个科室暂不开放预约"
    en = "This department takes no bookings at present"
    zh_detail = _NO_FEE + "请选择其他科室，或到现场咨询。"
    en_detail = _NOT_CHARGED + "Please choose another department, or ask on site."


class TicketStale(Problem):
    """The confirm page is too old, altered, or somebody else's."""

    code = "booking.ticket_stale"
    kind = Kind.CONFLICT
    zh = "确认页已过期"
    en = "The confirm page has expired"
    zh_detail = _NO_FEE + "请返回上一页，重新确认后再提交。"
    en_detail = _NOT_CHARGED + "Please go back, check the details again and submit."


class TicketUsed(Problem):
    """The confirm page has been used."""

    code = "booking.ticket_used"
    kind = Kind.CONFLICT
    zh = "这次确认已经提交过了"
    en = "This confirmation was submitted already"
    zh_detail = "请到“我的预约”查看结果，不用再提交一次。"
    en_detail = "Please look at My appointments for the result; there is no need to submit again."


class AgreementMissing(Problem):
    """The rules were not agreed to."""

    code = "booking.agreement_missing"
    kind = Kind.INVALID
    zh = "请先阅读并同意预约规则"
    en = "Please read and agree to the booking rules"
    zh_detail = _NO_FEE + "勾选后再提交。"
    en_detail = _NOT_CHARGED + "Tick the box and submit again."


class CannotCancel(Problem):
    """Past the deadline, or not in a state that can be cancelled."""

    code = "booking.cannot_cancel"
    kind = Kind.CONFLICT
    zh = "现在不能取消"
    en = "This cannot be cancelled now"
    zh_detail = "{reason}"
    en_detail = "{reason_en}"


class OfferGone(Problem):
    """The offered place was not taken in time."""

    code = "booking.offer_gone"
    kind = Kind.CONFLICT
    zh = "为您保留的名额已过期"
    en = "The place kept for you has expired"
    zh_detail = _NO_FEE + "原来的费用会全额原路退回。请重新选择时段预约。"
    en_detail = _NOT_CHARGED + "What you paid is returned in full. Please choose another time."


class BookingBusy(Problem):
    """Admission is overloaded; nothing was done."""

    code = "booking.busy"
    kind = Kind.UNAVAILABLE
    zh = "现在预约的人较多"
    en = "Many people are booking right now"
    zh_detail = _NO_FEE + "请稍等几秒再试一次，不用一直点。"
    en_detail = _NOT_CHARGED + "Please wait a few seconds and try once more."


class MdtRequired(Problem):
    """An MDT clinic without an accepted application."""

    code = "booking.mdt_required"
    kind = Kind.CONFLICT
    zh = "多学科门诊需要先申请"
    en = "An MDT clinic needs an application first"
    zh_detail = _NO_FEE + "请先提交申请和资料，团队审核通过后再选择时间。"
    en_detail = _NOT_CHARGED + "Please apply with your documents; after the team accepts, you can choose a time."


class ApplicationState(Problem):
    """The application is not in a state for this."""

    code = "booking.mdt_state"
    kind = Kind.CONFLICT
    zh = "申请当前的状态不能这样操作"
    en = "The application cannot be changed this way now"
    zh_detail = _NO_FEE + "请刷新页面，查看申请的最新进度。"
    en_detail = _NOT_CHARGED + "Please reload the page to see where the application stands."


class MdtOpenAlready(Problem):
    """The patient has an application to this team that has not ended."""

    code = "booking.mdt_open_already"
    kind = Kind.CONFLICT
    zh = "已有一份申请在处理中"
    en = "There is an application in progress"
    zh_detail = _NO_FEE + "同一位就诊人对同一团队一次只能有一份申请。请在“我的申请”里查看进度。"
    en_detail = _NOT_CHARGED + "A patient can have one application to a team at a time. See My applications."


class UploadsLimit(Problem):
    """Too many uploads in a day."""

    code = "booking.uploads_limit"
    kind = Kind.TOO_MANY
    zh = "今天上传的文件较多"
    en = "Many files were uploaded today"
    zh_detail = _NO_FEE + "请明天再上传，或到医院服务台办理。"
    en_detail = _NOT_CHARGED + "Please continue tomorrow, or ask at the help desk."


class MdtDocumentsMissing(Problem):
    """Too few or too many documents, or one that is not there."""

    code = "booking.mdt_documents"
    kind = Kind.INVALID
    zh = "资料不完整或数量超出"
    en = "Documents are missing or too many"
    zh_detail = "没有提交成功。请上传 1 至 {most} 份资料后再提交。"
    en_detail = "Nothing was submitted. Please upload 1 to {most} documents."


class FileRefused(Problem):
    """Not a JPEG, PNG or PDF that can be read."""

    code = "booking.file_refused"
    kind = Kind.UNSUPPORTED
    zh = "这个文件不能使用"
    en = "This file cannot be used"
    zh_detail = "没有上传成功。请选择 JPG、PNG 图片或 PDF，单个不超过 5 MB。"
    en_detail = "It was not uploaded. Please choose a JPG, PNG or PDF of at most 5 MB."
