"""Refusals of staff, in words for whoever stands at the machine."""

from jiuyi.kit.problems import Kind, Problem


class OperatorUnknown(Problem):
    """No active operator has this number."""

    code = "staff.operator_unknown"
    kind = Kind.FORBIDDEN
    zh = "工号不正确或已停用"
    en = "This staff number is not known or not active"
    zh_detail = "没有登录，也没有收款。请核对工号；新员工请联系收费处组长登记。"
    en_detail = "You were not signed in and nothing was charged. Check the number, or ask the head cashier to add it."


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
