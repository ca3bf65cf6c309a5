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
