"""Refusals of staff, in words for whoever stands at the machine."""

from jiuyi.kit.problems import Kind, Problem


class OperatorUnknown(Problem):
    """No active operator has this number and PIN: which of them is wrong is not told."""

    code = "staff.operator_unknown"
    kind = Kind.FORBIDDEN
    zh = "工号或 PIN 不正确"
    en = "Staff number or PIN is not right"
    zh_detail = "没有登录，也没有收款。请核对后再试，连续输错会锁定；新员工或忘记 PIN，请联系收费处组长。"
    en_detail = (
        "You were not signed in and nothing was charged. Check both and try again; wrong tries lock the number. "
        "If you are new or forgot the PIN, ask the head cashier."
    )


class PinLocked(Problem):
    """Too many wrong PINs."""

    code = "staff.pin_locked"
    kind = Kind.TOO_MANY
    zh = "这个工号暂时锁定"
    en = "This staff number is locked for now"
    zh_detail = "没有登录，也没有收款。PIN 连续输错太多次，{until} 后再试；着急请收费处组长重置 PIN。"
    en_detail = (
        "You were not signed in and nothing was charged. The PIN was wrong too often: try again after {until}, or ask "
        "the head cashier to reset it."
    )


class DeviceLocked(Problem):
    """Too many wrong PINs at one device, whichever the numbers."""

    code = "staff.device_locked"
    kind = Kind.TOO_MANY
    zh = "这台设备暂时不能登录"
    en = "Nobody can sign in at this device for now"
    zh_detail = "没有登录，也没有收款。这台设备上工号或 PIN 输错太多次，{until} 后再试；着急请换一台设备登录。"
    en_detail = (
        "You were not signed in and nothing was charged. Numbers or PINs were wrong too often at this device: try "
        "again after {until}, or sign in at another one."
    )


class PinChangeNeeded(Problem):
    """The PIN is right, and temporary."""

    code = "staff.pin_change_needed"
    kind = Kind.CONFLICT
    zh = "请设置您自己的 PIN"
    en = "Please choose a PIN of your own"
    zh_detail = "还没有登录。第一次登录或 PIN 被重置后，须换成只有您知道的 6 到 12 位数字。"
    en_detail = (
        "You are not signed in yet. After the first sign-in or a reset, choose 6 to 12 digits that only you know."
    )


class PinTooSimple(Problem):
    """The new PIN is too short, too simple, the staff number, or the old one."""

    code = "staff.pin_too_simple"
    kind = Kind.UNPROCESSABLE
    zh = "新 PIN 太简单"
    en = "The new PIN is too simple"
    zh_detail = "没有登录，PIN 没有改。请用 6 到 12 位数字，不用重复或连续的数字、工号和原来的 PIN。"
    en_detail = (
        "You are not signed in and the PIN is unchanged. Use 6 to 12 digits: not one digit over and over, not a row, "
        "not the staff number, not the old PIN."
    )


class OperatorMissing(Problem):
    """No operator has this number."""

    code = "staff.operator_missing"
    kind = Kind.UNKNOWN
    zh = "没有登记这个工号"
    en = "No operator has this number"
    zh_detail = "没有改动。请核对工号，或先登记收款员。"
    en_detail = "Nothing was changed. Check the number, or add the operator first."


class ShiftNeeded(Problem):
    """Somebody must have signed in at this machine before it takes money."""

    code = "staff.shift_needed"
    kind = Kind.CONFLICT
    zh = "请先用工号登录本窗口"
    en = "Please sign in with your staff number first"
    zh_detail = "没有收款。收款要记到收款员名下，登录后再试。"
    en_detail = "Nothing was charged. Money is taken in somebody's name: sign in and try again."


class DeviceExists(Problem):
    """A device of this code exists."""

    code = "staff.device_exists"
    kind = Kind.CONFLICT
    zh = "设备编号已存在"
    en = "A device with this code exists"
    zh_detail = "没有改动。请换一个编号，或给原设备换密钥。"
    en_detail = "Nothing was changed. Choose another code, or give the existing device a new key."


class DeviceUnknown(Problem):
    """No device has this code."""

    code = "staff.device_unknown"
    kind = Kind.UNKNOWN
    zh = "没有这个设备"
    en = "There is no such device"
    zh_detail = "没有改动。请核对设备编号。"
    en_detail = "Nothing was changed. Check the device's code."


class DeviceRevoked(Problem):
    """The device was revoked: it gets no new key."""

    code = "staff.device_revoked"
    kind = Kind.CONFLICT
    zh = "设备已停用"
    en = "This device was revoked"
    zh_detail = "没有改动。停用的设备不能再发密钥，请登记一个新设备。"
    en_detail = "Nothing was changed. A revoked device gets no new key: register a new one."
