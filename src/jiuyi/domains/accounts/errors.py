"""Refusals about signing in."""

from jiuyi.kit.problems import Kind, Problem


class SnapshotUser(Problem):
    """WeChat opened the page as a snapshot: the visitor is anonymous."""

    code = "accounts.snapshot_user"
    kind = Kind.FORBIDDEN
    zh = "请使用完整服务打开"
    en = "Please open the full service"
    zh_detail = "当前是微信的快照页，看不到您的身份。请点右下角“使用完整服务”后再试。没有扣费。"
    en_detail = "This is a WeChat snapshot page that does not know you. Tap “use full service”, then try again."


class ChannelNotOffered(Problem):
    """The hospital has no account in this channel."""

    code = "accounts.channel_not_offered"
    kind = Kind.UNKNOWN
    zh = "本院没有开通这个入口"
    en = "The hospital is not here"
    zh_detail = "没有扣费。请从医院公众号、生活号或小程序的菜单进入，或拨打医院服务电话。"
    en_detail = "You were not charged. Please use another way in that the hospital publishes, or call the hospital."


class SignInFailed(Problem):
    """The channel did not confirm who is there, or the request to sign in was not ours."""

    code = "accounts.sign_in_failed"
    kind = Kind.FORBIDDEN
    zh = "登录没有成功"
    en = "Signing in did not work"
    zh_detail = "没有扣费。请返回医院公众号、生活号或小程序，从菜单重新进入。"
    en_detail = "You were not charged. Please go back and open the service from the menu again."


class PhoneHasAccounts(Problem):
    """The number belongs to as many accounts as one number may."""

    code = "accounts.phone_has_accounts"
    kind = Kind.CONFLICT
    zh = "这个手机号关联的账号已达上限"
    en = "This number is used by too many accounts"
    zh_detail = "一个手机号最多关联 {limit} 个账号。请换一个号码，或到窗口处理。"
    en_detail = "A number can be used by at most {limit} accounts. Use another number, or visit a service window."


class JoiningEnded(Problem):
    """Done, joined meanwhile, or never this account's: not told apart."""

    code = "accounts.joining_ended"
    kind = Kind.UNKNOWN
    zh = "这次合并已经结束"
    en = "This request to join has ended"
    zh_detail = "没有合并，不涉及费用，两边的就诊人和预约都没有变化。请从“我的—登录入口”重新开始。"
    en_detail = (
        "Nothing was joined or charged, and nothing changed on either side. Please start again from "
        "“Me”, “Ways to sign in”."
    )


class JoiningExpired(Problem):
    """Told to who began it alone: its time is over."""

    code = "accounts.joining_expired"
    kind = Kind.UNKNOWN
    zh = "这次合并已过时间"
    en = "The time for this request to join is over"
    zh_detail = (
        "没有合并，不涉及费用，两边的就诊人和预约都没有变化。验证手机后须在 {minutes} 分钟内完成，"
        "请从“我的—登录入口”重新验证。"
    )
    en_detail = (
        "Nothing was joined or charged, and nothing changed on either side. It must be finished within {minutes} "
        "minutes of verifying the phone; please verify it again from “Me”, “Ways to sign in”."
    )


class JoiningTriesUsedUp(Problem):
    """Told to who began it alone: no document may be tried any more."""

    code = "accounts.joining_tries_used_up"
    kind = Kind.UNKNOWN
    zh = "证件号码填错次数太多"
    en = "Too many wrong document numbers"
    zh_detail = (
        "没有合并，不涉及费用，两边的就诊人和预约都没有变化。请核对证件号码后，从“我的—登录入口”重新开始；"
        "也可以带证件到窗口办理。"
    )
    en_detail = (
        "Nothing was joined or charged, and nothing changed on either side. Please check the document number and start "
        "again from “Me”, “Ways to sign in”, or bring the document to a service window."
    )


class NothingToJoin(Problem):
    """No account that may be joined has this number and this patient: which of the two is wrong is not told."""

    code = "accounts.nothing_to_join"
    kind = Kind.UNPROCESSABLE
    zh = "没有找到可以合并的账户"
    en = "No account that can be joined was found"
    zh_detail = (
        "没有合并，不涉及费用，还可以试 {left} 次。请核对证件号码；另一个入口里须用同一个手机号核验过，"
        "太久没有核验的，请先在那边的“我的—手机号”重新验证。也可以到窗口办理。"
    )
    en_detail = (
        "Nothing was joined or charged; {left} tries are left. Please check the document number. The other account "
        "must have verified the same number; if that was long ago, verify it again there under “Me”, “Phone number”. "
        "A service window can help as well."
    )


class JoiningsUsedUp(Problem):
    """The account, or the number, tried to join or detached too often."""

    code = "accounts.joinings_used_up"
    kind = Kind.TOO_MANY
    zh = "合并或解除的次数太多了"
    en = "Too many changes"
    zh_detail = "没有变化，不涉及费用。为保护您的账户，请过些天再试，或带证件到窗口办理。挂号、缴费不受影响。"
    en_detail = (
        "Nothing was changed or charged. To protect your account, please try again in some days, or visit a service "
        "window with your document. Booking and paying are not affected."
    )


class AccountsOfTwo(Problem):
    """Both accounts hold somebody as *self*, and it is not the same person."""

    code = "accounts.of_two_people"
    kind = Kind.CONFLICT
    zh = "两个账户的“本人”不是同一个人"
    en = "The two accounts belong to different people"
    zh_detail = "没有合并，不涉及费用。每个人用自己的账户；给家人办理时，请在就诊人里添加家人。"
    en_detail = (
        "Nothing was joined or charged. Everybody has an account of their own; to look after a relative, please add "
        "them to your patients."
    )


class LastWayIn(Problem):
    """The account has no other way in."""

    code = "accounts.last_way_in"
    kind = Kind.CONFLICT
    zh = "这是唯一的登录入口"
    en = "This is the only way to sign in"
    zh_detail = "没有解除，不涉及费用。只剩一个入口时不能解除。"
    en_detail = "Nothing was changed or charged. The only way to sign in cannot be removed."


class TooNewToDetach(Problem):
    """A way in that joined lately may not end the others."""

    code = "accounts.too_new"
    kind = Kind.FORBIDDEN
    zh = "刚合并的入口暂时不能解除其他入口"
    en = "A way in that was just joined cannot remove the others yet"
    zh_detail = "没有解除，不涉及费用。{until} 后可以解除；也可以从原来的入口进入解除。"
    en_detail = "Nothing was changed or charged. It can after {until}; or sign in the earlier way and remove it there."
