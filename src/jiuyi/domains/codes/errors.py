"""Refusals about codes."""

from jiuyi.kit.problems import Kind, Problem


class CodeTooSoon(Problem):
    """The number got a code less than a minute ago."""

    code = "codes.too_soon"
    kind = Kind.TOO_MANY
    zh = "验证码刚刚发出"
    en = "A code was just sent"
    zh_detail = "请查看短信，或 {retry_after} 秒后再发送。"
    en_detail = "Please check your messages, or ask again in {retry_after} seconds."


class CodeTooMany(Problem):
    """The hour's or day's limit of the number, account or network is reached."""

    code = "codes.too_many"
    kind = Kind.TOO_MANY
    zh = "今天获取验证码的次数太多了"
    en = "Too many codes were requested"
    zh_detail = "为保护您的号码，请稍后再试，或带证件到窗口办理。其他服务不受影响。"
    en_detail = "To protect your number, please try again later, or visit a service window with your document."


class CodeWrong(Problem):
    """The digits are wrong; some tries are left."""

    code = "codes.wrong"
    kind = Kind.UNPROCESSABLE
    zh = "验证码不对"
    en = "The code is not right"
    zh_detail = "请核对短信里的 6 位数字，还可以试 {left} 次。"
    en_detail = "Please check the six digits in the message. {left} tries are left."


class CodeEnded(Problem):
    """Used, expired, out of tries, or not for this purpose: not told apart."""

    code = "codes.ended"
    kind = Kind.UNPROCESSABLE
    zh = "验证码已失效"
    en = "The code is no longer valid"
    zh_detail = "请重新获取验证码。"
    en_detail = "Please request a new code."


class SmsFailed(Problem):
    """The SMS platform refused or did not answer."""

    code = "codes.sms_failed"
    kind = Kind.OUTSIDE_FAILED
    zh = "短信没有发出去"
    en = "The message could not be sent"
    zh_detail = "请检查手机号，稍后再试；也可以选其他核验方式。"
    en_detail = "Please check the number and try again later, or choose another way."


class PhoneInvalid(Problem):
    """Not a mobile number that can get SMS."""

    code = "codes.phone_invalid"
    kind = Kind.UNPROCESSABLE
    zh = "手机号格式不对"
    en = "The mobile number is not valid"
    zh_detail = "请填写 11 位内地手机号；境外号码请加国家代码，例如 +852。"
    en_detail = "Please enter an 11-digit mainland number, or a number with its country code such as +852."
